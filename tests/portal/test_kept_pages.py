"""A page already kept: two small reads and nothing else, and never one moment longer than it is right."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import brotli
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, update

from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.portal import entering, report
from dashapp.portal.openings import openings
from dashapp.portal.page_cache import PageCache, PageKey
from dashapp.portal.reading import Reader
from dashapp.reports.report import Report
from dashapp.sharing import links, rotation
from dashapp.sharing.opening import Dress
from dashapp.tiles.periods import Period
from dashapp.views.schema import View, dump_view
from data.building import failures, refresh_on_view
from data.cache import Memory
from data.marts.checks import Finding
from tests.support.portal_house import House

PACKED = {"Accept-Encoding": "br, gzip"}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that runs meanwhile, without what begins and ends a transaction."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(re.sub(r"--.*", "", statement).strip())

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The workspace's name of each grid rendered."""
    seen: list[Any] = []
    whole = Report.grid

    def counted(self: Report) -> Any:
        seen.append(self.page.workspace)
        return whole(self)

    monkeypatch.setattr(Report, "grid", counted)
    return seen


def test_a_kept_page_costs_two_reads_and_no_template(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)  # to the end: a viewer waits only so long
    _, path = house.share(house.harbour)
    first, part = guest.get(path, headers=PACKED), guest.get(path + "live", headers=PACKED)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is rendered or packed for a kept page")

    for name in ("render", "report_of", "packed"):
        monkeypatch.setattr(report, name, never)
    monkeypatch.setattr(Reader, "reading", property(never))
    with statements(house.services.engine) as seen:
        again = guest.get(path, headers=PACKED)
    assert len(seen) == 2, seen
    assert all(statement.startswith("SELECT") for statement in seen)
    assert (again.data, again.headers["Content-Encoding"]) == (first.data, "br")
    assert b"Harbour Coffee" in brotli.decompress(again.data)
    with statements(house.services.engine) as seen:
        same = guest.get(path + "live", headers=PACKED)
        quiet = guest.get(path + "live", headers={"If-None-Match": part.headers["ETag"]})
    assert (same.data, quiet.status_code, len(seen)) == (part.data, 304, 4)


def test_a_comparison_costs_no_statement_more(house: House, guest: FlaskClient) -> None:
    """Rendered anew, with an earlier period as it stood at this time of its day and without one."""
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    _, path = house.share(house.harbour)
    guest.get(path + "?period=90&compare=none")  # what is known of the view from now on
    counts = {}
    for compare in ("none", "by_now", "year", "previous"):
        with statements(house.services.engine) as seen:
            assert guest.get(path, query_string={"compare": compare}).status_code == 200
        counts[compare] = len(
            [one for one in seen if one.startswith("SELECT")]
        )  # openings are counted beside
    assert len(set(counts.values())) == 1, counts


def test_every_coding_shows_the_same_page(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 12)
    _, path = house.share(house.harbour)
    plain = guest.get(path)
    assert "Content-Encoding" not in plain.headers
    assert brotli.decompress(guest.get(path, headers=PACKED).data) == plain.data
    gzipped = guest.get(path, headers={"Accept-Encoding": "gzip"})
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert {value.strip() for value in gzipped.headers["Vary"].split(",")} == {
        "Accept-Encoding",
        "Accept-Language",
    }


@pytest.mark.parametrize("values", [{"state": "paused"}, {"state": "revoked"}, {"expires_at": "past"}])
def test_a_kept_page_ends_with_its_link(house: House, guest: FlaskClient, values: dict[str, Any]) -> None:
    house.send(house.harbour, "h", 2)
    share_id, path = house.share(house.harbour)
    tag = guest.get(path + "live").headers["ETag"]
    assert [guest.get(path).status_code for _ in range(2)] == [200, 200]
    if "expires_at" in values:
        values = {"expires_at": now() - timedelta(seconds=1)}
    house.set_share(share_id, **values)
    assert guest.get(path).status_code == 404
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 404


