"""What a person is known by in texts: their addresses and names in the spellings that records hold them in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5, sha1, sha256
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from data.lake.erased import GONE, IDS, OWN_TEXTS, TEXTS, digest, pseudonym, refusal_of


@dataclass(frozen=True)
class Person:
    """Who is to be erased in one workspace: `keys` are lead ids (lower case), `names` what else they are known by.

    `key`: the installation's (data/lake/erased.py).
    """

    workspace_id: int
    keys: tuple[str, ...]
    names: tuple[str, ...]
    key: bytes

    @cached_property
    def pseudonyms(self) -> Mapping[str, str]:
        """The lead that stands for each of their lead ids."""
        return {one: pseudonym(digest(self.key, self.workspace_id, one)) for one in self.keys}

    @cached_property
    def pattern_forms(self) -> frozenset[str]:
        """Their addresses and names, as records spell them."""
        found = {form for one in self.keys for form in spellings(one)}
        return frozenset(found | {form for name in self.names for form in escaped(name)})

    @cached_property
    def pattern(self) -> str:
        """A regular expression that finds them in texts, whatever the case (RE2 and Python read it alike)."""
        return "|".join(sorted((re.escape(one) for one in self.pattern_forms), key=len, reverse=True))

    @cached_property
    def fragments(self) -> tuple[str, ...]:
        """Pieces without accents of which every text that names them holds one: what a database may look for."""
        runs = {max(re.findall(r"[ -~]+", form) or [""], key=len) for form in self.pattern_forms}
        return tuple(sorted(runs - {""}))

    @cached_property
    def finds(self) -> re.Pattern[str]:
        """`pattern`, compiled."""
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """Finds their addresses alone, and not within a longer one: for what tells of one person, who may have the
        name, or the end of the address, of somebody who was erased."""
        forms = sorted(
            {re.escape(form) for one in self.keys for form in spellings(one)}, key=len, reverse=True
        )
        return re.compile(rf"(?<![\w.+-])(?:{'|'.join(forms)})(?![\w-]|\.\w)", re.IGNORECASE)

    def clean(self, text: str) -> str:
        """The text without them."""
        return self.finds.sub(GONE, text)

    def clean_id(self, text: str) -> str:
        """An id, another one where it names them; the same each time."""
        if not self.finds.search(text):
            return text
        return f"erased-{digest(self.key, self.workspace_id, text).hex()[:24]}"

    def clean_event(self, event: Mapping[str, Any], messages: Collection[str | None] = ()) -> dict[str, Any]:
        """A stored event (its fields by name) as it may stay. `messages`: ids of the messages sent to them."""
        changed = dict(event)
        lead = (event.get("lead") or "").lower()
        own = lead in self.pseudonyms or (not lead and event.get("message_id") in messages)
        if own:
            changed |= dict.fromkeys(OWN_TEXTS)
            changed["raw"] = "{}"
            changed["reply_text"] = refusal_of(event.get("reply_text"))
            if lead:
                changed["lead"] = self.pseudonyms[lead]
        for name in (*TEXTS, "user"):
            if changed.get(name):
                changed[name] = self.clean(changed[name])
        for name in IDS:
            if changed.get(name):
                changed[name] = self.clean_id(changed[name])
        return changed

    def among(self, events: pa.Table, messages: Collection[str]) -> pa.Array:
        """Which rows of a segment say something of them: true and false, as many as there are rows."""
        found = pc.is_in(events["lead"], value_set=pa.array([*self.keys], pa.string()))
        unnamed = pc.and_(
            pc.is_null(events["lead"]),
            pc.is_in(events["message_id"], value_set=pa.array(sorted(messages), pa.string())),
        )
        found = pc.or_(found, unnamed)
        for name in (*IDS, *TEXTS, "user"):  # a lead is one of theirs as a whole, or somebody else
            named = pc.match_substring_regex(events[name], self.pattern, ignore_case=True)
            found = pc.or_(found, pc.fill_null(named, False))
        mine = pc.equal(events["workspace_id"], pa.scalar(self.workspace_id, pa.int32()))
        return pc.and_(mine, pc.fill_null(found, False))


def escaped(text: str) -> set[str]:
    """A text as it stands, in JSON and in an URL."""
    return {text, json.dumps(text)[1:-1], quote(text, safe=""), quote(text)}


#: A lead id that is no address and has fewer characters, such as "7", says nothing of a person where it stands in a
#: text, and stands in everybody's: it is replaced where it is the lead, and looked for in no text.
SHORTEST_ID: Final = 8


def spellings(key: str) -> set[str]:
    """An address as records hold it: as it stands, escaped, and as what links make of it."""
    data = key.encode("utf-8", "surrogatepass")
    hashed = {make(data, usedforsecurity=False).hexdigest() for make in (md5, sha1, sha256)}
    if "@" not in key and len(key) < SHORTEST_ID:
        return hashed
    return {*escaped(key), b64encode(data).decode().rstrip("="), *hashed}
