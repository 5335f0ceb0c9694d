-- What a refresh writes of the journeys: rows that are new or differ, and an empty row (0 messages) in the place of a
-- journey that is no more, because its message turned out to belong to another. In: `journeys`, `journeys_before`.
with

changed as (
    from journeys except from journeys_before
)

from changed
union all by name
select workspace_id, lead, campaign, 0::bigint as messages
from journeys_before
anti join journeys using (workspace_id, lead, campaign)
