-- The events of e-mails that count as activity, each under what its message is. In: `events`, `sends` (sends.sql).
-- Grain: event_id. `sign` is +1, or -1 for what a refresh takes back. Of a bounced or refused message only the bounce
-- counts, and of what was not tracked nothing; macro by_timing(…); replies only when a person wrote them. `is_first`: the one its message's reply is. `message_id`,
-- `lead` and `url` are told of clicks only (links.sql).
select
    o.workspace_id,
    e.event,
    e.machine or by_timing(e.event, e.occurred_at, e.person, o.sent_at, o.delivered_at, o.burst_clicks) as machine,
    if(e.event = 'replied', coalesce(e.reply_category, '(none)'), '') as category,
    if(e.event = 'replied', e.sentiment, '') as sentiment,
    e.event = 'replied' and o.eligible and coalesce(e.event_id = o.reply_event, false) as is_first,
    -- Opened or clicked before the sending: at the sending (docs/numbers.md).
    if(e.event in ('opened', 'clicked'), greatest(e.occurred_at, o.t0), e.occurred_at) as stamp,
    o.h,
    if(e.event = 'clicked', o.message_id, null) as message_id,
    if(e.event = 'clicked', o.lead, null) as lead,
    if(e.event = 'clicked', coalesce(e.url, '(none)'), null) as url,
    {sign} as sign
from {events} as e
join {sends} as o on e.workspace_id = o.workspace_id and e.message_id = o.message_id
where e.channel = 'email'
    and (
        (e.event = 'bounced' and o.bounced_at is not null)
        or (
            o.eligible
            and (
                (e.event = 'opened' and o.track_opens)
                or (e.event = 'clicked' and o.track_clicks)
                or (e.event = 'unsubscribed' and not e.machine)
                or (e.event = 'replied' and e.sentiment is not null)
            )
        )
    )
