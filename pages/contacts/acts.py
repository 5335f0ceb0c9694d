"""What the desk's script may ask to be done to contacts and deals: each act a strict model and one function."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member
from dashapp.crm import calls, deals, imports, listing, merging
from dashapp.crm import campaigns as flows
from dashapp.crm import contacts as people
from dashapp.db.contacts import ListColumns, SavedFilter
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.ui.language.say import retell, say
from dashapp.ui.language.spoken import integer
from pages.frame.page_spec import query_of

VERB = "contact.edit"
_Id = Annotated[int, Field(ge=1, lt=2**62)]
_Ids = Annotated[list[_Id], Field(min_length=1, max_length=people.MOST_AT_ONCE)]
_Short = Annotated[str, Field(max_length=300)]
Answer = dict[str, Any]


class Act(BaseModel):
    """Base: no coercion, no unknown field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Create(Act):
    op: Literal["create"]
    email: _Short
    name: _Short = ""
    company: _Short = ""


class Edit(Act):
    op: Literal["edit"]
    id: _Id
    field: Annotated[str, Field(max_length=80)]
    value: _Short | list[_Short]
    version: int


class Bulk(Act):
    op: Literal["bulk"]
    ids: _Ids
    field: Annotated[str, Field(max_length=20)]
    value: _Short


class Undo(Act):
    op: Literal["undo"]
    batch: Annotated[str, Field(max_length=32)]


class Remove(Act):
    op: Literal["remove"]
    ids: _Ids


class Restore(Act):
    op: Literal["restore"]
    id: _Id


class Note(Act):
    op: Literal["note"]
    id: _Id
    text: Annotated[str, Field(max_length=2_000_000)]
    of_company: bool = False


class Consent(Act):
    op: Literal["consent"]
    id: _Id
    kind: Annotated[str, Field(max_length=20)]
    given: bool


class Call(Act):
    op: Literal["call"]
    id: _Id
    disposition: Annotated[str, Field(max_length=20)]
    ref: Annotated[str, Field(max_length=40)] | None = None


class Campaign(Act):
    op: Literal["campaign"]
    ids: _Ids
    campaign: Annotated[str, Field(max_length=500)]


class Merge(Act):
    op: Literal["merge"]
    kept: _Id
    key: Annotated[str, Field(max_length=320)]


class Unmerge(Act):
    op: Literal["unmerge"]
    merge: _Id


class AddField(Act):
    op: Literal["field"]
    label: _Short
    kind: Annotated[str, Field(max_length=10)]
    choices: Annotated[list[_Short], Field(max_length=50)] = []


class SaveFilter(Act):
    op: Literal["save_filter"]
    listing: Literal["contacts"]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    search: Annotated[str, Field(max_length=1_000)]


class DropFilter(Act):
    op: Literal["drop_filter"]
    id: _Id


class Columns(Act):
    op: Literal["columns"]
    columns: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=120)]


class DealCreate(Act):
    op: Literal["deal_create"]
    title: _Short
    value: Annotated[str, Field(max_length=40)] = ""
    currency: Annotated[str, Field(max_length=3)] = ""
    stage: Annotated[str, Field(max_length=20)] = ""
    expected_close: Annotated[str, Field(max_length=10)] = ""
    contact: _Id | None = None


class DealEdit(Act):
    op: Literal["deal_edit"]
    id: _Id
    field: Annotated[str, Field(max_length=20)]
    value: _Short
    version: int


class DealRemove(Act):
    op: Literal["deal_remove"]
    id: _Id


class DealRestore(Act):
    op: Literal["deal_restore"]
    id: _Id


class Import(Act):
    op: Literal["import"]
    text: Annotated[str, Field(max_length=1_600_000)]
    mapping: Annotated[dict[Annotated[str, Field(max_length=200)], str], Field(max_length=200)] | None = None
    dry: bool = True


AnyAct = Annotated[
    Create
    | Edit
    | Bulk
    | Undo
    | Remove
    | Restore
    | Note
    | Consent
    | Call
    | Campaign
    | Merge
    | Unmerge
    | AddField
    | SaveFilter
    | DropFilter
    | Columns
    | DealCreate
    | DealEdit
    | DealRemove
    | DealRestore
    | Import,
    Field(discriminator="op"),
]
_ACTS: TypeAdapter[Any] = TypeAdapter(AnyAct)


