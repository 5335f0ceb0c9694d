"""Texts of any length on paper: a long name is cut with an ellipsis, a long word may break.

Breaking a word anywhere costs the renderer the square of its length. So words get places to break at, and what is
longer than anybody reads is cut: the time to print grows with the number of texts alone.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

#: Characters of a name, a link, a title that are printed; of a paragraph a person wrote.
LONGEST_NAME: Final = 200
LONGEST_PARAGRAPH: Final = 20_000
#: A word longer than this may break, after so many characters each.
_LONGEST_WORD: Final = 36
_PIECE: Final = 12
_WORDS: Final = re.compile(rf"[^\s\u200b]{{{_LONGEST_WORD + 1},}}")
_BREAK: Final = "\u200b"
#: A break here would tear a letter from its marks or its neighbours: combining marks, joiners, variation selectors.
_HOLDS: Final = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0590-\u109f\u1780-\u17ff\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]"
)
#: Controls and noncharacters, which no font draws and no PDF takes.
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def shorten(root: Element) -> None:
    """Make every text of the document printable."""
    _walk(root, LONGEST_NAME)


def printable(text: str, longest: int) -> str:
    """The text, cut with an ellipsis at `longest` characters, with places to break in long words."""
    text = _UNPRINTABLE.sub("\ufffd", text)
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return _WORDS.sub(lambda found: _with_breaks(found.group()), text)


def _walk(top: Element, longest: int) -> None:
    """Without recursion: a document may be deeper than Python's stack."""
    waiting = [(top, longest)]
    while waiting:
        element, most = waiting.pop()
        if element.tag in ("style", "script") or not isinstance(element.tag, str):
            continue
        if "prose" in (element.get("class") or "").split():
            most = LONGEST_PARAGRAPH
        if element.text and not element.text.isspace():
            element.text = printable(element.text, most)
        for child in element:
            if child.tail and not child.tail.isspace():
                child.tail = printable(child.tail, most)
            waiting.append((child, most))


def _with_breaks(word: str) -> str:
    pieces = []
    start = 0
    while len(word) - start > _PIECE:
        end = start + _PIECE
        # At most as many steps as a piece is long: a word of marks alone breaks all the same.
        while (
            end < len(word)
            and end - start < 2 * _PIECE
            and (_HOLDS.match(word[end]) or _HOLDS.match(word[end - 1]))
        ):
            end += 1
        pieces.append(word[start:end])
        start = end
    pieces.append(word[start:])
    return _BREAK.join(piece for piece in pieces if piece)
