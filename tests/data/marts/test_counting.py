"""A workspace's own rules: what a machine did counts as a person's where the rule is switched off, and back.

Alice's Harbour has rules of its own, Pine Dental has none: the same events count otherwise there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dashapp.db.tenants import Workspace
from data.building.build import refresh
from data.building.recheck import recheck
from data.drilldown import behind
from data.errors import BadQuery
from data.events.canonical import canonical_many
from data.events.machines import RULES, by_agent, by_network, reasons_of
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from data.marts.counting import MACHINE_RULES, Counting
from data.people.history import history_of
from data.query.ask import ask
from data.question import Query
from data.scope import Scope
from tests.support.tenants import North, make_north

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
SCANNER, PREVIEW, BOT = "Barracuda/1", "Slackbot 1.0", "curl/8"


def _events() -> list[dict[str, Any]]:
    """m1..m7, each opened or clicked by one kind of machine alone."""
    machines: list[dict[str, Any]] = [
        {"event": "opened", "after": 60, "user_agent": SCANNER},
        {"event": "opened", "after": 60, "user_agent": PREVIEW},
        {"event": "opened", "after": 60, "user_agent": BOT},
        {"event": "opened", "after": 60, "ip": "17.1.2.3"},
        {"event": "opened", "after": 2, "user_agent": "Thunderbird"},
        {"event": "clicked", "after": 3, "user_agent": "Firefox", "url": "https://x.example/"},
        {"event": "opened", "after": 60, "machine": True},
    ]
    found = []
    for n, one in enumerate(machines, 1):
        who = {"message_id": f"m{n}", "lead": f"ann+{n}@x.example", "campaign": "Autumn"}
        found.append({"event": "sent", "occurred_at": NOON.isoformat(), **who})
        at = (NOON + timedelta(seconds=one.pop("after"))).isoformat()
        found.append({**who, **one, "occurred_at": at})
    return found


class House:
    """Harbour and Pine with the same events."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        with Session(lake.engine) as session, session.begin():
            self.north: North = make_north(session)
        events, parked = canonical_many(_events(), NOON + timedelta(hours=1))
        assert not parked
        for workspace in (self.north.harbour, self.north.pine):
            Inbox(lake.engine).put(workspace, None, events, received_at=NOON + timedelta(hours=1))
        segments.drain_all(lake)
        refresh(lake)

    def rules(self, counting: Counting) -> None:
        """Harbour counts so from now on."""
        with Session(self.lake.engine) as session, session.begin():
            session.execute(
                update(Workspace).where(Workspace.id == self.north.harbour).values(counting=counting.text)
            )

    def n(self, workspace: int, **asked: Any) -> int:
        """The n of a rate, after what a look brings up to date."""
        refresh(self.lake, [workspace])
        query = Query.model_validate({"name": "rate", **asked})
        return int(ask(self.lake, Scope(frozenset({workspace})), workspace, query)["n"])


@pytest.fixture
def house(sqlite_lake: Lake) -> House:
    return House(sqlite_lake)


def test_each_rule_switched_off_counts_what_it_had_flagged_and_nobody_else_s(house: House) -> None:
    harbour, pine = house.north.harbour, house.north.pine
    assert house.n(harbour, data_type="open") == 0
    for rule, data_type in (
        ("scanners", "open"),
        ("previews", "open"),
        ("programs", "open"),
        ("networks", "open"),
        ("early_opens", "open"),
        ("source", "open"),
        ("early_clicks", "click"),
    ):
        house.rules(Counting.checked([rule], []))
        assert house.n(harbour, data_type=data_type) == 1, rule
        assert house.n(pine, data_type=data_type) == 0, rule
        assert house.n(harbour, data_type=data_type, engagement="all") == (6 if data_type == "open" else 1)
    assert recheck(house.lake, harbour).findings == []
    house.rules(Counting.checked(MACHINE_RULES, []))
    assert house.n(harbour, data_type="open") == 6
    past = (NOON + timedelta(hours=2)).isoformat()
    assert house.n(harbour, data_type="open", as_of=past) == 6  # counted from the events alone
    house.rules(Counting())
    assert house.n(harbour, data_type="open") == 0


def test_a_refresh_on_top_keeps_to_the_rules(house: House) -> None:
    harbour = house.north.harbour
    house.rules(Counting.checked(["scanners"], ["fold_plus"]))
    assert house.n(harbour, data_type="open") == 1
    later = NOON + timedelta(minutes=5)
    more = [{"event": "opened", "message_id": "m2", "user_agent": SCANNER, "occurred_at": later.isoformat()}]
    events, _ = canonical_many(more, NOON + timedelta(hours=3))
    Inbox(house.lake.engine).put(harbour, None, events, received_at=NOON + timedelta(hours=3))
    segments.drain_all(house.lake)
    assert house.n(harbour, data_type="open") == 2
    assert recheck(house.lake, harbour).findings == []


