-- The same of events that name their lead alone: they belong to the lead's last message before them (METRICS §2,
-- as in messages.sql). In: {lead_events}, {sends}: all of every lead that occurs. Grain: event_id.
select
    o.workspace_id,
    e.event,
    e.machine,
    if(e.event = 'replied', coalesce(e.reply_category, '(none)'), '') as category,
    if(e.event = 'replied', e.sentiment, '') as sentiment,
    e.event = 'replied' and o.bounced_at is null and coalesce(e.event_id = o.reply_event, false) as is_first,
    e.occurred_at as stamp,
    o.h,
    if(e.event = 'clicked', o.message_id, null) as message_id,
    if(e.event = 'clicked', o.lead, null) as lead,
    if(e.event = 'clicked', coalesce(e.url, '(none)'), null) as url,
    {sign} as sign
from (
    select n.workspace_id, n.event_id, n.event, n.machine, n.occurred_at, n.reply_category, n.sentiment, n.url,
        l.message_id
    from {lead_events} as n
    asof join (
        select s.workspace_id, s.lead, s.t0, max(s.message_id) as message_id
        from {sends} as s
        semi join {lead_events} as n on s.workspace_id = n.workspace_id and s.lead = n.lead
        group by s.workspace_id, s.lead, s.t0
    ) as l
        on n.workspace_id = l.workspace_id and n.lead = l.lead and n.occurred_at >= l.t0
) as e
join {sends} as o on e.workspace_id = o.workspace_id and e.message_id = o.message_id
where o.bounced_at is null or e.event = 'bounced'
