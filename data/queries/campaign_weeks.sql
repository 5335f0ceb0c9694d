-- Journeys of each campaign by when they started, 24 hours at a time before $moment (`day` 0 to 6 of `week` 0 to 12),
-- and how many had a human reply when their own week was as old as the latest one is now.
-- In: {journeys}, rows of the mart. $moment: naive UTC.
select campaign, ago // 7 as week, ago % 7 as day, count(*) as base,
    count(*) filter (replied_at <= $moment - to_days((7 * (ago // 7))::integer)) as replied
from (
    select campaign, replied_at, datediff('microsecond', t0, $moment) // 86400000000 as ago
    from {journeys}
    where t0 > $moment - interval 91 days and t0 <= $moment
)
where ago between 0 and 90
group by campaign, week, day
order by campaign, week, day
