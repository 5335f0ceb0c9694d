-- The e-mails that were sent, with everything that happened to each, lead events included.
-- In: `messages`, `lead_events`. Grain: (workspace_id, message_id). Not stored: journeys and units are.
with

mail as (
    select
        workspace_id,
        message_id,
        coalesce(sent_at, delivered_at, first_at) as t0,
        sent_at is null as inferred,
        coalesce(if(sent_at is null, hints.campaign.v, campaign), '(none)') as campaign,
        coalesce(if(sent_at is null, hints.step.v, step), '(none)') as step,
        -- A message without a lead is a journey of its own; '~' cannot start an e-mail address we store.
        coalesce(if(sent_at is null, hints.lead.v, lead), '~' || message_id) as lead,
        coalesce(if(sent_at is null, hints."user".v, "user"), '(none)') as "user",
        coalesce(if(sent_at is null, hints.sender_provider.v, sender_provider), 'custom') as sender_provider,
        coalesce(if(sent_at is null, hints.recipient_provider.v, recipient_provider), 'other')
            as recipient_provider,
        coalesce(track_opens, true) as track_opens,
        coalesce(track_clicks, true) as track_clicks,
        opened_human_at,
        opened_all_at,
        clicked_human_at,
        clicked_all_at,
        reply,
        bounced_at,
        unsubscribed_at
    from messages
    where first_at is not null
),

-- METRICS §8: the lead's message with the latest sent time at or before the event; ties by message id.
latest as (
    select workspace_id, lead, t0, max(message_id) as message_id
    from mail
    semi join lead_events using (workspace_id, lead)
    group by workspace_id, lead, t0
),

attributed as (
    select e.workspace_id, l.message_id, e.event, e.event_id, e.occurred_at, e.sentiment
    from lead_events as e
    asof join latest as l
        on e.workspace_id = l.workspace_id and e.lead = l.lead and e.occurred_at >= l.t0
),

added as (
    select
        workspace_id,
        message_id,
        min(struct_pack(at := occurred_at, id := event_id, sentiment := sentiment))
            filter (event = 'replied') as reply,
        min(occurred_at) filter (event = 'unsubscribed') as unsubscribed_at
    from attributed
    group by workspace_id, message_id
)

select
    mail.* replace (
        case
            when added.reply is null then mail.reply
            when mail.reply is null then added.reply
            else least(mail.reply, added.reply)
        end as reply,
        least(mail.unsubscribed_at, added.unsubscribed_at) as unsubscribed_at
    )
from mail
left join added using (workspace_id, message_id)
