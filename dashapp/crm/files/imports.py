"""Contacts from files: columns are guessed, every row is accounted for, and a dry run says what would happen.

The same way in for `vitrine ingest` (reference data `leads`) and for a CSV given in the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dashapp.crm.contacts import LONGEST_TEXT, Actor
from dashapp.crm.files.contact_batches import Loaded, keep
from dashapp.crm.folding import fold, one_line
from dashapp.db.contacts import STATUSES
from data.errors import BadRecord
from data.events.canonical import Parked
from data.events.times import moment

#: What a column may be taken for, by the names people give it (folded, without signs).
GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "emailaddress", "mail", "lead", "courriel", "adresseemail", "emailadresse"),
    "name": ("name", "fullname", "contact", "nom", "nomcomplet", "kontakt"),
    "first_name": ("firstname", "givenname", "prenom", "vorname"),
    "last_name": ("lastname", "surname", "familyname", "nomdefamille", "nachname"),
    "company": (
        "company",
        "companyname",
        "organisation",
        "organization",
        "account",
        "entreprise",
        "societe",
        "firma",
    ),
    "phone": ("phone", "phonenumber", "telephone", "mobile", "tel", "telefon"),
    "owner": ("owner", "user", "assignedto", "proprietaire", "responsable"),
    "status": ("status", "leadstatus", "stage", "statut"),
    "tags": ("tags", "labels", "etiquettes"),
    "created_at": ("createdat", "created", "createdate", "datecreated", "creele"),
}
TARGETS: Final = (*GUESSES, "custom", "ignore")
#: Rows written in one transaction.
BATCH: Final = 1_000
MOST_TOLD: Final = 50
_EMAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}\.[^\s@<>\"'.]{2,63}")


def guess(columns: Sequence[str]) -> dict[str, str]:
    """What each column is taken for: a field of a contact, or "custom"; no field twice."""
    found: dict[str, str] = {}
    for column in columns:
        bare = re.sub(r"[^a-z0-9]", "", fold(column))
        target = next((name for name, known in GUESSES.items() if bare in known), "custom")
        found[column] = target if target == "custom" or target not in found.values() else "custom"
    return found


def load(
    session_of: Any,
    actor: Actor,
    records: Iterable[Mapping[str, Any] | Parked],
    mapping: Mapping[str, str] | None = None,
    *,
    dry: bool = False,
) -> Loaded:
    """Take in rows. `session_of()`: a transaction that writes; each batch is one. `dry`: nothing is kept.

    `mapping`: column → target of TARGETS; without it columns are guessed by the first row.
    """
    told = Loaded()
    batch: list[tuple[int, dict[str, Any]]] = []
    guessed: dict[str, str] | None = None  # of files whose rows need not have the same columns

    def flush() -> None:
        if batch:
            with session_of() as session:
                keep(session, actor, batch, told)
                if dry:
                    session.rollback()
            batch.clear()

    for number, record in enumerate(records, 1):
        told.read += 1
        if isinstance(record, Parked):
            told.refused.append(record)
            continue
        if mapping is None or not (guessed is None or guessed.keys() >= record.keys()):
            named = [*(guessed or {}), *(name for name in record if not str(name).startswith("_"))]
            mapping = guessed = guess(list(dict.fromkeys(named)))
        try:
            batch.append((number, _row(record, mapping)))
        except BadRecord as error:
            told.refused.append(Parked(f"leads row {number}", str(error), str(dict(record))[:2_000]))
        if len(batch) >= BATCH:
            flush()
    flush()
    return told


def _row(record: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The values of one row by target. Raises BadRecord with what is wrong."""
    values: dict[str, Any] = {"custom": {}}
    for column, target in mapping.items():
        value = record.get(column)
        if value is None or value == "" or target == "ignore":
            continue
        if isinstance(value, list):
            value = ",".join(str(one) for one in value)
        text = one_line(str(value))
        if len(text) > 2_000:
            raise BadRecord(f"{column} has more than 2,000 characters")
        if target == "custom":
            values["custom"][column[:60]] = text[:LONGEST_TEXT]
        elif text:
            values[target] = text
    key = str(values.get("email", "")).lower()
    if not key:
        raise BadRecord("email is missing")
    if len(key) > 320 or ("@" in key and not _EMAIL.fullmatch(key)):
        raise BadRecord(f"{key[:60]!r} is no e-mail address")
    name = values.get("name") or " ".join(
        part for part in (values.get("first_name"), values.get("last_name")) if part
    )
    status = str(values.get("status", "")).lower().replace(" ", "_").replace("-", "_")
    if status and status not in STATUSES:
        values["custom"]["Status"] = values["status"][:LONGEST_TEXT]
        status = ""
    return {
        "key": key,
        "name": name[:LONGEST_TEXT],
        "company": str(values.get("company", ""))[:LONGEST_TEXT],
        "phone": str(values.get("phone", ""))[:60],
        "owner": str(values.get("owner", "")).lower()[:254],
        "status": status,
        "tags": [t.strip()[:40] for t in re.split(r"[,;|]", str(values.get("tags", ""))) if t.strip()][:30],
        "created_at": _moment(values.get("created_at")),
        "custom": values["custom"],
    }


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    text = str(value)
    return moment(
        f"{text}T00:00:00+00:00" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text, "created_at"
    )
