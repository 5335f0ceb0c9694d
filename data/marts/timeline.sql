-- What the timeline shows of e-mails, by the time it shows. In: `shown` (shown*.sql). A refresh writes differences: a row
-- of before whose message is something else now is taken back at the moment it stood at, so a stretch of time knows all
-- that is true of it. Grain: all columns but n.
select
    workspace_id, shown_at, event_id, event, message_id, t0, lead, campaign, "user", sender_provider,
    recipient_provider, machine, category, {counted} as n
from shown
{grouped}
