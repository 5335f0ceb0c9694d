"""The one seam between searching and the databases: parts of words first, words with typing errors if nothing else.

Each word must be found, in any order. SQLite answers by its FTS5 trigrams, PostgreSQL by LIKE (with pg_trgm's index
where there is one). A word of one or two letters has no trigram and begins a word then; one of two has a trigram
together with the space before it, and at the very beginning the index of names has it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, text, true
from sqlalchemy.orm import Session

from dashapp.crm.folding import fold
from dashapp.db.contacts import Contact
from dashapp.db.crm_search import FTS

#: Characters and words of a query that are looked at.
LONGEST: Final = 200
MOST_WORDS: Final = 8
#: Candidates a search for typing errors compares, and how alike a word must be.
_CANDIDATES: Final = 400
_ALIKE: Final = 0.72
#: More contacts than these are many that a word of two letters begins in.
_MANY: Final = 2_000
_ESCAPE: Final = "\\"


def words_of(query: str) -> list[str]:
    """The words a query asks for, folded."""
    return fold(query[:LONGEST]).split()[:MOST_WORDS]


def matching(session: Session, workspace_id: int, query: str) -> tuple[ColumnElement[bool], bool]:
    """The condition that contacts of a workspace hold every word of `query`, or a part of one; and whether an index
    finds them: one word of three letters is enough, or one of two that few words begin with.
    """
    words = words_of(query)
    if not words:
        return true(), False
    if session.get_bind().dialect.name != "sqlite":
        return and_(*(_holds(word) for word in words)), any(len(word) > 1 for word in words)
    long = [word for word in words if len(word) > 2]
    begun = {n: word for n, word in enumerate(words) if len(word) == 2 and _is_rare(session, word)}
    conditions = [
        Contact.id.in_(_begun(workspace_id, n, word)) if n in begun else _begins(word)
        for n, word in enumerate(words)
        if len(word) <= 2
    ]
    if long:
        conditions.append(Contact.id.in_(_fts(" AND ".join(map(_phrase, long)))))
    return and_(*conditions), bool(long or begun)


def _is_rare(session: Session, word: str) -> bool:
    """Whether the index shall find what begins with two letters: of what many begin with, a page is full sooner by
    walking the list in its order."""
    some = text(f"SELECT 1 FROM {FTS} WHERE {FTS} MATCH :phrase LIMIT 1 OFFSET :many")  # noqa: S608  a name of ours
    return session.execute(some, {"phrase": _phrase(f" {word}"), "many": _MANY}).first() is None


def _phrase(word: str) -> str:
    return f'"{word.replace(chr(34), chr(34) * 2)}"'


def _fts(phrase: str) -> ColumnElement[int]:
    rows = text(
        f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH :contact_phrase"  # noqa: S608  a name of ours
    ).bindparams(contact_phrase=phrase)
    return rows.columns(literal_column("rowid", type_=Contact.id.type))  # type: ignore[return-value]


def _begun(workspace_id: int, n: int, word: str) -> ColumnElement[int]:
    """Ids of contacts a word of whose begins with these two letters: the first word begins `name_key`, too."""
    rows = text(
        f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH :begun_{n} UNION ALL "  # noqa: S608  names of ours
        f"SELECT id FROM contact WHERE workspace_id = :whose_{n} AND name_key >= :from_{n} AND name_key < :to_{n}"
    ).bindparams(
        **{
            f"begun_{n}": _phrase(f" {word}"),
            f"whose_{n}": workspace_id,
            f"from_{n}": word,
            f"to_{n}": f"{word}\U0010ffff",
        }
    )
    return rows.columns(literal_column("rowid", type_=Contact.id.type))  # type: ignore[return-value]


def _like(word: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        word = word.replace(special, _ESCAPE + special)
    return word


def _holds(word: str) -> ColumnElement[bool]:
    return Contact.search.like(f"%{_like(word)}%", escape=_ESCAPE) if len(word) > 2 else _begins(word)


def _begins(word: str) -> ColumnElement[bool]:
    return or_(
        Contact.search.like(f"{_like(word)}%", escape=_ESCAPE),
        Contact.search.like(f"% {_like(word)}%", escape=_ESCAPE),
    )


def nearly_matching(session: Session, workspace_id: int, query: str) -> list[int]:
    """Ids of contacts whose words are like those of `query`, most alike first: for when none matches.

    Candidates share a trigram with the query; the words themselves are compared here, so that both databases
    agree on what a typing error is.
    """
    words = [word for word in words_of(query) if len(word) > 3]
    if not words:
        return []
    scored = []
    for id_, found in _candidates(session, workspace_id, words):
        own = found.replace("@", " ").replace(".", " ").replace("-", " ").split()
        best = [max((_likeness(word, one) for one in own), default=0.0) for word in words]
        if min(best) >= _ALIKE:
            scored.append((-sum(best), id_))
    return [id_ for _, id_ in sorted(scored)]


def _candidates(session: Session, workspace_id: int, words: Sequence[str]) -> list[tuple[int, str]]:
    grams = list(dict.fromkeys(word[i : i + 3] for word in words for i in range(len(word) - 2)))[:40]
    mine = select(Contact.id, Contact.search).where(
        Contact.workspace_id == workspace_id, Contact.deleted_at.is_(None)
    )
    if session.get_bind().dialect.name == "sqlite":
        phrase = " OR ".join(f'"{gram.replace(chr(34), chr(34) * 2)}"' for gram in grams)
        best = text(
            f"SELECT f.rowid FROM {FTS} AS f JOIN contact AS c ON c.id = f.rowid "  # noqa: S608
            f"WHERE {FTS} MATCH :near AND c.workspace_id = :whose ORDER BY f.rank LIMIT :most"
        ).bindparams(near=phrase, whose=workspace_id, most=_CANDIDATES * 5)
        ids = list(session.execute(best).scalars())
        rows = [
            row
            for start in range(0, len(ids), 500)
            for row in session.execute(mine.where(Contact.id.in_(ids[start : start + 500]))).all()
        ]
    else:
        some = or_(*(Contact.search.like(f"%{_like(gram)}%", escape=_ESCAPE) for gram in grams))
        rows = list(session.execute(mine.where(some).limit(_CANDIDATES * 5)).all())
    # Two letters that changed places leave a short word no trigram: its beginning is right most often.
    for word in words:
        begin = word[:2]
        rows += session.execute(
            mine.where(Contact.name_key >= begin, Contact.name_key < f"{begin}\uffff").limit(_CANDIDATES)
        ).all()
    return list({row[0]: (row[0], row[1]) for row in rows}.values())


def _likeness(word: str, other: str) -> float:
    # The letters in common bound what the dear comparison can give: nearly all are ruled out by them.
    common = sum(min(word.count(letter), other.count(letter)) for letter in set(word))
    if abs(len(word) - len(other)) > 2 or 2 * common < _ALIKE * (len(word) + len(other)):
        return 0.0
    return difflib.SequenceMatcher(None, word, other).ratio()
