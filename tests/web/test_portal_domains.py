"""An agency's own name for its portals: proved by DNS, for its own links alone, and taken by one agency."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dashapp.agencies import domains, names_on_the_net
from dashapp.db.reports import Share
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import Agency
from dashapp.doctor import installation
from dashapp.errors import Refused
from dashapp.sharing import links, viewers
from tests.support.world import HTML, Browser

NAME = "reports.north-agency.example"


class Told:
    """A network that says what it is told to say."""

    def __init__(self) -> None:
        self.hosts: dict[str, set[str]] = {"localhost": {"192.0.2.1"}, "app.example": {"192.0.2.1"}}
        self.records: dict[str, set[str]] = {}
        self.tls: dict[str, str] = {}
        self.connected: list[str] = []

    def addresses(self, host: str) -> frozenset[str]:
        return frozenset(self.hosts.get(host, ()))

    def texts(self, name: str) -> frozenset[str]:
        return frozenset(self.records.get(name, ()))

    def tls_problem(self, host: str) -> str | None:
        self.connected.append(host)
        return self.tls.get(host)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(names_on_the_net, "network", lambda: told)
    return told


@pytest.fixture
def app(make_app: Any) -> Any:
    return make_app(public_url="https://app.example")


def agency_token(running: Any, agency_id: int) -> str:
    with running.reading() as session:
        return str(session.get_one(PortalDomain, agency_id).token)


def prove(running: Any, network: Told, agency_id: int, host: str = NAME) -> None:
    """Write it down, make the records, look."""
    with running.session() as session:
        agency = session.get_one(Agency, agency_id)
        domain = domains.set_domain(session, running.settings, agency, host)
        token = domain.token
    network.records.setdefault(f"_vitrine.{host}", set()).add(token)
    network.hosts[host] = {"192.0.2.1"}
    checks = domains.examine(running.settings, host, token, network)
    with running.session() as session:
        domains.record_checks(session, agency_id, host, checks)


def verified(running: Any) -> dict[int, str | None]:
    with running.reading() as session:
        return {row.agency_id: row.verified_host for row in session.scalars(select(PortalDomain))}


@pytest.mark.parametrize(
    "typed",
    ["", "localhost", "https://a.example", "a.example/x", "192.0.2.1", "a b.example", "x" * 300 + ".example",
     "app.example", "printer.local", "-a.example", "a..example", "a.example:8443", "ø" * 80 + ".example"],
)  # fmt: skip
def test_what_no_portal_can_be_called_is_refused(running: Any, typed: str) -> None:
    with pytest.raises(Refused):
        domains.clean_host(typed, running.settings)


def test_a_name_is_in_use_once_all_is_right_and_only_then(
    running: Any, network: Told, world: Any, client: Any
) -> None:
    north, token = world.ids["north"], world.harbour_token
    with running.session() as session:
        made = domains.set_domain(
            session, running.settings, session.get_one(Agency, north), f" {NAME.upper()}. "
        )
        assert made.host == NAME
    mine = agency_token(running, north)

    def look() -> dict[str, str | None]:
        checks = domains.examine(running.settings, NAME, mine, network)
        with running.session() as session:
            domains.record_checks(session, north, NAME, checks)
        return checks

    assert all(look().values())
    network.records[f"_vitrine.{NAME}"] = {mine}
    network.hosts[NAME] = {"192.0.2.1", "10.0.0.7"}  # not ours alone: nothing is connected to
    assert look()["address"]
    assert network.connected == []
    network.hosts[NAME] = {"192.0.2.1"}
    network.tls[NAME] = "self-signed certificate"
    assert "self-signed" in str(look()["tls"])
    assert verified(running) == {north: None}
    assert client.get(f"/p/{token}/", base_url=f"https://{NAME}").status_code == 400
    network.tls.clear()
    assert not any(look().values())
    assert verified(running) == {north: NAME}
    page = client.get(f"/p/{token}/", base_url=f"https://{NAME}", headers=HTML)
    assert page.status_code == 200
    assert "Harbour Coffee" in page.text
    moved = client.get(f"/p/{token}", base_url=f"https://{NAME}")
    assert moved.location == f"https://{NAME}/p/{token}/"
    with running.reading() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        assert links.share_url(running.settings, share).startswith(f"https://{NAME}/p/")
        theirs = session.get_one(Share, world.ids["colossus_share"])
        assert links.share_url(running.settings, theirs).startswith("https://app.example/p/")
    with running.session() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        added = viewers.add_viewers(session, running.settings, share, ["erin@client.example"])
        assert viewers.viewer_url(running.settings, added[0]).startswith(f"https://{NAME}/p/")
    # When the records are gone, links go back.
    network.records.clear()
    look()
    assert verified(running) == {north: None}


def test_under_a_name_there_are_its_agencys_portals_and_nothing_else(
    running: Any, network: Told, world: Any, app: Any
) -> None:
    prove(running, network, world.ids["north"])
    there = {"base_url": f"https://{NAME}"}
    guest = app.test_client()
    neutral = guest.get("/p/unknown/", **there)
    assert neutral.status_code == 404
    for path in (
        f"/p/{world.colossus_token}/",
        "/",
        "/login",
        "/w/harbour-coffee/analytics",
        "/api/v1/shares",
        "/healthz",
    ):
        answer = guest.get(path, **there)
        assert answer.status_code == 404, path
        assert answer.data == neutral.data, path
    for path in ("live", "logo", "report.pdf", "report.xlsx", "campaigns/"):
        assert guest.get(f"/p/{world.colossus_token}/{path}", **there).status_code == 404
    # A name nobody proved, and one that only looks like it.
    for host in ("evil.example", f"x.{NAME}", f"{NAME}.evil.example"):
        assert guest.get(f"/p/{world.harbour_token}/", base_url=f"https://{host}").status_code == 400
    # Logged in under the public name, nobody is under this one.
    alice = Browser(app, "alice", base_url="https://app.example")
    assert alice.client.get("/", **there).status_code == 404


def test_one_name_is_one_agencys_and_the_other_is_told_nothing(
    running: Any, network: Told, world: Any
) -> None:
    north, south = world.ids["north"], world.ids["south"]
    prove(running, network, north)
    prove(running, network, south)
    assert verified(running) == {north: NAME, south: None}
    with running.reading() as session:
        said = session.get_one(PortalDomain, south).checks["txt"]
    assert said == "This name cannot be used here."
    with running.session() as session:
        domains.remove_domain(session, session.get_one(Agency, north))
    prove(running, network, south)
    assert verified(running) == {south: NAME}


def test_the_page_is_the_agencys_admins_alone(make_app: Any, network: Told, world: Any) -> None:
    app = make_app()
    alice, bob, charlie = (Browser(app, name) for name in ("alice", "bob", "charlie"))
    address = "/agency/domain?agency=north"
    assert alice.get(address, headers=HTML).status_code == 200
    for who in (bob, charlie):
        assert who.get(address, headers=HTML).status_code == 404
    with app.extensions["vitrine"].reading() as session:
        assert session.scalars(select(PortalDomain)).all() == []


def test_the_doctor_says_which_names_do_not_lead_here(running: Any, network: Told) -> None:
    network.hosts[NAME] = {"192.0.2.1"}
    network.records[f"_vitrine.{NAME}"] = {"right"}
    assert installation.domains_of_portals(running.settings, [], network).ok
    assert installation.domains_of_portals(running.settings, [(NAME, "right")], network).ok
    wrong = installation.domains_of_portals(
        running.settings, [(NAME, "right"), ("gone.example", "x")], network
    )
    assert not wrong.ok
    assert "gone.example" in wrong.found
    assert wrong.todo
