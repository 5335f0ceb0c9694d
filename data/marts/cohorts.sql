-- The additive cube of cohorts: first events by the cohort (Monday) of their unit and the week they fell in.
-- `week` counts from 1 on each clock (METRICS §3); everything past the grid's 12 weeks is week 13.
-- Slices as in units.sql. An event stamped before its unit's start falls in week 1 (METRICS §8).
with

hits as (
    select *, 'bounce' as measure, bounced_at as hit_at from unit_rows where bounced_at is not null
    union all
    select *, 'reply', replied_at from unit_rows where replied_at is not null
    union all
    select *, sentiment || '_reply', replied_at from unit_rows where sentiment in ('positive', 'negative')
    union all
    select *, 'unsubscribe', unsubscribed_at from unit_rows where unsubscribed_at is not null
    union all
    select *, 'open_human', opened_human_at from unit_rows where opened_human_at is not null and track_opens
    union all
    select *, 'open_all', opened_all_at from unit_rows where opened_all_at is not null and track_opens
    union all
    select *, 'click_human', clicked_human_at from unit_rows where clicked_human_at is not null and track_clicks
    union all
    select *, 'click_all', clicked_all_at from unit_rows where clicked_all_at is not null and track_clicks
),

weeks as (
    select
        *,
        date_trunc('week', local_t0)::date as cohort,
        least(13, greatest(1,
            datediff('day', date_trunc('week', local_t0)::date, date_trunc('week', local_time(hit_at))::date) // 7 + 1
        ))::tinyint as calendar_week,
        least(13, greatest(1,
            datediff('microsecond', t0, hit_at) // 604800000000 + 1
        ))::tinyint as elapsed_week
    from hits
)

select
    workspace_id,
    {slice} as slice,
    attribution,
    measure,
    cohort,
    calendar_week,
    elapsed_week,
    campaign,
    "user",
    step,
    sender_provider,
    recipient_provider,
    count(*) as n
from weeks
group by grouping sets ({grain})
