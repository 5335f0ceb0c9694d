-- Every campaign known: its contacts in the range, those of them engaged or not interested there, and the leads
-- still under way in it. In: `actions`, `engagements`, `sequences`, `plan_campaigns`.
with

contacts as (
    select distinct campaign, lead from actions
    where day between $first and $last and t0 >= $since and t0 < $until and lead is not null and not bounced
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

going as (
    select campaign, count(*) as active from sequences where open group by campaign
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
