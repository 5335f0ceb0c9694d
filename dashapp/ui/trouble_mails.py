"""What the mails of troubles say: what goes wrong, where, since when, and what to do about it.

An owner reads them in the language they chose; who chose none gets every language, one below the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashapp.languages import LANGUAGES, supported
from dashapp.mail.troubles import Line, Phase
from dashapp.ui.language.say import later, say, speaking

#: More lines than this are counted instead.
MOST_LINES = 10
#: By the kind of trouble: turns what is kept of it into words in the language that is being spoken.
Tell = Mapping[str, Callable[[str], str]]
_AS_KEPT: Final[Tell] = {}


@dataclass(frozen=True)
class _Words:
    """`subject` says where, `happened` whose it is ({who}: the agency)."""

    subject: str
    happened: str
    todo: str


_WORDS: Final[Mapping[tuple[str, Phase], _Words]] = {
    ("late", "began"): _Words(
        later("Figures are late: {where}"),
        later(
            "Events that came in for {who} wait to be counted. Nothing is lost: the figures shown are those of "
            "before, and say so."
        ),
        later(
            "If it lasts, see under “Freshness” and “Job runs” what holds it up; “Refresh now” tries at once. "
            "Whoever runs the server can run: vitrine doctor"
        ),
    ),
    ("late", "over"): _Words(
        later("Figures are up to date again: {where}"),
        later("All that came in for {who} is counted again."),
        "",
    ),
    ("checks", "began"): _Words(
        later("A check of the figures failed: {where}"),
        later(
            "A check of the marts of {who} does not hold. The version before stays and goes on being shown; the "
            "workspace is built again by itself."
        ),
        later("See under “Checks” which rows are wrong and what to do."),
    ),
    ("checks", "over"): _Words(
        later("Checks hold again: {where}"), later("Every check named here holds again for {who}."), ""
    ),
    ("runs", "began"): _Words(
        later("A job failed for good: {where}"),
        later("A background job of {who} failed at every try and was set aside."),
        later("See under “Job runs” why it failed, put that right, and press “Retry”."),
    ),
    ("runs", "over"): _Words(
        later("Jobs run again: {where}"), later("The jobs named here are no longer set aside."), ""
    ),
    ("refused", "began"): _Words(
        later("Deliveries are refused: {where}"),
        later(
            "A provider sends events or replies to {who} that are not taken. They are missing in the figures; the "
            "provider tries again for some hours only."
        ),
        later(
            "See under “Refused deliveries” why. With a wrong signature, compare the source’s secret with the one "
            "at the provider."
        ),
    ),
    ("refused", "over"): _Words(
        later("Deliveries are no longer refused: {where}"),
        later("For six hours nothing was refused at the sources named here."),
        "",
    ),
    ("reports", "began"): _Words(
        later("A scheduled report was not sent: {where}"),
        later("A report that {who} mails on a schedule did not reach its recipients, or not all of them."),
        later(
            "See under “Scheduled reports” of the workspace why, and press “Send now” when it is put right."
        ),
    ),
    ("reports", "over"): _Words(
        later("Scheduled reports are sent again: {where}"),
        later("The reports named here went out, or are no longer scheduled."),
        "",
    ),
}


def write(
    topic: str,
    phase: Phase,
    lines: Sequence[Line],
    agency: str | None,
    link: str | None,
    lang: str | None,
    *,
    tell: Tell = _AS_KEPT,
) -> tuple[str, str]:
    """The mail's subject and text for somebody who reads `lang`; None: they never said which.

    `agency`: its name; None: it is about the installation, for whoever runs the server. `link`: the way there.
    What a kind has no `tell` for is shown as it is kept.
    """
    known = supported(lang)
    spoken = [known] if known else list(LANGUAGES)
    subjects, texts = [], []
    for one in spoken:
        with speaking(one):
            subjects.append(_subject(topic, phase, lines))
            text = _text(topic, phase, lines, agency, tell)
            texts.append(f"{text}\n\n{link}" if link else text)
    subject = "".join(c if c.isprintable() else " " for c in " / ".join(subjects))
    return (
        subject if len(subject) <= 200 else f"{subject[:199]}…",
        "\n\n-- \n\n".join(texts) + "\n",
    )


def _subject(topic: str, phase: Phase, lines: Sequence[Line]) -> str:
    """One line, short enough for a list."""
    places = list(dict.fromkeys(line.where or say("the installation") for line in lines))
    where = places[0] if len(places[0]) <= 40 else f"{places[0][:39]}…"
    if len(places) > 1:
        where = say("{place} and {n} more", place=where, n=len(places) - 1)
    return say(_WORDS[topic, phase].subject, where=where)


def _text(topic: str, phase: Phase, lines: Sequence[Line], agency: str | None, tell: Tell) -> str:
    words = _WORDS[topic, phase]
    in_words = tell.get(topic, str)
    told = [_line(line, in_words(line.what)) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append("- " + say("and {n} more", n=len(lines) - MOST_LINES))
    parts = [
        say(words.happened, who=agency or say("the installation")),
        "\n".join(told),
        say(words.todo) if words.todo else "",
        # What is the installation's is on the command line, not on an agency's page.
        say("See: {command}", command="vitrine jobs dead") if agency is None else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _line(line: Line, told: str) -> str:
    where = line.where or say("the installation")
    what = f", {told}" if told else ""
    if line.over is None:
        when = say("since {since}", since=_moment(line.since))
    else:
        when = say("from {since} to {over}", since=_moment(line.since), over=_moment(line.over))
    return " ".join(f"- {where}{what}: {when}".split())


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
