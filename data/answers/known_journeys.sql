-- Every journey there is, with what happened in it and what the source says of it.
-- In: `mails`, `actions`, `happenings`, `plan_journeys`. Grain: (lead, campaign).
with

last_action as (
    select lead, campaign, max(t0) as t0, max("user") as "user"
    from actions
    where lead is not null
    group by lead, campaign
),

last_mail as (
    select lead, campaign, step, t0, day, "user", sender
    from mails
    where lead is not null
    qualify row_number() over (partition by lead, campaign order by t0 desc, message_id desc) = 1
),

answered as (
    select distinct lead, campaign from happenings
    where human_reply or (channel = 'phone' and event in ('booked', 'not_interested', 'bad_number'))
),

bounced as (
    select distinct lead, campaign from mails where bounced
),

left_for_good as (
    select distinct lead from happenings where event in ('unsubscribed', 'complained')
),

all_journeys as (
    select lead, campaign from last_action
    union
    select lead, campaign from plan_journeys where state <> 'finished'
)

select
    a.lead,
    a.campaign,
    l.t0 as acted_at,
    l."user" as acted_user,
    m.t0 as last_sent_at,
    m.day as last_sent_on,
    m.step as last_step,
    m.sender,
    m."user" as mail_user,
    j.state,
    j.next_step_at,
    j.next_step_on,
    j."user" as journey_user,
    r.lead is not null as answered,
    b.lead is not null or u.lead is not null as stopped
from all_journeys as a
left join last_action as l on a.lead = l.lead and a.campaign = l.campaign
left join last_mail as m on a.lead = m.lead and a.campaign = m.campaign
left join plan_journeys as j on a.lead = j.lead and a.campaign = j.campaign
left join answered as r on a.lead = r.lead and a.campaign = r.campaign
left join bounced as b on a.lead = b.lead and a.campaign = b.campaign
left join left_for_good as u on a.lead = u.lead
