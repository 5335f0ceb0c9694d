-- The events of one group of the timeline, newest first. In: `happenings`; the condition of timeline_shown.sql goes in.
select event_id, "at", category, url, count(*) over () as total
from happenings
where channel = $channel and action_id = $action and event = $event
    and day between $first and $last and "at" >= $since and "at" < $until and ({shown})
order by "at" desc, event_id
limit $limit
