-- Which published days a refresh corrects, and why. In: `events`, `closed` (workspace_id, zone, day: what the figures
-- were complete to), `changed`, `before`, `messages`, `journeys`; macro local_time(zone, ts).
-- An event is late when its local day lies before the day the published figures were complete to, and more than
-- {days} days before the day it was received. It corrects its own day, and the days its units started on, for that is
-- what rates and cohorts credit it to. Re-categorised: it gives a unit's first reply another sentiment, or a person corrected
-- its own category ({{corrected}}: those replies; it is as if they had come {{now}}).
with

came as (
    select workspace_id, event_id, message_id, lead, occurred_at, received_at, false as corrected from events
    union all
    select workspace_id, event_id, message_id, lead, occurred_at, {now} as received_at, true as corrected
    from {corrected}
),

late as (
    select e.workspace_id, e.event_id, e.corrected, e.message_id, e.lead, e.received_at, closed.zone,
        local_time(closed.zone, e.occurred_at)::date as day
    from came as e
    join closed using (workspace_id)
    where e.occurred_at < e.received_at - interval {days} day
        and local_time(closed.zone, e.occurred_at)::date < closed.day
        and local_time(closed.zone, e.occurred_at)::date < local_time(closed.zone, e.received_at)::date - {days}
),

-- The changed e-mails a late event may have changed, as they were and as they are.
hit as (
    select l.*, m.message_id as hit_id, m.lead as hit_lead, m.campaign, m.t0, m.reply_event, m.sentiment,
        b.t0 as was_t0, b.lead as was_lead, b.campaign as was_campaign, b.sentiment as was_sentiment,
        b.replied_at as was_replied_at
    from late as l
    join changed as m on l.workspace_id = m.workspace_id and l.message_id = m.message_id
    left join before as b on m.workspace_id = b.workspace_id and m.message_id = b.message_id
    union all
    select l.*, m.message_id, m.lead, m.campaign, m.t0, m.reply_event, m.sentiment,
        b.t0, b.lead, b.campaign, b.sentiment, b.replied_at
    from late as l
    join changed as m on l.workspace_id = m.workspace_id and l.lead = m.lead
    left join before as b on m.workspace_id = b.workspace_id and m.message_id = b.message_id
    where l.message_id is null
),

causes as (
    select workspace_id, event_id,
        if(bool_or(corrected or was_replied_at is not null and reply_event = event_id and sentiment is distinct from was_sentiment),
            'recategorised', 'late') as cause
    from hit
    group by workspace_id, event_id
),

days as (
    select workspace_id, event_id, corrected, received_at, day, true as own from late
    union
    select workspace_id, event_id, corrected, received_at, local_time(zone, t0)::date, false
    from hit
    where t0 is not null
    union
    select workspace_id, event_id, corrected, received_at, local_time(zone, was_t0)::date, false
    from hit
    where was_t0 is not null
    union
    select h.workspace_id, h.event_id, h.corrected, h.received_at, local_time(h.zone, unnest([j.t0, j.any_t0]))::date, false
    from hit as h
    join journeys as j on h.workspace_id = j.workspace_id and h.hit_lead = j.lead and h.campaign = j.campaign
)

select
    days.workspace_id,
    days.day,
    coalesce(causes.cause, if(days.corrected, 'recategorised', 'late')) as cause,
    count(distinct days.event_id) as events,
    count(distinct days.event_id) filter (own) as own,
    max(days.received_at) as at
from days
left join causes on days.workspace_id = causes.workspace_id and days.event_id = causes.event_id
where days.day is not null
group by all
order by all
