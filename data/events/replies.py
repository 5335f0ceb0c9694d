"""What a reply says: the part its writer wrote, its category and its sentiment (METRICS §1)."""

from __future__ import annotations

import re
from typing import Final

POSITIVE: Final = frozenset({"interested", "more_information", "booking_request"})
NEUTRAL: Final = frozenset({"not_now", "confused"})
NEGATIVE: Final = frozenset({"unsubscribe", "not_the_right_person", "not_interested", "no_need"})
#: Categories of what arrives in answer, but was written by no person.
NOT_HUMAN: Final = frozenset({"out_of_office", "auto_reply"})
SENTIMENTS: Final = {
    **dict.fromkeys(POSITIVE, "positive"),
    **dict.fromkeys(NEUTRAL, "neutral"),
    **dict.fromkeys(NEGATIVE, "negative"),
}

#: The phrases of METRICS §1 and the category each stands for. Whole words, any white space between.
_RULES: Final = tuple(
    (
        re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)", re.IGNORECASE),
        category,
    )
    for phrase, category in (
        ("unsubscribe me", "unsubscribe"),
        ("take me off your list", "unsubscribe"),
        ("remove me from your list", "unsubscribe"),
        ("remove me", "unsubscribe"),
        ("not interested", "not_interested"),
        ("spam", "not_interested"),
    )
)

_QUOTED: Final = re.compile(r"^\s*(?:>|&gt;)")
#: A line that opens what is quoted below it; everything after it is the earlier mail.
_HEADERS: Final = (
    re.compile(
        r"^\s*-{2,}\s*(?:original|forwarded|reply|ursprüngliche|message d'origine|weitergeleitete)\b.*", re.I
    ),
    re.compile(r"^\s*_{10,}\s*$"),
    re.compile(r"^\s*\*?(?:from|von|de|van|från|da)\s*:\*?\s.*(?:@|\[mailto:|<)", re.I),
    re.compile(r"^\s*begin forwarded message\s*:", re.I),
)
#: "On 3 Sep 2024, at 10:00, Bob <bob@x> wrote:" and its like, folded over up to three lines.
_WROTE: Final = re.compile(
    r"^[ \t]*(?:>[ \t]*)?(?:-+[ \t]*)?(?:on|le|am|op|el|il|den|em|wrote)\b"
    r"[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}?(?:wrote|a écrit|schrieb[^\n]{0,80}|schreef[^\n]{0,80}|escribió|"
    r"ha scritto|skrev|escreveu)[ \t]*(?::[ \t]*)?$",
    re.IGNORECASE | re.MULTILINE,
)
#: The same in any language: a time, an address, a colon at the end, over one or two lines.
_STAMPED: Final = re.compile(
    r"^[^\n>]{0,80}\b\d{1,2}[:.]\d{2}\b[^\n]{0,120}(?:\n[^\n]{0,40})?"
    r"[\w.+-]{1,64}@[\w.-]{1,100}[>\])\"]?[^\n]{0,40}:[ \t]*$",
    re.MULTILINE,
)
#: "-Alice Smith" under everything else; higher up it is a point of a list.
_DASHED_NAME: Final = re.compile(r"^\s*-{1,2} ?[^\W\d_a-z]\w*(?: [^\W\d_a-z]\w*){0,2}\s*$")
_RULE: Final = re.compile(r"^\s*[-_=*]{3,}\s*$")
#: Nobody writes more; what is longer is pasted, and no rule needs it.
_LONGEST: Final = 100_000
_SIGNATURE: Final = (
    re.compile(r"^\s*--\s*$"),
    re.compile(r"^\s*(?:—|__+)\s*$"),
    re.compile(
        r"^\s*(?:sent from (?:my|yahoo|mail for|outlook|samsung)\b|sent (?:via|using|with) \w|"
        r"get outlook for\b|von meinem \w+ gesendet|envoyé de mon\b|"
        r"enviado desde mi\b|verzonden (?:vanaf|met) mijn\b)",
        re.IGNORECASE,
    ),
)


def visible(text: str) -> str:
    """The part of a reply its writer wrote: quoted mail and signature removed, outer white space stripped."""
    if not text or not text.strip():
        return ""
    text = text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    if wrote := _WROTE.search(text) or _STAMPED.search(text):
        # What follows such a line is the earlier mail, unless answers stand between its quoted lines.
        text = _cut_at(text, wrote)
    kept: list[str] = []
    for line in text.split("\n"):
        if _QUOTED.match(line):
            continue
        if any(p.match(line) for p in _HEADERS) or any(p.match(line) for p in _SIGNATURE):
            break
        kept.append(line.rstrip())
    while kept and (not kept[-1] or _RULE.match(kept[-1])):
        kept.pop()
    if len(kept) > 1 and _DASHED_NAME.match(kept[-1]) and not kept[-2].lstrip().startswith("-"):
        kept.pop()
    return "\n".join(kept).strip()


def _cut_at(text: str, wrote: re.Match[str]) -> str:
    after = [line for line in text[wrote.end() :].split("\n") if line.strip()]
    if any(not _QUOTED.match(line) for line in after) and any(_QUOTED.match(line) for line in after):
        # Answers between the quoted lines: keep what is not quoted.
        return text[: wrote.start()] + text[wrote.end() :]
    return text[: wrote.start()]


def classify(text: str) -> str | None:
    """The category the rules settle on for a reply's text, or None: what no rule settles is neutral."""
    written = visible(text)
    for pattern, category in _RULES:
        if pattern.search(written):
            return category
    return None


def sentiment(category: str | None, text: str | None) -> tuple[str | None, str | None]:
    """(category, sentiment) of a reply: by its category where that is known, else by the rules on its text.

    Sentiment None means no human reply. A category outside the list is kept as it came.
    """
    if category is not None:
        if category in NOT_HUMAN:
            return category, None
        if category in SENTIMENTS:
            return category, SENTIMENTS[category]
    found = classify(text) if text else None
    if found is None:
        return category, "neutral"
    return category or found, SENTIMENTS[found]
