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
        min(struct_pack(
            at := sent_at, id := sent_event, campaign := campaign, step := step,
            variation := variation, lead := lead, "user" := "user", sender_provider := sender_provider,
            recipient_provider := recipient_provider, track_opens := track_opens, track_clicks := track_clicks
        )) filter (sent_at is not null) as sent,
        min(delivered_at) as delivered_at,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(hints.campaign) as h_campaign,
        min(hints.step) as h_step,
        min(hints.variation) as h_variation,
        min(hints.lead) as h_lead,
        min(hints."user") as h_user,
        min(hints.sender_provider) as h_sender_provider,
        min(hints.recipient_provider) as h_recipient_provider,
        min(opened_human_at) as opened_human_at,
        min(opened_all_at) as opened_all_at,
        sum(opens_human)::bigint as opens_human,
        sum(opens_all)::bigint as opens_all,
        min(clicked_human_at) as clicked_human_at,
        min(clicked_all_at) as clicked_all_at,
        sum(clicks_human)::bigint as clicks_human,
        sum(clicks_all)::bigint as clicks_all,
        min(reply) as reply,
        min(bounced_at) as bounced_at,
        min(unsubscribed_at) as unsubscribed_at
    from touched
    group by workspace_id, message_id
)

select * from stored anti join fresh using (workspace_id, message_id)
union all by name
select
    workspace_id,
    message_id,
    sent.at as sent_at,
    sent.id as sent_event,
    delivered_at,
    first_at,
    last_at,
    sent.campaign as campaign,
    sent.step as step,
    sent.variation as variation,
    sent.lead as lead,
    sent."user" as "user",
    sent.sender_provider as sender_provider,
    sent.recipient_provider as recipient_provider,
    sent.track_opens as track_opens,
    sent.track_clicks as track_clicks,
    -- Once a `sent` is known its attributes hold for good, and the hints are of no more use.
    case when sent is null then struct_pack(
        campaign := h_campaign, step := h_step, variation := h_variation,
        lead := h_lead, "user" := h_user, sender_provider := h_sender_provider,
        recipient_provider := h_recipient_provider
    ) end as hints,
    opened_human_at,
    opened_all_at,
    opens_human,
    opens_all,
    clicked_human_at,
    clicked_all_at,
    clicks_human,
    clicks_all,
    reply,
    bounced_at,
    unsubscribed_at
from merged
