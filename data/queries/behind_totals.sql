-- What a figure counts, of how many, and what it leaves out. In: `behind_counted` (behind_counted.sql).
select
    count(*) filter (counted),
    count(*) filter (left_out is null),
    count(*) filter (left_out = 'bounced'),
    count(*) filter (left_out = 'untracked'),
    count(*) filter (left_out is null and by_machine)
from behind_counted
