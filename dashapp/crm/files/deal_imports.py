"""Deals from files: columns are guessed, every row is accounted for, and a dry run says what would happen.

A row whose name and contact are those of a deal there is changes it, so that the same file twice is once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm import deals
from dashapp.crm.contacts import Actor, contact_by_key
from dashapp.crm.fields import FileFields
from dashapp.crm.files.imports import BATCH, Loaded
from dashapp.crm.folding import fold
from dashapp.db.contacts import DEAL, Deal
from dashapp.errors import NotFound, Refused
from data.events.canonical import Parked

#: What a column may be taken for, by the names people give it (folded, without signs).
GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "deal", "dealname", "name", "opportunity", "affaire", "nom", "titel"),
    "stage": ("stage", "dealstage", "phase", "etape"),
    "value": ("value", "amount", "dealvalue", "montant", "valeur", "wert", "betrag"),
    "currency": ("currency", "devise", "wahrung", "waehrung"),
    "contact": ("contact", "contactemail", "email", "emailaddress", "kontakt"),
    "owner": ("owner", "dealowner", "assignedto", "responsable", "besitzer"),
    "expected_close": ("expectedclose", "expectedclosedate", "closedate", "close"),
}
TARGETS: Final = (*GUESSES, "custom", "ignore")
#: Columns of our own export that follow from others.
_OURS: Final = frozenset({"company", "created"})


def guess(columns: Sequence[str]) -> dict[str, str]:
    """What each column is taken for: a field of a deal, or "custom"; no field twice."""
    found: dict[str, str] = {}
    for column in columns:
        bare = re.sub(r"[^a-z0-9]", "", fold(column))
        target = next((name for name, known in GUESSES.items() if bare in known), "custom")
        if bare in _OURS:
            target = "ignore"
        found[column] = (
            "custom" if target not in {"custom", "ignore"} and target in found.values() else target
        )
    return found


def load(
    session_of: Callable[[], AbstractContextManager[Session]],
    actor: Actor,
    records: Sequence[Mapping[str, str]],
    mapping: Mapping[str, str],
    *,
    dry: bool = False,
) -> Loaded:
    """Take in rows. `session_of()`: a transaction that writes; each batch is one. `dry`: nothing is kept."""
    told = Loaded()
    for start in range(0, len(records), BATCH):
        with session_of() as session:
            own = FileFields(session, actor.workspace, DEAL, actor.name)
            for number, record in enumerate(records[start : start + BATCH], start + 1):
                told.read += 1
                try:
                    _keep(session, actor, record, mapping, own, told)
                except (Refused, NotFound) as error:
                    told.refused.append(Parked(f"deals row {number}", str(error), str(dict(record))[:2_000]))
            if dry:
                session.rollback()
    return told


def _keep(
    session: Session,
    actor: Actor,
    record: Mapping[str, str],
    mapping: Mapping[str, str],
    own: FileFields,
    told: Loaded,
) -> None:
    """One row: a deal that is new, changed or the same. Raises Refused with what is wrong."""
    values: dict[str, Any] = {}
    custom: dict[str, str] = {}
    for column, target in mapping.items():
        text = (record.get(column) or "").strip()
        if not text or target == "ignore":
            continue
        if target == "custom":
            custom[column] = text
        else:
            values[target] = text
    if "stage" in values:
        values["stage"] = fold(values["stage"])
    address = values.pop("contact", None)
    contact = None
    if address is not None:
        contact = contact_by_key(session, actor.scope, actor.workspace_id, address[:320])
        if contact is None:
            raise Refused("There is no contact with the address {address}.", address=address[:100])
    there = _standing(session, actor, values.get("title", ""), None if contact is None else contact.id)
    with session.begin_nested():
        values |= {f"{deals.OWN}{key}": value for key, value in own.values(custom).items()}
        if there is None:
            if contact is not None:
                values["contact"] = contact.id
            deals.create(session, actor, values, trail=False)
            told.new += 1
            return
        before = there.version
        deals.update(session, actor, there.id, values, before, trail=False)
        if there.version == before:
            told.same += 1
        else:
            told.changed += 1


def _standing(session: Session, actor: Actor, title: str, contact_id: int | None) -> Deal | None:
    """The deal of that name and contact, the newest where there are several."""
    named = select(Deal.id).where(
        Deal.workspace_id == actor.workspace_id,
        Deal.title == title,
        Deal.deleted_at.is_(None),
        Deal.contact_id.is_(None) if contact_id is None else Deal.contact_id == contact_id,
    )
    for id_ in session.scalars(named.order_by(Deal.id.desc())):
        try:
            return deals.deal_of(session, actor.scope, actor.workspace_id, id_)
        except NotFound:
            continue
    return None
