"""An agency's own name for its portals: proved by DNS, for its own links alone, and taken by one agency."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from typing import Any

import dns.message
import dns.resolver
import pytest
from sqlalchemy import select

from dashapp.agencies import domains, names_on_the_net
from dashapp.agencies.names_on_the_net import NoAnswer
from dashapp.db.reports import Share
from dashapp.db.security import AuditEntry
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import Agency
from dashapp.doctor import installation
from dashapp.errors import Refused
from dashapp.sharing import links, viewers
from jobs.catalog import recheck_domains
from jobs.runtime.job import Task
from pages.agency import domain as page
from tests.support.world import HTML, Browser

NAME = "reports.north-agency.example"


class Told:
    """A network that says what it is told to say."""

    def __init__(self) -> None:
        self.hosts: dict[str, set[str]] = {"localhost": {"192.0.2.1"}, "app.example": {"192.0.2.1"}}
        self.records: dict[str, set[str]] = {}
        self.tls: dict[str, str] = {}
        self.connected: list[str] = []
        self.silent = False

    def _answers(self) -> None:
        if self.silent:
            raise NoAnswer("SERVFAIL")

    def addresses(self, host: str) -> frozenset[str]:
        self._answers()
        return frozenset(self.hosts.get(host, ()))

    def texts(self, name: str) -> frozenset[str]:
        self._answers()
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
        domains.record_look(session, agency_id, host, checks)


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

    def look() -> domains.Look:
        checks = domains.examine(running.settings, NAME, mine, network)
        with running.session() as session:
            domains.record_look(session, north, NAME, checks)
        return checks

    assert all(look().problems.values())
    network.records[f"_vitrine.{NAME}"] = {mine}
    network.hosts[NAME] = {"192.0.2.1", "10.0.0.7"}  # not ours alone: nothing is connected to
    assert look().problems["address"]
    assert network.connected == []
    network.hosts[NAME] = {"192.0.2.1"}
    network.tls[NAME] = "self-signed certificate"
    assert "self-signed" in str(look().problems["tls"])
    assert verified(running) == {north: None}
    assert client.get(f"/p/{token}/", base_url=f"https://{NAME}").status_code == 400
    network.tls.clear()
    assert look().verdict == "right"
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


def recheck(running: Any, days: float = 1) -> str:
    """The daily job, `days` later than the looks before."""
    with running.session() as session:
        for row in session.scalars(select(PortalDomain)):
            if row.wrong_since is not None:
                row.wrong_since -= timedelta(days=days)
    task = Task(running.lake, "recheck-domains", 0, "today", settings=running.settings)
    recheck_domains.JOB.function(task)
    return task.detail


def looks(running: Any, agency_id: int) -> list[str]:
    with running.reading() as session:
        return [one["verdict"] for one in session.get_one(PortalDomain, agency_id).looks]


def test_a_name_in_use_survives_servers_that_fail_and_records_that_come_back(
    running: Any, network: Told, world: Any
) -> None:
    north = world.ids["north"]
    prove(running, network, north)
    network.silent = True
    for _ in range(10):
        assert recheck(running) == "1 names looked at, 1 not right, 0 no longer in use"
    network.silent = False
    kept = network.records.pop(f"_vitrine.{NAME}")
    for _ in range(2):
        recheck(running)
    assert verified(running) == {north: NAME}
    network.records[f"_vitrine.{NAME}"] = kept
    assert recheck(running) == "1 names looked at, 0 not right, 0 no longer in use"
    network.records.clear()
    for _ in range(2):
        recheck(running)
    assert verified(running) == {north: NAME}, "the right look between has begun the count anew"
    assert looks(running, north)[:4] == ["wrong", "wrong", "right", "wrong"]


def test_a_name_ends_after_several_definite_noes_over_two_days(
    running: Any, network: Told, world: Any
) -> None:
    north = world.ids["north"]
    prove(running, network, north)
    network.hosts[NAME] = {"203.0.113.9"}
    for _ in range(10):  # somebody presses "Check now" again and again within a minute
        recheck(running, days=0)
    assert verified(running) == {north: NAME}
    network.silent = True
    recheck(running, days=3)
    assert verified(running) == {north: NAME}, "no answer ends nothing, however long it lasts"
    network.silent = False
    assert recheck(running) == "1 names looked at, 1 not right, 1 no longer in use"
    assert verified(running) == {north: None}
    with running.reading() as session:
        row = session.get_one(PortalDomain, north)
        assert (row.looks[0]["in_use"], row.looks[1]["in_use"]) == (False, True)
        ended = session.scalars(select(AuditEntry.actor).where(AuditEntry.verb == "agency.domain.end")).all()
    assert ended == ["recheck-domains"]
    assert recheck(running) == "0 names looked at, 0 not right, 0 no longer in use"


def test_two_agencies_that_prove_one_name_at_once_get_a_sentence_and_no_error(
    running: Any, network: Told, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = world.ids["north"], world.ids["south"]
    network.hosts[NAME] = {"192.0.2.1"}
    start, failed = threading.Barrier(2), list[BaseException]()
    for agency_id in (north, south):
        with running.session() as session:
            made = domains.set_domain(session, running.settings, session.get_one(Agency, agency_id), NAME)
            network.records.setdefault(f"_vitrine.{NAME}", set()).add(made.token)

    def take(agency_id: int) -> None:
        look = domains.examine(running.settings, NAME, agency_token(running, agency_id), network)
        start.wait(30)
        try:
            with running.session() as session:
                domains.record_look(session, agency_id, NAME, look)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=take, args=[one]) for one in (north, south)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert sorted(verified(running).values(), key=str) == [None, NAME]
    with running.reading() as session:
        loser = session.scalars(select(PortalDomain).where(PortalDomain.verified_host.is_(None))).one()
    assert (loser.checks["txt"], loser.looks[0]["verdict"]) == ("This name cannot be used here.", "wrong")


def test_two_who_save_a_name_at_once_both_save(running: Any, world: Any) -> None:
    start, failed = threading.Barrier(2), list[BaseException]()

    def save() -> None:
        start.wait(30)
        try:
            with running.session() as session:
                domains.set_domain(
                    session, running.settings, session.get_one(Agency, world.ids["north"]), NAME
                )
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []


@pytest.mark.parametrize(
    ("raised", "answered"),
    [
        (dns.resolver.NXDOMAIN(), True),
        (dns.resolver.NoAnswer(response=dns.message.make_response(dns.message.make_query("a", "TXT"))), True),
        (dns.resolver.NoNameservers(), False),  # SERVFAIL of all of them
        (dns.resolver.LifetimeTimeout(timeout=5, errors=[]), False),
        (OSError("no route"), False),
    ],
)
def test_what_no_server_says_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, answered: bool
) -> None:
    def fails(*_: object, **__: object) -> Any:
        raise raised

    monkeypatch.setattr(dns.resolver, "resolve", fails)
    if answered:
        assert names_on_the_net.Internet().texts("x.example") == frozenset()
    else:
        with pytest.raises(NoAnswer):
            names_on_the_net.Internet().texts("x.example")


@pytest.mark.parametrize(
    ("code", "answered"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False), (socket.EAI_FAIL, False)]
)
def test_a_resolver_that_fails_is_no_name_without_an_address(
    monkeypatch: pytest.MonkeyPatch, code: int, answered: bool
) -> None:
    def fails(*_: object, **__: object) -> Any:
        raise socket.gaierror(code, "said so")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    if answered:
        assert names_on_the_net.Internet().addresses("x.example") == frozenset()
    else:
        with pytest.raises(NoAnswer):
            names_on_the_net.Internet().addresses("x.example")


def test_the_page_shows_what_the_looks_found(running: Any, network: Told, world: Any) -> None:
    north = world.ids["north"]
    prove(running, network, north)
    network.silent = True
    recheck(running)
    with running.reading() as session:
        shown = str(page.body(session, running.settings, session.get_one(Agency, north)))
    assert "What the last looks found" in shown
    assert shown.index("No answer") < shown.index(">Right<")
    assert "did not answer just now" in shown


def test_the_doctor_says_which_names_do_not_lead_here_and_since_when(
    running: Any, network: Told, world: Any
) -> None:
    def examine() -> Any:
        with running.reading() as session:
            named = installation.names_in_use(session.connection())
        return installation.domains_of_portals(running.settings, named, network)

    assert examine().ok
    prove(running, network, world.ids["north"])
    assert examine().ok
    network.silent = True
    assert (examine().ok, NAME in examine().found) == (True, True)
    network.silent = False
    network.records.clear()
    recheck(running)
    wrong = examine()
    assert not wrong.ok
    assert f"{NAME}: The TXT record" in wrong.found
    assert "wrong 1 times since" in wrong.found
    assert "last right" in wrong.found
    assert wrong.todo