@dataclass(frozen=True)
class Doing:
    """Who does something where; `writing()` opens a transaction and checks the right anew in it."""

    services: Services
    viewer: Member
    slug: str
    ip: str

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that writes."""
        return self.services.session()

    def actor(self, session: Session, verb: str = VERB) -> people.Actor:
        """The viewer within their scope. Raises NotFound when they may not."""
        workspace, scope = scope_for_workspace(session, self.viewer, self.slug, verb)
        return people.Actor(self.viewer.actor, workspace, scope, self.ip)


def act_of(body: Any) -> Any:
    """The act a request's JSON names. Raises Refused for anything else."""
    try:
        return _ACTS.validate_python(body, strict=True)
    except (ValidationError, RecursionError) as error:
        raise Refused("The request is not in the format this address expects.") from error


def do(doing: Doing, act: Any) -> Answer:
    """Do it; `said` is one sentence about it, `undo` the act that takes it back."""
    if isinstance(act, Columns):
        return _columns(doing, act)
    if isinstance(act, Call):
        return _call(doing, act)
    if isinstance(act, Campaign):
        return _campaign(doing, act)
    if isinstance(act, Import):
        return _import(doing, act)
    with doing.writing() as session:
        return _within(session, doing.actor(session), act)


def _within(session: Session, actor: people.Actor, act: Any) -> Answer:
    match act:
        case Create():
            row = people.create(session, actor, act.model_dump(exclude={"op"}))
            return {"said": say("Contact added."), "id": row.id}
        case Edit():
            row = people.edit(session, actor, act.id, act.field, act.value, act.version)
            return {"said": say("Saved."), "version": row.version}
        case Bulk():
            batch, count = people.bulk(session, actor, act.ids, act.field, act.value)
            said = say("{n} contacts changed.", n=integer(count)) if count != 1 else say("1 contact changed.")
            return {"said": said, "undo": {"op": "undo", "batch": batch} if count else None}
        case Undo():
            back, stayed = people.undo(session, actor, act.batch)
            said = say("Undone.")
            if stayed:
                said = say("{n} undone; {m} were changed again and stay.", n=back, m=stayed)
            return {"said": said}
        case Remove():
            batch, count = people.remove(session, actor, act.ids)
            said = say("{n} contacts deleted.", n=integer(count)) if count != 1 else say("Contact deleted.")
            return {"said": said, "undo": {"op": "undo", "batch": batch}, "gone": True}
        case Restore():
            people.restore(session, actor, act.id)
            return {"said": say("Restored.")}
        case Note():
            people.add_note(session, actor, act.id, act.text, of_company=act.of_company)
            return {"said": say("Note added.")}
        case Consent():
            people.set_consent(session, actor, act.id, act.kind, act.given)
            return {"said": say("Consent recorded.") if act.given else say("Consent withdrawn.")}
        case Merge():
            other = people.contact_by_key(session, actor.scope, actor.workspace_id, act.key)
            if other is None:
                raise NotFound("There is no contact with this address.")
            row_ = merging.merge(session, actor, act.kept, other.id)
            return {"said": say("Merged."), "undo": {"op": "unmerge", "merge": row_.id}}
        case Unmerge():
            merging.unmerge(session, actor, act.merge)
            return {"said": say("The merge is undone.")}
        case AddField():
            people.add_custom_field(session, actor, act.label, act.kind, act.choices)
            return {"said": say("Field added.")}
        case SaveFilter() | DropFilter():
            return _saved(session, actor, act)
    return _deal(session, actor, act)


def _deal(session: Session, actor: people.Actor, act: Any) -> Answer:
    match act:
        case DealCreate():
            row = deals.create(session, actor, act.model_dump(exclude={"op"}))
            return {"said": say("Deal added."), "deal": row.id}
        case DealEdit():
            row = deals.edit(session, actor, act.id, act.field, act.value, act.version)
            return {"said": say("Saved."), "version": row.version}
        case DealRemove():
            deals.remove(session, actor, act.id)
            return {"said": say("Deal deleted."), "undo": {"op": "deal_restore", "id": act.id}}
        case DealRestore():
            deals.restore(session, actor, act.id)
            return {"said": say("Restored.")}
    raise Refused("The request is not in the format this address expects.")


