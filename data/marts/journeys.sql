-- One lead in one campaign. Grain: (workspace_id, lead, campaign). METRICS §2 and §8.
-- In: `sends`, the messages of whole leads that were sent (t0 is not null).
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
        min(t0) as any_t0,
        min(t0) filter (bounced_at is null) as t0,
        max(bounced_at) as last_bounced_at,
        bool_or(track_opens) filter (bounced_at is null) as track_opens,
        bool_or(track_clicks) filter (bounced_at is null) as track_clicks,
        min(opened_human_at) filter (bounced_at is null) as opened_human_at,
        min(opened_all_at) filter (bounced_at is null) as opened_all_at,
        min(clicked_human_at) filter (bounced_at is null) as clicked_human_at,
        min(clicked_all_at) filter (bounced_at is null) as clicked_all_at,
        min(unsubscribed_at) filter (bounced_at is null) as unsubscribed_at
    from sends
    group by workspace_id, lead, campaign
),

-- The message a journey starts with; ties in time go to the smaller message id.
eligible_first as (
    select s.workspace_id, s.lead, s.campaign, s."user", s.step, s.variation, s.sender, s.sender_provider,
        s.recipient_provider
    from sends as s
    join firsts as f on s.workspace_id = f.workspace_id and s.lead = f.lead and s.campaign = f.campaign
        and s.t0 = f.t0
    where s.bounced_at is null
    qualify row_number() over (partition by s.workspace_id, s.lead, s.campaign order by s.message_id) = 1
),

-- Without a bounce it is the very same message.
any_first as (
    select s.workspace_id, s.lead, s.campaign, s."user", s.step, s.variation, s.sender, s.sender_provider,
        s.recipient_provider
    from sends as s
    join firsts as f on s.workspace_id = f.workspace_id and s.lead = f.lead and s.campaign = f.campaign
        and s.t0 = f.any_t0
    where f.bounced_messages > 0
    qualify row_number() over (partition by s.workspace_id, s.lead, s.campaign order by s.message_id) = 1
),

replies as (
    select workspace_id, lead, campaign, replied_at, sentiment
    from sends
    where replied_at is not null and bounced_at is null
    qualify row_number() over (
        partition by workspace_id, lead, campaign order by replied_at, message_id, reply_event
    ) = 1
)

select
    f.workspace_id,
    f.lead,
    f.campaign,
    f.messages,
    f.any_t0,
    if(f.bounced_messages > 0, a."user", e."user") as any_user,
    if(f.bounced_messages > 0, a.step, e.step) as any_step,
    if(f.bounced_messages > 0, a.variation, e.variation) as any_variation,
    if(f.bounced_messages > 0, a.sender, e.sender) as any_sender,
    if(f.bounced_messages > 0, a.sender_provider, e.sender_provider) as any_sender_provider,
    if(f.bounced_messages > 0, a.recipient_provider, e.recipient_provider) as any_recipient_provider,
    f.t0,
    e."user",
    e.step,
    e.variation,
    e.sender,
    e.sender_provider,
    e.recipient_provider,
    -- Bounced when all its messages are, at the moment the last of them became so.
    if(f.messages = f.bounced_messages, f.last_bounced_at, null) as bounced_at,
    f.track_opens,
    f.track_clicks,
    f.opened_human_at,
    f.opened_all_at,
    f.clicked_human_at,
    f.clicked_all_at,
    r.replied_at,
    r.sentiment,
    f.unsubscribed_at
from firsts as f
left join any_first as a on f.workspace_id = a.workspace_id and f.lead = a.lead and f.campaign = a.campaign
left join eligible_first as e on f.workspace_id = e.workspace_id and f.lead = e.lead and f.campaign = e.campaign
left join replies as r on f.workspace_id = r.workspace_id and f.lead = r.lead and f.campaign = r.campaign
