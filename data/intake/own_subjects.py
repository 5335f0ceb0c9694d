"""Subjects of a workspace's own e-mails that read like an automatic reply's: "Out of office? Plan your next
trip".

Whoever answers such an e-mail without a "Re:" is a person, although the subject alone says otherwise. Such
subjects are rare, so they are remembered when e-mails are sent, and looked up for the few mails that only their
subject makes automatic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Engine, select

from data.events.auto_replies import plain_text, subject_says
from data.events.canonical import Event
from data.lake.manifest import read_only
from data.lake.tables import own_subject

#: Postmark tells a mail by its delivery only.
_OUR_MAIL: Final = frozenset({"sent", "delivered"})
#: What data/sources/inbound.py marks a record with that only its subject makes automatic.
BY_SUBJECT: Final = "_by_subject"


def keys_of(events: Iterable[Event]) -> list[bytes]:
    """The keys of the subjects among these events that have to be remembered; nearly always none."""
    found = {
        key
        for event in events
        if event.event in _OUR_MAIL and event.subject and (key := _key_if_odd(event.subject)) is not None
    }
    return sorted(found)


def settled(engine: Engine, workspace_id: int, records: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The records, those that answer an e-mail of the workspace's own subject as replies of a person."""
    doubtful = [record for record in records if record.get(BY_SUBJECT) is True and record.get("subject")]
    if not doubtful:
        return records
    keys = {id(record): _key(str(record["subject"])) for record in doubtful}
    query = select(own_subject.c.key).where(
        own_subject.c.workspace_id == workspace_id, own_subject.c.key.in_(sorted(set(keys.values())))
    )
    with read_only(engine).connect() as connection:
        own = {bytes(key) for key in connection.scalars(query)}
    return [
        {**record, "event": "replied", "reply_category": None} if keys.get(id(record)) in own else record
        for record in records
    ]


@lru_cache(maxsize=4_096)
def _key_if_odd(subject: str) -> bytes | None:
    return _key(subject) if subject_says(subject) is not None else None


def _key(subject: str) -> bytes:
    return blake2b(plain_text(subject[:500]).encode("utf-8", "surrogatepass"), digest_size=16).digest()
