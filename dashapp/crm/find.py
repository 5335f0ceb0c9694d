"""Search everywhere in a workspace: contacts, companies, campaigns, deals, tasks; pages are the desk's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashapp.crm.campaigns import campaign_names
from dashapp.crm.deals import deals
from dashapp.crm.fields import fields_of
from dashapp.crm.filters import Filters
from dashapp.crm.folding import fold, name_of
from dashapp.crm.listing import contacts, mine, unindexed
from dashapp.crm.search import words_of
from dashapp.crm.tasks import Desk, open_tasks
from dashapp.db.contacts import Company, Contact
from data.scope import Scope

#: Results of one kind.
EACH: Final = 6
#: Deals whose names and own fields are compared: a workspace has hundreds, seldom thousands.
_DEALS: Final = 2_000
#: Companies whose contacts are counted.
_COMPANIES: Final = 200
#: The same of open tasks.
_TASKS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `kind`: contact, company, campaign, deal or task; `id`: of a contact, deal or task."""

    kind: str
    title: str
    detail: str = ""
    id: int | None = None


def find(session: Session, scope: Scope, workspace_id: int, query: str) -> list[Hit]:
    """The best of each kind. Raises NotInScope."""
    scope.require(workspace_id)
    words = words_of(query)
    if not words:
        return []
    page = contacts(session, scope, workspace_id, Filters(q=query, sort="engagement"), limit=EACH)
    labels = _labels(session, workspace_id, page.rows)
    hits = [
        Hit("contact", name_of(one.name, one.key), _detail(one, words, labels), one.id) for one in page.rows
    ]
    hits += _companies(session, scope, workspace_id, words)
    hits += [
        Hit("campaign", name) for name in campaign_names(session, scope, workspace_id) if _holds(name, words)
    ][:EACH]
    hits += [
        Hit("deal", one.title, one.company.name if one.company else "", one.id)
        for one in deals(session, scope, workspace_id, limit=_DEALS)
        if _holds(f"{one.title} {' '.join(one.fields.values())}", words)
    ][:EACH]
    return hits


def _labels(session: Session, workspace_id: int, rows: Sequence[Contact]) -> dict[str, str]:
    """What the own fields are called; asked only where a contact found has any."""
    if not any(row.fields for row in rows):
        return {}
    return {one.key: one.label for one in fields_of(session, workspace_id)}


def _detail(contact: Contact, words: list[str], labels: Mapping[str, str]) -> str:
    """The company, else the address; the own field by whose value they were found, where nothing else has it."""
    company = contact.company.name if contact.company else ""
    usual = fold(" ".join([contact.name, contact.key, contact.email or "", company, *contact.tags]))
    missing = [word for word in words if word not in usual]
    for key, label in labels.items():
        value = str(contact.fields.get(key, ""))
        if missing and value and any(word in fold(value) for word in missing):
            return f"{label}: {value}"
    return company or contact.key


def _companies(session: Session, scope: Scope, workspace_id: int, words: list[str]) -> list[Hit]:
    """The companies whose name holds every word, those with the most contacts first; of many the first by name."""
    named = select(Company.id).where(Company.workspace_id == workspace_id)
    for word in words:
        named = named.where(Company.name_key.contains(word, autoescape=True))
    found = session.scalars(named.order_by(Company.name_key).limit(_COMPANIES)).all()
    if not found:
        return []
    rows = session.execute(
        select(Company.name, func.count(Contact.id))
        .join(Contact, Contact.company_id == Company.id)
        .where(
            Company.id.in_(found),
            unindexed(session, Contact.workspace_id) == workspace_id,
            unindexed(session, Contact.deleted_at).is_(None),
            *mine(scope, workspace_id)[1:],
        )
        .group_by(Company.id, Company.name)
        .order_by(func.count(Contact.id).desc(), Company.name)
        .limit(EACH)
    )
    return [Hit("company", name, str(count)) for name, count in rows]


def find_tasks(session: Session, desk: Desk, query: str) -> list[Hit]:
    """The open tasks whose title or contact holds every word, the earliest due first."""
    words = words_of(query)
    if not words:
        return []
    return [
        Hit("task", one.title, one.lead or "", one.id)
        for one in open_tasks(session, desk, _TASKS)
        if _holds(f"{one.title} {one.lead or ''}", words)
    ][:EACH]


def _holds(text: str, words: list[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)
