-- Inbox deliveries (one JSON array of events a row) -> one row an event, columns as in a segment.
-- $struct: the JSON structure of an event; a field an event leaves out is NULL.
WITH arrays AS (
    SELECT workspace_id, source_id, unnest(from_json(body, $struct)) AS event
    FROM deliveries
)
SELECT workspace_id, source_id, unnest(event) FROM arrays
