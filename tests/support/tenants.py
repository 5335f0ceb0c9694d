"""The two agencies of the tests: Alice's North, and South, whose people are strangers to Alice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashapp.db.tenants import Agency, AgencyMember, User, Workspace
from tests.support.managing import manage


@dataclass(frozen=True)
class North:
    """Alice's agency. Bob is a member who works in all its accounts."""

    agency: int
    alice: int
    bob: int
    harbour: int  # workspace "Harbour Coffee", Europe/Madrid
    pine: int  # workspace "Pine Dental", America/New_York


@dataclass(frozen=True)
class South:
    """Charlie's agency, a stranger to Alice, with absurdly large numbers."""

    agency: int
    charlie: int
    colossus: int  # workspace "Colossus", Asia/Kolkata


def make_north(session: Session) -> North:
    """Alice's agency North with Bob, Harbour Coffee and Pine Dental."""
    agency = Agency(slug="north", name="North")
    alice = User(email="alice@north.example", name="Alice")
    bob = User(email="bob@north.example", name="Bob")
    harbour = Workspace(slug="harbour-coffee", name="Harbour Coffee", timezone="Europe/Madrid")
    pine = Workspace(slug="pine-dental", name="Pine Dental", timezone="America/New_York")
    manage(agency, harbour, pine)
    session.add_all([agency, alice, bob, harbour, pine])
    session.flush()
    session.add(AgencyMember(user_id=alice.id, agency_id=agency.id, role="owner"))
    session.add(AgencyMember(user_id=bob.id, agency_id=agency.id, role="member", all_accounts=True))
    return North(agency.id, alice.id, bob.id, harbour.id, pine.id)


def make_south(session: Session) -> South:
    """Charlie's agency South with Colossus."""
    agency = Agency(slug="south", name="South")
    charlie = User(email="charlie@south.example", name="Charlie")
    colossus = Workspace(slug="colossus", name="Colossus", timezone="Asia/Kolkata")
    manage(agency, colossus)
    session.add_all([agency, charlie, colossus])
    session.flush()
    session.add(AgencyMember(user_id=charlie.id, agency_id=agency.id, role="owner"))
    return South(agency.id, charlie.id, colossus.id)
