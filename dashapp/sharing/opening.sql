-- What a token opens now, in one statement: the link, its workspace, the agency's dress, and a stamp of the
-- views that could be shown. The stamp changes with every view saved, made, removed, overridden, rolled out or made
-- the default, so that the rule which of them is shown stays in one place (views/store.py).
SELECT
    share.id,
    share.version,
    share.revision,
    share.password_hash,
    share.view_id,
    share.shows_views,
    share.shows_campaigns,
    share.downloads,
    share.questions,
    coalesce(share.language, agency.language) AS language,
    share.theme,
    share.period,
    share.compare,
    share.embed_origins,
    viewer.id AS viewer_id,
    old_link.id AS old_link_id,
    agency.id AS agency_id,
    workspace.id AS workspace_id,
    workspace.name AS workspace,
    agency.name AS agency,
    agency.brand,
    agency.logo_digest,
    agency.footer,
    coalesce(managing.id, 0) || '/' || (
        SELECT count(*) || '.' || coalesce(sum(v.id), 0) || '.' || coalesce(sum(v.version), 0)
            || '.' || coalesce(sum(CASE WHEN v.is_default THEN v.id ELSE 0 END), 0)
            || '.' || coalesce(CAST(max(v.updated_at) AS text), '')
            -- A rollout names the workspaces it has reached: it only grows until it ends.
            || '.' || coalesce(sum(length(v.rollout)), 0)
        FROM "view" AS v
        WHERE v.workspace_id = workspace.id OR (v.agency_id = agency.id AND v.workspace_id IS NULL)
    ) || '/' || (
        SELECT count(*) || '.' || coalesce(sum(o.version), 0)
            || '.' || coalesce(sum(CASE WHEN o.is_default THEN o.view_id ELSE 0 END), 0)
            || '.' || coalesce(CAST(max(o.updated_at) AS text), '')
        FROM view_override AS o
        WHERE o.workspace_id = workspace.id
    ) || '/' || (
        SELECT count(*) || '.' || coalesce(sum(n.revision), 0)
        FROM annotation AS n
        WHERE n.workspace_id = workspace.id
    ) AS views
FROM share
LEFT JOIN share_viewer AS viewer
    ON viewer.share_id = share.id AND viewer.token_hash = :token_hash AND viewer.state = 'active'
LEFT JOIN share_old_link AS old_link
    ON old_link.share_id = share.id AND old_link.token_hash = :token_hash AND old_link.ends_at > :at
JOIN workspace ON workspace.id = share.workspace_id
LEFT JOIN agency_link AS managing ON managing.workspace_id = workspace.id AND managing.state = 'managing'
LEFT JOIN agency ON agency.id = managing.agency_id
WHERE share.id IN (
        SELECT id FROM share WHERE token_hash = :token_hash
        UNION ALL
        SELECT share_id FROM share_viewer WHERE token_hash = :token_hash AND state = 'active'
        UNION ALL
        SELECT id FROM share WHERE id = :share_id
        UNION ALL
        SELECT share_id FROM share_old_link WHERE token_hash = :token_hash AND ends_at > :at
    )
    AND share.state = 'active' AND workspace.enabled
    AND (share.expires_at IS NULL OR share.expires_at > :at)
    -- What an agency made ends with the link it was made through; what the workspace's own people made does not.
    AND (share.link_id IS NULL OR share.link_id = managing.id)
