-- The state of each e-mail, from events alone. Grain: (workspace_id, message_id).
-- In: `events` (columns of data/segments.py SCHEMA; each event once). Out: the columns of messages.yaml.
--
-- Every column is a minimum, a maximum or a sum over the message's events, so that states can be merged
-- (merge.sql) and no order of arrival changes them. METRICS §8 says what each means.
with

own as (
    select * from events
    -- Cohorts, rates and sent e-mails look at this channel only (METRICS §8).
    where message_id is not null and channel = 'email'
),

states as (
    select
        workspace_id,
        message_id,
        min(occurred_at) filter (event = 'sent') as sent_at,
        min(occurred_at) filter (event = 'delivered') as delivered_at,
        -- Refused before sending, or mail coming in: alone, these make no message of ours.
        min(occurred_at) filter (event not in ('failed', 'received')) as first_at,
        max(occurred_at) as last_at,
        count(*) filter (event = 'sent') as n_sent,
        any_value(event_id) filter (event = 'sent') as sent_event,
        any_value(campaign) filter (event = 'sent') as campaign,
        any_value(step) filter (event = 'sent') as step,
        any_value(variation) filter (event = 'sent') as variation,
        any_value(lead) filter (event = 'sent') as lead,
        any_value("user") filter (event = 'sent') as "user",
        any_value(sender_provider) filter (event = 'sent') as sender_provider,
        any_value(recipient_provider) filter (event = 'sent') as recipient_provider,
        any_value(track_opens) filter (event = 'sent') as track_opens,
        any_value(track_clicks) filter (event = 'sent') as track_clicks,
        min(occurred_at) filter (event = 'opened' and not machine) as opened_human_at,
        min(occurred_at) filter (event = 'opened') as opened_all_at,
        count(*) filter (event = 'opened' and not machine) as opens_human,
        count(*) filter (event = 'opened') as opens_all,
        min(occurred_at) filter (event = 'clicked' and not machine) as clicked_human_at,
        min(occurred_at) filter (event = 'clicked') as clicked_all_at,
        count(*) filter (event = 'clicked' and not machine) as clicks_human,
        count(*) filter (event = 'clicked') as clicks_all,
        -- The first human reply decides the sentiment (METRICS §2); only human replies have one.
        min(struct_pack(at := occurred_at, id := event_id, sentiment := sentiment))
            filter (event = 'replied' and sentiment is not null) as reply,
        min(occurred_at) filter (event = 'bounced') as bounced_at,
        min(occurred_at) filter (event = 'unsubscribed') as unsubscribed_at
    from own
    group by workspace_id, message_id
),

-- Nearly every message has one `sent`, and any_value is it. The few with several take the earliest.
repeated as (
    select workspace_id, message_id from states where n_sent > 1
),

first_sent as (
    select own.*
    from own
    semi join repeated using (workspace_id, message_id)
    where event = 'sent'
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
),

-- A message whose `sent` never came (yet) takes each attribute from the earliest event that has it.
hints as (
    select
        own.workspace_id,
        own.message_id,
        min(struct_pack(at := occurred_at, id := event_id, v := own.campaign))
            filter (own.campaign is not null) as campaign,
        min(struct_pack(at := occurred_at, id := event_id, v := own.step))
            filter (own.step is not null) as step,
        min(struct_pack(at := occurred_at, id := event_id, v := own.variation))
            filter (own.variation is not null) as variation,
        min(struct_pack(at := occurred_at, id := event_id, v := own.lead))
            filter (own.lead is not null) as lead,
        min(struct_pack(at := occurred_at, id := event_id, v := own."user"))
            filter (own."user" is not null) as "user",
        min(struct_pack(at := occurred_at, id := event_id, v := own.sender_provider))
            filter (own.sender_provider is not null) as sender_provider,
        min(struct_pack(at := occurred_at, id := event_id, v := own.recipient_provider))
            filter (own.recipient_provider is not null) as recipient_provider
    from own
    semi join (select workspace_id, message_id from states where n_sent = 0) as unsent
        on own.workspace_id = unsent.workspace_id and own.message_id = unsent.message_id
    group by own.workspace_id, own.message_id
)

select
    s.workspace_id,
    s.message_id,
    s.sent_at,
    if(r.message_id is null, s.sent_event, r.event_id) as sent_event,
    s.delivered_at,
    s.first_at,
    s.last_at,
    if(r.message_id is null, s.campaign, r.campaign) as campaign,
    if(r.message_id is null, s.step, r.step) as step,
    if(r.message_id is null, s.variation, r.variation) as variation,
    if(r.message_id is null, s.lead, r.lead) as lead,
    if(r.message_id is null, s."user", r."user") as "user",
    if(r.message_id is null, s.sender_provider, r.sender_provider) as sender_provider,
    if(r.message_id is null, s.recipient_provider, r.recipient_provider) as recipient_provider,
    if(r.message_id is null, s.track_opens, r.track_opens) as track_opens,
    if(r.message_id is null, s.track_clicks, r.track_clicks) as track_clicks,
    case when h.message_id is not null then struct_pack(
        campaign := h.campaign, step := h.step, variation := h.variation, lead := h.lead,
        "user" := h."user", sender_provider := h.sender_provider, recipient_provider := h.recipient_provider
    ) end as hints,
    s.opened_human_at,
    s.opened_all_at,
    s.opens_human,
    s.opens_all,
    s.clicked_human_at,
    s.clicked_all_at,
    s.clicks_human,
    s.clicks_all,
    s.reply,
    s.bounced_at,
    s.unsubscribed_at
from states as s
left join first_sent as r on s.workspace_id = r.workspace_id and s.message_id = r.message_id
left join hints as h on s.workspace_id = h.workspace_id and s.message_id = h.message_id