def test_plus_addresses_are_one_person_where_the_workspace_says_so(house: House) -> None:
    harbour = house.north.harbour
    assert house.n(harbour, data_type="bounce", attribution="lead") == 0
    base = {"name": "rate", "data_type": "bounce", "attribution": "lead"}
    scope = Scope(frozenset({harbour, house.north.pine}))
    asked = Query.model_validate(base)
    assert ask(house.lake, scope, harbour, asked)["base"] == 7
    house.rules(Counting.checked([], ["fold_plus"]))
    refresh(house.lake, [harbour])
    assert ask(house.lake, scope, harbour, asked)["base"] == 1
    assert ask(house.lake, scope, house.north.pine, asked)["base"] == 7
    for spelled in ("ann@x.example", "ann+4@x.example"):
        assert len(history_of(house.lake, scope, harbour, [spelled]).events) == 14
    assert len(history_of(house.lake, scope, house.north.pine, ["ann+4@x.example"]).events) == 2


def test_the_rows_and_the_card_say_why(house: House) -> None:
    scope = Scope(frozenset({house.north.pine}))
    query = Query.model_validate({"name": "rate", "data_type": "open"})
    rows = behind(house.lake, scope, house.north.pine, query, "", part="base").rows
    why = {row.lead: row.machine for row in rows if hasattr(row, "machine")}
    assert why["ann+1@x.example"] == "the user agent is Barracuda's mail scanner"
    assert why["ann+4@x.example"] == "the address is in Apple's network"
    assert why["ann+5@x.example"] == "it was opened within 3 seconds of the sending"
    assert why["ann+7@x.example"] == "the source says so"
    assert why["ann+6@x.example"] is None  # nobody opened it
    clicks = Query.model_validate({"name": "rate", "data_type": "click"})
    rows = behind(house.lake, scope, house.north.pine, clicks, "", part="base").rows
    assert [row.machine for row in rows if getattr(row, "lead", "") == "ann+6@x.example"] == [
        "it was clicked within 5 seconds of the delivery"
    ]
    card = history_of(house.lake, scope, house.north.pine, ["ann+5@x.example"])
    assert [one.machine_reason for one in card.events if one.event == "opened"] == [
        "it was opened within 3 seconds of the sending"
    ]
    assert card.emails()[0].opens == 0


@pytest.mark.parametrize(
    ("lead", "folds", "folded"),
    [
        ("ann+news@x.example", ["fold_plus"], "ann@x.example"),
        ("a.n.n+b@gmail.com", ["fold_plus", "fold_dots"], "ann@gmail.com"),
        ("a.nn@googlemail.com", ["fold_dots"], "ann@gmail.com"),
        ("a.nn@x.example", ["fold_dots"], "a.nn@x.example"),
        ("+tag@x.example", ["fold_plus"], "+tag@x.example"),
        ("...@gmail.com", ["fold_dots"], "...@gmail.com"),
        ("crm+4711", ["fold_plus", "fold_dots"], "crm+4711"),
        ("Ann Ruiz <Ann@X.example>", ["old_spellings"], "ann@x.example"),
        ("mailto:ann@x.example", ["old_spellings"], "ann@x.example"),
        ("ann@x.example.", ["old_spellings"], "ann@x.example"),
        ("\u200bann@x.example", ["old_spellings"], "ann@x.example"),
        ("ann@bu\u0308cher.example", ["old_spellings"], "ann@b\u00fccher.example"),
        ("<a.n.n+b@gmail.com>", ["fold_plus", "fold_dots", "old_spellings"], "ann@gmail.com"),
        ("crm 4711", ["old_spellings"], "crm 4711"),
    ],
)
def test_python_and_sql_fold_an_address_alike(
    sqlite_lake: Lake, lead: str, folds: list[str], folded: str
) -> None:
    from data.engines.duckdb import cursor
    from data.marts.counting import lead_sql

    counting = Counting(folds=frozenset(folds))
    assert counting.folded(lead) == folded or lead.startswith(("+", "..."))
    connection = cursor(sqlite_lake.root)
    found = connection.execute(
        f"SELECT {lead_sql({1: counting})} FROM (SELECT ? AS lead, 1 AS workspace_id)", [lead]
    ).fetchall()
    connection.close()
    assert found == [(counting.folded(lead),)]


def test_every_reason_that_is_given_belongs_to_a_rule() -> None:
    known = {reason for rule in RULES for reason in reasons_of(rule)}
    agents = [SCANNER, "Proofpoint", "Mimecast", "BingPreview", "Slackbot", "HeadlessChrome", "curl/8", "Xbot",
              "a link checker scan", "GoogleImageProxy", "YahooMailProxy", "Mozilla/5.0"]  # fmt: skip
    given = {by_agent(agent) for agent in agents} | {by_network("17.0.0.1"), by_network("66.249.64.9")}
    assert None not in given
    assert given <= known
    assert len(set(known)) == sum(len(reasons_of(rule)) for rule in RULES)


def test_rules_are_kept_as_text_and_unknown_ones_refused() -> None:
    counting = Counting.checked(["programs", "early_clicks"], ["fold_plus"])
    assert counting.text == "early_clicks programs fold_plus"
    assert Counting.of(counting.text + " from_the_future") == counting
    old = Counting.of("old_spellings programs")
    assert Counting.checked([], ["fold_dots"]).keeping(old).text == "fold_dots old_spellings"
    with pytest.raises(BadQuery, match="There is no rule 'x'"):
        Counting.checked(["x"], [])
