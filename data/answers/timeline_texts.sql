-- What some events say in words. In: `event_texts`. Grain: event_id.
select event_id, subject, reply_text, server_response, sentiment, raw
from event_texts
where event_id in (select unnest($events::varchar[])) and occurred_at >= $low and occurred_at <= $high
