-- What a figure counts, of how many, and what it leaves out. In: `behind_counted` (behind_counted.sql).
select
    count(*) filter (counted),
    count(*) filter (left_out is null),
    count(*) filter (left_out = 'bounced'),
    count(*) filter (left_out = 'untracked'),
    count(*) filter (left_out is null and opened_human_at is null and opened_all_at is not null),
    count(*) filter (left_out is null and clicked_human_at is null and clicked_all_at is not null)
from behind_counted
