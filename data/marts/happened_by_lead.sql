-- The same of events that name their lead alone: they belong to the lead's last message before them (docs/numbers.md,
-- as in messages.sql). In: `lead_events`, `sends`: all of every lead that occurs. Grain: event_id.
select
    o.workspace_id,
    e.event,
    e.machine,
    if(e.event = 'replied', coalesce(e.reply_category, '(none)'), '') as category,
    if(e.event = 'replied', e.sentiment, '') as sentiment,
    e.event = 'replied' and o.eligible and coalesce(e.event_id = o.reply_event, false) as is_first,
    e.occurred_at as stamp,
    o.h,
    if(e.event = 'clicked', o.message_id, null) as message_id,
    if(e.event = 'clicked', o.lead, null) as lead,
    if(e.event = 'clicked', coalesce(e.url, '(none)'), null) as url,
    {sign} as sign
from (
    select n.workspace_id, n.event_id, n.event, n.machine, n.occurred_at, n.reply_category, n.sentiment, n.url,
        s.message_id
    from {lead_events} as n
    join {sends} as s
        on n.workspace_id = s.workspace_id and n.lead = s.lead and n.occurred_at >= s.t0
        and (n.campaign is null or n.campaign = s.campaign)
    qualify row_number() over (
        partition by n.workspace_id, n.event_id
        order by coalesce(s.first_bounced_at <= n.occurred_at, false), s.t0 desc, s.message_id desc
    ) = 1
) as e
join {sends} as o on e.workspace_id = o.workspace_id and e.message_id = o.message_id
where (e.event = 'bounced' and o.bounced_at is not null)
    or (
        o.eligible
        and (e.event <> 'opened' or o.track_opens)
        and (e.event <> 'clicked' or o.track_clicks)
        and e.event <> 'bounced'
    )
