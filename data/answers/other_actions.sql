-- What was done towards leads other than by e-mail. In: `whole_mails`, `events`. Grain: (channel, action_id).
-- The message id ties events together; an event
-- without one (a call, a task) is an action of its own. Its time is its first event of any kind (docs/numbers.md).
with

others as (
    select *, coalesce(message_id, '~' || event_id) as action_id, (event <> 'sent')::integer as later
    from events
    where channel <> 'email' and event <> 'received'
),

starts as (
    select channel, action_id, occurred_at as t0
    from others
    qualify row_number() over (partition by channel, action_id order by occurred_at, event_id) = 1
),

-- Each attribute from the first event that tells it, `sent` before all others.
told as (
    select
        channel,
        action_id,
        min(struct_pack(l := later, "at" := occurred_at, id := event_id, v := lead))
            filter (lead is not null) as lead,
        min(struct_pack(l := later, "at" := occurred_at, id := event_id, v := campaign))
            filter (campaign is not null) as campaign,
        min(struct_pack(l := later, "at" := occurred_at, id := event_id, v := "user"))
            filter ("user" is not null) as "user",
        min(struct_pack(l := later, "at" := occurred_at, id := event_id, v := sender_provider))
            filter (sender_provider is not null) as sender_provider,
        min(struct_pack(l := later, "at" := occurred_at, id := event_id, v := recipient_provider))
            filter (recipient_provider is not null) as recipient_provider
    from others
    group by channel, action_id
)

-- A video inside an e-mail goes under the e-mail's message id: what it does not tell, the e-mail does.
select
    s.channel,
    s.action_id,
    s.t0,
    coalesce(t.lead.v, m.lead) as lead,
    coalesce(t.campaign.v, m.campaign, '(none)') as campaign,
    coalesce(t."user".v, m."user", '(none)') as "user",
    coalesce(t.sender_provider.v, m.sender_provider, '(none)') as sender_provider,
    coalesce(t.recipient_provider.v, m.recipient_provider, '(none)') as recipient_provider,
    false as undelivered
from starts as s
join told as t on s.channel = t.channel and s.action_id = t.action_id
left join whole_mails as m on s.action_id = m.message_id
