-- One lead in one campaign. Grain: (workspace_id, lead, campaign). In: `sends`. METRICS §2 and §8.
-- `any_*`: the journey's first message of all (the unit of the bounce rate). The plain columns: its first
-- eligible (not bounced) message and what happened to its eligible messages; null when every one bounced.
with

firsts as (
    select
        workspace_id,
        lead,
        campaign,
        count(*) as messages,
        count(bounced_at) as bounced_messages,
        min(struct_pack(
            t0 := t0, message_id := message_id, "user" := "user", step := step,
            sender_provider := sender_provider, recipient_provider := recipient_provider
        )) as any_first,
        min(struct_pack(
            t0 := t0, message_id := message_id, "user" := "user", step := step,
            sender_provider := sender_provider, recipient_provider := recipient_provider
        )) filter (bounced_at is null) as eligible_first,
        max(bounced_at) as last_bounced_at,
        bool_or(track_opens) filter (bounced_at is null) as track_opens,
        bool_or(track_clicks) filter (bounced_at is null) as track_clicks,
        min(opened_human_at) filter (bounced_at is null) as opened_human_at,
        min(opened_all_at) filter (bounced_at is null) as opened_all_at,
        min(clicked_human_at) filter (bounced_at is null) as clicked_human_at,
        min(clicked_all_at) filter (bounced_at is null) as clicked_all_at,
        min(struct_pack(at := reply.at, message_id := message_id, id := reply.id, sentiment := reply.sentiment))
            filter (bounced_at is null and reply is not null) as reply,
        min(unsubscribed_at) filter (bounced_at is null) as unsubscribed_at
    from sends
    group by workspace_id, lead, campaign
)

select
    workspace_id,
    lead,
    campaign,
    messages,
    any_first.t0 as any_t0,
    any_first."user" as any_user,
    any_first.step as any_step,
    any_first.sender_provider as any_sender_provider,
    any_first.recipient_provider as any_recipient_provider,
    eligible_first.t0 as t0,
    eligible_first."user" as "user",
    eligible_first.step as step,
    eligible_first.sender_provider as sender_provider,
    eligible_first.recipient_provider as recipient_provider,
    -- Bounced when all its messages are, at the moment the last of them became so.
    if(messages = bounced_messages, last_bounced_at, null) as bounced_at,
    track_opens,
    track_clicks,
    opened_human_at,
    opened_all_at,
    clicked_human_at,
    clicked_all_at,
    reply.at as replied_at,
    reply.sentiment as sentiment,
    unsubscribed_at
from firsts
