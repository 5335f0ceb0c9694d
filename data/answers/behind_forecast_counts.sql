-- How many of them there are: those that leave, those that wait. In: `coming`.
select
    count(*) filter (goes_on between $from_day and $to_day),
    count(*) filter (due_day - past_window::integer <= $to_day and (goes_on is null or goes_on > $to_day))
from coming
