-- Per cohort (Monday) the start of its oldest and its youngest unit: only the elapsed clock asks for them.
-- In: `units`, the rows of messages or journeys in question with their start as `t0`, narrowed to the scope and
-- the filters; macro local_time(zone, ts).
select date_trunc('week', local_time(0, t0)::date)::date as cohort, min(t0) as oldest, max(t0) as youngest
from units
group by cohort
