-- After how many days what happens to units happens: per kind of event the units that can have one (`day` is null),
-- and how many had theirs within so many whole days of their start (1 to 28; later ones are not looked at).
-- In: the rows of messages or journeys, and what can happen to them (data/figures/units.py). $first..$last: when they start, naive UTC.
with

ripe as (
    select * from {units} where t0 between $first and $last
),

hits as (
    {hits}
)

select kind, null as day, count(*) as n
from hits
group by kind
union all
select kind, day, count(*) as n
from (
    select kind, greatest(1, (datediff('microsecond', t0, hit_at) + 86399999999) // 86400000000) as day
    from hits
    where hit_at is not null
)
where day <= 28
group by kind, day
