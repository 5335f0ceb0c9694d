"""The mart of links against the events themselves: whatever the sequence of refreshes, merges and rebuilds.

Two references: one counts click by click in SQL over the relations of data/answers, as the answer did before there
was a mart (counted_top_links.sql); the other is METRICS in plain Python (reference_answers.py). Alice's workspaces
hold messages and leads of the same names; Charlie's stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.answers.facts import open_facts
from data.building import merging
from data.building.recheck import recheck
from data.cubes import links as clicks
from data.cubes.warehouse import Warehouse
from data.lake import manifest
from data.query import ask as questions
from data.query.ask import Query, ask_all
from data.scope import Scope
from tests.data import reference_answers as reference
from tests.data.histories import LEADS, History, Record, histories, taken_in
from tests.data.product import Product
from tests.examples import examples

LATER = datetime(2026, 3, 1, tzinfo=UTC)
A, B = "https://north.example/a", "https://north.example/b"
FIRST, LAST = date(2024, 3, 1), date(2024, 10, 20)
ALICE, BOB = "alice@north.example", "bob@north.example"
ASKED: tuple[Mapping[str, Any], ...] = (
    {},
    {"engagement": "all"},
    {"engagement": "all", "limit": 1},
    {"engagement": "all", "campaign": "Autumn"},
    {"engagement": "all", "recipient_provider": "gmail"},
    {"user": ALICE, "sender_provider": "custom"},
    {"engagement": "all", "from": FIRST, "to": LAST},
    {"campaign": "(none)", "to": LAST},
)
#: The total, and (url, clicks, unique, leads) of each link.
Figures = tuple[int, list[tuple[str, int, int, int]]]
REFERENCE = (Path(__file__).parent / "counted_top_links.sql").read_text()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("links")))


def answers(
    product: Product, scope: Scope, workspace: int, as_of: datetime, asked: Sequence[Mapping[str, Any]]
) -> list[Figures]:
    """The product's answers."""
    queries = {
        str(number): Query.model_validate({"name": "top_links", "as_of": as_of, **options})
        for number, options in enumerate(asked)
    }
    found = ask_all(product.lake, scope, workspace, queries)
    for answer in found.values():
        assert [row["share"] for row in answer["rows"]] == [
            row["clicks"] / answer["total"] for row in answer["rows"]
        ]
    return [
        (
            found[name]["total"],
            [(row["url"], row["clicks"], row["unique"], row["leads"]) for row in found[name]["rows"]],
        )
        for name in queries
    ]


def top_links(product: Product, scope: Scope, workspace: int, as_of: datetime, **options: Any) -> Figures:
    """The product's answer to one question."""
    return answers(product, scope, workspace, as_of, [options])[0]


def counted(
    product: Product, scope: Scope, workspace: int, as_of: datetime, asked: Sequence[Mapping[str, Any]]
) -> list[Figures]:
    """The same, click by click."""
    current = questions.state(product.lake, scope, workspace)
    found: list[Figures] = []
    with open_facts(product.lake, scope, current, as_of, lambda _: []) as facts:
        for options in asked:
            query = Query.model_validate({"name": "top_links", **options})
            rows = facts.select(REFERENCE, query, limit=query.rows)
            found.append((int(rows[0][4]) if rows else 0, [row[:4] for row in rows]))
    return found


def by_hand(history: History, user: str | None, campaigns: set[str] | None, engagement: str) -> Figures:
    """The same of FIRST..LAST in plain Python, links in their order."""
    world = reference.World(
        history.events, history.timezone, LATER, user=user, campaigns=campaigns, engagement=engagement
    )
    world.things = [one for one in world.things if FIRST <= world.day(one.at) <= LAST]
    rows = [(url, *figures) for url, figures in reference.links(world).items()]
    return sum(row[1] for row in rows), sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


@st.composite
def sequences(draw: st.DrawFn) -> tuple[History, list[tuple[str, list[Record]]]]:
    """A history of many clicks, some by lead only, cut into up to six deliveries; then a merge or a rebuild."""
    history = draw(histories(max_messages=14))
    for record in {record["event_id"]: record for record in history.events}.values():
        if record["event"] == "opened" and draw(st.booleans()):
            record["event"] = "clicked"
        url = draw(st.sampled_from((A, A, B, None))) if record["event"] == "clicked" else None
        record |= {} if url is None else {"url": url}
    when = st.sampled_from([record["occurred_at"] for record in history.events])
    for number in range(draw(st.integers(0, 4))):
        lead = draw(st.sampled_from([one for one in LEADS if one is not None]))
        by_lead = {
            "event": "clicked",
            "event_id": f"by-lead-{number}",
            "occurred_at": draw(when),
            "lead": lead,
        }
        by_lead["_lenient"] = True  # as what is pulled from a provider: the door asks for the message
        told = draw(st.sampled_from(({"url": A}, {"url": B, "machine": True}, {})))
        place = draw(st.integers(0, len(history.deliveries) - 1))
        history.deliveries[place].append({**by_lead, **told})
    return history, draw(taken_in(history.events))


