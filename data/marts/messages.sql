-- The e-mails with everything that happened to each, lead events included. Grain: (workspace_id, message_id).
-- In: `states`, `hints`, `lead_events` of whole leads: all messages and events of every lead that occurs.
-- A message whose t0 is null was never sent (only mail came in under its id): it is kept for what may still come.
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

-- docs/numbers.md: of the messages sent to the lead at or before the event, of the campaign it names where it names one, the
-- latest; those that had bounced by then only where there is no other.
candidates as (
    select workspace_id, lead, t0, message_id, campaign, first_bounced_at
    from mail
    semi join {lead_events} as n using (workspace_id, lead)
    where t0 is not null
),

attributed as (
    select e.workspace_id, l.message_id, e.event, e.event_id, e.occurred_at, e.sentiment
    from {lead_events} as e
    join candidates as l
        on e.workspace_id = l.workspace_id and e.lead = l.lead and e.occurred_at >= l.t0
        and (e.campaign is null or e.campaign = l.campaign)
    qualify row_number() over (
        partition by e.workspace_id, e.event_id
        order by coalesce(l.first_bounced_at <= e.occurred_at, false), l.t0 desc, l.message_id desc
    ) = 1
),

added as (
    select
        workspace_id,
        message_id,
        min(struct_pack(at := occurred_at, id := event_id, sentiment := sentiment))
            filter (event = 'replied') as reply,
        max(occurred_at) filter (event = 'replied') as last_replied_at,
        min(occurred_at) filter (event = 'unsubscribed') as unsubscribed_at
    from attributed
    group by workspace_id, message_id
),

joined as (
    select
        mail.*,
        added.reply as lead_reply,
        added.unsubscribed_at as lead_unsubscribed_at,
        greatest(mail.own_last_replied_at, added.last_replied_at) as last_replied_at,
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
    least(own_unsubscribed_at, lead_unsubscribed_at) as unsubscribed_at,
    -- docs/numbers.md: what came after it contradicts a bounce. A soft or block bounce was a deferral when the e-mail then
    -- arrived, was opened, clicked or answered; a hard one, or one of unknown kind, only when a person answered.
    if(
        coalesce(greatest(last_hard_at, last_unknown_at) >= last_replied_at, last_replied_at is null)
            and greatest(last_hard_at, last_unknown_at) is not null
        or coalesce(
            greatest(last_soft_at, last_block_at) >= greatest(arrived_at, last_replied_at),
            greatest(arrived_at, last_replied_at) is null
        ) and greatest(last_soft_at, last_block_at) is not null,
        first_bounced_at,
        null
    ) as bounced_at,
    -- docs/numbers.md: refused at or after the sending, and nothing says that it arrived after all.
    if(
        coalesce(last_failed_at >= sent_at, last_failed_at is not null)
            and greatest(arrived_at, last_replied_at) is null,
        last_failed_at,
        null
    ) as failed_at
from joined
