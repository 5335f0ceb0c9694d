"""The marts keep their contracts: the files have the columns written down, cases hold, every check can fail.

Alice's client has e-mails, leads and replies of every kind; Charlie's stands beside it with a thousand e-mails.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.building import build, merging, recheck
from data.engines.duckdb import DuckDBPyConnection, cursor
from data.lake import manifest
from data.marts import checks as checking
from data.marts import contracts
from data.marts.contracts import BadContract, Case
from tests.support.product import Product

MARTS = contracts.contracts()
WAYS = ("at once", "one by one, backwards, and merged")
NAMED = {mart: f"told_{mart}" for mart in MARTS}
CASES = [(mart, case) for mart, contract in MARTS.items() for case in contract.cases]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("contracts")))


def event(id_: str, what: str, at: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    named = {} if message is None else {"message_id": message}
    return {"event_id": id_, "event": what, "occurred_at": f"2024-09-{at}:00Z", **named, **more}


ALL_SORTS = [
    event("s1", "sent", "02T08:00", "m1", lead="ann@client.example", campaign="Autumn", step=1),
    event("o1", "opened", "03T08:00", "m1"),
    event("c1", "clicked", "03T08:01", "m1"),
    event("s2", "sent", "04T08:00", "m2", lead="ben@client.example", campaign="Autumn", step=1),
    event("b2", "bounced", "04T08:01", "m2"),
    event("s3", "sent", "05T08:00", "m3", lead="ben@client.example", campaign="Autumn", step=2),
    event("r3", "replied", "16T08:00", "m3", reply_category="interested"),
    event("r1", "replied", "06T08:00", lead="ann@client.example", reply_category="not_interested"),
    event("u1", "unsubscribed", "07T08:00", lead="ann@client.example"),
    event("d4", "delivered", "05T09:00", "m4", lead="cleo@client.example", campaign="Winter"),
]


@pytest.fixture(scope="module")
def both(product: Product) -> tuple[int, int]:
    """Alice's and Charlie's workspaces, filled."""
    alices, charlies = product.workspace("Europe/Madrid"), product.workspace("UTC")
    sent = [event(f"s{n}", "sent", "02T08:00", f"m{n}", lead=f"l{n}@client.example") for n in range(1_000)]
    product.take_in_all({alices: ALL_SORTS, charlies: sent})
    return alices, charlies


@pytest.fixture(scope="module")
def told(product: Product, both: tuple[int, int]) -> Iterator[DuckDBPyConnection]:
    """A connection with all rows of both workspaces in tables `told_<mart>`; no check finds anything in them."""
    alices, charlies = both
    with manifest.read_only(product.lake.engine).begin() as database:
        states = manifest.current(database, [alices, charlies])
    connection = cursor(product.lake.root)
    recheck.load(connection, product.lake, states[alices])
    for mart in MARTS:
        connection.execute(f"ALTER TABLE told_{mart} RENAME TO alices_{mart}")
    recheck.load(connection, product.lake, states[charlies])
    for mart in MARTS:
        connection.execute(f"INSERT INTO told_{mart} BY NAME FROM alices_{mart}")
    assert checking.find(connection, "whole", NAMED) == {}
    yield connection
    connection.close()


@pytest.fixture
def marts(told: DuckDBPyConnection, both: tuple[int, int]) -> Iterator[tuple[DuckDBPyConnection, int]]:
    """The same in a transaction that is rolled back, so that each test may change what it likes; Alice's id."""
    told.execute("BEGIN TRANSACTION")
    yield told, both[0]
    told.execute("ROLLBACK")


@pytest.fixture(scope="module")
def all_sorts(product: Product) -> int:
    """A workspace with an event of every kind."""
    workspace = product.workspace("UTC")
    product.take_in(workspace, ALL_SORTS)
    return workspace


def test_every_mart_that_is_written_has_a_contract_and_none_has_two(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [*ALL_SORTS, event("f9", "delivered", "05T09:00", "m9", campaign="Winter")])
    files = _layer(product, workspace).files
    assert sorted(files) == sorted(MARTS)
    assert {path.stem for path in Path(contracts.__file__).parent.glob("*.yaml")} == set(MARTS)


@pytest.mark.parametrize("mart", MARTS)
def test_the_columns_of_the_files_are_those_of_the_contract(
    product: Product, all_sorts: int, mart: str
) -> None:
    path = product.lake.path(_layer(product, all_sorts).files[mart].path)
    connection = cursor(product.lake.root)
    found = connection.execute(f"DESCRIBE FROM read_parquet('{path}')").fetchall()
    connection.close()
    written = [(column.name, column.type) for column in MARTS[mart].columns]
    assert [(row[0], row[1]) for row in found] == written, "\n".join(
        f'  - {{name: {row[0]}, type: {row[1]}, nullable: true, meaning: "…"}}' for row in found
    )


