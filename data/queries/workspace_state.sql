-- App database: what is published of a workspace, where that stands, and since when something acknowledged is not
-- in it.
SELECT
    workspace.slug,
    workspace.timezone,
    workspace.counting,
    coalesce(mart_version.version, 0) AS version,
    coalesce(mart_version.format, 0) AS format,
    coalesce(mart_version.events, 0) AS events,
    mart_version.last_event_at,
    mart_version.last_received_at,
    mart_version.published_at,
    failure.stage AS failed,
    failure.found_at AS failed_since,
    failure.retry_at,
    coalesce(plan_stamp.changes, 0) AS plans,
    mart_version.workspace_id IS NOT NULL AND (
        mart_version.timezone <> workspace.timezone OR mart_version.counting <> workspace.counting
    ) AS other_zone,
    mart_version.workspace_id IS NOT NULL AND mart_version.format <> :format AS other_format,
    EXISTS (
        SELECT 1 FROM workspace_layer
        JOIN layer_file ON layer_file.layer_id = workspace_layer.layer_id
        WHERE workspace_layer.workspace_id = workspace.id AND workspace_layer.until IS NULL
            AND layer_file.quarantined = 1
    ) AS damaged,
    (
        SELECT inbox.received_at FROM inbox WHERE inbox.workspace_id = workspace.id ORDER BY inbox.seq LIMIT 1
    ) AS inbox_since,
    (
        SELECT segment.created_at FROM segment_part JOIN segment ON segment.id = segment_part.segment_id
        WHERE segment_part.workspace_id = workspace.id AND segment_part.merged_version IS NULL
        ORDER BY segment_part.segment_id LIMIT 1
    ) AS segment_since,
    (
        SELECT max(restatement.at) FROM restatement WHERE restatement.workspace_id = workspace.id
    ) AS restated_at
FROM workspace
LEFT JOIN mart_version ON mart_version.workspace_id = workspace.id
LEFT JOIN plan_stamp ON plan_stamp.workspace_id = workspace.id
LEFT JOIN (
    -- A failed check. One of a build says something about the version it was built on, and nothing of a later one.
    SELECT
        open_failure.workspace_id,
        coalesce(
            min(CASE WHEN open_failure.stage IN ('refresh', 'rebuild') AND open_failure.version = published.version
                THEN open_failure.stage END),
            min(CASE WHEN open_failure.stage IN ('recheck', 'merge') THEN open_failure.stage END)
        ) AS stage,
        min(open_failure.found_at) AS found_at,
        max(CASE WHEN open_failure.version = published.version
            THEN open_failure.retry_at ELSE open_failure.found_at END) AS retry_at
    FROM check_failure AS open_failure
    CROSS JOIN (
        SELECT coalesce(max(version), 0) AS version FROM mart_version WHERE workspace_id = :workspace_id
    ) AS published
    WHERE open_failure.workspace_id = :workspace_id AND open_failure.closed_at IS NULL
    GROUP BY open_failure.workspace_id
) AS failure ON failure.workspace_id = workspace.id
WHERE workspace.id = :workspace_id
