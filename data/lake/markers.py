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

from data.lake.erased import ESCAPE, GONE, IDS, OWN_TEXTS, TEXTS, digest, pseudonym, refusal_of

# Where an address, a name or an id begins and ends in a text. RE2 and Python read these alike, so that what a file
# is searched for is what is replaced in it. RE2 knows no look-behind: the character before is matched, too.
#: Letters of alphabets that put spaces between words: one beside a name makes it a longer, other name.
_LETTER: Final = "A-Za-z0-9\u00c0-\u058f"
_BEFORE_WORD: Final = rf"^|[^{_LETTER}]|{ESCAPE}"
_AFTER_WORD: Final = rf"$|[^{_LETTER}]"
#: "jo.ann@x.example" and "o'ann@x.example" are somebody else; 'ann@x.example' in quotation marks is Ann.
_BEFORE_ADDRESS: Final = rf"^|[^{_LETTER}_.+'-]|(?:^|[^{_LETTER}])(?:'|%27)|{ESCAPE}"
#: "ann@x.example.org" and "ann@x.example-shop.org" are somebody else; "ann@x.example-77" and a full stop are not.
_AFTER_ADDRESS: Final = (
    rf"$|[^{_LETTER}.-]|\.(?:{_AFTER_WORD})|-[{_LETTER}_-]*(?:$|[^{_LETTER}_.-]|\.(?:$|[^{_LETTER}_-]))"
)


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
    def _addresses(self) -> frozenset[str]:
        """Their lead ids, as records spell them."""
        return frozenset(form for one in self.keys if _said(one) for form in escaped(one))

    @cached_property
    def _digests(self) -> frozenset[str]:
        """What links make of their lead ids."""
        return frozenset(form for one in self.keys for form in hidden(one))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(form for name in self.names for form in escaped(name))

    @cached_property
    def fragments(self) -> tuple[str, ...]:
        """Pieces without accents of which every text that names them holds one: what a database may look for."""
        forms = self._addresses | self._digests | self._names
        runs = {max(re.findall(r"[ -~]+", form) or [""], key=len) for form in forms}
        return tuple(sorted(runs - {""}))

    @cached_property
    def in_texts(self) -> Marker:
        """Finds their addresses and names in texts, and nobody else's that are longer."""
        words = self._digests | self._names
        return Marker((_BEFORE_ADDRESS, self._addresses, _AFTER_ADDRESS), (_BEFORE_WORD, words, _AFTER_WORD))

    @cached_property
    def addresses(self) -> Marker:
        """Finds their addresses alone: for what tells of one person, who may be a namesake."""
        return Marker(
            (_BEFORE_ADDRESS, self._addresses, _AFTER_ADDRESS), (_BEFORE_WORD, self._digests, _AFTER_WORD)
        )

    @cached_property
    def in_ids(self) -> Marker:
        """Finds them in ids, which are made of an address and anything else: "sent-ann@x.example.1" is Ann's."""
        return Marker((_BEFORE_WORD, self._addresses | self._digests | self._names, _AFTER_WORD))

    def marker(self, column: str) -> Marker:
        """What finds them in this field of an event."""
        return self.in_ids if column in IDS else self.in_texts

    def clean(self, text: str) -> str:
        """The text without them."""
        return self.in_texts.replace(text)

    def clean_id(self, text: str) -> str:
        """An id, another one where it names them; the same each time."""
        if not self.in_ids.search(text):
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
        for name in IDS:
            if (said := changed.get(name)) and (cleaned := self.clean_id(said)) != said:
                changed[name] = cleaned
                if changed.get("raw"):
                    changed["raw"] = changed["raw"].replace(said, cleaned)
        for name in (*TEXTS, "user"):
            if changed.get(name):
                changed[name] = self.clean(changed[name])
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
            found = pc.or_(found, self.marker(name).among(events[name]))
        mine = pc.equal(events["workspace_id"], pa.scalar(self.workspace_id, pa.int32()))
        return pc.and_(mine, pc.fill_null(found, False))


class Marker:
    """A regular expression that finds spellings where nothing longer stands, whatever the case.

    `parts`: what stands before, the spellings, what stands behind.
    """

    def __init__(self, *parts: tuple[str, Collection[str], str]) -> None:
        found = [
            (before, "|".join(sorted(map(re.escape, forms), key=len, reverse=True)), after)
            for before, forms, after in parts
            if forms
        ]
        self._re2 = "|".join(f"(?:{before})(?:{forms})(?:{after})" for before, forms, after in found)
        python = "|".join(f"({before})(?:{forms})(?={after})" for before, forms, after in found)
        self._python = re.compile(python or r"(?!)", re.IGNORECASE)

    def search(self, text: str) -> bool:
        """Whether the text holds one of them."""
        return self._python.search(text) is not None

    def replace(self, text: str) -> str:
        """The text with `GONE` where one of them stood."""
        return self._python.sub(lambda match: (match[match.lastindex or 0] or "") + GONE, text)

    def among(self, texts: pa.ChunkedArray) -> pa.Array:
        """Which of some texts hold one of them: true and false, as many as there are."""
        if not self._re2:
            return pa.array([False] * len(texts))
        return pc.fill_null(pc.match_substring_regex(texts, self._re2, ignore_case=True), False)


def escaped(text: str) -> set[str]:
    """A text as it stands, in JSON and in an URL."""
    return {text, json.dumps(text)[1:-1], quote(text, safe=""), quote(text)}


#: A lead id that is no address and has fewer characters, such as "7", says nothing of a person where it stands in a
#: text, and stands in everybody's: it is replaced where it is the lead, and looked for in no text.
SHORTEST_ID: Final = 8


def _said(key: str) -> bool:
    """Whether a lead id is looked for as it stands."""
    return "@" in key or len(key) >= SHORTEST_ID


def hidden(key: str) -> set[str]:
    """What links make of a lead id: its hashes, and base64 of one that is looked for as it stands."""
    data = key.encode("utf-8", "surrogatepass")
    hashed = {make(data, usedforsecurity=False).hexdigest() for make in (md5, sha1, sha256)}
    return {b64encode(data).decode().rstrip("="), *hashed} if _said(key) else hashed
