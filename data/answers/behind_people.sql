-- The people who received an action in the range (engagement_overview.sql; of one campaign: top_campaigns.sql), and
-- those of them with a kind of engagement in it, the latest first. `at`: their latest of these kinds.
-- In: `actions`, `engagements`.
with

contacts as (
    select lead, max(t0) as t0, arg_max(campaign, t0) as campaign, arg_max("user", t0) as "user"
    from actions
    where day between $first and $last and t0 >= $since and t0 < $until and lead is not null and not undelivered
        and ($category is null or campaign = $category)
    group by lead
),

engaged as (
    select lead, max("at") as "at"
    from engagements
    where list_contains($kinds::varchar[], kind) and ($category is null or campaign = $category)
    group by lead
),

chosen as (
    select
        c.lead, c.campaign, c."user", c.t0, e."at" as engaged_at, e.lead is not null as counted,
        coalesce(e."at", c.t0) as stamped
    from contacts as c
    left join engaged as e on c.lead = e.lead
)

select
    lead as key, stamped, lead, campaign, "user", local_time(engaged_at) as "at", counted,
    null as step, null as variation, null as sender, local_time(t0) as sent_at,
    null as url, null as category, null as sentiment,
    (select count(*) filter (counted) from chosen) as n,
    (select count(*) from chosen) as base
from chosen
where (counted or $part = 'base')
    and ($after_at is null or stamped < $after_at or (stamped = $after_at and lead < $after_key))
order by stamped desc, lead desc
limit $limit
