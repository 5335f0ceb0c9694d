-- Per workspace: events taken in, the latest time stamped on them, the latest time received. In: `events`.
select workspace_id, count(*) as events, max(occurred_at) as occurred_at, max(received_at) as received_at
from events
group by workspace_id
