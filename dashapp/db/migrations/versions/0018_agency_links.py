"""A workspace is a client's own account; an agency manages it through a link that can end.

Every workspace stays with its agency, through a managing link made when the workspace was. Share links are the
agency's (they end with the link), but for those made by people of the workspace. Analysts are members who work in
all accounts, also in later ones: what they might do before, and no more.

Revision: 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the links, then take the agency out of the workspace."""
    _make_links()
    with op.batch_alter_table("workspace") as table:
        table.add_column(sa.Column("plan", sa.String(10), nullable=False, server_default="free"))
        table.add_column(sa.Column("trial_ends", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.drop_index("ix_workspace_agency_id")
        table.drop_constraint("fk_workspace_agency_id", type_="foreignkey")
        table.drop_column("agency_id")
    # Those there are could use everything.
    op.execute("UPDATE workspace SET plan = 'pro'")
    with op.batch_alter_table("agency") as table:
        table.add_column(sa.Column("footer", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("mail") as table:
        table.add_column(
            sa.Column("html", sa.Text(), nullable=True, comment="the same as a page; null: text alone")
        )
    with op.batch_alter_table("view") as table:
        table.alter_column("agency_id", existing_type=sa.Integer(), nullable=True)
    op.execute('UPDATE "view" SET agency_id = NULL WHERE workspace_id IS NOT NULL')
    _make_shares_end_with_their_link()
    _make_roles()
    _make_invitations()


def _make_links() -> None:
    op.create_table(
        "agency_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False, comment="invited, managing or ended"),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("account_name", sa.String(120), nullable=False),
        sa.Column("asked_by", sa.String(254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.String(254), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(254), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_side", sa.String(10), nullable=False, comment="agency or workspace"),
        sa.Column("ended_how", sa.String(10), nullable=False, comment="unlinked, cancelled or declined"),
        sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_link_agency_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_agency_link_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_link")),
    )
    op.create_index(
        "uq_agency_link_managing",
        "agency_link",
        ["workspace_id"],
        unique=True,
        sqlite_where=sa.text("state = 'managing'"),
        postgresql_where=sa.text("state = 'managing'"),
    )
    op.create_index("ix_agency_link_agency_id_state", "agency_link", ["agency_id", "state"])
    op.create_index("ix_agency_link_workspace_id", "agency_link", ["workspace_id"])
    op.execute(
        "INSERT INTO agency_link (agency_id, workspace_id, state, email, account_name, asked_by, asked_at, "
        "granted_by, granted_at, ended_by, ended_side, ended_how) "
        "SELECT agency_id, id, 'managing', '', name, '', created_at, '', created_at, '', '', '' "
        "FROM workspace ORDER BY id"
    )


def _make_shares_end_with_their_link() -> None:
    with op.batch_alter_table("share") as table:
        table.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_share_link_id", "agency_link", ["link_id"], ["id"])
        table.create_index("ix_share_link_id", ["link_id"])
    op.execute(
        "UPDATE share SET link_id = (SELECT l.id FROM agency_link AS l WHERE l.workspace_id = share.workspace_id) "
        'WHERE NOT EXISTS (SELECT 1 FROM "user" AS u JOIN workspace_member AS m ON m.user_id = u.id '
        "WHERE u.email = share.created_by AND m.workspace_id = share.workspace_id)"
    )


def _make_roles() -> None:
    with op.batch_alter_table("agency_member") as table:
        table.add_column(sa.Column("all_accounts", sa.Boolean(), nullable=False, server_default=sa.false()))
    analysts = sa.text("UPDATE agency_member SET role = 'member', all_accounts = :all WHERE role = 'analyst'")
    op.execute(analysts.bindparams(sa.bindparam("all", True, sa.Boolean())))
    op.create_table(
        "given_account",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_given_account_user_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_given_account_agency_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_given_account_workspace_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "agency_id", "workspace_id", name=op.f("pk_given_account")),
    )
    op.create_index("ix_given_account_workspace_id", "given_account", ["workspace_id"])
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("last_workspace_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_user_last_workspace_id", "workspace", ["last_workspace_id"], ["id"])


def _make_invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False, comment="link, agency or workspace"),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, comment="open, used, declined or ended"),
        sa.Column("invited_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_invitation_agency_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_invitation_workspace_id")),
        sa.ForeignKeyConstraint(["link_id"], ["agency_link.id"], name=op.f("fk_invitation_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    for column in ("email", "agency_id", "workspace_id", "link_id"):
        op.create_index(f"ix_invitation_{column}", "invitation", [column])


def downgrade() -> None:
    """Back to one agency for ever; a workspace that no agency manages has no place there, so it is refused."""
    alone = sa.text(
        "SELECT count(*) FROM workspace AS w WHERE NOT EXISTS "
        "(SELECT 1 FROM agency_link AS l WHERE l.workspace_id = w.id AND l.state = 'managing')"
    )
    if op.get_bind().execute(alone).scalar_one():
        raise RuntimeError("some workspaces have no agency: restore a backup instead")
    op.drop_table("invitation")
    op.drop_table("given_account")
    with op.batch_alter_table("user") as table:
        table.drop_constraint("fk_user_last_workspace_id", type_="foreignkey")
        table.drop_column("last_workspace_id")
    with op.batch_alter_table("agency_member") as table:
        table.drop_column("all_accounts")
    op.execute("UPDATE agency_member SET role = 'analyst' WHERE role = 'member'")
    # Links of agencies that manage the workspace no more must not open again.
    op.execute(
        "UPDATE share SET state = 'revoked' WHERE link_id IN (SELECT id FROM agency_link WHERE state <> 'managing')"
    )
    with op.batch_alter_table("share") as table:
        table.drop_index("ix_share_link_id")
        table.drop_constraint("fk_share_link_id", type_="foreignkey")
        table.drop_column("link_id")
    op.execute(
        'UPDATE "view" SET agency_id = (SELECT agency_id FROM agency_link AS l '
        "WHERE l.workspace_id = \"view\".workspace_id AND l.state = 'managing') WHERE workspace_id IS NOT NULL"
    )
    with op.batch_alter_table("view") as table:
        table.alter_column("agency_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("mail") as table:
        table.drop_column("html")
    with op.batch_alter_table("agency") as table:
        table.drop_column("footer")
    with op.batch_alter_table("workspace") as table:
        table.add_column(sa.Column("agency_id", sa.Integer(), nullable=True))
        for column in ("plan", "trial_ends", "enabled"):
            table.drop_column(column)
    op.execute(
        "UPDATE workspace SET agency_id = (SELECT agency_id FROM agency_link AS l "
        "WHERE l.workspace_id = workspace.id AND l.state = 'managing')"
    )
    with op.batch_alter_table("workspace") as table:
        table.alter_column("agency_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key("fk_workspace_agency_id", "agency", ["agency_id"], ["id"])
        table.create_index("ix_workspace_agency_id", ["agency_id"])
    op.drop_table("agency_link")
