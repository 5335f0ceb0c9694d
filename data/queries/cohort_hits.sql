-- Per cohort and week number on the chosen clock: units whose first event fell in that very week.
select cohort, {week} as week, sum(n)::bigint as n
from cohorts
where attribution = $attribution
    and measure = $measure
    and cohort between $first and $last
group by cohort, week
