"""People who were erased: known by a keyed hash alone, so that what still comes in about them stays nameless.

Their events go on counting, under a pseudonym that is made of the hash. The key is no part of the database: who has
the database alone can test nobody's address against it. It is an option of the engine (`KEY`, dashapp/services.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Integer, LargeBinary, Table, bindparam, select

from data.errors import DataError
from data.events.canonical import Event
from data.events.replies import classify
from data.lake.tables import metadata

erased_key = Table(
    "erased_key",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column(
        "digest", LargeBinary(16), primary_key=True, comment="128 bits of blake2b with the installation's key"
    ),
    Column("erasure_id", Integer, nullable=False),
)

#: The execution option of an engine that holds the key: 32 bytes.
KEY: Final = "vitrine_erasing_key"
#: What the lead of an erased person begins with in events and marts.
PSEUDONYM: Final = "erased-person-"
#: What stands in a text where their address or name stood.
GONE: Final = "[erased]"
#: Fields of their own events that say something about them, and count for nothing (docs/numbers.md).
OWN_TEXTS: Final = ("subject", "user_agent", "ip", "server_response")
#: Fields of any event that are searched for their addresses; ids are replaced as a whole.
TEXTS: Final = (
    *(
        "campaign",
        "step",
        "variation",
        "sender",
        "subject",
        "url",
        "reply_text",
        "server_response",
        "user_agent",
    ),
    *("machine_reason", "raw"),
)
IDS: Final = ("event_id", "message_id")
#: Phrases by which figures recognise a refusal (data/answers/relations.py): one is kept, so the reply still counts.
_PHRASES: Final = re.compile(r"spam|remove|not\s+interested|take\s+me|unsubscribe", re.IGNORECASE)
_REFUSAL: Final = {"unsubscribe": "unsubscribe me", "not_interested": "not interested"}
#: White space and punctuation as JSON and URLs write them; not what an address goes on with (%2B, %2D, %2E, %27).
ESCAPE: Final = r"\\[bfnrt]|\\u00[0-7][0-9a-f]|%(?:[013-7][0-9a-f]|2[0-689acf])"
#: Addresses as texts hold them, also within JSON and an URL; "o'ann@x.example" is not Ann's.
_ADDRESS: Final = re.compile(
    rf"({ESCAPE}|(?<!\w)%27)?(?<!\w')((?:[\w.+-]|%2B){{1,64}}(?:@|%40)[\w-]{{1,64}}(?:\.[\w-]{{1,64}}){{1,8}})",
    re.IGNORECASE,
)
_DIGESTS: Final = select(erased_key.c.digest).where(erased_key.c.workspace_id == bindparam("whose"))
_SQL: Final = {
    "sqlite": "SELECT digest FROM erased_key WHERE workspace_id = ?",
    "postgresql": "SELECT digest FROM erased_key WHERE workspace_id = %s",
}


def key_of(engine: Engine) -> bytes:
    """The installation's key. Raises DataError for an engine that was made without one."""
    key = engine.get_execution_options().get(KEY)
    if not isinstance(key, bytes) or len(key) < 16:
        raise DataError("People were erased here, and this process has not got the key to know them by.")
    return key


def digest(key: bytes, workspace_id: int, text: str) -> bytes:
    """The keyed hash of a lead id (lower case) in one workspace: 16 bytes, another one in each workspace."""
    said = f"{workspace_id}\x1f{text}".encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=16, key=key[:64]).digest()


def erased_among(connection: Connection, workspace_id: int, addresses: Iterable[str]) -> list[str]:
    """Those of some addresses (lower case) whose people were erased in a workspace, in order.

    Raises DataError where people were erased and this process has not got the key to know them by.
    """
    known = set(connection.scalars(_DIGESTS, {"whose": workspace_id}))
    if not known:
        return []
    key = key_of(connection.engine)
    return [one for one in addresses if digest(key, workspace_id, one) in known]


def pseudonym(found: bytes) -> str:
    """The lead that stands for an erased one."""
    return PSEUDONYM + found.hex()[:20]


def refusal_of(text: str | None) -> str | None:
    """What stays of a reply: the phrase it is counted as a refusal by, where it is one."""
    if not text or not _PHRASES.search(text):
        return None
    category = classify(text)
    return None if category is None else _REFUSAL.get(category, "unsubscribe me")


class Erased:
    """The erased people of one workspace."""

    def __init__(self, key: bytes, workspace_id: int, digests: Collection[bytes]) -> None:
        self._key, self._workspace_id = key, workspace_id
        self._digests = frozenset(bytes(one) for one in digests)

    def find(self, lead: str) -> bytes | None:
        """The digest of an erased person's lead id; None for anybody else's."""
        made = digest(self._key, self._workspace_id, lead.strip().lower())
        return made if made in self._digests else None

    def mask(self, event: Event) -> Event:
        """The event as it may be kept: nameless where it is an erased person's, without their address elsewhere."""
        found = None if event.lead is None else self.find(event.lead)
        changes: dict[str, Any] = {}
        if found is not None:
            lead = event.lead or ""
            changes = {"lead": pseudonym(found), "raw": "{}", **dict.fromkeys(OWN_TEXTS)}
            changes["reply_text"] = refusal_of(event.reply_text)
            for name in IDS:
                value = getattr(event, name)
                if value is not None and lead in value.lower():
                    changes[name] = self.mask_id(value)
        for name in TEXTS:
            if name in changes:
                continue
            value = getattr(event, name)
            if value is not None and value != (masked := self.mask_text(value)):
                changes[name] = masked
        return event._replace(**changes) if changes else event

    def mask_id(self, value: str) -> str:
        """An id that held their address: another one, the same each time."""
        return f"erased-{digest(self._key, self._workspace_id, value).hex()[:24]}"

    def mask_text(self, text: str, *, named: bool = False) -> str:
        """A text without the addresses of erased people; `named`: their pseudonyms stand there instead, so that
        a record that is read again later is still theirs."""
        if "@" not in text and "%40" not in text:
            return text

        def gone(match: re.Match[str]) -> str:
            before, address = match[1] or "", match[2].lower().replace("%40", "@").replace("%2b", "+")
            found = self.find(address.strip(".-"))
            if found is None:
                return match.group()
            return before + (pseudonym(found) if named else GONE)

        return _ADDRESS.sub(gone, text)


def of(connection: Connection, workspace_id: int) -> Erased | None:
    """The erased people of a workspace, within the caller's transaction; None where there are none."""
    digests = connection.scalars(_DIGESTS, {"whose": workspace_id}).all()
    return Erased(key_of(connection.engine), workspace_id, digests) if digests else None


def read(cursor: Any, engine: Engine, workspace_ids: Sequence[int]) -> dict[int, Erased]:
    """The erased people of those workspaces that have any, within the cursor's transaction (a raw one)."""
    cursor.execute("SELECT 1 FROM erased_key LIMIT 1")
    if cursor.fetchone() is None:
        return {}
    found: dict[int, Erased] = {}
    for workspace_id in workspace_ids:
        cursor.execute(_SQL[engine.dialect.name], (workspace_id,))
        if digests := [row[0] for row in cursor.fetchall()]:
            found[workspace_id] = Erased(key_of(engine), workspace_id, digests)
    return found
