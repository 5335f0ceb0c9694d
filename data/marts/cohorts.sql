-- The additive cube of cohorts: units by the cohort (Monday) of their start, and in which week each event fell.
-- In: `unit_rows`, `combos`; macro local_time(zone, ts). docs/numbers.md.
-- `counted`: as in units.sql. Grain: (workspace_id, attribution, cohort, calendar_week, elapsed_week, combo).
-- A row's counts are the units whose *first* such event fell in exactly that week, on both clocks; weeks count from
-- 1, everything past the grid's 12 is week 13, and what is stamped before the unit's start is week 1.
with

hits as (
    select *, 'bounce' as kind, bounced_at as hit_at from unit_rows where is_unit and bounced_at is not null
    union all
    select *, 'reply', replied_at from unit_rows where is_eligible and replied_at is not null
    union all
    select *, 'unsubscribe', unsubscribed_at from unit_rows where is_eligible and unsubscribed_at is not null
    union all
    select *, 'open_human', opened_human_at from unit_rows
    where is_eligible and track_opens and opened_human_at is not null
    union all
    select *, 'open_all', opened_all_at from unit_rows
    where is_eligible and track_opens and opened_all_at is not null
    union all
    select *, 'click_human', clicked_human_at from unit_rows
    where is_eligible and track_clicks and clicked_human_at is not null
    union all
    select *, 'click_all', clicked_all_at from unit_rows
    where is_eligible and track_clicks and clicked_all_at is not null
),

weeks as (
    select
        *,
        date_trunc('week', day)::date as cohort,
        greatest(1, least(13,
            datediff('day', date_trunc('week', day)::date, local_time(zone, hit_at)::date) // 7 + 1
        ))::tinyint as calendar_week,
        greatest(1, least(13,
            datediff('microsecond', t0, hit_at) // 604800000000 + 1
        ))::tinyint as elapsed_week
    from hits
),

counted as (
    select
        workspace_id,
        attribution,
        cohort,
        calendar_week,
        elapsed_week,
        h,
        coalesce({counted} filter (kind = 'bounce'), 0)::integer as bounce,
        coalesce({counted} filter (kind = 'open_human'), 0)::integer as open_human,
        coalesce({counted} filter (kind = 'open_all'), 0)::integer as open_all,
        coalesce({counted} filter (kind = 'click_human'), 0)::integer as click_human,
        coalesce({counted} filter (kind = 'click_all'), 0)::integer as click_all,
        coalesce({counted} filter (kind = 'reply'), 0)::integer as reply,
        coalesce({counted} filter (kind = 'reply' and sentiment = 'positive'), 0)::integer as positive_reply,
        coalesce({counted} filter (kind = 'reply' and sentiment = 'negative'), 0)::integer as negative_reply,
        coalesce({counted} filter (kind = 'unsubscribe'), 0)::integer as unsubscribe
    from weeks
    group by workspace_id, attribution, cohort, calendar_week, elapsed_week, h
)

select counted.workspace_id, attribution, cohort, calendar_week, elapsed_week, combo,
    counted.* exclude (workspace_id, attribution, cohort, calendar_week, elapsed_week, h)
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
