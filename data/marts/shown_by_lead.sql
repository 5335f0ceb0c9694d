-- The same of events that name their lead alone: they belong to the lead's last message before them (docs/numbers.md,
-- as in messages.sql). In: `lead_events`, `sends`: all of every lead that occurs. Grain: event_id.
select
    o.workspace_id,
    e.event_id,
    e.event,
    e.machine,
    if(e.event = 'replied', coalesce(e.reply_category, '(none)'), '') as category,
    e.occurred_at as shown_at,
    o.message_id,
    o.t0,
    o.lead,
    o.campaign,
    o."user",
    o.sender_provider,
    o.recipient_provider,
    {sign} as sign
from (
    select n.workspace_id, n.event_id, n.event, n.machine, n.occurred_at, n.reply_category, s.message_id
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
where o.eligible and e.event in ('opened', 'clicked', 'replied')
