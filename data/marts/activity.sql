-- The additive cube of activity: events on the local day and hour they happened (docs/numbers.md, "Activity by time").
-- In: `sendings`, `happened` (happened*.sql), `zones`, `combos`; macro local_time(zone, ts).
-- Grain: (workspace_id, event, machine, category, sentiment, is_first, day, hour, combo).
-- A refresh writes differences, so n may be negative in a layer; its sum never is. Sendings, the most of it, are
-- counted by fewer keys: a third of the time.
with

sent as (
    select workspace_id, local_at::date as day, hour(local_at)::tinyint as hour, h, sum(sign)::integer as n
    from (
        select sendings.*, local_time(zones.zone, sendings.stamp) as local_at
        from sendings
        join zones on sendings.workspace_id = zones.workspace_id
    )
    group by workspace_id, local_at::date, hour(local_at)::tinyint, h
),

others as (
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
),

counted as (
    select workspace_id, 'sent' as event, false as machine, '' as category, '' as sentiment, false as is_first, day,
        hour, h, n
    from sent
    union all
    select workspace_id, event, machine, category, sentiment, is_first, day, hour, h, n
    from others
)

select counted.workspace_id, event, machine, category, sentiment, is_first, day, hour, combo, n
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
