-- One state a message from two: `stored` (the last version) and `fresh` (messages.sql over the new events).
-- Exact and free of order: each column is merged by what made it, so an incremental refresh gives what a
-- full build gives.
with

touched as (
    select * from stored semi join fresh using (workspace_id, message_id)
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
        min(bounced_at) as bounced_at,
        min(unsubscribed_at) as unsubscribed_at,
        min(struct_pack(
            at := sent_at, id := sent_event, campaign := campaign, step := step, variation := variation,
            lead := lead, "user" := "user", sender_provider := sender_provider,
            recipient_provider := recipient_provider, track_opens := track_opens, track_clicks := track_clicks
        )) filter (sent_at is not null) as sent,
        min(struct_pack(at := replied_at, id := reply_event, sentiment := sentiment))
            filter (replied_at is not null) as reply
    from touched
    group by workspace_id, message_id
)

select * from stored anti join fresh using (workspace_id, message_id)
union all by name
select
    merged.* exclude (sent, reply),
    sent.at as sent_at,
    sent.id as sent_event,
    sent.campaign as campaign,
    sent.step as step,
    sent.variation as variation,
    sent.lead as lead,
    sent."user" as "user",
    sent.sender_provider as sender_provider,
    sent.recipient_provider as recipient_provider,
    sent.track_opens as track_opens,
    sent.track_clicks as track_clicks,
    reply.at as replied_at,
    reply.id as reply_event,
    reply.sentiment as sentiment
from merged
