"""What a list of accounts to invite would do, or did, row by row where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from dashapp.agencies.invite_list import Row
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say, say_error

#: Rows with a problem that are shown; more are counted.
MOST_SHOWN = 20


def told(rows: Sequence[Row], *, sent: bool) -> str:
    """How many invitations were or would be sent, and which rows were not taken and why."""
    wrong = [(row, row.problem) for row in rows if row.problem is not None]
    good = len(rows) - len(wrong)
    return render(
        "ui/import_told.html",
        head=_head(good, sent=sent),
        wrong=[(row.line, row.email or row.name, say_error(problem)) for row, problem in wrong[:MOST_SHOWN]],
        more=len(wrong) - MOST_SHOWN,
        left_out=say("1 row is left out:")
        if len(wrong) == 1
        else say("{n} rows are left out:", n=format.integer(len(wrong))),
        good=bool(good),
    )


def _head(good: int, *, sent: bool) -> str:
    if sent:
        if good == 1:
            return say("1 invitation was written.")
        return say("{n} invitations were written.", n=format.integer(good))
    if good == 1:
        return say("1 invitation would be sent. Nothing was sent yet.")
    return say("{n} invitations would be sent. Nothing was sent yet.", n=format.integer(good))
