-- The state of each e-mail, from events alone. Grain: (workspace_id, message_id).
-- In: `events` (columns of data/segments.py SCHEMA; each event once). Out: the columns of messages.yaml.
--
-- Every column is a minimum, a maximum or a sum over the message's events, or goes with the earliest `sent` or
-- the earliest reply: states can be merged (merge.sql), and no order of arrival changes them. METRICS §8.
with

own as (
    -- Cohorts, rates and sent e-mails look at this channel only (METRICS §8).
    select * from events where message_id is not null and channel = 'email'
),

sent as (
    select
        workspace_id, message_id, occurred_at as sent_at, event_id as sent_event, campaign, step, variation,
        lead, "user", sender_provider, recipient_provider, track_opens, track_clicks
    from own
    where event = 'sent'
    -- A second `sent` is nothing new.
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
),

-- The first human reply decides the sentiment (METRICS §2); only human replies have one.
replied as (
    select workspace_id, message_id, occurred_at as replied_at, event_id as reply_event, sentiment
    from own
    where event = 'replied' and sentiment is not null
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
),

happened as (
    select
        workspace_id,
        message_id,
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
        min(occurred_at) filter (event = 'unsubscribed') as unsubscribed_at
    from own
    group by workspace_id, message_id
)

select happened.*, sent.* exclude (workspace_id, message_id), replied.* exclude (workspace_id, message_id)
from happened
left join sent using (workspace_id, message_id)
left join replied using (workspace_id, message_id)
