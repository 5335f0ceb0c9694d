"""A kept page that tells of plans: it knows when they change, which no event says, and costs no more for it."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from dashapp.db.base import now
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.portal import entering
from dashapp.views.schema import Placed, View, dump_view
from data.building import refresh_on_view
from data.plans import load as plans
from tests.portal.test_kept_pages import renderings, statements
from tests.support.portal_house import House

__all__ = ["renderings"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The portal's moment, standing still at now; the first of the list."""
    standing = [now()]
    monkeypatch.setattr(entering, "now", lambda: standing[0])
    return standing


def shows(house: House, agency_id: int, *types: str) -> None:
    """The agency's view is of these tiles."""
    tiles = [
        Placed(id=name.replace("_", "-"), type=name, x=0, y=4 * n, w=6, h=4) for n, name in enumerate(types)
    ]
    with house.services.session() as session:
        session.execute(delete(StoredView).where(StoredView.agency_id == agency_id))
        body = dump_view(View(name="A", tiles=tiles))
        session.add(StoredView(agency_id=agency_id, slug="a", name="A", body=body, is_default=True))


def plan(house: House, workspace: Workspace, *leads: str) -> None:
    """E-mails to these leads are due tomorrow."""
    rows = [{"lead": lead, "campaign": "Autumn", "state": "not_started"} for lead in leads]
    told = plans.load(house.services.lake, workspace.id, "journeys", rows)
    assert (told.new, told.parked) == (len(leads), [])


@pytest.mark.usefixtures("clock")
def test_a_changed_plan_changes_a_page_that_tells_of_it_and_its_tag(
    house: House, guest: FlaskClient, renderings: list[str]
) -> None:
    """Harbour plans three e-mails, then four; Charlie's Colossus nine. A kept page costs two reads as before."""
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    shows(house, house.north_id, "future_emails")
    plan(house, house.harbour, "ann@c.example", "ben@c.example", "cleo@c.example")
    _, path = house.share(house.harbour)

    def planned() -> str:
        found = re.search(r'<p class="hl">.*?<span class="num">(\d+)<', guest.get(path).text, re.DOTALL)
        assert found is not None
        return found[1]

    def unchanged(tag: str) -> bool:
        return guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 304

    assert planned() == "3"
    tag = guest.get(path + "live").headers["ETag"]
    assert unchanged(tag)
    assert len(renderings) == 1
    with statements(house.services.engine) as seen:
        assert planned() == "3"
        assert unchanged(tag)
    assert len(seen) == 4, seen
    assert all(statement.startswith("SELECT") for statement in seen)

    plan(house, house.colossus, *(f"z{n}@c.example" for n in range(9)))
    assert unchanged(tag), "a stranger's plans are none of this page's"
    plan(house, house.harbour, "dan@c.example")
    assert not unchanged(tag)
    assert planned() == "4"
    after = guest.get(path + "live").headers["ETag"]
    assert after != tag
    assert unchanged(after)
    assert len(renderings) == 2
    told = plans.load(
        house.services.lake,
        house.harbour.id,
        "journeys",
        [{"lead": "dan@c.example", "campaign": "Autumn", "state": "not_started"}],
    )
    assert told.duplicate == 1
    assert unchanged(after), "the same plan again is no change"


def test_a_page_that_tells_of_plans_is_kept_for_a_quarter_of_an_hour_and_others_for_the_day(
    house: House, guest: FlaskClient, clock: list[datetime]
) -> None:
    """When a mailbox closes, what it did not send is tomorrow's: no event tells of that."""
    at = clock[0] = clock[0].replace(minute=46, second=0)
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    plan(house, house.harbour, "ann@c.example")
    _, path = house.share(house.harbour)

    def statuses(minutes: list[int]) -> list[int]:
        clock[0] = at
        told = {"If-None-Match": guest.get(path + "live").headers["ETag"]}
        found = []
        for minute in minutes:
            clock[0] = at.replace(minute=minute)
            found.append(guest.get(path + "live", headers=told).status_code)
        return found

    shows(house, house.north_id, "sent_emails")
    assert statuses([45, 59, 44, 30, 0]) == [304] * 5
    shows(house, house.north_id, "future_emails")
    assert statuses([45, 59, 44, 30, 0]) == [304, 304, 200, 200, 200]


@pytest.mark.usefixtures("clock")
def test_a_plan_is_nothing_to_a_page_that_does_not_tell_of_it(
    house: House, guest: FlaskClient, renderings: list[str]
) -> None:
    """Until its view gets a tile that does."""
    house.send(house.harbour, "h", 12)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    shows(house, house.north_id, "sent_emails")
    _, path = house.share(house.harbour)
    tag = guest.get(path + "live").headers["ETag"]
    plan(house, house.harbour, "ann@c.example")
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 304
    assert len(renderings) == 1
    shows(house, house.north_id, "sent_emails", "future_emails")
    before = guest.get(path + "live", headers={"If-None-Match": tag})
    assert before.status_code == 200
    plan(house, house.harbour, "ben@c.example")
    tag = before.headers["ETag"]
    assert guest.get(path + "live", headers={"If-None-Match": tag}).status_code == 200
    assert len(renderings) == 3
