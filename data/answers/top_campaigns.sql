-- Every campaign known: its contacts in the range, those of them engaged or not interested there, and the leads
-- still under way in it. In: `mails`, `actions`, `happenings` and all of
-- these, `engagements`, `plan_campaigns`.
with

contacts as (
    select distinct campaign, lead from actions
    where day between $first and $last and t0 >= $since and t0 < $until and lead is not null and not undelivered
),

counts as (
    select
        c.campaign,
        count(distinct c.lead) as contacts,
        count(distinct c.lead) filter (
            e.kind in ('reply', 'click', 'video_opened', 'video_watched', 'multiple_opens', 'booked')
        ) as engaged,
        count(distinct c.lead) filter (e.kind in ('unsubscribe', 'not_interested', 'refusal')) as not_interested
    from contacts as c
    left join engagements as e on c.campaign = e.campaign and c.lead = e.lead
    group by c.campaign
),

known as (
    select campaign from actions
    union
    select campaign from plan_campaigns where $all_campaigns or campaign in (select campaign from actions)
),

-- docs/numbers.md: those with a message in it whom nothing ended it for, as of now, whatever the range. An unsubscribe or
-- complaint ends it in every campaign.
ended as (
    select campaign, lead from mails where bounced or (not undelivered and replied_at is not null)
    union
    select campaign, lead from happenings
    where (channel <> 'email' and human_reply)
        or (channel = 'phone' and event in ('booked', 'not_interested', 'bad_number'))
),

gone as (
    select lead from all_mails where unsubscribed_at is not null and not undelivered and lead is not null
    union
    select lead from all_happenings where event in ('unsubscribed', 'complained') and lead is not null
),

reached as (
    select distinct campaign, lead from actions where lead is not null and lead not in (select lead from gone)
),

going as (
    select r.campaign, count(*) as active
    from reached as r
    anti join ended as e on r.campaign = e.campaign and r.lead = e.lead
    group by r.campaign
)

select
    k.campaign,
    coalesce(c.contacts, 0) as contacts,
    coalesce(c.engaged, 0) as engaged,
    coalesce(c.not_interested, 0) as not_interested,
    coalesce(g.active, 0) as active
from known as k
left join counts as c on k.campaign = c.campaign
left join going as g on k.campaign = g.campaign
-- What belongs to no campaign is none that could be the best.
where k.campaign <> '(none)'
