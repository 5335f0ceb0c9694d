"""What the desk's script may ask to be done to contacts, their tasks and deals: each act a strict model."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dashapp.crm import contacts as people
from dashapp.errors import Refused

_Id = Annotated[int, Field(ge=1, lt=2**62)]
_Ids = Annotated[list[_Id], Field(min_length=1, max_length=people.MOST_AT_ONCE)]
_Short = Annotated[str, Field(max_length=300)]
_Own = Annotated[dict[Annotated[str, Field(max_length=60)], _Short], Field(max_length=200)]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


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
    listing: Literal["contacts", "deals", "deals-board"] = "contacts"
    columns: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=220)]


class DealCreate(Act):
    op: Literal["deal_create"]
    title: _Short
    value: Annotated[str, Field(max_length=40)] = ""
    currency: Annotated[str, Field(max_length=3)] = ""
    stage: Annotated[str, Field(max_length=20)] = ""
    expected_close: Annotated[str, Field(max_length=10)] = ""
    contact: _Id | None = None
    #: Values of the workspace's own fields, by key.
    own: _Own = {}


class DealEdit(Act):
    op: Literal["deal_edit"]
    id: _Id
    field: Annotated[str, Field(max_length=20)]
    value: _Short
    version: int


class DealUpdate(Act):
    op: Literal["deal_update"]
    id: _Id
    version: int
    #: The fields that were changed; the workspace's own are "field.<key>".
    values: Annotated[dict[Annotated[str, Field(max_length=80)], _Short], Field(max_length=220)]


class DealRemove(Act):
    op: Literal["deal_remove"]
    id: _Id


class DealRestore(Act):
    op: Literal["deal_restore"]
    id: _Id


class _File(Act):
    text: Annotated[str, Field(max_length=1_600_000)] = ""
    #: A workbook in base64.
    xlsx: Annotated[str, Field(max_length=1_600_000)] = ""
    mapping: Annotated[dict[Annotated[str, Field(max_length=200)], str], Field(max_length=200)] | None = None
    dry: bool = True


class Import(_File):
    op: Literal["import"]


class DealImport(_File):
    op: Literal["deal_import"]


class LeaveCampaign(Act):
    op: Literal["leave_campaign"]
    id: _Id
    campaign: Annotated[str, Field(max_length=500)]


class SendMail(Act):
    op: Literal["mail"]
    id: _Id
    subject: _Short
    text: Annotated[str, Field(max_length=2_000_000)]
    ref: Annotated[str, Field(max_length=40)]


class Erase(Act):
    op: Literal["erase"]
    id: _Id
    typed: Annotated[str, Field(max_length=320)]


class WasErased(Act):
    op: Literal["was_erased"]
    typed: Annotated[str, Field(max_length=320)]


class TaskCreate(Act):
    op: Literal["task_create"]
    id: _Id
    title: _Short
    channel: Annotated[str, Field(max_length=20)]
    due_on: _Day


class TaskComplete(Act):
    op: Literal["task_complete"]
    task: _Id
    note: Annotated[str, Field(max_length=2_000_000)] = ""
    disposition: Annotated[str, Field(max_length=20)] = ""


class TaskUndo(Act):
    op: Literal["task_undo"]
    task: _Id


class TaskMove(Act):
    op: Literal["task_move"]
    task: _Id
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    due_on: _Day


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
    | DealUpdate
    | DealRemove
    | DealRestore
    | Import
    | DealImport
    | LeaveCampaign
    | SendMail
    | Erase
    | WasErased
    | TaskCreate
    | TaskComplete
    | TaskUndo
    | TaskMove,
    Field(discriminator="op"),
]
_ACTS: TypeAdapter[Any] = TypeAdapter(AnyAct)


def act_of(body: Any) -> Any:
    """The act a request's JSON names. Raises Refused for anything else."""
    try:
        return _ACTS.validate_python(body, strict=True)
    except (ValidationError, RecursionError) as error:
        raise Refused("The request is not in the format this address expects.") from error