def test_a_rotated_link_keeps_nothing_under_its_old_address(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    assert guest.get(path).status_code == 200
    with house.services.session() as session:
        _, token = rotation.rotate(session, house.settings, session.get_one(Share, share_id))
    assert guest.get(path).status_code == 404
    assert guest.get(f"/p/{token}/").status_code == 200


def test_a_kept_page_is_not_shown_before_the_password(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    assert "data-tile" in guest.get(path).text
    with house.services.session() as session:
        links.set_share_password(session, session.get_one(Share, share_id), "correct horse")
    assert "data-tile" not in guest.get(path).text
    assert guest.get(path + "live").status_code == 404


def test_two_links_of_one_workspace_share_nothing_kept(
    house: House, guest: FlaskClient, renderings: list[str]
) -> None:
    house.send(house.harbour, "h", 2)
    house.send(house.colossus, "c", 900)
    paths = [house.share(workspace)[1] for workspace in (house.harbour, house.harbour, house.colossus)]
    pages = [guest.get(path).text for path in paths]
    assert renderings == ["Harbour Coffee", "Harbour Coffee", "Colossus"]
    assert [guest.get(path).text for path in paths] == pages
    assert len(renderings) == 3
    assert "Colossus" not in pages[0] + pages[1]
    assert "North" not in pages[2]


def test_what_a_page_shows_is_in_its_key(house: House, guest: FlaskClient, renderings: list[str]) -> None:
    """Each of these changes the page at the very next request."""
    house.send(house.harbour, "h", 2)
    _, path = house.share(house.harbour)
    pages = {guest.get(path).text}

    def changes(*statement: Any) -> None:
        with house.services.session() as session:
            for one in statement:
                session.execute(one)
        pages.add(guest.get(path).text)

    harbour, agency = house.harbour.id, house.north_id
    changes(update(Workspace).where(Workspace.id == harbour).values(name="Harbour Roasters"))
    changes(update(Agency).where(Agency.id == agency).values(brand="#1d4ed8"))
    changes(update(Agency).where(Agency.id == agency).values(name="North Star"))
    changes(update(Agency).where(Agency.id == agency).values(logo_digest="abc"))
    assert len(pages) == 5
    count = len(renderings)
    with house.services.session() as session:
        mine = StoredView(
            agency_id=agency, slug="a", name="A", body=dump_view(View(name="A", tiles=[])), is_default=True
        )
        session.add(mine)
    empty = guest.get(path).text
    assert "data-tile" not in empty
    with house.services.session() as session:
        session.delete(session.get_one(StoredView, mine.id))
    assert guest.get(path).text in pages  # as before there was a view
    assert len(renderings) == count + 1
    changes(update(Workspace).where(Workspace.id == house.colossus.id).values(name="Colossus II"))
    assert len(renderings) == count + 1  # a stranger's change is none of this page's


def test_a_link_that_ends_while_its_view_is_looked_up_is_not_found(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id, path = house.share(house.harbour)
    opened = report.opened

    def and_then_paused(*given: Any) -> Any:
        found = opened(*given)
        house.set_share(share_id, state="paused")
        return found

    monkeypatch.setattr(entering, "opened", and_then_paused)
    addresses = ("", "live", "report.pdf", "tiles/sent-emails.csv")
    for address in addresses:
        house.set_share(share_id, state="active")
        assert guest.get(path + address).status_code == 404
    gone = guest.get(f"/p/{'x' * 43}/")
    house.set_share(share_id, state="active")
    assert guest.get(path).data == gone.data


def key(share_id: int, **other: Any) -> PageKey:
    values: dict[str, Any] = {
        "share_version": 1,
        "share_revision": 1,
        "view_id": None,
        "views": "0.0.0.0.",
        "workspace_id": 1,
        "workspace": "Harbour Coffee",
        "dress": Dress("North", "#0f766e", None),
        "mart_version": 1,
        "timezone": "Europe/Madrid",
        "complete_to": datetime(2026, 10, 28, 13, 5, tzinfo=UTC),
        "stale": False,
        "period": Period("28", date(2026, 10, 1), date(2026, 10, 28)),
        "lang": "en",
        "day": date(2026, 10, 28),
    }
    return PageKey(share_id, **{**values, **other})


def test_the_tag_differs_with_every_part_of_the_key() -> None:
    same = key(1)
    others = [
        key(2),
        key(1, share_version=2),
        key(1, share_revision=2),
        key(1, view_id=1),
        key(1, views="1"),
        key(1, workspace_id=2),
    ]
    others += [
        key(1, workspace="Pine"),
        key(1, mart_version=2),
        key(1, timezone="UTC"),
        key(1, stale=True),
        key(1, held_back="check_failed"),
    ]
    noon = datetime(2026, 10, 28, 12, tzinfo=UTC)
    others += [key(1, plans=(stamp, noon)) for stamp in (0, 1)] + [key(1, plans=(0, noon.replace(minute=15)))]
    others += [
        key(1, complete_to=None),
        key(1, period=Period("7", date(2026, 10, 22), date(2026, 10, 28))),
        key(1, compare="none"),
        key(1, moment=noon),
        key(1, lang="fr"),
        key(1, build="x"),
    ]
    others += [key(1, day=date(2026, 10, 29)), key(1, dress=Dress("North", "#0f766e", "logo"))]
    assert len({k.etag for k in [same, *others]}) == 1 + len(others)
    assert key(1).etag == same.etag


def test_the_cache_is_bounded_by_bytes() -> None:
    cache = PageCache(memory=Memory({"pages": 10_000}))
    made: list[int] = []

    def page(n: int, size: int) -> bytes:
        def make() -> tuple[bytes, bool]:
            made.append(n)
            return bytes([n]) * size, True

        return cache.get(key(n), make)

    for n in (1, 2, 3):
        assert page(n, 1_500) == bytes([n]) * 1_500
    assert page(1, 1_500) == b"\x01" * 1_500  # kept, and now the youngest
    page(4, 1_500)  # the fourth pushes out 2, the least recently used
    assert cache.size <= 10_000
    page(1, 1_500)
    page(2, 1_500)
    assert made == [1, 2, 3, 4, 2]
    assert len(page(5, 50_000)) == 50_000  # bigger than all there is room for: shown, not kept
    assert cache.size <= 10_000


def test_many_who_ask_at_once_wait_for_one_rendering() -> None:
    cache, begun, go_on = PageCache(), threading.Event(), threading.Event()
    made: list[int] = []
    found: list[bytes] = []

    def make() -> tuple[bytes, bool]:
        made.append(1)
        begun.set()
        assert go_on.wait(10)
        return b"page", True

    askers = [threading.Thread(target=lambda: found.append(cache.get(key(1), make))) for _ in range(8)]
    askers[0].start()
    assert begun.wait(10)
    for asker in askers[1:]:
        asker.start()
    go_on.set()
    for asker in askers:
        asker.join(10)
    assert (made, found) == ([1], [b"page"] * 8)


def test_five_hundred_open_pages_cost_one_rendering_an_event(
    house: House, guest: FlaskClient, renderings: list[str]
) -> None:
    """Each asks with the tag it has, eight at once: the event is in every answer, made once; then there is no more
    to say than 304, after two reads.
    """
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    _, path = house.share(house.harbour)
    had = {"If-None-Match": guest.get(path + "live").headers["ETag"]}
    renderings.clear()
    house.send(house.harbour, "one more", 1)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)

    def look(_: int) -> tuple[int, str | None, bool]:
        answer = house.app.test_client().get(path + "live", headers=had)
        return answer.status_code, answer.headers.get("ETag"), b'class="num">13<' in answer.data

    with ThreadPoolExecutor(8) as viewers:
        answers = list(viewers.map(look, range(500)))
    assert len(set(answers)) == 1, set(answers)
    (status, tag, has_it), *_ = answers
    assert (status, has_it, len(renderings)) == (200, True, 1)
    with statements(house.services.engine) as seen:
        quiet = [guest.get(path + "live", headers={"If-None-Match": tag}).status_code for _ in range(20)]
    assert (quiet, len(seen), len(renderings)) == ([304] * 20, 40, 1)


def test_a_failed_making_is_not_kept() -> None:
    cache = PageCache()

    def broken() -> tuple[bytes, bool]:
        raise RuntimeError("no page today")

    with pytest.raises(RuntimeError):
        cache.get(key(1), broken)
    assert cache.get(key(1), lambda: (b"half", False)) == b"half"
    assert cache.get(key(1), lambda: (b"whole", True)) == b"whole"
    assert cache.get(key(1), broken) == b"whole"


def opens(house: House, share_id: int) -> tuple[int, datetime | None]:
    with house.services.reading() as session:
        share = session.get_one(Share, share_id)
        return share.opens, share.opened_at


def test_openings_are_counted_a_moment_later(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    other, _ = house.share(house.pine)
    begun = now()
    guest.get(path)
    guest.get(path + "live")
    guest.head(path)
    guest.get(path)
    with house.app.app_context():
        openings().flush()
    count, at = opens(house, share_id)
    assert (count, at is not None and begun <= at <= now()) == (2, True)
    assert opens(house, other) == (0, None)


def test_a_writer_holds_up_no_page_and_costs_no_opening(house: House, guest: FlaskClient) -> None:
    share_id, path = house.share(house.harbour)
    guest.get(path)
    with house.services.engine.connect() as writer:
        writer.exec_driver_sql("UPDATE agency SET name = name")  # holds the write lock
        with statements(house.services.engine) as seen:
            assert guest.get(path).status_code == 200
        assert [statement for statement in seen if not statement.startswith("SELECT")] == []
        writer.rollback()
    with house.app.app_context():
        counter = openings()
    counter.flush()
    assert opens(house, share_id)[0] == 2
    guest.get(path)
    house.services.engine.dispose()
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(links, "note_opened", _refused)
        counter.flush()  # the database refuses: told in the log, and counted again later
    assert opens(house, share_id)[0] == 2
    counter.flush()
    assert opens(house, share_id)[0] == 3


def _refused(*_: Any) -> None:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("UPDATE", {}, Exception("database is locked"))


def test_a_failed_check_is_on_the_kept_page_at_once_and_gone_when_it_is_over(
    house: House, guest: FlaskClient
) -> None:
    """Still two reads a look: where the figures stand says it."""
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    _, path = house.share(house.harbour)
    before = guest.get(path).text
    assert "failed a check" not in before
    finding = Finding(house.harbour.id, "units", "adds_up", 1, ('{"n": 1}',), "Wrong.", "Look.")
    failures.record(house.services.engine, {house.harbour.id: [finding]}, "refresh", {house.harbour.id: 1})
    shown = guest.get(path).text
    assert "newer events failed a check and are not counted yet" in shown
    assert 'class="mark warn"' in shown
    house.send(house.harbour, "later", 1)
    with statements(house.services.engine) as seen:
        assert guest.get(path).text == shown  # nobody who looks makes it try what fails
    assert len(seen) == 2, seen
    with house.services.engine.begin() as connection:
        failures.close(connection, [house.harbour.id])
    assert "failed a check" not in guest.get(path).text


def test_first_figures_that_fail_a_check_are_told_as_held_back_and_not_as_no_data(
    house: House, guest: FlaskClient
) -> None:
    """Harbour's first twelve e-mails fail a check; a workspace without any has no data."""
    _, path = house.share(house.harbour)
    empty = guest.get(path).text
    assert "No data yet" in empty
    assert "held back" not in empty
    house.send(house.harbour, "h", 12)
    finding = Finding(house.harbour.id, "units", "adds_up", 1, ('{"n": 1}',), "Wrong.", "Look.")
    failures.record(house.services.engine, {house.harbour.id: [finding]}, "rebuild", {house.harbour.id: 0})
    shown = guest.get(path).text
    assert "Events have come in; their figures are held back, because a check of them failed." in shown
    assert "Figures are held back until a check passes." in shown
    assert "No data yet" not in shown
    assert "Figures appear here with the first e-mail sent." not in shown
    assert "retenus, car un contrôle a échoué" in guest.get(f"{path}?lang=fr").text
    with house.services.engine.begin() as connection:
        failures.close(connection, [house.harbour.id])
    after = guest.get(path).text
    assert "held back" not in after
    assert "Data complete to" in after


def test_events_that_cannot_be_folded_in_are_told_on_the_page_and_gone_when_they_are(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says "complete" while something acknowledged waits; the page of Colossus beside it says nothing."""
    house.send(house.harbour, "h", 12)
    house.send(house.colossus, "c", 3)
    for workspace in (house.harbour, house.colossus):
        refresh_on_view.ensure(house.services.lake, workspace.id)
    (_, path), (_, theirs) = house.share(house.harbour), house.share(house.colossus)
    assert "not counted yet" not in guest.get(path).text
    house.send(house.harbour, "later", 1)
    with monkeypatch.context() as patch:
        patch.setattr(refresh_on_view, "ensure", lambda *_: None)
        shown, tag = guest.get(path).text, guest.get(f"{path}live").headers["ETag"]
        assert "newer events have come in and are not counted yet" in shown
        assert 'class="mark warn"' in shown
        assert "des événements plus récents sont arrivés" in guest.get(f"{path}?lang=fr").text
        assert "not counted yet" not in guest.get(theirs).text
    assert "not counted yet" not in guest.get(path).text
    assert guest.get(f"{path}live").headers["ETag"] != tag
