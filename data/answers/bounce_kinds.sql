-- How each e-mail bounced, by its first bounce. In: `events`. Grain: message_id.
select message_id, bounce_kind
from events
where channel = 'email' and event = 'bounced' and message_id is not null
qualify row_number() over (partition by message_id order by occurred_at, event_id) = 1
