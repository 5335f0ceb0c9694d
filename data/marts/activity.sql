-- The additive cube of activity: events on the local day and hour they happened (METRICS §4 "Time series of activity").
-- In: `happened` (happened*.sql), `zones`, `combos`; macro local_time(zone, ts).
-- Grain: (workspace_id, event, machine, category, sentiment, is_first, day, hour, combo).
-- A refresh writes differences, so n may be negative in a layer; its sum never is.
with

counted as (
    select
        workspace_id,
        event,
        machine,
        category,
        sentiment,
        is_first,
        local_at::date as day,
        hour(local_at)::tinyint as hour,
        h,
        sum(sign)::integer as n
    from (
        select happened.*, local_time(zones.zone, happened.stamp) as local_at
        from happened
        join zones on happened.workspace_id = zones.workspace_id
    )
    group by workspace_id, event, machine, category, sentiment, is_first, local_at::date, hour(local_at)::tinyint, h
)

select counted.workspace_id, event, machine, category, sentiment, is_first, day, hour, combo, n
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
