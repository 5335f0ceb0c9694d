"""Contacts, companies and deals, what is kept beside them, and the templates of campaigns' steps.

Revision: 0019, after 0018.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dashapp.db import crm_search

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, the search index and the two columns."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "contact_segment",
        sa.Column("segment_id", big_id, autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("segment_id", "workspace_id", name=op.f("pk_contact_segment")),
    )
    op.create_table(
        "company",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key", sa.String(length=200), nullable=False, comment="folded: case and accents do not count"
        ),
        sa.Column("domain", sa.String(length=254), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_company_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("workspace_id", "name_key", name=op.f("uq_company_workspace_id_name_key")),
    )
    op.create_table(
        "contact_touch",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_touch_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name=op.f("pk_contact_touch")),
    )
    with op.batch_alter_table("contact_touch") as batch_op:
        batch_op.create_index("ix_contact_touch_key", ["workspace_id", "key"], unique=False)
    op.create_table(
        "custom_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_custom_field_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_custom_field_workspace_id_key")),
    )
    op.create_table(
        "list_columns",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.String(length=20), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_list_columns_user_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_list_columns_workspace_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "workspace_id", "listing", name=op.f("pk_list_columns")),
    )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("search", sa.String(length=1000), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_saved_filter_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "workspace_id", "listing", "name", name=op.f("uq_saved_filter_workspace_id_listing_name")
        ),
    )
    op.create_table(
        "contact",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=320),
            nullable=False,
            comment="folded name, else the key; for sorting",
        ),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("company_id", big_id, nullable=True),
        sa.Column("owner", sa.String(length=254), nullable=True, comment="a user's e-mail"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_by_hand", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False, comment="event, file or hand"),
        sa.Column("search", sa.Text(), nullable=False, comment="folded words to be found by"),
        sa.Column(
            "lead_created_at",
            moment,
            nullable=True,
            comment="as the source says",
        ),
        sa.Column("first_activity_at", moment, nullable=True),
        sa.Column("last_activity_at", moment, nullable=True),
        sa.Column("first_response_s", sa.Integer(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("clicked", sa.Integer(), nullable=False),
        sa.Column("replied", sa.Integer(), nullable=False),
        sa.Column(
            "engagement", sa.Integer(), nullable=False, comment="e-mails clicked plus e-mails answered"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("merged_into", big_id, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_contact_company_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_contact_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact") as batch_op:
        batch_op.create_index("ix_contact_company_id", ["company_id"], unique=False)
        batch_op.create_index("ix_contact_deleted_at", ["deleted_at"], unique=False)
        batch_op.create_index(
            "ix_contact_workspace_engagement", ["workspace_id", "engagement", "id"], unique=False
        )
        batch_op.create_index(
            "ix_contact_workspace_last", ["workspace_id", "last_activity_at", "id"], unique=False
        )
        batch_op.create_index("ix_contact_workspace_name", ["workspace_id", "name_key", "id"], unique=False)
    op.create_table(
        "contact_campaign",
        sa.Column("contact_id", big_id, nullable=False),
        sa.Column("campaign", sa.String(length=500), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_campaign_contact_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_campaign_workspace_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", "campaign", name=op.f("pk_contact_campaign")),
    )
    with op.batch_alter_table("contact_campaign") as batch_op:
        batch_op.create_index("ix_contact_campaign_campaign", ["workspace_id", "campaign"], unique=False)
    op.create_table(
        "contact_change",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", big_id, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the contact's, after the change"),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_change_contact_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_change_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_change")),
    )
    with op.batch_alter_table("contact_change") as batch_op:
        batch_op.create_index("ix_contact_change_batch", ["batch"], unique=False)
        batch_op.create_index("ix_contact_change_contact_id", ["contact_id", "id"], unique=False)
    op.create_table(
        "contact_consent",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", big_id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("ref", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_consent_contact_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_consent_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_consent")),
        sa.UniqueConstraint("contact_id", "kind", "ref", name=op.f("uq_contact_consent_contact_id_kind_ref")),
    )
    op.create_table(
        "contact_key",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("contact_id", big_id, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_key_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_contact_key_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_contact_key")),
    )
    with op.batch_alter_table("contact_key") as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_key_contact_id"), ["contact_id"], unique=False)
    op.create_table(
        "contact_merge",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kept_id", big_id, nullable=False),
        sa.Column("merged_id", big_id, nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("undone_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["contact.id"], name=op.f("fk_contact_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["contact.id"], name=op.f("fk_contact_merge_merged_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_merge_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
    )
    with op.batch_alter_table("contact_merge") as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_merge_kept_id"), ["kept_id"], unique=False)
    op.create_table(
        "contact_note",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", big_id, nullable=True),
        sa.Column("company_id", big_id, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_contact_note_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_note_contact_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_note_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    with op.batch_alter_table("contact_note") as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_note_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_note_contact_id"), ["contact_id"], unique=False)
    op.create_table(
        "deal",
        sa.Column("id", big_id, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", big_id, nullable=True),
        sa.Column("company_id", big_id, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owner", sa.String(length=254), nullable=True),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_deal_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_deal_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_deal_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
    )
    with op.batch_alter_table("deal") as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_deal_workspace_stage", ["workspace_id", "stage"], unique=False)
    with op.batch_alter_table("plan_step") as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=998), nullable=True))
        batch_op.add_column(
            sa.Column(
                "body",
                sa.Text(),
                nullable=True,
                comment="the template as the source has it, HTML or plain text",
            )
        )
    statements = crm_search.SQLITE if op.get_bind().dialect.name == "sqlite" else crm_search.POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TABLE {crm_search.FTS}")
    op.drop_table("deal")
    op.drop_table("contact_note")
    op.drop_table("contact_merge")
    op.drop_table("contact_key")
    op.drop_table("contact_consent")
    op.drop_table("contact_change")
    op.drop_table("contact_campaign")
    op.drop_table("contact")
    op.drop_table("saved_filter")
    op.drop_table("list_columns")
    op.drop_table("custom_field")
    op.drop_table("contact_touch")
    op.drop_table("company")
    op.drop_table("contact_segment")
    with op.batch_alter_table("plan_step") as batch:
        batch.drop_column("subject")
        batch.drop_column("body")
