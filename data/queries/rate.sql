-- Units whose start lies in the range, and how many of them had the event (METRICS §4, "Rates over a range").
-- In: `units`, already narrowed to the scope and the filters (data/compile.py).
select
    {key} as key,
    coalesce(sum({hits}) filter ({tracked}), 0)::bigint as n,
    coalesce(sum(units) filter ({tracked}), 0)::bigint as base,
    coalesce(sum(units) filter (not ({tracked})), 0)::bigint as untracked
from units
where attribution = $attribution
    and base = $base
    and day between $first and $last
group by 1
order by 1
