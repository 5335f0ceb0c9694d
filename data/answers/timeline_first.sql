-- The first event of an action that is no e-mail. In: `events`.
select event_id, occurred_at
from events
where channel = $channel and coalesce(message_id, '~' || event_id) = $action and event <> 'received'
order by (event <> 'sent')::integer, occurred_at, event_id
limit 1
