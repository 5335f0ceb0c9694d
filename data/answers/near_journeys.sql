-- The journeys an e-mail can be due in, as known_journeys.sql tells all there are.
-- In: `last_mails`, `other_acts`, `ends`, `told`, `planned`. Grain: (lead, campaign).
with

ended as (
    select lead, campaign, bool_or(bounced) as bounced, bool_or(answered) as answered
    from ends
    where bounced or answered
    group by lead, campaign
),

left_for_good as (
    select distinct lead from ends where "left"
),

-- What the source says of a journey counts from its first word on: without any, only its e-mails.
said as (
    select * from planned where lead in (select lead from told union all select lead from last_mails)
),

near as (
    select
        coalesce(m.lead, j.lead) as lead, coalesce(m.campaign, j.campaign) as campaign,
        m.t0, m.day, m.step, m.sender, m."user",
        j.state, j.next_step_at, j.next_step_on, j."user" as journey_user
    from last_mails as m
    full join said as j on m.lead = j.lead and m.campaign = j.campaign
    where m.lead is not null or j.state <> 'finished'
)

select
    n.lead,
    n.campaign,
    greatest(n.t0, o.t0) as acted_at,
    greatest(n."user", o."user") as acted_user,
    n.t0 as last_sent_at,
    n.day as last_sent_on,
    n.step as last_step,
    n.sender,
    n."user" as mail_user,
    n.state,
    n.next_step_at,
    n.next_step_on,
    n.journey_user,
    coalesce(e.answered, false) as answered,
    coalesce(e.bounced, false) or u.lead is not null as stopped
from near as n
left join other_acts as o on n.lead = o.lead and n.campaign = o.campaign
left join ended as e on n.lead = e.lead and n.campaign = e.campaign
left join left_for_good as u on n.lead = u.lead
