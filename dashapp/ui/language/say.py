"""What the desk says, in the reader's language: `say("Share {name}", name=…)`.

English is written where it is shown; each other language has its translations under that sentence
(`catalogue.py`). `tests/ui/test_say.py` finds every sentence of the source that a language lacks, and every
translation of what nobody says.

Who reads is decided on the server: the choice kept with the person, else the browser's cookie, else its languages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import g, has_request_context, request
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashapp.access.current import viewer
from dashapp.access.viewer import Member
from dashapp.db.tenants import TWELVE
from dashapp.languages import DEFAULT, LANGUAGES, choose_language, supported
from dashapp.ui.format import integer
from dashapp.ui.language.catalogue import REASONS, SCRIPTS, areas, patterns, sentences, translated

COOKIE = "lang"
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_twelve: ContextVar[bool] = ContextVar("twelve", default=False)


def language() -> str:
    """The language of whoever is asking in this request; English outside of one."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = _of_request()
    return supported(g.language) or DEFAULT


def twelve_hours() -> bool:
    """Whether whoever is asking in this request reads times on a twelve-hour clock.

    Only who chose so: our languages are written with 24 hours. What is made for somebody else (`speaking`) is not
    written on the asker's clock.
    """
    if _spoken.get() is not None or not has_request_context():
        return _twelve.get()
    if "twelve_hours" not in g:
        try:
            asking = viewer()
        except (DBAPIError, PoolTimeout):
            asking = None
        g.twelve_hours = isinstance(asking, Member) and asking.clock == TWELVE
    return bool(g.twelve_hours)


def _of_request() -> str:
    try:
        asking = viewer()
    except (DBAPIError, PoolTimeout):  # the page says so already, in the browser's language
        asking = None
    kept = asking.language if isinstance(asking, Member) else None
    return choose_language(kept or request.cookies.get(COOKIE), request.headers.get("Accept-Language"))


@contextmanager
def speaking(lang: str, *, clock: str | None = None) -> Iterator[None]:
    """Everything said within is said in `lang`, in English if we do not speak it; `clock` as of a User."""
    before, twelve = _spoken.set(supported(lang) or DEFAULT), _twelve.set(clock == TWELVE)
    try:
        yield
    finally:
        _spoken.reset(before)
        _twelve.reset(twelve)


def say(sentence: str, **marks: str | int) -> str:
    """The sentence in the reader's language, its `{marks}` filled.

    Where another language needs two words for one of English, the place follows a bar: "Workspaces|rail".
    """
    return translated(sentence, language(), **marks)


def later(sentence: str) -> str:
    """Names a sentence of a constant: it is said with `say(CONSTANT)` when somebody asks."""
    return sentence


def say_error(error: BaseException) -> str:
    """What an error says, in the reader's language: its sentence with its values in it.

    An error without a sentence of its own is retold by its text.
    """
    sentence = getattr(error, "sentence", None)
    if not isinstance(sentence, str) or sentence not in sentences(language()):
        return retell(str(error))
    values: dict[str, object] = getattr(error, "values", {})
    return say(sentence, **{name: _as_said(value) for name, value in values.items()})


def _as_said(value: object) -> str:
    if isinstance(value, BaseException):
        return say_error(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return integer(value, language())
    return say(str(value))


def retell(message: str) -> str:
    """A finished English sentence, such as an error's, in the reader's language; unknown ones stay as they are."""
    lang = language()
    if lang == DEFAULT:
        return message
    whole = sentences(lang).get(message)
    if whole is not None:
        return whole
    for pattern, text in patterns(lang):
        if found := pattern.fullmatch(message):
            return text.format(**{name: _number(one) for name, one in found.groupdict().items()})
    return message


def _number(text: str) -> str:
    """A number as English writes it, as the reader does; any other text as it is."""
    return integer(int(text.replace(",", "")), language()) if _NUMBER.fullmatch(text) else text


def reason(message: str) -> str:
    """What the machinery wrote down of itself, such as why a record is parked, in the reader's language.

    It is kept in English and told so by the command line. Its parts ("…; …") are told one by one, from the area of
    reasons alone: short patterns such as "{n} events" would find themselves in texts that are not ours.
    """
    if language() == DEFAULT:
        return message
    parts = message.split("; ")
    told_parts = [_reason(part) for part in parts]
    separate = all(one != part for one, part in zip(told_parts, parts, strict=True))
    return LANGUAGES[language()].formats.semicolon.join(told_parts) if separate else _reason(message)


def _reason(message: str) -> str:
    own = areas(language()).get(REASONS, {})
    if message in own:
        return own[message]
    for pattern, text in patterns(language(), REASONS):
        if found := pattern.fullmatch(message):
            return text.format(**{name: _marked(name, one) for name, one in found.groupdict().items()})
    # Why a delivery is refused is a sentence; a record of it is parked with the same words, without a full stop.
    whole = own.get(f"{message[:1].upper()}{message[1:]}.")
    return message if whole is None else f"{whole[:1].lower()}{whole[1:-1]}"


def _marked(name: str, text: str) -> str:
    """What stands in a mark: a name of ours has its translation, a `{why}` is a reason itself."""
    return _reason(text) if name == "why" else sentences(language()).get(text, _number(text))


def script_words() -> Markup:
    """The translations of the desk's scripts, as data in the page's head; nothing in English."""
    if language() == DEFAULT:
        return Markup("")
    said = json.dumps(areas(language()).get(SCRIPTS, {}), ensure_ascii=False).replace("<", "\\u003c")
    return Markup('<script type="application/json" id="dk-words">{}</script>').format(Markup(said))  # noqa: S704
