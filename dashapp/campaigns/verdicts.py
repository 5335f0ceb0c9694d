"""What is said of steps and variations beside each other: which is ahead, and whether that is a difference yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashapp.ui.language import spoken
from dashapp.ui.language.say import say
from data.answers.difference import LEAST_BASE, Share, difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence. `real`: a difference that chance does not explain."""

    text: str
    real: bool


def verdict_of(
    step: Any, variations: Sequence[Mapping[str, Any]], rate: str = "reply_rate"
) -> Verdict | None:
    """Of a step's variations the one with the best `rate` against the next; None: there is nothing to compare."""
    rows = [
        (variation_name(row["variation"]), _share(row[rate])) for row in variations if row["step"] == step
    ]
    rows = [(name, share) for name, share in rows if share.base]
    if len(rows) < 2:
        return None
    rows.sort(key=lambda row: (-row[1].rate, row[0]))
    (best, first), (other, second) = rows[0], rows[1]
    found = difference(first, second, comparisons=len(rows) - 1)
    marks = {
        "best": best,
        "other": other,
        "first": spoken.percent(first.rate),
        "second": spoken.percent(second.rate),
    }
    if found.real:
        text = say(
            "{best} gets more replies than {other}: {first} against {second}. Chance does not explain it.",
            **marks,
        )
        return Verdict(text, real=True)
    if first.rate == second.rate:
        return Verdict(say("No difference: {best} and {other} both get {first}.", **marks), real=False)
    if not found.enough:
        text = say(
            "Not yet a difference: {best} is ahead with {first} against {second}, but fewer than {least} e-mails "
            "of one of them count.",
            **marks,
            least=LEAST_BASE,
        )
        return Verdict(text, real=False)
    text = say(
        "Not yet a difference: {best} is ahead with {first} against {second}, which chance can explain.",
        **marks,
    )
    return Verdict(text, real=False)


def variation_name(variation: Any) -> str:
    """A variation as it is called, or that there is none."""
    return say("without a variation") if variation in (None, "(none)", "") else str(variation)


def _share(rate: Mapping[str, Any]) -> Share:
    return Share(int(rate["n"]), int(rate["base"]))