def _deliveries(case: Case, how: str) -> list[list[dict[str, Any]]]:
    records = [
        {key: value.isoformat() if isinstance(value, datetime) else value for key, value in one.items()}
        for one in case.given
    ]
    return [records] if how == "at once" else [[one] for one in reversed(records)]


@pytest.fixture(scope="module")
def taken_in(product: Product) -> dict[tuple[str, str, str], int]:
    """A workspace for each case and way of taking it in; each refresh serves them all."""
    steps = {
        (mart, case.name, how): (product.workspace(case.timezone), _deliveries(case, how))
        for mart, case in CASES
        for how in WAYS
    }
    for number in range(max(len(deliveries) for _, deliveries in steps.values())):
        product.take_in_all(
            {id_: deliveries[number] for id_, deliveries in steps.values() if number < len(deliveries)}
        )
    merging.merge_layers(product.lake, [id_ for id_, _ in steps.values()], everything=True)
    return {key: id_ for key, (id_, _) in steps.items()}


@pytest.mark.parametrize(("mart", "case"), CASES, ids=[f"{mart}: {case.name}" for mart, case in CASES])
@pytest.mark.parametrize("how", WAYS)
def test_a_case_gives_the_rows_worked_out_by_hand(
    product: Product, taken_in: dict[tuple[str, str, str], int], mart: str, case: Case, how: str
) -> None:
    workspace = taken_in[mart, case.name, how]
    with manifest.read_only(product.lake.engine).begin() as database:
        state = manifest.current(database, [workspace])[workspace]
    connection = cursor(product.lake.root)
    recheck.load(connection, product.lake, state, [mart])
    names = list(case.expect[0])
    columns = ", ".join(f'"{name}"' for name in names)
    rows = connection.execute(f"SELECT {columns} FROM told_{mart}").fetchall()
    connection.close()
    assert sorted(map(repr, rows)) == sorted(repr(tuple(one[name] for name in names)) for one in case.expect)


#: For each check a change that breaks what it promises; an update is made to Alice's rows only.
PLANTED = {
    "messages.starts_when_sent": "UPDATE told_messages SET t0 = t0 + INTERVAL 1 HOUR WHERE message_id = 'm3'",
    "messages.people_are_a_part_of_all": "UPDATE told_messages SET opens_human = 2 WHERE message_id = 'm1'",
    "messages.counts_have_a_first_time": (
        "UPDATE told_messages SET clicked_all_at = NULL WHERE message_id = 'm1'"
    ),
    "messages.replies_have_a_sentiment": "UPDATE told_messages SET sentiment = 'angry' WHERE message_id = 'm3'",
    "messages.what_names_only_the_lead_comes_after_the_sending": (
        "UPDATE told_messages SET replied_at = t0 - INTERVAL 1 SECOND WHERE message_id = 'm1'"
    ),
    "messages.providers_are_known": "UPDATE told_messages SET sender_provider = 'aol' WHERE message_id = 'm3'",
    "journeys.starts_after_its_first_email": (
        "UPDATE told_journeys SET any_t0 = t0 + INTERVAL 1 SECOND WHERE lead LIKE 'ann%'"
    ),
    "journeys.bounced_or_started": "UPDATE told_journeys SET bounced_at = t0 WHERE lead LIKE 'ann%'",
    "journeys.replies_have_a_sentiment": "UPDATE told_journeys SET sentiment = NULL WHERE lead LIKE 'ben%'",
    "journeys.its_emails_are_there": "UPDATE told_journeys SET messages = 3 WHERE lead LIKE 'ben%'",
    "hints.says_something": "UPDATE told_hints SET campaign = NULL, lead = NULL, sender_provider = NULL, "
    "recipient_provider = NULL",
    "lead_events.only_replies_have_a_sentiment": (
        "UPDATE told_lead_events SET sentiment = 'neutral' WHERE event_id = 'u1'"
    ),
    "lead_events.only_what_can_be_given_to_an_email": (
        "UPDATE told_lead_events SET event = 'complained' WHERE event_id = 'u1'"
    ),
    "combos.a_digest_is_positive": "UPDATE told_combos SET combo = -combo",
    "units.engaged_is_a_part_of_its_base": "UPDATE told_units SET reply = eligible + 1 WHERE eligible > 0",
    "units.emails_add_up_to_messages": (
        "UPDATE told_units SET units = units + 1 WHERE attribution = 'email'"
    ),
    "units.leads_add_up_to_journeys": "UPDATE told_units SET units = units + 1 WHERE attribution = 'lead'",
    "cohorts.a_cohort_is_a_monday": "UPDATE told_cohorts SET cohort = cohort + 1",
    "cohorts.no_cell_is_negative": "UPDATE told_cohorts SET reply = -1",
    "cohorts.weeks_add_up_to_units": "UPDATE told_cohorts SET open_all = open_all + 1 WHERE open_all > 0",
    "activity.is_an_event_of_a_day": "UPDATE told_activity SET hour = 24 WHERE event = 'opened'",
    "activity.replies_have_a_sentiment": "UPDATE told_activity SET category = '' WHERE event = 'replied'",
    "activity.nothing_happened_less_than_never": "UPDATE told_activity SET n = -n WHERE event = 'unsubscribed'",
    "activity.sendings_add_up_to_units": "UPDATE told_activity SET n = n + 1 WHERE event = 'sent'",
    "activity.events_add_up_to_messages": "UPDATE told_activity SET is_first = false WHERE event = 'replied'",
    "links.says_something": "UPDATE told_links SET n = 0",
    "links.nothing_clicked_less_than_never": "UPDATE told_links SET n = -n",
    "timeline.says_something": "UPDATE told_timeline SET n = 0",
    "timeline.nothing_happened_less_than_never": "UPDATE told_timeline SET n = -n",
    "links.clicks_add_up_to_activity": "UPDATE told_links SET day = day + 1",
    **{f"{mart}.one_row_a_key": f"INSERT INTO told_{mart} FROM alices_{mart}" for mart in MARTS},
    **{
        f"{mart}.nothing_is_missing": f"UPDATE told_{mart} SET workspace_id = NULL"
        if mart not in {"messages", "journeys", "lead_events", "units"}
        else f"UPDATE told_{mart} SET {column} = NULL"
        for mart, column in [
            *(
                (one, "workspace_id")
                for one in MARTS
                if one not in {"messages", "journeys", "lead_events", "units"}
            ),
            ("messages", "campaign"),
            ("journeys", "campaign"),
            ("lead_events", "lead"),
            ("units", "day"),
        ]
    },
}


