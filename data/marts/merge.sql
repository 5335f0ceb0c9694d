-- One state a message from two: `known` (as stored) and `fresh` (states.sql over the new events), for the messages
-- of `fresh`. Exact and free of order: each column is merged by what made it, so an incremental refresh gives
-- what a full build gives.
with

both_states as (
    select * from known
    union all by name
    select * from fresh
),

merged as (
    select
        workspace_id,
        message_id,
        min(delivered_at) as delivered_at,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(opened_human_at) as opened_human_at,
        min(opened_all_at) as opened_all_at,
        sum(opens_human)::bigint as opens_human,
        sum(opens_all)::bigint as opens_all,
        min(clicked_human_at) as clicked_human_at,
        min(clicked_all_at) as clicked_all_at,
        sum(clicks_human)::bigint as clicks_human,
        sum(clicks_all)::bigint as clicks_all,
        min(first_bounced_at) as first_bounced_at,
        max(last_hard_at) as last_hard_at,
        max(last_block_at) as last_block_at,
        max(last_soft_at) as last_soft_at,
        max(last_unknown_at) as last_unknown_at,
        max(last_failed_at) as last_failed_at,
        max(arrived_at) as arrived_at,
        max(own_last_replied_at) as own_last_replied_at,
        min(own_unsubscribed_at) as own_unsubscribed_at,
        -- Clicks of both that are near each other are read again (reread.sql); the others' bursts stand side by side.
        list_sort(list_distinct(flatten(list(burst_clicks) filter (burst_clicks is not null)))) as burst_clicks,
        min(struct_pack(
            at := sent_at, id := sent_event, campaign := campaign, step := step, variation := variation,
            sender := sender, lead := lead, "user" := "user", sender_provider := sender_provider,
            recipient_provider := recipient_provider, track_opens := track_opens, track_clicks := track_clicks
        )) filter (sent_at is not null) as sent,
        min(struct_pack(at := own_replied_at, id := own_reply_event, sentiment := own_sentiment))
            filter (own_replied_at is not null) as reply
    from both_states
    group by workspace_id, message_id
)

-- In the order of states.sql: a layer's columns do not tell how it came about.
select
    workspace_id,
    message_id,
    sent.at as sent_at,
    merged.* exclude (workspace_id, message_id, sent, reply),
    sent.id as sent_event,
    sent.campaign as campaign,
    sent.step as step,
    sent.variation as variation,
    sent.sender as sender,
    sent.lead as lead,
    sent."user" as "user",
    sent.sender_provider as sender_provider,
    sent.recipient_provider as recipient_provider,
    sent.track_opens as track_opens,
    sent.track_clicks as track_clicks,
    reply.at as own_replied_at,
    reply.id as own_reply_event,
    reply.sentiment as own_sentiment
from merged
