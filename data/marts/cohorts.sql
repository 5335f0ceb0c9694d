-- The additive cube of cohorts: units by the cohort (Monday) of their start, and in which week each event fell.
-- In: `unit_rows`, `combos`; macro local_time(zone, ts). docs/numbers.md.
-- Hits and counts are declared in data/figures/units.py.
-- Grain: (workspace_id, attribution, cohort, calendar_week, elapsed_week, combo).
-- A row's counts are the units whose *first* such event fell in exactly that week, on both clocks; weeks count from
-- 1, everything past the grid's 12 is week 13, and what is stamped before the unit's start is week 1.
with

hits as (
    {hits}
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
        {counts}
    from weeks
    group by workspace_id, attribution, cohort, calendar_week, elapsed_week, h
)

select counted.workspace_id, attribution, cohort, calendar_week, elapsed_week, combo,
    counted.* exclude (workspace_id, attribution, cohort, calendar_week, elapsed_week, h)
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
