-- What is known of e-mails whose `sent` never came (yet): each attribute from the earliest event that has it.
-- Grain: (workspace_id, message_id). In: `events`. Nearly always a handful of rows.
-- A hint that outlives the arrival of the `sent` does no harm: messages.sql looks at it only without one.
with

unsent as (
    select workspace_id, message_id
    from events
    where message_id is not null and channel = 'email'
    group by workspace_id, message_id
    having count(*) filter (event = 'sent') = 0
)

select
    e.workspace_id,
    e.message_id,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.campaign)) filter (e.campaign is not null)
        as campaign,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.step)) filter (e.step is not null) as step,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.variation)) filter (e.variation is not null)
        as variation,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.sender)) filter (e.sender is not null) as sender,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.lead)) filter (e.lead is not null) as lead,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e."user")) filter (e."user" is not null)
        as "user",
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.sender_provider))
        filter (e.sender_provider is not null) as sender_provider,
    min(struct_pack(at := e.occurred_at, id := e.event_id, v := e.recipient_provider))
        filter (e.recipient_provider is not null) as recipient_provider
from events as e
semi join unsent
    on e.workspace_id = unsent.workspace_id and e.message_id = unsent.message_id
where e.channel = 'email'
group by e.workspace_id, e.message_id
having count(e.campaign) + count(e.step) + count(e.variation) + count(e.sender) + count(e.lead) + count(e."user")
    + count(e.sender_provider) + count(e.recipient_provider) > 0