def test_every_check_has_a_bad_row_to_find() -> None:
    searches = checking._searches("whole", frozenset(MARTS))
    assert sorted(PLANTED) == sorted(f"{one.mart}.{one.check}" for one in searches)


@pytest.mark.parametrize("name", PLANTED)
def test_a_check_finds_the_bad_row_and_only_in_its_workspace(
    marts: tuple[DuckDBPyConnection, int], name: str
) -> None:
    connection, alices = marts
    change = PLANTED[name]
    if change.startswith("UPDATE"):
        change += f" {'AND' if 'WHERE' in change else 'WHERE'} workspace_id = {alices}"
    connection.execute(change)
    found = checking.find(connection, "whole", NAMED)
    whose = (
        None
        if name.endswith("nothing_is_missing") and "workspace_id" in PLANTED[name].split("WHERE")[0]
        else alices
    )
    assert set(found) == {whose} or (whose is None and set(found) <= {None, alices})
    bad = {f"{one.mart}.{one.check}": one for one in found[whose]}
    assert bad[name].rows >= 1
    assert bad[name].sample
    assert bad[name].wrong.endswith(".")
    assert bad[name].todo.endswith(".")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"grian": "one e-mail"}, "grian"),
        ({"keys": ["workspace_id", "massage_id"]}, "massage_id"),
        ({"mart": "letters"}, "letters"),
        (
            {
                "checks": [
                    {"name": "both", "bad": "true", "sql": "SELECT 1", "wrong": "x" * 12, "todo": "x" * 12}
                ]
            },
            "either",
        ),
        (
            {"columns": [{"name": "n", "type": "INTEGER", "nullable": "no", "meaning": "a number"}]},
            "nullable",
        ),
    ],
)
def test_a_contract_that_is_not_one_is_refused_with_the_place(change: dict[str, Any], says: str) -> None:
    text = (Path(contracts.__file__).parent / "hints.yaml").read_text()
    said = {**yaml.safe_load(text), **change}
    with pytest.raises(BadContract, match=says):
        contracts.read("hints", yaml.safe_dump(said))


def _layer(product: Product, workspace: int) -> manifest.Layer:
    build.refresh(product.lake, [workspace], full=True)
    with manifest.read_only(product.lake.engine).begin() as database:
        return manifest.current(database, [workspace])[workspace].layers[-1]
