"""Every column contacts can be sorted by has an index: a page of a million costs what one of a thousand does.

Revision: 0043, after 0042.
"""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_COLUMNS = {
    "owner": "owner",
    "first": "first_activity_at",
    "response": "first_response_s",
    "sent": "sent",
    "opened": "opened",
    "created": "created_at",
}


def upgrade() -> None:
    """Make the indexes."""
    for name, column in _COLUMNS.items():
        op.create_index(f"ix_contact_workspace_{name}", "contact", ["workspace_id", column, "id"])


def downgrade() -> None:
    """Take them away."""
    for name in _COLUMNS:
        op.drop_index(f"ix_contact_workspace_{name}", "contact")
