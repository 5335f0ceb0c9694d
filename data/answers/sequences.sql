-- Where each journey (lead × campaign) stands: the last e-mail sent, whether anything ended it, what the source says.
-- In: `mails`, `actions`, `happenings`, `plan_steps`, `plan_journeys`, `plan_campaigns`. Grain: (lead, campaign).
--
-- Ended: a bounced e-mail, an unsubscribe or complaint of that person anywhere; a human reply or a call that booked,
-- found no interest or a wrong number, unless the source tells of a step still to come; or the source says
-- `finished`; or the last known step was sent; or the campaign itself no longer runs. Where neither journeys nor
-- steps are known, 30 quiet days end it. `told`: the source's word is newer than the last e-mail.
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

last_steps as (
    select campaign, max(position) as position from plan_steps where channel = 'email' group by campaign
),

all_journeys as (
    select lead, campaign from last_action
    union
    select lead, campaign from plan_journeys where state <> 'finished'
),

joined as (
    select
        a.lead,
        a.campaign,
        coalesce(m."user", l."user", j."user", c."user", '(none)') as "user",
        m.step as last_step,
        s.position as last_position,
        m.t0 as last_sent_at,
        m.day as last_sent_on,
        m.sender,
        j.state,
        j.next_step_at,
        j.next_step_on,
        j.state is not null and (
            m.t0 is null or coalesce(m.t0 < j.next_step_at, m.day < j.next_step_on, false)
        ) as told,
        r.lead is not null as answered,
        b.lead is not null or u.lead is not null as stopped,
        coalesce(c.status, 'active') in (
            'paused', 'stopped', 'finished', 'completed', 'complete', 'done', 'ended', 'closed', 'archived', 'draft',
            'inactive', 'disabled', 'off', 'suspended', 'canceled', 'cancelled', 'deleted'
        ) as campaign_ended,
        case
            when j.state = 'finished' then false
            when j.next_step_at > m.t0 or j.next_step_on > m.day or (j.state is not null and m.t0 is null) then true
            when j.state is not null and z.position is null then true
            when z.position is not null then not coalesce(s.position >= z.position, false)
            else coalesce($now::timestamp - l.t0 < interval 30 day, false)
        end as goes_on
    from all_journeys as a
    left join last_action as l on a.lead = l.lead and a.campaign = l.campaign
    left join last_mail as m on a.lead = m.lead and a.campaign = m.campaign
    left join plan_steps as s on m.campaign = s.campaign and m.step = s.step
    left join last_steps as z on a.campaign = z.campaign
    left join plan_journeys as j on a.lead = j.lead and a.campaign = j.campaign
    left join plan_campaigns as c on a.campaign = c.campaign
    left join answered as r on a.lead = r.lead and a.campaign = r.campaign
    left join bounced as b on a.lead = b.lead and a.campaign = b.campaign
    left join left_for_good as u on a.lead = u.lead
)

select *, goes_on and not stopped and not campaign_ended and (told or not answered) as open
from joined