@pytest.mark.more
@examples(3, 12, shrink=False, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(one=sequences(), other=sequences())
def test_any_sequence_counts_what_the_events_say(
    product: Product,
    one: tuple[History, list[tuple[str, list[Record]]]],
    other: tuple[History, list[tuple[str, list[Record]]]],
) -> None:
    told = {product.workspace(history.timezone): (history, steps) for history, steps in (one, other)}
    for number in range(6):
        product.take_in_all(
            {id_: steps[number][1] for id_, (_, steps) in told.items() if number < len(steps)}
        )
        for id_, (_, steps) in told.items():
            how = steps[number][0] if number < len(steps) else "refresh"
            if how == "rebuild":
                product.rebuild([id_])
            elif how != "refresh":
                merging.merge_layers(product.lake, [id_], everything=how == "merge all")
    bobs_part = {"Autumn", "(none)"}
    for id_, (history, _) in told.items():
        everyone, bobs = Scope(frozenset({id_})), Scope(frozenset({id_}), BOB, frozenset(bobs_part))
        past = max(record["occurred_at"] for record in history.events[:3])
        for scope in (everyone, bobs):
            for as_of in (LATER, past):
                expected = counted(product, scope, id_, as_of, ASKED)
                assert answers(product, scope, id_, as_of, ASKED) == expected
        ranged = {"from": FIRST, "to": LAST, "limit": 100}
        for engagement in ("human", "all"):
            common = {**ranged, "engagement": engagement}
            everything = by_hand(history, None, None, engagement)
            assert top_links(product, everyone, id_, LATER, **common) == everything
            autumn = by_hand(history, None, {"Autumn"}, engagement)
            assert top_links(product, everyone, id_, LATER, campaign="Autumn", **common) == autumn
            his = by_hand(history, BOB, bobs_part, engagement)
            assert top_links(product, bobs, id_, LATER, **common) == his
        assert recheck(product.lake, id_).findings == []


def _event(id_: str, what: str, at: str, message: str | None = None, **more: Any) -> Record:
    named = {} if message is None else {"message_id": message}
    return {"event_id": id_, "event": what, "occurred_at": f"2024-09-{at}:00Z", **named, **more}


def _sent(number: int, lead: str, **more: Any) -> Record:
    return _event(f"s{number}", "sent", "02T08:00", f"m{number}", lead=f"{lead}@client.example", **more)


def _all(product: Product, workspace: int, **options: Any) -> Figures:
    return top_links(product, Scope(frozenset({workspace})), workspace, LATER, **options)


def test_who_clicks_on_two_days_is_one_e_mail_and_one_person(product: Product) -> None:
    """m1 and m2 went to Ann, m3 to Ben. A: Ann twice from m1 on two days, once from m2, Ben once. B: Ben."""
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    first = [
        _sent(1, "ann", campaign="Autumn"),
        _sent(2, "ann", campaign="Winter"),
        _sent(3, "ben", campaign="Autumn"),
    ]
    charlies_own = [{**record, "lead": "stranger@client.example"} for record in first]
    many = [_event(f"x{n}", "clicked", "03T09:00", "m1", url=A) for n in range(1_000)]
    product.take_in_all({alices: first, charlies: [*charlies_own, *many]})
    product.take_in(alices, [_event("c1", "clicked", "03T09:00", "m1", url=A)])
    product.take_in(
        alices,
        [
            _event("c2", "clicked", "04T09:00", "m1", url=A),
            _event("c3", "clicked", "04T09:00", "m2", url=A),
            _event("c4", "clicked", "04T09:00", "m3", url=A),
            _event("c5", "clicked", "04T09:01", "m3", url=B),
        ],
    )
    assert _all(product, alices) == (5, [(A, 4, 3, 2), (B, 1, 1, 1)])
    assert _all(product, alices, to=date(2024, 9, 3)) == (1, [(A, 1, 1, 1)])
    assert _all(product, alices, campaign="Autumn") == (4, [(A, 3, 2, 2), (B, 1, 1, 1)])
    assert _all(product, alices, campaign="Winter", limit=1) == (1, [(A, 1, 1, 1)])
    assert _all(product, alices, **{"from": date(2024, 9, 5)}) == (0, [])
    assert _all(product, charlies) == (1_000, [(A, 1_000, 1, 1)])


def test_ties_go_to_more_e_mails_and_then_by_the_link(product: Product) -> None:
    """Two clicks each: "Zoo" and B from two e-mails, the others from one; "É" comes after every plain letter."""
    alices = product.workspace("UTC")
    clicks = [("m1", "zoo"), ("m1", "zoo"), ("m1", "École"), ("m1", "École"), ("m1", "Zoo"), ("m2", "Zoo")]
    clicks += [("m2", B), ("m1", B), ("m1", "abc"), ("m1", "abc")]
    # A minute apart: different links of one e-mail within seconds would be a machine's.
    events = [_event(f"c{n}", "clicked", f"03T09:{n:02}", m, url=url) for n, (m, url) in enumerate(clicks)]
    product.take_in(alices, [_sent(1, "ann"), _sent(2, "ben"), *events])
    total, rows = _all(product, alices)
    assert (total, [row[0] for row in rows]) == (10, ["Zoo", B, "abc", "zoo", "École"])
    assert _all(product, alices, limit=2) == (10, [("Zoo", 2, 2, 2), (B, 2, 2, 2)])


def test_a_click_of_an_e_mail_that_bounces_later_counts_no_more(product: Product) -> None:
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    clicks = [_event(f"c{n}", "clicked", "03T09:00", f"m{n}", url=A) for n in (1, 2)]
    events = [_sent(1, "ann"), _sent(2, "ben"), *clicks]
    product.take_in_all({alices: events, charlies: events})
    assert _all(product, alices) == (2, [(A, 2, 2, 2)])
    product.take_in(alices, [_event("b1", "bounced", "04T09:00", "m1")])
    assert _all(product, alices) == (1, [(A, 1, 1, 1)])
    product.take_in(alices, [_event("b2", "bounced", "04T09:00", "m2")])
    assert _all(product, alices) == (0, [])
    assert _all(product, charlies) == (2, [(A, 2, 2, 2)]), "Charlie's messages of those names did not"


def test_a_machine_that_clicks_is_no_person_unless_asked_for(product: Product) -> None:
    alices = product.workspace("UTC")
    scanned = [
        _event(f"c{n}", "clicked", "02T08:01", "m1", url=url, machine=True) for n, url in enumerate((A, B))
    ]
    product.take_in(alices, [_sent(1, "ann"), *scanned, _event("c9", "clicked", "03T09:00", "m1", url=B)])
    assert _all(product, alices) == (1, [(B, 1, 1, 1)])
    assert _all(product, alices, engagement="all") == (3, [(B, 2, 1, 1), (A, 1, 1, 1)])


def test_clicks_are_nobodys_until_the_lead_is_known(product: Product) -> None:
    """m1 and m2 were clicked before anything said whose they are: both turn out to be Ann's."""
    alices = product.workspace("UTC")
    product.take_in(
        alices,
        [_event("c1", "clicked", "03T09:00", "m1", url=A), _event("c2", "clicked", "03T09:00", "m2", url=A)],
    )
    assert _all(product, alices) == (2, [(A, 2, 2, 0)])
    product.take_in(alices, [_sent(1, "ann"), _sent(2, "ann")])
    assert _all(product, alices) == (2, [(A, 2, 2, 1)])


def test_an_earlier_hint_gives_the_clicks_to_another_lead(product: Product) -> None:
    """No `sent` came for m1; its click names Ben, an event before it names Ann. Nothing else of it changes."""
    alices = product.workspace("UTC")
    bens = {"lead": "ben@client.example"}
    product.take_in(
        alices,
        [
            _sent(2, "ben"),
            _event("c2", "clicked", "03T09:00", "m2", url=A),
            _event("c1", "clicked", "03T09:00", "m1", url=A, **bens),
            _event("c3", "clicked", "03T09:01", "m1", url=B, **bens),
        ],
    )
    assert _all(product, alices) == (3, [(A, 2, 2, 1), (B, 1, 1, 1)])
    product.take_in(alices, [_event("o1", "opened", "02T09:00", "m1", lead="ann@client.example")])
    assert _all(product, alices) == (3, [(A, 2, 2, 2), (B, 1, 1, 1)])
    assert recheck(product.lake, alices).findings == []


def test_a_click_by_lead_moves_to_an_e_mail_that_came_in_late(product: Product) -> None:
    alices = product.workspace("UTC")
    clicked = _event("c1", "clicked", "05T09:00", lead="ann@client.example", url=A, _lenient=True)
    product.take_in(alices, [_sent(1, "ann", campaign="Autumn"), clicked])
    assert _all(product, alices, campaign="Autumn") == (1, [(A, 1, 1, 1)])
    late = _event("s2", "sent", "04T09:00", "m2", lead="ann@client.example", campaign="Winter")
    product.take_in(alices, [late])
    assert _all(product, alices, campaign="Autumn") == (0, [])
    assert _all(product, alices, campaign="Winter") == (1, [(A, 1, 1, 1)])


def test_a_past_moment_is_counted_from_the_events_up_to_then(product: Product) -> None:
    """At noon of the 3rd, in the middle of a day: one click of two, and no bounce yet."""
    alices = product.workspace("UTC")
    clicks = [_event(f"c{hour}", "clicked", f"03T{hour}:00", "m1", url=A) for hour in (11, 13)]
    product.take_in(alices, [_sent(1, "ann"), *clicks, _event("b1", "bounced", "04T09:00", "m1")])
    noon, scope = datetime(2024, 9, 3, 12, tzinfo=UTC), Scope(frozenset({alices}))
    assert top_links(product, scope, alices, noon) == (1, [(A, 1, 1, 1)])
    assert counted(product, scope, alices, noon, [{}]) == [(1, [(A, 1, 1, 1)])]
    assert top_links(product, scope, alices, datetime(2024, 9, 1, tzinfo=UTC)) == (0, [])
    assert _all(product, alices) == (0, [])


def test_a_scope_sees_its_own_clicks(product: Product) -> None:
    alices = product.workspace("UTC")
    sends = [_sent(1, "ann", user=ALICE, campaign="Autumn"), _sent(2, "ben", user=BOB, campaign="Winter")]
    clicks = [_event(f"c{n}", "clicked", "03T09:00", f"m{n}", url=A) for n in (1, 2)]
    product.take_in(alices, [*sends, *clicks])
    only = frozenset({alices})
    assert top_links(product, Scope(only), alices, LATER) == (2, [(A, 2, 2, 2)])
    assert top_links(product, Scope(only, user=BOB), alices, LATER) == (1, [(A, 1, 1, 1)])
    assert top_links(product, Scope(only, user=BOB), alices, LATER, user=ALICE) == (0, [])
    guests = Scope(only, campaigns=frozenset({"Autumn", "Spring"}))
    assert top_links(product, guests, alices, LATER) == (1, [(A, 1, 1, 1)])


def test_many_links_of_many_e_mails_are_told_apart() -> None:
    """A link of its own in each of 50,000 e-mails: more pairs than 32 bits can number."""
    many, day = 50_000, date(2024, 9, 3)
    names = [f"{number:05}" for number in range(many)]
    same = {
        name: ["x"] * many for name in ("lead", "campaign", "user", "sender_provider", "recipient_provider")
    }
    rows = {
        "url": names,
        "message_id": names,
        "day": [day] * many,
        "machine": [False] * many,
        "n": [1] * many,
    }
    found = clicks.of_rows(pa.table({**rows, **same}))
    everything = np.ones(many, np.bool_)
    assert found.texts["url"] == names
    assert found.distinct("message_id", everything).tolist() == [1] * many
    assert found.distinct("lead", everything).tolist() == [1] * many


def test_links_touch_no_segment_and_no_other_mart(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    alices = product.workspace("UTC")
    product.take_in(alices, [_sent(1, "ann"), _event("c1", "clicked", "03T09:00", "m1", url=A)])
    with manifest.read_only(product.lake.engine).begin() as connection:
        paths = manifest.taken_in(connection, {alices: 1})[alices]
        (layer,) = manifest.current(connection, [alices])[alices].layers
    for path in [*paths, *(file.path for mart, file in layer.files.items() if mart != "links")]:
        product.lake.path(path).unlink()

    def refuse(*_: Any) -> None:
        raise AssertionError("an answer read the events")

    monkeypatch.setattr(questions, "open_facts", refuse)
    monkeypatch.setattr(Warehouse, "facts", refuse)
    assert _all(product, alices) == (1, [(A, 1, 1, 1)])
    assert _all(product, alices, engagement="all", campaign="(none)", user="(none)")[0] == 1
