-- What the events alone say of each e-mail. Grain: (workspace_id, message_id).
-- In: `events` (data/marts/derive.py EVENT_COLUMNS; each event once).
--
-- Every column is a minimum, a maximum or a sum over the message's events, or goes with the earliest `sent` or
-- the earliest reply: states can be merged (merge.sql), and no order of arrival changes them. METRICS §8.
with

-- When each kind of event happened, as columns: a plain minimum of one takes half as long as one with a condition.
stamped as (
    select
        workspace_id,
        message_id,
        occurred_at,
        if(event = 'sent', occurred_at, null) as sent_at,
        if(event = 'delivered', occurred_at, null) as delivered_at,
        -- Refused before sending, or mail coming in: alone, these make no message of ours.
        if(event in ('failed', 'received'), null, occurred_at) as first_at,
        if(event = 'opened' and not machine, occurred_at, null) as opened_human_at,
        if(event = 'opened', occurred_at, null) as opened_all_at,
        if(event = 'clicked' and not machine, occurred_at, null) as clicked_human_at,
        if(event = 'clicked', occurred_at, null) as clicked_all_at,
        if(event = 'bounced', occurred_at, null) as bounced_at,
        if(event = 'unsubscribed', occurred_at, null) as own_unsubscribed_at
    from events
    -- Cohorts, rates and sent e-mails look at this channel only (METRICS §8).
    where message_id is not null and channel = 'email'
),

happened as (
    select
        workspace_id,
        message_id,
        min(sent_at) as sent_at,
        count(sent_at) as times_sent,
        min(delivered_at) as delivered_at,
        min(first_at) as first_at,
        max(occurred_at) as last_at,
        min(opened_human_at) as opened_human_at,
        min(opened_all_at) as opened_all_at,
        count(opened_human_at) as opens_human,
        count(opened_all_at) as opens_all,
        min(clicked_human_at) as clicked_human_at,
        min(clicked_all_at) as clicked_all_at,
        count(clicked_human_at) as clicks_human,
        count(clicked_all_at) as clicks_all,
        min(bounced_at) as bounced_at,
        min(own_unsubscribed_at) as own_unsubscribed_at
    from stamped
    group by workspace_id, message_id
),

-- Read from the events again where they are asked for twice: a copy of so many texts would cost more.
sends as not materialized (
    select
        workspace_id, message_id, occurred_at, event_id, campaign, step, variation, sender, lead, "user",
        sender_provider, recipient_provider, track_opens, track_clicks
    from events
    where event = 'sent' and message_id is not null and channel = 'email'
),

-- A second `sent` is nothing new. Nearly no message has one: only those few are sorted.
repeated as (
    select workspace_id, message_id from happened where times_sent > 1
),

sent as (
    select * from sends anti join repeated using (workspace_id, message_id)
    union all
    select * from sends semi join repeated using (workspace_id, message_id)
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
),

-- The first human reply decides the sentiment (METRICS §2); only human replies have one.
replied as (
    select workspace_id, message_id, occurred_at, event_id, sentiment
    from events
    where event = 'replied' and sentiment is not null and message_id is not null and channel = 'email'
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
)

select
    happened.* exclude (times_sent),
    sent.event_id as sent_event,
    sent.campaign,
    sent.step,
    sent.variation,
    sent.sender,
    sent.lead,
    sent."user",
    sent.sender_provider,
    sent.recipient_provider,
    sent.track_opens,
    sent.track_clicks,
    replied.occurred_at as own_replied_at,
    replied.event_id as own_reply_event,
    replied.sentiment as own_sentiment
from happened
left join sent on happened.workspace_id = sent.workspace_id and happened.message_id = sent.message_id
left join replied on happened.workspace_id = replied.workspace_id and happened.message_id = replied.message_id
