-- What the events alone say of each e-mail. Grain: (workspace_id, message_id).
-- In: `events` (data/derive.py EVENT_COLUMNS; each event once).
--
-- Every column is a minimum, a maximum or a sum over the message's events, or goes with the earliest `sent` or
-- the earliest reply: states can be merged (merge.sql), and no order of arrival changes them. METRICS §8.
with

own as (
    -- Cohorts, rates and sent e-mails look at this channel only (METRICS §8).
    select * from events where message_id is not null and channel = 'email'
),

happened as (
    select
        workspace_id,
        message_id,
        min(occurred_at) filter (event = 'sent') as sent_at,
        count(*) filter (event = 'sent') as times_sent,
        min(occurred_at) filter (event = 'delivered') as delivered_at,
        -- Refused before sending, or mail coming in: alone, these make no message of ours.
        min(occurred_at) filter (event not in ('failed', 'received')) as first_at,
        max(occurred_at) as last_at,
        min(occurred_at) filter (event = 'opened' and not machine) as opened_human_at,
        min(occurred_at) filter (event = 'opened') as opened_all_at,
        count(*) filter (event = 'opened' and not machine) as opens_human,
        count(*) filter (event = 'opened') as opens_all,
        min(occurred_at) filter (event = 'clicked' and not machine) as clicked_human_at,
        min(occurred_at) filter (event = 'clicked') as clicked_all_at,
        count(*) filter (event = 'clicked' and not machine) as clicks_human,
        count(*) filter (event = 'clicked') as clicks_all,
        min(occurred_at) filter (event = 'bounced') as bounced_at,
        min(occurred_at) filter (event = 'unsubscribed') as own_unsubscribed_at
    from own
    group by workspace_id, message_id
),

sends as (
    select
        workspace_id, message_id, occurred_at, event_id, campaign, step, variation, sender, lead, "user",
        sender_provider, recipient_provider, track_opens, track_clicks
    from own
    where event = 'sent'
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
    from own
    where event = 'replied' and sentiment is not null
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
