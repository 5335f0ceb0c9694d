-- Replies and unsubscribes that belong to no message, newest first. In: `loose`, what is to be given to a
-- message (data/marts/assigned.py); `sends_by_lead`, the messages of these leads. Grain: event_id.
select e.event_id, e.event, e.occurred_at, nullif(e.lead, '') as lead, e.campaign, e.reply_category as category, e.sentiment
from loose as e
anti join sends_by_lead as s
    on e.lead = s.lead and s.t0 <= e.occurred_at and (e.campaign is null or e.campaign = s.campaign)
where e.event in ('replied', 'unsubscribed')
order by e.occurred_at desc, e.event_id desc
