-- Every journey there is, with what happened in it and what the source says of it.
-- In: `mails`, `actions`, `happenings`, `plan_journeys`. Grain: (lead, campaign).
with

-- All that is known of a journey comes together in one grouping: joining as many texts five times took longer.
told as (
    select
        lead,
        campaign,
        "user",
        struct_pack(t0 := t0, id := message_id, step := step, day := day, "user" := "user", sender := sender) as mail,
        t0 as acted_at,
        bounced,
        false as answered
    from mails
    where lead is not null
    union all
    select lead, campaign, "user", null, t0, false, false
    from actions
    where lead is not null and channel <> 'email'
    union all
    -- What an event must be is said of the column alone, too: the reader of the files skips the rest.
    select lead, campaign, null, null, null, false, true
    from happenings
    where lead is not null and event in ('replied', 'booked', 'not_interested', 'bad_number')
        and (human_reply or (channel = 'phone' and event <> 'replied'))
),

-- Of two last e-mails at one time it is the one with the greater id.
journeys as (
    select
        lead,
        campaign,
        max("user") as acted_user,
        max(mail) as last,
        max(acted_at) as acted_at,
        bool_or(bounced) as bounced,
        bool_or(answered) as answered
    from told
    group by lead, campaign
),

left_for_good as (
    select distinct lead from happenings where event in ('unsubscribed', 'complained')
),

known as (
    select
        coalesce(k.lead, j.lead) as lead,
        coalesce(k.campaign, j.campaign) as campaign,
        k.* exclude (lead, campaign),
        j.state,
        j.next_step_at,
        j.next_step_on,
        j."user" as journey_user
    from journeys as k
    full join plan_journeys as j on k.lead = j.lead and k.campaign = j.campaign
    where k.lead is not null or j.state <> 'finished'
)

select
    k.lead,
    k.campaign,
    k.acted_at,
    k.acted_user,
    k.last.t0 as last_sent_at,
    k.last.day as last_sent_on,
    k.last.step as last_step,
    k.last.sender as sender,
    k.last."user" as mail_user,
    k.state,
    k.next_step_at,
    k.next_step_on,
    k.journey_user,
    coalesce(k.answered, false) as answered,
    coalesce(k.bounced, false) or u.lead is not null as stopped
from known as k
left join left_for_good as u on k.lead = u.lead
