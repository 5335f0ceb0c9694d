-- Per workspace: events taken in, the latest time stamped on them, the latest time received, and how many came so
-- late that they may restate a closed day (data/building/restated.py). In: `events`; {days}: after how many.
select
    workspace_id,
    count(*) as events,
    max(occurred_at) as occurred_at,
    max(received_at) as received_at,
    count(*) filter (occurred_at < received_at - interval {days} day) as late
from events
group by workspace_id
