-- What names a lead but no message: which message it belongs to depends on what was sent before it, so it is kept and
-- attributed anew at every build. Grain: (workspace_id, event_id). Opens, clicks and bounces are activity of that
-- message, and no more: nothing says they are of this one (messages.sql looks at replies and unsubscribes only).
select workspace_id, event_id, event, lead, occurred_at, machine, reply_category, sentiment,
    if(event = 'clicked', url, null) as url
from events
where message_id is null
    and lead is not null
    and channel = 'email'
    and (
        event in ('unsubscribed', 'opened', 'clicked', 'bounced')
        or (event = 'replied' and sentiment is not null)
    )
