-- The events of e-mails that the timeline shows, each under what its message is. In: `events`, `sends` (sends.sql).
-- Grain: event_id. `sign` is +1, or -1 for what a refresh takes back. Of a bounced or refused message nothing is shown;
-- what was not tracked is, though it counts nowhere; replies only when a person wrote them. Macro by_timing(…).
select
    o.workspace_id,
    e.event_id,
    e.event,
    e.machine or by_timing(e.event, e.occurred_at, e.person, o.sent_at, o.delivered_at, o.burst_clicks) as machine,
    if(e.event = 'replied', coalesce(e.reply_category, '(none)'), '') as category,
    -- Opened or clicked before the sending: at the sending (docs/numbers.md).
    if(e.event in ('opened', 'clicked'), greatest(e.occurred_at, o.t0), e.occurred_at) as shown_at,
    o.message_id,
    o.t0,
    o.lead,
    o.campaign,
    o."user",
    o.sender_provider,
    o.recipient_provider,
    {sign} as sign
from {events} as e
join {sends} as o on e.workspace_id = o.workspace_id and e.message_id = o.message_id
where e.channel = 'email'
    and o.eligible
    and (e.event in ('opened', 'clicked') or (e.event = 'replied' and e.sentiment is not null))
