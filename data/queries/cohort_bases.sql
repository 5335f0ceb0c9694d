-- Per cohort (Monday): its units, those left out as untracked, and the start of its oldest and youngest unit.
select
    date_trunc('week', day)::date as cohort,
    coalesce(sum(units) filter ({tracked}), 0)::bigint as base,
    coalesce(sum(units) filter (not ({tracked})), 0)::bigint as untracked,
    min(t0_min) filter ({tracked}) as oldest,
    max(t0_max) filter ({tracked}) as youngest
from units
where attribution = $attribution
    and base = $base
    and day between $first and $last
group by cohort
