-- App database: where a workspace's marts stand, and whether anything acknowledged is not in them yet.
SELECT
    workspace.timezone,
    coalesce(mart_version.version, 0) AS version,
    mart_version.last_event_at,
    failure.stage AS failed,
    coalesce(plan_stamp.changes, 0) AS plans,
    (failure.retry_at IS NULL OR failure.retry_at <= :now) AND (failure.retry_at IS NOT NULL
    OR (mart_version.workspace_id IS NOT NULL
        AND (mart_version.timezone <> workspace.timezone OR mart_version.format <> :format))
    OR EXISTS (SELECT 1 FROM inbox WHERE inbox.workspace_id = workspace.id)
    OR EXISTS (
        SELECT 1 FROM segment_part
        WHERE segment_part.workspace_id = workspace.id AND segment_part.merged_version IS NULL
    )
    OR EXISTS (
        SELECT 1 FROM workspace_layer
        JOIN layer_file ON layer_file.layer_id = workspace_layer.layer_id
        WHERE workspace_layer.workspace_id = workspace.id AND workspace_layer.until IS NULL
            AND layer_file.quarantined = 1
    )) AS waiting
FROM workspace
LEFT JOIN mart_version ON mart_version.workspace_id = workspace.id
LEFT JOIN plan_stamp ON plan_stamp.workspace_id = workspace.id
LEFT JOIN (
    -- A failed check: until it is tried again, nothing that waits can be taken in.
    SELECT workspace_id, min(stage) AS stage, max(retry_at) AS retry_at
    FROM check_failure
    WHERE workspace_id = :workspace_id AND closed_at IS NULL
    GROUP BY workspace_id
) AS failure ON failure.workspace_id = workspace.id
WHERE workspace.id = :workspace_id
