-- A page of the e-mails that leave on the days of a figure, or that wait at its end, the next to leave first.
-- In: `coming`.
select
    lead, campaign, step, nullif(queue, '') as sender, "user", origin, past_window, due_on, due_day, goes_on, queue, key,
    coalesce(goes_on, $later::date) as "at"
from coming
where case
        when $part = 'n' then goes_on between $from_day and $to_day
        else due_day - past_window::integer <= $to_day and (goes_on is null or goes_on > $to_day)
    end
    and (
        $after_day is null
        or coalesce(goes_on, $later::date) > $after_day
        or (coalesce(goes_on, $later::date) = $after_day and key > $after_key)
    )
order by "at", key
limit $limit
