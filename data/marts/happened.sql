-- The events of e-mails that count as activity, each under what its message is. In: {events}, {sends} (sends.sql).
-- Grain: event_id. `sign` is +1, or -1 for what a refresh takes back. Of a bounced message only the bounce counts
-- (METRICS §8); replies only when a person wrote them. `is_first`: the one its message's reply is. `message_id`,
-- `lead` and `url` are told of clicks only (links.sql).
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
from {events} as e
join {sends} as o on e.workspace_id = o.workspace_id and e.message_id = o.message_id
where e.channel = 'email'
    and (
        e.event in ('opened', 'clicked', 'bounced', 'unsubscribed')
        or (e.event = 'replied' and e.sentiment is not null)
    )
    and (o.bounced_at is null or e.event = 'bounced')
