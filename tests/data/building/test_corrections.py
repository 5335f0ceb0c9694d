"""Corrected categories of replies are taken in by refreshes: whatever the order, figures are those of a full build.

Two things are held against each other that share no code: the product with its corrections, and a reference that
counts records in which the category stands as it was corrected. A merged layer has the bytes of a full build, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from sqlalchemy import select

from data.building import build, merging
from data.building.build import refresh
from data.building.recheck import recheck
from data.building.refresh_on_view import waiting
from data.events.replies import SENTIMENTS
from data.lake import manifest, publishing, reply_overrides
from data.lake.lake import Lake
from data.lake.reply_overrides import WITHDRAWN, Reply, reply_override
from data.query.ask import Query, ask
from data.scope import Scope
from tests.data.building.test_two_builders import deliver
from tests.support.examples import examples
from tests.support.history.histories import History, Record, histories
from tests.support.history.interleaving import between_reads
from tests.support.product import Product
from tests.support.reference import figures as reference

SLOW: Final = [HealthCheck.too_slow, HealthCheck.data_too_large]
AS_OF: Final = datetime(2026, 1, 6, 12, tzinfo=UTC)
ASKED: Final = [
    {"name": "rate", "data_type": data_type, "attribution": attribution}
    for data_type in ("reply", "positive_reply", "negative_reply", "bounce")
    for attribution in ("email", "lead")
]
#: (record, category): a person says so.
Said = tuple[Record, str]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("corrections")))


def say(lake: Lake, workspace_id: int, record: Record, category: str) -> None:
    """As dashapp/crm/replies.py keeps it."""
    at = record["occurred_at"]
    when = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    reply = Reply(record["event_id"], record.get("message_id"), when)
    with lake.engine.begin() as connection:
        reply_overrides.keep(
            connection,
            workspace_id,
            reply,
            category,
            before="(none)",
            changed_by="alice@north.example",
            changed_at=datetime.now(UTC),
        )


def as_said(records: list[Record], said: list[Said]) -> list[Record]:
    """The records with the categories people gave them last."""
    last = {record["event_id"]: category for record, category in said}
    return [
        {**record, "reply_category": last[record["event_id"]]} if last.get(record["event_id"]) else record
        for record in records
    ]


def is_right(lake: Lake, workspace_id: int, records: list[Record], zone: str) -> None:
    """Nothing waits, and the figures are those of the records."""
    assert not waiting(lake, workspace_id)
    scope = Scope(frozenset({workspace_id}))
    for asked in ASKED:
        right = reference.answer(records, zone, asked, AS_OF)
        told = ask(lake, scope, workspace_id, Query.model_validate({**asked, "as_of": AS_OF}))
        assert (told["n"], told["base"]) == (right["n"], right["base"]), asked


def replies(records: list[Record]) -> list[Record]:
    """The replies that cannot be a repeat of another: of those that may be one event only one is kept."""
    said: dict[datetime, set[str]] = {}
    for one in records:
        if one["event"] == "replied":
            said.setdefault(one["occurred_at"], set()).add(one["event_id"])
    return [one for one in records if one["event"] == "replied" and len(said[one["occurred_at"]]) == 1]


@st.composite
def sequences(draw: st.DrawFn) -> tuple[History, list[tuple[list[Record], list[Said], str]]]:
    """A history in six deliveries; with each some corrections of its replies, delivered by then or not, and what is
    done then."""
    history = draw(histories(max_messages=8, max_queries=2))
    events = history.events
    answers = replies(events)
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), min_size=5, max_size=5)))
    categories = st.sampled_from((*SENTIMENTS, WITHDRAWN, WITHDRAWN))
    some = st.tuples(st.sampled_from(answers), categories) if answers else st.nothing()
    steps = []
    for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        said = draw(st.lists(some, max_size=3)) if answers else []
        then = draw(st.sampled_from(("refresh", "refresh", "nothing", "merge some", "merge all", "rebuild")))
        steps.append((events[start:end], said, then))
    return history, steps


@pytest.mark.more
@examples(6, 150, shrink=False, suppress_health_check=SLOW)
@given(case=sequences())
def test_any_order_ends_in_the_figures_and_bytes_of_a_full_build(
    product: Product, case: tuple[History, list[tuple[list[Record], list[Said], str]]]
) -> None:
    history, steps = case
    said_at = {(one["event_id"], one["occurred_at"]) for one in history.events if one["event"] == "replied"}
    assume(len({at for _, at in said_at}) == len(said_at))  # of what may be a repeat only one is kept
    lake, workspace_id = product.lake, product.workspace(history.timezone)
    everything: list[Said] = []
    for events, said, then in steps:
        deliver(lake, events, workspace_id)
        for record, category in said:
            say(lake, workspace_id, record, category)
        everything += said
        if then != "nothing":
            refresh(lake, [workspace_id], full=then == "rebuild")
        if then.startswith("merge"):
            merging.merge_layers(lake, [workspace_id], everything=then == "merge all")
    refresh(lake, [workspace_id])
    is_right(lake, workspace_id, as_said(history.events, everything), history.timezone)
    assert recheck(lake, workspace_id).findings == []
    merging.merge_layers(lake, [workspace_id], everything=True)
    merged = digests(lake, workspace_id)
    refresh(lake, [workspace_id], full=True)
    assert digests(lake, workspace_id) == merged


def digests(lake: Lake, workspace_id: int) -> dict[str, str]:
    return {mart: file.sha256 for one in layers(lake, workspace_id) for mart, file in one.files.items()}


def layers(lake: Lake, workspace_id: int) -> tuple[manifest.Layer, ...]:
    with manifest.read_only(lake.engine).begin() as connection:
        return manifest.current(connection, [workspace_id])[workspace_id].layers


def story(number: int) -> list[Record]:
    """An e-mail of 3 September 2024 that was answered with "not now", and a reply that names its lead alone."""
    who = {"lead": f"l{number}@client.example"}
    at = "2024-09-03T{}:00Z"
    mail = {**who, "message_id": f"m{number}"}
    said = {"reply_category": "not_now"}
    return [
        {**mail, "event": "sent", "event_id": f"s{number}", "occurred_at": at.format("09:00")},
        {**mail, **said, "event": "replied", "event_id": f"r{number}", "occurred_at": at.format("10:00")},
        {
            **who,
            "reply_category": "out_of_office",
            "event": "replied",
            "event_id": f"a{number}",
            "occurred_at": at.format("09:30"),
        },
    ]


@pytest.mark.postgres_long
def test_a_correction_reads_and_writes_one_reply_s_rows_and_not_the_history(lake: Lake, north: Any) -> None:
    harbour = north.harbour
    records = [one for n in range(500) for one in story(n)]
    deliver(lake, records, harbour)
    refresh(lake)
    for event_id, rows in (("r7", {"messages": 1}), ("a8", {"messages": 1, "lead_events": 1})):
        known = {one.id for one in layers(lake, harbour)}
        record = next(one for one in records if one["event_id"] == event_id)
        say(lake, harbour, record, "interested")
        assert waiting(lake, harbour)
        done = refresh(lake, [harbour])
        assert (done.workspaces, done.events) == (1, 0)
        (new,) = [one for one in layers(lake, harbour) if one.id not in known]
        assert {name: new.files[name].rows for name in rows} == rows
        assert "combos" not in new.files or new.files["combos"].rows == 1
        assert len(layers(lake, harbour)) > 1, "nothing was built anew"
    said: list[Said] = [({"event_id": "r7"}, "interested"), ({"event_id": "a8"}, "interested")]
    is_right(lake, harbour, as_said(records, said), "UTC")
    assert refresh(lake, [harbour]).workspaces == 0, "what was taken in is taken in"


MEANWHILE: Final[dict[str, Callable[[Lake, int], Any]]] = {
    "nothing more": lambda _, __: None,
    "publishes": lambda lake, whose: refresh(lake, [whose]),
    "builds anew": lambda lake, whose: refresh(lake, [whose], full=True),
    "merges": lambda lake, whose: merging.merge_layers(lake, [whose], everything=True),
}


@pytest.mark.more
@examples(6, 150, shrink=False, suppress_health_check=SLOW)
@given(place=st.integers(0, 30), other=st.sampled_from(sorted(MEANWHILE)), full=st.booleans())
def test_somebody_corrects_between_two_reads_of_a_build(
    product: Product, place: int, other: str, full: bool
) -> None:
    """Before a build one correction waits, and amid it the same reply and another are corrected once more."""
    lake, harbour = product.lake, product.workspace("UTC")
    records = [*story(1), *story(2)]
    _, first, alone = story(1)
    deliver(lake, records, harbour)
    refresh(lake, [harbour])
    say(lake, harbour, first, "interested")

    def act() -> None:
        say(lake, harbour, first, "unsubscribe")
        say(lake, harbour, alone, "booking_request")
        MEANWHILE[other](lake, harbour)

    with between_reads(lake, place, act) as reads:
        refresh(lake, [harbour], full=full)
    if not reads.acted:
        act()
    refresh(lake, [harbour], tries=3)
    is_right(lake, harbour, as_said(records, [(first, "unsubscribe"), (alone, "booking_request")]), "UTC")
    assert recheck(lake, harbour).findings == []


@pytest.mark.postgres_long
def test_a_build_that_is_killed_as_it_publishes_leaves_the_correction_waiting(
    lake: Lake, north: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lake, story(1), north.harbour)
    refresh(lake)
    say(lake, north.harbour, story(1)[1], "interested")
    whole = publishing.publish

    def killed(*given: Any, **named: Any) -> Any:
        whole(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(build.publishing, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        refresh(lake, [north.harbour])
    monkeypatch.undo()
    with lake.engine.connect() as connection:
        assert connection.scalars(select(reply_override.c.merged_version)).all() == [None]
    refresh(lake, [north.harbour])
    is_right(lake, north.harbour, as_said(story(1), [(story(1)[1], "interested")]), "UTC")
    say(lake, north.harbour, story(1)[1], WITHDRAWN)
    refresh(lake, [north.harbour])
    is_right(lake, north.harbour, story(1), "UTC")


def test_where_a_reply_lies_is_not_known_the_workspace_is_built_anew(lake: Lake, north: Any) -> None:
    """As for corrections of before that was kept."""
    deliver(lake, story(1), north.harbour)
    refresh(lake)
    say(lake, north.harbour, story(1)[1], "interested")
    with lake.engine.begin() as connection:
        connection.execute(reply_override.update().values(occurred_at=None, message_id=None))
    refresh(lake, [north.harbour])
    is_right(lake, north.harbour, as_said(story(1), [(story(1)[1], "interested")]), "UTC")
    assert len(layers(lake, north.harbour)) == 1
