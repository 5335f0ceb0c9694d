-- From when to when the stamps run that are turned into local time. In: `messages`, `lead_events`. One row.
select min(stamp) as first, max(stamp) as last
from (
    select min(first_at) as stamp from messages
    union all
    select min(t0) from messages
    union all
    select max(last_at) from messages
    union all
    -- Replies and unsubscribes of the lead alone are not in last_at.
    select max(greatest(replied_at, unsubscribed_at)) from messages
    union all
    select min(occurred_at) from lead_events
    union all
    select max(occurred_at) from lead_events
)
