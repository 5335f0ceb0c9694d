-- Replies and unsubscribes that name a lead but no message: which message they belong to depends on what was
-- sent before them, so they are kept and attributed anew at every build. Grain: (workspace_id, event_id).
select workspace_id, event_id, event, lead, occurred_at, sentiment
from events
where message_id is null
    and lead is not null
    and channel = 'email'
    and (event = 'unsubscribed' or (event = 'replied' and sentiment is not null))
