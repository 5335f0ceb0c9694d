-- A role for `vitrine worker` on PostgreSQL: it does all of its jobs, and cannot read what logs people in, opens links
-- or signs webhooks. Run it once as the owner of the tables, and again after an update brought new tables:
--
--     CREATE ROLE vitrine_worker LOGIN PASSWORD '…';
--     \i postgresql_worker_role.sql
--
-- Then start the worker with the role's address in VITRINE_DATABASE_URL, after `vitrine serve` has brought the schema
-- up to date: the worker's role cannot, and need not.
GRANT USAGE ON SCHEMA public TO vitrine_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO vitrine_worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO vitrine_worker;

REVOKE ALL ON "user", login_session, share, share_viewer, source, audit_entry, invitation, one_time_token, totp_secret,
    recovery_code, passkey, oidc_identity, api_key, google_account, share_old_link FROM vitrine_worker;
REVOKE INSERT, UPDATE, DELETE ON agency, agency_link, agency_member, agency_security, given_account, workspace,
    workspace_member FROM vitrine_worker;
-- A workspace is locked while a version of it is published, which needs the right to change one of its columns.
GRANT UPDATE (created_at) ON workspace TO vitrine_worker;

-- Whom to write to.
GRANT SELECT (id, email, name, active, language, clock, last_workspace_id) ON "user" TO vitrine_worker;
-- What is over is removed; what it was is not read.
GRANT DELETE, SELECT (seen_at, created_at) ON login_session TO vitrine_worker;
GRANT INSERT, DELETE, SELECT (id, at) ON audit_entry TO vitrine_worker;
GRANT DELETE, SELECT (expires_at) ON one_time_token TO vitrine_worker;
GRANT DELETE, SELECT (expires_at) ON invitation TO vitrine_worker;
-- Reports it mails: what a link shows and to whom. Not the passwords of links, and no share's own token.
GRANT SELECT (id, workspace_id, name, view_id, shows_views, shows_campaigns, campaigns, since, masks_people, downloads,
    questions, language, theme, period, compare, embed_origins, link_id, version, revision, state, expires_at, created_by,
    created_at, edited_by, edited_at, opened_at, opens)
    ON share TO vitrine_worker;
-- A recipient's mail holds a link of their own, made of the nonce and the app's secret key.
GRANT SELECT (id, share_id, email, nonce, state, created_by, created_at, opened_at, opens) ON share_viewer TO vitrine_worker;
-- Which source a refused delivery was for.
GRANT SELECT (id, provider, workspace_id) ON source TO vitrine_worker;
