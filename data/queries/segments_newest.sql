-- The latest received events of one workspace in some segments. A NULL parameter narrows nothing.
SELECT *
FROM read_parquet($paths)
WHERE workspace_id = $workspace_id
  AND ($source_id IS NULL OR source_id = $source_id)
  AND ($user IS NULL OR "user" = $user)
  AND ($campaigns IS NULL OR list_contains($campaigns, campaign))
ORDER BY received_at DESC, occurred_at DESC, event_id
LIMIT $limit
