-- Per source, the latest received event of one workspace in some segments, and how many came since a moment.
SELECT
  source_id,
  max(received_at) AS last_at,
  count(*) FILTER (WHERE received_at >= $since) AS recent
FROM read_parquet($paths)
WHERE workspace_id = $workspace_id
GROUP BY source_id
