-- The e-mails with everything that happened to each, lead events included. Grain: (workspace_id, message_id).
-- In: `states`, `hints`, `lead_events` of whole leads: all messages and events of every lead that occurs.
-- A message whose t0 is null was never sent (METRICS §8): it is kept for what may still come, and counts nowhere.
-- The own_* columns are what the message's own events say; the plain ones add what came by the lead alone.
with

mail as (
    select
        m.* replace (
            coalesce(if(m.sent_at is null, h.campaign.v, m.campaign), '(none)') as campaign,
            coalesce(if(m.sent_at is null, h.step.v, m.step), '(none)') as step,
            coalesce(if(m.sent_at is null, h.variation.v, m.variation), '(none)') as variation,
            coalesce(if(m.sent_at is null, h.sender.v, m.sender), '(none)') as sender,
            -- A message without a lead is a journey of its own; '~' cannot start an e-mail address we store.
            coalesce(if(m.sent_at is null, h.lead.v, m.lead), '~' || m.message_id) as lead,
            coalesce(if(m.sent_at is null, h."user".v, m."user"), '(none)') as "user",
            coalesce(if(m.sent_at is null, h.sender_provider.v, m.sender_provider), 'custom') as sender_provider,
            coalesce(if(m.sent_at is null, h.recipient_provider.v, m.recipient_provider), 'other')
                as recipient_provider,
            coalesce(m.track_opens, true) as track_opens,
            coalesce(m.track_clicks, true) as track_clicks
        ),
        if(m.first_at is null, null, coalesce(m.sent_at, m.delivered_at, m.first_at)) as t0
    from states as m
    left join hints as h on m.workspace_id = h.workspace_id and m.message_id = h.message_id
),

-- METRICS §8: the lead's message with the latest sent time at or before the event; ties by message id.
latest as (
    select workspace_id, lead, t0, max(message_id) as message_id
    from mail
    semi join lead_events using (workspace_id, lead)
    where t0 is not null
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
),

joined as (
    select
        mail.*,
        added.reply as lead_reply,
        added.unsubscribed_at as lead_unsubscribed_at,
        -- Does the lead's own reply come before the one that named the message?
        added.reply is not null and (
            mail.own_replied_at is null
            or added.reply.at < mail.own_replied_at
            or (added.reply.at = mail.own_replied_at and added.reply.id < mail.own_reply_event)
        ) as earlier
    from mail
    left join added on mail.workspace_id = added.workspace_id and mail.message_id = added.message_id
)

select
    * exclude (lead_reply, lead_unsubscribed_at, earlier),
    if(earlier, lead_reply.at, own_replied_at) as replied_at,
    if(earlier, lead_reply.id, own_reply_event) as reply_event,
    if(earlier, lead_reply.sentiment, own_sentiment) as sentiment,
    least(own_unsubscribed_at, lead_unsubscribed_at) as unsubscribed_at
from joined
