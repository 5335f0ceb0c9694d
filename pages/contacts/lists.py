"""Acts on deals, and on how a list of contacts is looked at: saved filters and columns."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dashapp.crm import contacts as people
from dashapp.crm import deals, filters
from dashapp.db.contacts import ListColumns, SavedFilter
from dashapp.errors import NotFound, Refused
from dashapp.ui.language.say import say
from pages.contacts import act_models as m
from pages.contacts.doing import Answer, Doing
from pages.frame.page_spec import query_of

#: Saved filters of one list: as many as a menu can hold.
MOST_FILTERS: Final = 100


def deal(session: Session, actor: people.Actor, act: Any) -> Answer:
    """What the board and the table of deals ask for."""
    match act:
        case m.DealCreate():
            own = {f"{deals.OWN}{key}": value for key, value in act.own.items()}
            row = deals.create(session, actor, {**act.model_dump(exclude={"op", "own"}), **own})
            return {"said": say("Deal added."), "deal": row.id}
        case m.DealEdit():
            row = deals.edit(session, actor, act.id, act.field, act.value, act.version)
            return {"said": say("Saved."), "version": row.version}
        case m.DealUpdate():
            row = deals.update(session, actor, act.id, act.values, act.version)
            return {"said": say("Saved."), "version": row.version}
        case m.DealRemove():
            deals.remove(session, actor, act.id)
            return {"said": say("Deal deleted."), "undo": {"op": "deal_restore", "id": act.id}}
        case m.DealRestore():
            deals.restore(session, actor, act.id)
            return {"said": say("Restored.")}
    raise Refused("The request is not in the format this address expects.")


def saved(session: Session, actor: people.Actor, act: m.SaveFilter | m.DropFilter) -> Answer:
    """Keep a filter under a name, or remove one."""
    mine = select(SavedFilter).where(SavedFilter.workspace_id == actor.workspace_id)
    if isinstance(act, m.DropFilter):
        row = session.scalars(mine.where(SavedFilter.id == act.id)).one_or_none()
        if row is None:
            raise NotFound("There is no such filter.")
        session.execute(delete(SavedFilter).where(SavedFilter.id == row.id))
        actor.note(session, "filter.delete", row.name)
        return {"said": say("Filter removed.")}
    search = filters.filters_of(query_of(act.search)).search()
    row = session.scalars(
        mine.where(SavedFilter.listing == act.listing, SavedFilter.name == act.name)
    ).one_or_none()
    if row is None:
        kept = select(func.count()).where(
            SavedFilter.workspace_id == actor.workspace_id, SavedFilter.listing == act.listing
        )
        if (session.scalar(kept) or 0) >= MOST_FILTERS:
            raise Refused("A list has at most {most} saved filters; remove one first.", most=MOST_FILTERS)
        row = SavedFilter(
            workspace_id=actor.workspace_id, listing=act.listing, name=act.name, author=actor.name
        )
        session.add(row)
    row.search = search[:1_000]
    actor.note(session, "filter.save", act.name)
    return {"said": say("Filter saved.")}


def columns(doing: Doing, act: m.Columns) -> Answer:
    """Anybody who sees the list chooses their columns."""
    with doing.writing() as session:
        actor = doing.actor(session, "contact.read")
        key = (doing.viewer.user_id, actor.workspace_id, act.listing)
        row = session.get(ListColumns, key)
        if row is None:
            session.add(
                ListColumns(user_id=key[0], workspace_id=key[1], listing=key[2], columns=list(act.columns))
            )
        else:
            row.columns = list(act.columns)
    return {"said": ""}
