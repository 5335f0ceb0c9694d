"""A schedule mails several views and campaign reports of its share, or all that it shows.

What there is goes on mailing the one view it mailed.

Revision: 0037, after 0036.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_SCHEDULE = sa.table(
    "schedule",
    sa.column("id", sa.Integer),
    sa.column("share_id", sa.Integer),
    sa.column("view_id", sa.Integer),
    sa.column("shows", sa.JSON(none_as_null=True)),
)
_SHARE = sa.table("share", sa.column("id", sa.Integer), sa.column("view_id", sa.Integer))


def upgrade() -> None:
    """The view becomes a list of one."""
    op.add_column("schedule", sa.Column("shows", sa.JSON(none_as_null=True), nullable=True))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(_SCHEDULE.c.id, sa.func.coalesce(_SCHEDULE.c.view_id, _SHARE.c.view_id)).join(
            _SHARE, _SHARE.c.id == _SCHEDULE.c.share_id
        )
    ).all()
    for schedule_id, view_id in rows:
        shows = ["view:" if view_id is None else f"view:{view_id}"]
        connection.execute(sa.update(_SCHEDULE).where(_SCHEDULE.c.id == schedule_id).values(shows=shows))
    with op.batch_alter_table("schedule") as schedules:
        schedules.drop_constraint("fk_schedule_view_id_view", type_="foreignkey")
        schedules.drop_column("view_id")


def downgrade() -> None:
    """The first view of the list stays."""
    with op.batch_alter_table("schedule") as schedules:
        schedules.add_column(sa.Column("view_id", sa.Integer(), nullable=True))
        schedules.create_foreign_key("fk_schedule_view_id_view", "view", ["view_id"], ["id"])
    connection = op.get_bind()
    for schedule_id, shows in connection.execute(sa.select(_SCHEDULE.c.id, _SCHEDULE.c.shows)).all():
        views = [key.removeprefix("view:") for key in shows or () if key.startswith("view:")]
        if views and views[0]:
            change = sa.update(_SCHEDULE).where(_SCHEDULE.c.id == schedule_id)
            connection.execute(change.values(view_id=int(views[0])))
    with op.batch_alter_table("schedule") as schedules:
        schedules.drop_column("shows")
