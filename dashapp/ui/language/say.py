"""What the desk says, in the reader's language: `say("Share {name}", name=…)`.

English is written where it is shown; the French of each sentence stands in `french/*.json` under that sentence.
`tests/ui/test_say.py` finds every sentence of the source that has none, and every French one nobody says.

Who reads is decided on the server: the choice kept with the person, else the browser's cookie, else its languages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Literal

from flask import g, has_request_context, request
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashapp.access.current import viewer
from dashapp.access.viewer import Member
from dashapp.ui.language.texts import choose_language

Language = Literal["en", "fr"]

FOLDER = Path(__file__).parent / "french"
#: The languages as their speakers call them.
NAMES = {"en": "English", "fr": "Français"}
COOKIE = "lang"
#: The file whose sentences the desk's scripts say.
SCRIPTS = "script"
#: The file of what jobs did, why records are parked, what a check found.
REASONS = "reasons"

_spoken: ContextVar[Language | None] = ContextVar("spoken", default=None)


def language() -> Language:
    """The language of whoever is asking in this request; English outside of one."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if not has_request_context():
        return "en"
    if "language" not in g:
        g.language = _of_request()
    return "fr" if g.language == "fr" else "en"


def _of_request() -> str:
    try:
        asking = viewer()
    except (DBAPIError, PoolTimeout):  # the page says so already, in the browser's language
        asking = None
    kept = asking.language if isinstance(asking, Member) else None
    return choose_language(kept or request.cookies.get(COOKIE), request.headers.get("Accept-Language"))


@contextmanager
def speaking(lang: Language) -> Iterator[None]:
    """Everything said within is said in `lang`."""
    before = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(before)


def say(sentence: str, **marks: str | int) -> str:
    """The sentence in the reader's language, its `{marks}` filled.

    Where French needs two words for one of English, the place follows a bar: "Workspaces|rail".
    """
    text = french().get(sentence) if language() == "fr" else None
    if text is None:
        text = sentence.partition("|")[0]
    return text.format(**marks) if marks else text


def later(sentence: str) -> str:
    """Names a sentence of a constant: it is said with `say(CONSTANT)` when somebody asks."""
    return sentence


def retell(message: str) -> str:
    """A finished English sentence, such as an error's, in the reader's language; unknown ones stay as they are."""
    if language() != "fr":
        return message
    whole = french().get(message)
    if whole is not None:
        return whole
    for pattern, text in _patterns():
        if found := pattern.fullmatch(message):
            return text.format(**found.groupdict())
    return message


def reason(message: str) -> str:
    """What the machinery wrote down of itself, such as why a record is parked, in the reader's language.

    It is kept in English and told so by the command line. Its parts ("…; …") are told one by one, from the area of
    reasons alone: short patterns such as "{n} events" would find themselves in texts that are not ours.
    """
    if language() != "fr":
        return message
    parts = message.split("; ")
    told = [_reason(part) for part in parts]
    separate = all(one != part for one, part in zip(told, parts, strict=True))
    return "\u202f; ".join(told) if separate else _reason(message)


def _reason(message: str) -> str:
    own = areas()[REASONS]
    if message in own:
        return own[message]
    for pattern, text in _patterns(REASONS):
        if found := pattern.fullmatch(message):
            return text.format(**{name: _marked(name, one) for name, one in found.groupdict().items()})
    return message


def _marked(name: str, told: str) -> str:
    """What stands in a mark: a name of ours has its French, a `{why}` is a reason itself."""
    return _reason(told) if name == "why" else french().get(told, told)


@lru_cache(maxsize=1)
def french() -> dict[str, str]:
    """English sentence → French, of every area."""
    return {english: text for area in areas().values() for english, text in area.items()}


@lru_cache(maxsize=1)
def areas() -> dict[str, dict[str, str]]:
    """The same by file."""
    return {
        path.stem: {english: typeset(text) for english, text in json.loads(path.read_text("utf-8")).items()}
        for path in sorted(FOLDER.glob("*.json"))
    }


def typeset(text: str) -> str:
    """French as it is printed: ’ for ', a narrow no-break space before ; : ! ? % and within « »."""
    text = re.sub(r" (?=[;:!?%»])|(?<=«) ", "\u202f", text)
    return text.replace("'", "’")


@lru_cache(maxsize=2)
def _patterns(area: str | None = None) -> list[tuple[re.Pattern[str], str]]:
    """The sentences with marks as expressions, most telling first: of one area, or of all but the reasons."""
    said = (
        areas()[area]
        if area
        else {k: v for name, one in areas().items() if name != REASONS for k, v in one.items()}
    )
    marked = [(english, text) for english, text in said.items() if "{" in english]
    marked.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return [(_expression(english), text) for english, text in marked]


def _expression(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL
    )


def script_words() -> Markup:
    """The French of the desk's scripts, as data in the page's head; nothing in English."""
    if language() != "fr":
        return Markup("")
    said = json.dumps(areas().get(SCRIPTS, {}), ensure_ascii=False).replace("<", "\\u003c")
    return Markup('<script type="application/json" id="dk-words">{}</script>').format(Markup(said))  # noqa: S704
