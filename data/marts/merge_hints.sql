-- Hints of the last version and of the new events in one; gone once the message's `sent` is known.
select
    workspace_id,
    message_id,
    min(campaign) as campaign,
    min(step) as step,
    min(lead) as lead,
    min("user") as "user",
    min(sender_provider) as sender_provider,
    min(recipient_provider) as recipient_provider
from (from stored union all by name from fresh)
semi join (select workspace_id, message_id from messages where sent_at is null) using (workspace_id, message_id)
group by workspace_id, message_id
