"""Which tables of a workspace may name a person, and what becomes of them when the person is erased.

`SWEPT` and `KEPT` name every table that holds texts; a test fails where a new one is in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Table

from dashapp.db.choices import PageChoice
from dashapp.db.contacts import Contact, ContactChange, ContactNote, Deal, DealChange, SavedFilter
from dashapp.db.crm import TaskRow
from dashapp.db.on_tiles import Annotation
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import WatchedFile
from data.lake.tables import parked, parked_edit, refused_delivery
from data.marts.check_tables import check_failure


def table_of(mapped: Any) -> Table:
    """The table of a mapped class."""
    found = mapped.__table__
    assert isinstance(found, Table)
    return found


#: Texts that are kept without the person, by table.
CLEANED: Final[Sequence[tuple[Table, tuple[str, ...]]]] = (
    (table_of(TaskRow), ("title", "note")),
    (table_of(Deal), ("title", "fields")),
    (table_of(DealChange), ("old", "new")),
    (table_of(ContactNote), ("text",)),
    (table_of(SavedFilter), ("name", "search")),
    (table_of(PageChoice), ("search",)),
    (refused_delivery, ("raw", "why")),
    (table_of(WatchedFile), ("name", "why")),
)
#: Rows that are about the person alone: they go as a whole.
OWN: Final[Sequence[tuple[Table, tuple[str, ...]]]] = (
    (parked, ("where", "why", "raw")),
    (parked_edit, ("why", "raw", "mended")),
    (check_failure, ("sample", "wrong")),
)
#: What is told of other people: their own names stay, an address of the person does not.
OTHERS: Final[Sequence[tuple[Table, tuple[str, ...]]]] = (
    (table_of(Contact), ("name", "name_key", "phone", "tags", "fields", "search")),
    (table_of(ContactChange), ("old", "new")),
)
#: Who did something, whom it was given to: a colleague, or one who has left. That stays, as in the audit trail.
TEAM: Final = frozenset({"actor", "author", "assignee", "by", "changed_by", "created_by", "owner"})
#: Notes on days: cleaned with what they said before.
NOTES: Final[tuple[Table, tuple[str, ...]]] = (table_of(Annotation), ("text", "campaign"))
#: To whom something was done.
AUDIT: Final[tuple[Table, tuple[str, ...]]] = (table_of(AuditEntry), ("detail",))
#: Those that hold events: cleaned, or on their way into a segment that is.
SEARCHED: Final = frozenset({"pending_event", "reply_override", "inbox"})
#: Tables of a workspace in which an erased person is looked for.
SWEPT: Final = frozenset(
    {table.name for table, _ in (*CLEANED, *OWN)}
    | {"contact", "contact_campaign", "contact_change", "contact_consent", "contact_key", "contact_merge"}
    | {"contact_touch", "pending_event", "plan_journey", "reply_override", "audit_entry", "inbox", "mail"}
    | {NOTES[0].name}
)
#: Tables of a workspace whose texts are about somebody else: its team and its guests, or what they made.
KEPT: Final = frozenset(
    {"account_figures", "account_reason", "agency_link", "api_key", "company", "custom_field", "erasure"}
    | {"invitation", "list_columns", "mart_version", "plan_campaign", "plan_mailbox", "plan_step"}
    | {
        "reason_snooze",
        "restatement",
        "schedule",
        "share",
        "source",
        "tile_alert",
        "tile_question",
        "trouble",
    }
    | {"view", "view_override", "workspace_member"}
)
