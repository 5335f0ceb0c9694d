-- How many events the groups of some actions have up to $high. In: `happenings`; the condition of timeline_shown.sql goes in.
select channel, event, action_id, count(*) as n
from happenings
where action_id in (select unnest($actions::varchar[]))
    and day between $first and $last and "at" >= $low and "at" <= $high and ({shown})
group by channel, event, action_id
