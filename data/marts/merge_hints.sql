-- Hints of two sources in one: `known_hints` (as stored) and `fresh_hints` (hints.sql over the new events).
select
    workspace_id,
    message_id,
    min(campaign) as campaign,
    min(step) as step,
    min(variation) as variation,
    min(sender) as sender,
    min(lead) as lead,
    min("user") as "user",
    min(sender_provider) as sender_provider,
    min(recipient_provider) as recipient_provider
from (from known_hints union all by name from fresh_hints)
group by workspace_id, message_id
