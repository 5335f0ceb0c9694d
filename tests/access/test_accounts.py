"""Agencies, workspaces and people, and the links and sources they make. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import passwords, tokens
from dashapp.agencies import accounts, roles
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Agency, AgencyMember, Source, User, Workspace
from dashapp.errors import NotFound, Refused, TooMany
from dashapp.sharing import links, rotation
from dashapp.sources import registry as sources

GOOD = "tall ship on a blue sea"


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings with a key."""
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.example.com",
    )


def test_an_agency_its_owner_and_its_workspaces(engine) -> None:
    with Session(engine) as session, session.begin():
        agency, owner = accounts.create_agency(session, "  Nord & Süd ", "Alice@North.Example", GOOD)
        assert (agency.slug, agency.name, owner.email) == ("nord-sud", "Nord & Süd", "alice@north.example")
        assert passwords.verify(owner.password_hash, GOOD)
        assert session.get_one(AgencyMember, (owner.id, agency.id)).role == "owner"
        slugs = [accounts.create_workspace(session, agency, "Acme").slug for _ in range(3)]
        assert slugs == ["acme", "acme-2", "acme-3"]
        assert accounts.create_workspace(session, agency, "日本").slug == "workspace"
        again, same = accounts.create_agency(session, "Nord & Süd", "alice@north.example")
        assert (again.slug, same.id) == ("nord-sud-2", owner.id)
        verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
        made = ["user.create", "password.set", "agency.create"]
        assert verbs == [*made, *["workspace.create"] * 4, "agency.create"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "alice",
        "alice@",
        "@x.example",
        "a b@x.example",
        "a@x.example\nBcc: b@y.example",
        "a" * 250 + "@x.example",
    ],
)
def test_what_is_no_address_is_refused(engine, email) -> None:
    with Session(engine) as session, pytest.raises(Refused):
        accounts.create_user(session, email)


def test_names_zones_and_roles_are_checked(engine, north) -> None:
    with Session(engine) as session:
        agency = session.get_one(Agency, north.agency)
        bob = session.get_one(User, north.bob)
        for wrong in ("", " ", "x" * 121, "a\0b", "a\u202eb"):
            with pytest.raises(Refused):
                accounts.create_workspace(session, agency, wrong)
        for zone in ("Mars/Olympus", "../../etc/passwd", "europe/paris", ""):
            with pytest.raises(Refused, match="time zone"):
                accounts.create_workspace(session, agency, "Acme", zone)
        for role in ("god", "client", ""):
            with pytest.raises(Refused, match="role"):
                roles.set_agency_role(session, bob, agency, role)
        with pytest.raises(Refused, match="at least one owner"):
            roles.set_agency_role(session, session.get_one(User, north.alice), agency, "member")
        with pytest.raises(Refused):
            accounts.create_user(session, "dora@x.example", agency_role="member", all_accounts=True)


def test_a_password_is_not_replaced_by_being_added_elsewhere(engine, north) -> None:
    with Session(engine) as session, session.begin():
        bob = session.get_one(User, north.bob)
        accounts.set_password(session, bob, GOOD)
        with pytest.raises(Refused, match="already"):
            accounts.create_user(session, bob.email, "Charlie wants to be Bob")


def test_the_link_of_a_view_stays_in_its_workspace(engine, north, south, settings) -> None:
    with Session(engine) as session, session.begin():
        harbour, colossus = (
            session.get_one(Workspace, north.harbour),
            session.get_one(Workspace, south.colossus),
        )
        theirs = StoredView(agency_id=south.agency, slug="v", name="v", body="{}")
        pines = StoredView(agency_id=north.agency, workspace_id=north.pine, slug="p", name="p", body="{}")
        session.add_all([theirs, pines])
        session.flush()
        for view in (theirs, pines):
            with pytest.raises(Refused, match="another workspace"):
                links.create_share(session, settings, harbour, view=view)
        with pytest.raises(Refused, match="future"):
            links.create_share(session, settings, harbour, expires_at=now() - timedelta(days=1))
        share, _, _ = links.create_share(session, settings, colossus)
        with pytest.raises(NotFound):
            links.share_of(session, harbour, share.id)
        with pytest.raises(NotFound):
            links.share_of(session, harbour, True)


def test_a_rotated_link_has_a_new_address_and_no_open_passes(engine, north, settings) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        share, _, token = links.create_share(session, settings, harbour, password="a client's word")
        stored = session.get_one(Share, share.id)
        assert stored.token_hash == tokens.fingerprint(token)
        assert links.share_token(settings, share) == token
        pass_ = links.share_pass(settings, share)
        assert links.pass_opens(settings, share, pass_)
        assert not links.pass_opens(settings, share, None)
        _, new = rotation.rotate(session, settings, share)
        assert new != token
        assert links.open_share(session, token) is None
        assert links.open_share(session, new) is share
        assert not links.pass_opens(settings, share, pass_)
        pass_ = links.share_pass(settings, share)
        links.set_share_password(session, share, "another word of theirs")
        assert not links.pass_opens(settings, share, pass_)
        other, _, _ = links.create_share(session, settings, harbour, password="a client's word")
        assert not links.pass_opens(settings, other, links.share_pass(settings, share))


def test_the_twelfth_wrong_link_password_is_too_many(engine, north, settings) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        share, _, _ = links.create_share(session, settings, harbour, password="a client's word")
    for _ in range(11):
        assert links.try_password(engine, settings, share, "wrong word", "10.0.0.1") is None
    with pytest.raises(TooMany):
        links.try_password(engine, settings, share, "wrong word", "10.0.0.1")
    assert links.try_password(engine, settings, share, "a client's word", "10.0.0.2") is not None


def test_a_source_keeps_its_key_hashed_and_its_secret_sealed(engine, north, settings) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        source, path, secret = sources.create_source(session, settings, harbour, "postmark", "hook password")
        key = path.rpartition("/")[2]
        stored = session.get_one(Source, source.id)
        assert (path, secret) == (f"/hooks/postmark/{key}", "hook password")
        assert sources.source_path(settings, source) == path
        assert stored.key_hash == tokens.fingerprint(key)
        assert "hook password" not in stored.secret_sealed
        with pytest.raises(Refused, match="provider"):
            sources.create_source(session, settings, harbour, "nobody")
        with pytest.raises(Refused):
            sources.create_source(session, settings, harbour, "postmark", " ")
