-- What some events say in words. In: `event_texts`; $shown characters of a reply. Grain: event_id.
select
    event_id, subject, left(reply_text, $shown) as reply_text, coalesce(length(reply_text), 0) as reply_length,
    server_response, sentiment, raw, message_id, occurred_at
from event_texts
where event_id in (select unnest($events::varchar[])) and occurred_at >= $low and occurred_at <= $high
