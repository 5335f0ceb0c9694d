"""A small Markdown whose every output is made here: what it does not know stays text.

Headings, paragraphs, lists, bold, italics, code, and links to http, https and mailto. No raw HTML, no images.
All text passes through `escape`, so a note can never be more than words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

#: In order: what is found first wins; `[^…]` keeps every pattern linear.
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<words>[^\[\]\n]{1,300})\]\((?P<href>[^\s()<>\"']{1,500})\)"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\s][^*\n]*)\*"
)
_HEADING = re.compile(r"(#{1,3}) +(\S.*)")
_BULLET = re.compile(r"[-*] +(\S.*)")
_NUMBER = re.compile(r"\d{1,3}[.)] +(\S.*)")
_ALLOWED = re.compile(r"(?:https?://[^/\s]|mailto:[^\s])", re.IGNORECASE)
NEW_LINE = Markup("<br>")


def plain(text: str) -> Markup:
    """Paragraphs and line breaks, nothing else."""
    blocks = re.split(r"\n\s*\n", _lines(text).strip())
    return Markup("").join(
        Markup("<p>{}</p>").format(NEW_LINE.join(escape(line) for line in block.split("\n")))
        for block in blocks
        if block.strip()
    )


def markdown(text: str) -> Markup:
    """The text as HTML. Headings become h3 to h5: the tile's own is h2."""
    return Markup("").join(_blocks(_lines(text)))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.fullmatch(line):
        return "heading"
    if _BULLET.fullmatch(line):
        return "ul"
    return "ol" if _NUMBER.fullmatch(line) else "p"


def _blocks(text: str) -> Iterator[Markup]:
    for kind, found in groupby((line.strip() for line in text.split("\n")), key=_kind):
        lines = list(found)
        if kind == "heading":
            for line in lines:
                match = _HEADING.fullmatch(line)
                assert match is not None
                level = len(match[1]) + 2
                yield Markup(f"<h{level}>{{}}</h{level}>").format(_inline(match[2]))  # noqa: S704 - a number
        elif kind in {"ul", "ol"}:
            pattern = _BULLET if kind == "ul" else _NUMBER
            items = [match[1] for line in lines if (match := pattern.fullmatch(line))]
            inner = Markup("").join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
            yield (Markup("<ul>{}</ul>") if kind == "ul" else Markup("<ol>{}</ol>")).format(inner)
        elif kind == "p":
            yield Markup("<p>{}</p>").format(NEW_LINE.join(_inline(line) for line in lines))


def _inline(text: str) -> Markup:
    made: list[Markup] = []
    at = 0
    for match in _INLINE.finditer(text):
        made.append(escape(text[at : match.start()]))
        made.append(_span(match))
        at = match.end()
    made.append(escape(text[at:]))
    return Markup("").join(made)


def _span(match: re.Match[str]) -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    if match["words"]:
        if not _ALLOWED.match(match["href"]):
            return escape(match[0])
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>').format(
            match["href"], match["words"]
        )
    if match["bold"]:
        return Markup("<strong>{}</strong>").format(match["bold"])
    return Markup("<em>{}</em>").format(match["italic"])