def _saved(session: Session, actor: people.Actor, act: SaveFilter | DropFilter) -> Answer:
    mine = select(SavedFilter).where(SavedFilter.workspace_id == actor.workspace_id)
    if isinstance(act, DropFilter):
        row = session.scalars(mine.where(SavedFilter.id == act.id)).one_or_none()
        if row is None:
            raise NotFound("There is no such filter.")
        session.execute(delete(SavedFilter).where(SavedFilter.id == row.id))
        actor.note(session, "filter.delete", row.name)
        return {"said": say("Filter removed.")}
    search = listing.filters_of(query_of(act.search)).search()
    row = session.scalars(
        mine.where(SavedFilter.listing == act.listing, SavedFilter.name == act.name)
    ).one_or_none()
    if row is None:
        row = SavedFilter(
            workspace_id=actor.workspace_id, listing=act.listing, name=act.name, author=actor.name
        )
        session.add(row)
    row.search = search[:1_000]
    actor.note(session, "filter.save", act.name)
    return {"said": say("Filter saved.")}


def _columns(doing: Doing, act: Columns) -> Answer:
    """Anybody who sees the list chooses their columns."""
    with doing.writing() as session:
        actor = doing.actor(session, "contact.read")
        key = (doing.viewer.user_id, actor.workspace_id, "contacts")
        row = session.get(ListColumns, key)
        if row is None:
            session.add(
                ListColumns(user_id=key[0], workspace_id=key[1], listing=key[2], columns=list(act.columns))
            )
        else:
            row.columns = list(act.columns)
    return {"said": ""}


def _call(doing: Doing, act: Call) -> Answer:
    with doing.writing() as session:
        actor = doing.actor(session)
        record = calls.call_event(session, actor, act.id, act.disposition, act.ref)
        workspace_id = actor.workspace_id
    calls.put(doing.services.inbox, workspace_id, record)
    return {"said": say("Call logged; the timeline shows it in a moment."), "soon": True}


def _campaign(doing: Doing, act: Campaign) -> Answer:
    with doing.writing() as session:
        actor = doing.actor(session)
        good, bad = flows.admissible(session, actor, act.ids, act.campaign)
        flows.add(session, actor, good, act.campaign)
        workspace_id, scope = actor.workspace_id, actor.scope
    flows.plan(doing.services.lake, scope, workspace_id, good, act.campaign)
    if not good:
        raise Refused(bad[0][1] if bad else "Nobody was added.")
    said = say("{n} added to {campaign}.", n=integer(len(good)), campaign=act.campaign)
    if bad:
        said += " " + say("{n} were not: {why}", n=integer(len(bad)), why=retell(bad[0][1]))
    return {"said": said}


def _import(doing: Doing, act: Import) -> Answer:
    columns, rows = imports.parse_csv(act.text)
    mapping = act.mapping or imports.guess(columns)
    if set(mapping.values()) - set(imports.TARGETS):
        raise Refused("The request is not in the format this address expects.")
    with doing.services.reading() as session:
        actor = doing.actor(session)
        session.expunge_all()
    told = imports.load(doing.writing, actor, rows, mapping, dry=act.dry)
    refused: Sequence[Any] = told.refused[: imports.MOST_TOLD]
    return {
        "columns": [{"name": name, "target": mapping.get(name, "ignore")} for name in columns],
        "sample": [[row[name][:60] for name in columns] for row in rows[:3]],
        "read": told.read,
        "new": told.new,
        "changed": told.changed,
        "same": told.same,
        "refused": len(told.refused),
        "reasons": [f"{one.where}: {one.why}" for one in refused],
        "said": ""
        if act.dry
        else say(
            "{read} rows: {new} new, {changed} changed, {same} as they were, {refused} refused.",
            read=integer(told.read),
            new=integer(told.new),
            changed=integer(told.changed),
            same=integer(told.same),
            refused=integer(len(told.refused)),
        ),
    }
