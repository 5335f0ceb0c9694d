-- Which published days a full build counts otherwise. In: `units` (new), `stored_units` (published), `closed`
-- (workspace_id, zone, day). Counts are compared by day over all combinations, so a new digest alone is no correction.
with

counts as (
    select workspace_id, attribution, day, {counts}
    from units
    union all by name
    select workspace_id, attribution, day, {taken_back}
    from stored_units
    where slice = '{fine}'
),

differing as (
    select workspace_id, attribution, day
    from counts
    group by workspace_id, attribution, day
    having {any_differs}
)

select distinct d.workspace_id, d.day, 'rebuilt' as cause, 0 as events, 0 as own
from differing as d
join closed using (workspace_id)
where d.day < closed.day
order by all
