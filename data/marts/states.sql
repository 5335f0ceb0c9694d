-- What the events alone say of each e-mail. Grain: (workspace_id, message_id).
-- In: `events` (data/marts/derive.py EVENT_COLUMNS; each event once), `near` (near.sql over these events); macro by_timing(…).
--
-- Every column is a minimum, a maximum or a sum over the message's events, or goes with the earliest `sent` or
-- the earliest reply: states can be merged (merge.sql), and no order of arrival changes them. docs/numbers.md. Whose openings
-- and clicks may be a machine's by their timing, and what a `sent` leaves untold, hangs on several events: where fresh
-- ones may change it, all of that message's are read again (reread.sql).
with

-- When each kind of event happened, as columns: a plain minimum of one takes half as long as one with a condition.
flagged as (
    select
        e.workspace_id,
        e.message_id,
        e.event,
        e.occurred_at,
        e.bounce_kind,
        e.sentiment,
        n.burst_clicks,
        e.machine or (
            n.message_id is not null
            and by_timing(e.event, e.occurred_at, e.person, n.sent_at, n.delivered_at, n.burst_clicks)
        ) as machine
    from {events} as e
    left join {near} as n on e.workspace_id = n.workspace_id and e.message_id = n.message_id
    -- Cohorts, rates and sent e-mails look at this channel only (docs/numbers.md).
    where e.message_id is not null and e.channel = 'email'
),

stamped as (
    select
        workspace_id,
        message_id,
        occurred_at,
        burst_clicks,
        if(event = 'sent', occurred_at, null) as sent_at,
        if(event = 'delivered', occurred_at, null) as delivered_at,
        -- Mail coming in alone makes no message of ours.
        if(event = 'received', null, occurred_at) as first_at,
        if(event = 'opened' and not machine, occurred_at, null) as opened_human_at,
        if(event = 'opened', occurred_at, null) as opened_all_at,
        if(event = 'clicked' and not machine, occurred_at, null) as clicked_human_at,
        if(event = 'clicked', occurred_at, null) as clicked_all_at,
        if(event = 'bounced', occurred_at, null) as first_bounced_at,
        if(event = 'bounced' and bounce_kind = 'hard', occurred_at, null) as last_hard_at,
        if(event = 'bounced' and bounce_kind = 'block', occurred_at, null) as last_block_at,
        if(event = 'bounced' and bounce_kind = 'soft', occurred_at, null) as last_soft_at,
        if(event = 'bounced' and bounce_kind is null, occurred_at, null) as last_unknown_at,
        if(event = 'failed', occurred_at, null) as last_failed_at,
        -- It came after all: what contradicts a soft or block bounce.
        if(event = 'delivered' or (event in ('opened', 'clicked') and not machine), occurred_at, null) as arrived_at,
        if(event = 'replied' and sentiment is not null, occurred_at, null) as own_last_replied_at,
        if(event = 'unsubscribed' and not machine, occurred_at, null) as own_unsubscribed_at
    from flagged
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
        min(first_bounced_at) as first_bounced_at,
        max(last_hard_at) as last_hard_at,
        max(last_block_at) as last_block_at,
        max(last_soft_at) as last_soft_at,
        max(last_unknown_at) as last_unknown_at,
        max(last_failed_at) as last_failed_at,
        max(arrived_at) as arrived_at,
        max(own_last_replied_at) as own_last_replied_at,
        min(own_unsubscribed_at) as own_unsubscribed_at,
        any_value(burst_clicks) as burst_clicks
    from stamped
    group by workspace_id, message_id
),

-- Read from the events again where they are asked for twice: a copy of so many texts would cost more.
sends as not materialized (
    select
        workspace_id, message_id, occurred_at, event_id, campaign, step, variation, sender, lead, "user",
        sender_provider, recipient_provider, track_opens, track_clicks
    from {events}
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

-- What the `sent` leaves untold is told by the earliest event that tells it. Rare: most sources tell all of them the same.
untold as (
    select
        workspace_id, message_id, campaign is null as campaign, step is null as step, variation is null as variation,
        sender is null as sender, lead is null as lead, "user" is null as "user",
        sender_provider is null as sender_provider, recipient_provider is null as recipient_provider
    from sent
    where campaign is null or step is null or variation is null or sender is null or lead is null or "user" is null
        or sender_provider is null or recipient_provider is null
),

late as (
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
    from {events} as e
    join untold as u on e.workspace_id = u.workspace_id and e.message_id = u.message_id
    where e.channel = 'email'
        and (
            (u.campaign and e.campaign is not null) or (u.step and e.step is not null)
            or (u.variation and e.variation is not null) or (u.sender and e.sender is not null)
            or (u.lead and e.lead is not null) or (u."user" and e."user" is not null)
            or (u.sender_provider and e.sender_provider is not null)
            or (u.recipient_provider and e.recipient_provider is not null)
        )
    group by e.workspace_id, e.message_id
),

-- The first human reply decides the sentiment (docs/numbers.md); only human replies have one.
replied as (
    select workspace_id, message_id, occurred_at, event_id, sentiment
    from {events}
    where event = 'replied' and sentiment is not null and message_id is not null and channel = 'email'
    qualify row_number() over (partition by workspace_id, message_id order by occurred_at, event_id) = 1
)

select
    happened.* exclude (times_sent),
    sent.event_id as sent_event,
    coalesce(sent.campaign, late.campaign.v) as campaign,
    coalesce(sent.step, late.step.v) as step,
    coalesce(sent.variation, late.variation.v) as variation,
    coalesce(sent.sender, late.sender.v) as sender,
    coalesce(sent.lead, late.lead.v) as lead,
    coalesce(sent."user", late."user".v) as "user",
    coalesce(sent.sender_provider, late.sender_provider.v) as sender_provider,
    coalesce(sent.recipient_provider, late.recipient_provider.v) as recipient_provider,
    sent.track_opens,
    sent.track_clicks,
    replied.occurred_at as own_replied_at,
    replied.event_id as own_reply_event,
    replied.sentiment as own_sentiment
from happened
left join sent on happened.workspace_id = sent.workspace_id and happened.message_id = sent.message_id
left join late on happened.workspace_id = late.workspace_id and happened.message_id = late.message_id
left join replied on happened.workspace_id = replied.workspace_id and happened.message_id = replied.message_id
