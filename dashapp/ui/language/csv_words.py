"""The heads of the files people take away, and the few words in their cells, in one language throughout.

Names of people's own (campaigns, links, addresses) stay as they are; a date stays 2026-10-28. A rate stands twice:
as the tile shows it, and in full for who calculates with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashapp.ui.format import percent
from dashapp.ui.language.texts import has_words, words

#: Columns that are rates of 0..1, shown as per cent.
_RATES: Final = frozenset({"rate", "share"})


def rate_heads(lang: str) -> frozenset[str]:
    """The heads of columns that hold rates of 0..1."""
    return frozenset(head_of(name, lang) for name in _RATES)


def head_of(column: str, lang: str) -> str:
    """The head of a column; each head is of one column (tests/ui/test_csv_words.py)."""
    key = f"csv_{column}"
    return words(lang)(key) if has_words(key) else column


def cell_of(column: str, value: Any, lang: str) -> Any:
    """What stands in a cell: the word for a value of ours; what is not ours stays."""
    key = f"csv_{column}_is_{value}"
    return words(lang)(key) if has_words(key) else value


def in_words(rows: Sequence[Mapping[str, Any]], lang: str, *, numbers: bool = False) -> list[dict[str, Any]]:
    """The rows as a file in `lang` has them; a column that says the same of every answer (`part`) is left out.

    `numbers`: a rate stands once, as a number, for a file that shows it as per cent itself.
    """
    parts = {row["part"] for row in rows if "part" in row}
    names = {name for row in rows for name in row}
    heads = {name: head_of(name, lang) for name in names}
    exact = {name: words(lang)("csv_exact", head=heads[name]) for name in names & _RATES}
    written = []
    for row in rows:
        line: dict[str, Any] = {}
        for name, value in row.items():
            if name == "part" and len(parts) < 2:
                continue
            head = heads[name]
            if name in _RATES and not numbers and isinstance(value, int | float | None):
                line[head] = percent(value, lang) if value is not None else ""
                line[exact[name]] = value
            elif name == "part":
                first, space, rest = str(value).partition(" ")
                line[head] = cell_of("part", first, lang) + (f", {rest}" if space else "")
            else:
                line[head] = cell_of(name, value, lang) if isinstance(value, str) else value
        written.append(line)
    return written
