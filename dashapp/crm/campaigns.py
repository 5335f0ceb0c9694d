"""Campaigns as a list of flows, and contacts added to one: a journey not started yet, so forecasts count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from dashapp.crm.contacts import Actor, contact_of, keys_of, require_contactable
from dashapp.crm.listing import mine
from dashapp.db.contacts import Contact, ContactCampaign
from dashapp.errors import NotFound, Refused
from data.lake.lake import Lake
from data.plans import load as plans
from data.plans.tables import changed as plan_changed
from data.plans.tables import plan_campaign, plan_journey, plan_step
from data.query.ask import ask_all
from data.question import Query
from data.scope import Scope

#: Contacts added to a campaign at once.
MOST_ADDED: Final = 1_000
#: States of a journey whose campaign has written nothing yet.
_NOT_BEGUN: Final = frozenset({"not_started", "in_trigger"})


@dataclass(frozen=True, slots=True)
class Flow:
    """One campaign: what is planned of it and what came of it. Rates are 0..1, None without a base.

    `waiting`: journeys that have not started. `contacts`: people it wrote to, or will.
    """

    name: str
    status: str | None
    owner: str | None
    steps: int
    contacts: int
    waiting: int
    sent: int
    opened: float | None
    clicked: float | None
    replied: float | None


def flows(session: Session, lake: Lake, scope: Scope, workspace_id: int) -> list[Flow]:
    """Every campaign that is planned or wrote to somebody, by name."""
    scope.require(workspace_id)
    planned = {
        row.campaign: row
        for row in session.execute(select(plan_campaign).where(plan_campaign.c.workspace_id == workspace_id))
    }
    steps = _counts(session, plan_step, workspace_id)
    waiting = _counts(session, plan_journey, workspace_id, plan_journey.c.state.in_(sorted(_NOT_BEGUN)))
    contacts = _by_name(
        session,
        select(ContactCampaign.campaign, func.count())
        .join(Contact, Contact.id == ContactCampaign.contact_id)
        .where(*mine(scope, workspace_id), Contact.deleted_at.is_(None))
        .group_by(ContactCampaign.campaign),
    )
    rates = _rates(lake, scope, workspace_id)
    names = {*planned, *contacts, *rates["open"]} - {"(none)"}
    if scope.campaigns is not None:
        names &= scope.campaigns
    if scope.user is not None:
        names &= {*contacts, *rates["open"]}
    return [
        Flow(
            name,
            planned[name].status if name in planned else None,
            planned[name].user if name in planned else None,
            steps.get(name, 0),
            contacts.get(name, 0),
            waiting.get(name, 0),
            (rates["bounce"].get(name) or {}).get("base", 0),
            _rate(rates["open"], name),
            _rate(rates["click"], name),
            _rate(rates["reply"], name),
        )
        for name in sorted(names, key=str.casefold)
    ]


def _counts(session: Session, table: Any, workspace_id: int, *more: Any) -> dict[str, int]:
    return _by_name(
        session,
        select(table.c.campaign, func.count())
        .where(table.c.workspace_id == workspace_id, *more)
        .group_by(table.c.campaign),
    )


def _by_name(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _rates(lake: Lake, scope: Scope, workspace_id: int) -> dict[str, dict[str, dict[str, Any]]]:
    kinds = ("open", "click", "reply", "bounce")
    asked = {kind: Query(name="rate", data_type=kind, by="campaign") for kind in kinds}
    told = ask_all(lake, scope, workspace_id, asked)
    return {kind: {row["key"]: row for row in told[kind]["groups"]} for kind in kinds}


def _rate(rows: dict[str, dict[str, Any]], name: str) -> float | None:
    row = rows.get(name)
    return None if row is None else row["rate"]


def campaign_names(session: Session, scope: Scope, workspace_id: int) -> list[str]:
    """The campaigns contacts can be added to or filtered by."""
    scope.require(workspace_id)
    planned = session.scalars(
        select(plan_campaign.c.campaign).where(plan_campaign.c.workspace_id == workspace_id)
    )
    known = session.scalars(
        select(ContactCampaign.campaign).where(ContactCampaign.workspace_id == workspace_id).distinct()
    )
    names = {*planned, *known}
    return sorted(names if scope.campaigns is None else names & scope.campaigns, key=str.casefold)


def admissible(
    session: Session, actor: Actor, ids: Sequence[int], campaign: str
) -> tuple[list[Contact], list[tuple[Contact, Refused]]]:
    """Who of these may be added to a campaign, and who not with the reason: all of it is told, nothing is skipped.

    Raises NotFound for a campaign that is none, Refused for too many.
    """
    if len(ids) > MOST_ADDED:
        raise Refused("At most {MOST_ADDED} contacts can be added at once.", MOST_ADDED=MOST_ADDED)
    if campaign not in campaign_names(session, actor.scope, actor.workspace_id):
        raise NotFound("There is no such campaign.")
    good: list[Contact] = []
    bad: list[tuple[Contact, Refused]] = []
    for id_ in ids:
        contact = contact_of(session, actor.scope, actor.workspace_id, id_)
        if session.get(ContactCampaign, (contact.id, campaign)) is not None:
            bad.append((contact, Refused("They are in this campaign already.")))
            continue
        try:
            require_contactable(session, contact)
        except Refused as error:
            bad.append((contact, error))
        else:
            good.append(contact)
    return good, bad


def add(session: Session, actor: Actor, contacts: Sequence[Contact], campaign: str) -> None:
    """Note the campaign with the contacts; `plan` then tells the plans, in a transaction of its own."""
    for contact in contacts:
        session.add(
            ContactCampaign(contact_id=contact.id, campaign=campaign, workspace_id=actor.workspace_id)
        )
    actor.note(session, "contact.campaign", f"{len(contacts)} contacts added to {campaign}")


def plan(lake: Lake, scope: Scope, workspace_id: int, contacts: Sequence[Contact], campaign: str) -> None:
    """Journeys that have not started: what future e-mails are counted from. Safe to do twice."""
    scope.require(workspace_id)
    records = [
        {"lead": one.key, "campaign": campaign, "state": "not_started", "user": one.owner} for one in contacts
    ]
    told = plans.load(lake, workspace_id, "journeys", records)
    if told.parked:
        raise Refused("The campaign's plan could not be changed: {why}.", why=told.parked[0].why)


def leave(session: Session, actor: Actor, id_: int, campaign: str) -> None:
    """Take a contact out of a campaign that has not begun to write to them: its journey goes, forecasts follow.

    Raises NotFound for a campaign they are not in, Refused where it has begun.
    """
    contact = contact_of(session, actor.scope, actor.workspace_id, id_, lock=True)
    row = session.get(ContactCampaign, (contact.id, campaign))
    if row is None:
        raise NotFound("There is no such campaign.")
    keys = [contact.key, *keys_of(session, contact)]
    mine = (
        plan_journey.c.workspace_id == actor.workspace_id,
        plan_journey.c.campaign == campaign,
        plan_journey.c.lead.in_(keys),
    )
    states = set(session.scalars(select(plan_journey.c.state).where(*mine)))
    if not states or states - _NOT_BEGUN:
        raise Refused("This campaign has begun to write to them; stop it where it is sent from.")
    session.execute(delete(plan_journey).where(*mine))
    session.delete(row)
    plan_changed(session.connection(), actor.workspace_id)
    actor.note(session, "contact.campaign", f"{contact.key} taken out of {campaign}")


def not_begun(session: Session, workspace_id: int, keys: Sequence[str]) -> frozenset[str]:
    """The campaigns that have written nothing yet to the person with these lead ids: they can be left."""
    rows = session.execute(
        select(plan_journey.c.campaign, plan_journey.c.state).where(
            plan_journey.c.workspace_id == workspace_id, plan_journey.c.lead.in_(list(keys))
        )
    ).all()
    return frozenset(row.campaign for row in rows) - {
        row.campaign for row in rows if row.state not in _NOT_BEGUN
    }


def template_of(
    session: Session, workspace_id: int, campaign: str | None, step: str | None
) -> tuple[str, str] | None:
    """(subject, body) of a step's template as the source has it; None where none is known."""
    if not campaign or not step:
        return None
    row = session.execute(
        select(plan_step.c.subject, plan_step.c.body).where(
            plan_step.c.workspace_id == workspace_id,
            plan_step.c.campaign == campaign,
            plan_step.c.step == step,
        )
    ).one_or_none()
    return None if row is None or not row.body else (row.subject or "", row.body)
