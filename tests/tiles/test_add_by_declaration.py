"""The recipes of docs/architecture.md in a scratch copy: a rate by one file, a figure by its own, nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: A rate over columns there are: clicks of all that arrived, tracked or not.
RATE = """
from typing import Final

from data.figures.base import Rate, RateWords
from data.figures.units import CLICKED, CLICKED_BY_ANY, ELIGIBLE

RATE: Final = Rate(
    "click_of_reached",
    80,
    base=ELIGIBLE,
    hit=CLICKED,
    by_anyone=CLICKED_BY_ANY,
    good="up",
    ripe_after=3,
    words=RateWords(
        label="Clicks per e-mail reached",
        many="Clicks of reached",
        head="Clicked of reached",
        one="click of reached",
        of_base="{n} of {base} reached and clicked",
        emails="E-mails with a click",
        leads="Leads who clicked a link",
    ),
)
"""
#: A figure of its own: e-mails by the mailbox they left from, and how many of them were opened.
FIGURE = """
from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, Cells, CellPosition
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Events


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    return [pen.rate(row["sender"], row) for row in answer["rows"]]


def _read(_: Asked, key: str) -> CellPosition | None:
    return CellPosition(group=key[1:]) if key[0] == "=" else None


FIGURE: Final = Figure(
    "mailboxes",
    ACTIVITY,
    dates="sent",
    words=Words("Mailboxes", "E-mails by the mailbox they left from.", "e-mails", "neutral"),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"={row['sender']}", whole=False),
    behind=Events("behind_mailboxes", lambda _: "e-mails", values=lambda place: {"sender": place.group}),
)
"""
ANSWER = '''
from typing import Any, Final

from data.answers.facts import Facts
from data.answers.ratio import ratio
from data.question import Query


def mailboxes(facts: Facts, query: Query) -> dict[str, Any]:
    """E-mails of the range by sender, and those of them that were opened."""
    return {"rows": [{"sender": sender, **ratio(n, base)} for sender, n, base in facts.rows("mailboxes", query)]}


ANSWERS: Final = {"mailboxes": mailboxes}
'''
COUNTED = """
select sender, count(*) filter (opened_at is not null) as n, count(*) as base
from mails
where day between $first and $last
group by sender
order by sender
"""
BEHIND = """
with chosen as (
    select *, opened_at is not null as counted from mails where sender = $sender and day between $first and $last
)
select
    message_id as key, t0 as stamped, lead, campaign, "user", step, variation, sender, local_time(t0) as sent_at,
    local_time(opened_at) as "at", counted,
    (select count(*) filter (counted) from chosen) as n,
    (select count(*) from chosen) as base
from chosen
where (counted or $part = 'base')
    and ($after_at is null or t0 < $after_at or (t0 = $after_at and message_id < $after_key))
order by t0 desc, message_id desc
limit $limit
"""
SAMPLE = """
from typing import Final

from dashapp.web.styleguide.samples.made_up import Sample, ratio

_ROWS: Final = [{"sender": f"{who}@mail.north.example", **ratio(n, 400)} for who, n in (("a", 184), ("b", 201))]
SAMPLES: Final = {"mailboxes": Sample(lambda _: {"rows": _ROWS}, lambda _: {"rows": []})}
"""
WRITTEN = {
    "data/figures/rates/click_of_reached.py": RATE,
    "data/figures/named/mailboxes.py": FIGURE,
    "data/answers/mailboxes.py": ANSWER,
    "data/answers/mailboxes.sql": COUNTED,
    "data/answers/behind_mailboxes.sql": BEHIND,
    "dashapp/web/styleguide/samples/mailboxes.py": SAMPLE,
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every surface of the scratch copy says of the two, over the same e-mails as the tests of the tiles."""
    scratch = tmp_path_factory.mktemp("scratch")
    for package in ("data", "dashapp"):
        shutil.copytree(ROOT / package, scratch / package, ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("pages", "callbacks", "jobs", "tests", "assets"):
        (scratch / package).symlink_to(ROOT / package)
    for path, text in WRITTEN.items():
        assert not (scratch / path).exists()
        (scratch / path).write_text(text.lstrip())
    done = subprocess.run(
        [sys.executable, "-m", "tests.tiles.every_surface", str(tmp_path_factory.mktemp("lake"))],
        cwd=scratch,
        env={**os.environ, "PYTHONPATH": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["data_from"].startswith(str(scratch))
    return found


def test_a_rate_is_one_file(shown: dict[str, Any]) -> None:
    """Of every 12 of Harbour's 180 e-mails one bounces and two are clicked: 30 of 165.

    Per lead the same, for everybody gets one. All were sent in the last 12 weeks.
    """
    rate = shown["rate"]
    assert rate["asked"] == rate["asked_per_lead"] == [30, 165]
    assert rate["grid"] == [30, 165]
    assert rate["rows"] == {"n": [30, 165, 30], "base": [30, 165, 165]}
    assert rate["line"] == "all                                         18.2%   30 of 165"
    assert rate["described"] == (
        "E-mails with a click, divided by e-mails sent that neither bounced nor were refused."
    )
    assert rate["menu"] == {"en": "Clicks of reached", "fr": "Clicks of reached"}
    assert rate["in_schema"]
    assert rate["in_api"]
    assert rate["in_help"]
    assert set(rate["tiles"]) >= {"kpi", "trend", "cohort", "week1", "breakdown", "leaderboard"}
    names = ("clicks per e-mail reached", "clicks of reached", "clicked of reached")
    for kind, html in rate["tiles"].items():
        assert any(name in html.lower() for name in names), kind
    assert "18.2%" in rate["tiles"]["kpi"]
    assert rate["explored"] == [30, 165]
    assert rate["csv"].splitlines()[0].lstrip("\ufeff") == "Counted,Out of,Rate,Rate (exact)"
    assert rate["csv"].splitlines()[1].startswith("30,165,18.2%,0.18")
    assert rate["sample"] > 0
    assert rate["paper"] > 1_000


def test_a_figure_is_a_declaration_a_counting_and_a_sample(shown: dict[str, Any]) -> None:
    """Alice sends the even e-mails, Bob the odd ones: 90 each. Opened are places 0 to 7 of every 12."""
    figure = shown["figure"]
    assert figure["asked"] == {"alice@north.example": [60, 90], "bob@north.example": [60, 90]}
    assert figure["rows"] == {
        "alice@north.example": {"n": [60, 90, 60], "base": [60, 90, 90]},
        "bob@north.example": {"n": [60, 90, 60], "base": [60, 90, 90]},
    }
    assert figure["lines"] == [
        "alice@north.example                         66.7%   60 of 90",
        "bob@north.example                           66.7%   60 of 90",
    ]
    assert figure["described"] == ["Mailboxes", "E-mails by the mailbox they left from."]
    assert figure["explored"] == {"rows": 2, "labels": ["alice@north.example", "bob@north.example"]}
    assert figure["csv"].splitlines()[0].lstrip("\ufeff") == "Sender,Counted,Out of,Rate,Rate (exact)"
    assert figure["sample"] == 2
    assert figure["in_api"]
    assert figure["refused"] == "'clock' means nothing to mailboxes, which takes as_of, campaign, from, " + (
        "recipient_provider, sender_provider, to, user."
    )
    assert figure["no_cell"] == "There is no such cell in mailboxes."
    assert figure["charlies"] == "NotInScope"
