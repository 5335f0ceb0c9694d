-- One lead in one campaign. Grain: (workspace_id, lead, campaign). docs/numbers.md.
-- In: `sends`, the messages of whole leads that were sent (t0 is not null).
-- `any_*`: the journey's first message of all (the unit of the bounce rate). The plain columns: its first
-- eligible (not bounced, not refused) message and what happened to its eligible messages; null when there is none.
with

-- Its first messages and its first reply come with all that is told of them; ties in time go to the smaller message
-- id, and no two rows have the same, so what stands behind it decides nothing.
grouped as (
    select
        workspace_id,
        lead,
        campaign,
        count(*) as messages,
        count(bounced_at) as bounced_messages,
        max(bounced_at) as last_bounced_at,
        min(struct_pack(
            t0 := t0, id := message_id, "user" := "user", step := step, variation := variation, sender := sender,
            sender_provider := sender_provider, recipient_provider := recipient_provider
        )) filter (not eligible) as other_first,
        min(struct_pack(
            t0 := t0, id := message_id, "user" := "user", step := step, variation := variation, sender := sender,
            sender_provider := sender_provider, recipient_provider := recipient_provider
        )) filter (eligible) as eligible_first,
        min(struct_pack(at := replied_at, id := message_id, event := reply_event, sentiment := sentiment))
            filter (eligible and replied_at is not null) as reply,
        bool_or(track_opens) filter (eligible) as track_opens,
        bool_or(track_clicks) filter (eligible) as track_clicks,
        min(opened_human_at) filter (eligible) as opened_human_at,
        min(opened_all_at) filter (eligible) as opened_all_at,
        min(clicked_human_at) filter (eligible) as clicked_human_at,
        min(clicked_all_at) filter (eligible) as clicked_all_at,
        min(unsubscribed_at) filter (eligible) as unsubscribed_at
    from sends
    group by workspace_id, lead, campaign
),

-- Nearly every message is eligible: only the few others are looked at for a start of their own.
started as (
    select *, least(other_first, eligible_first) as any_first from grouped
)

select
    workspace_id,
    lead,
    campaign,
    messages,
    any_first.t0 as any_t0,
    any_first."user" as any_user,
    any_first.step as any_step,
    any_first.variation as any_variation,
    any_first.sender as any_sender,
    any_first.sender_provider as any_sender_provider,
    any_first.recipient_provider as any_recipient_provider,
    eligible_first.t0 as t0,
    eligible_first."user" as "user",
    eligible_first.step as step,
    eligible_first.variation as variation,
    eligible_first.sender as sender,
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
from started
