"""The form of a stored view: strict in, so that nothing but a known tile with known options is ever kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from dashapp.errors import Refused
from dashapp.tiles.registry import tile_types
from dashapp.views.layout import COLUMNS, LAST_ROW, MOST_ROWS, overlap
from dashapp.views.upgrades import SCHEMA_VERSION, upgrade

MOST_TILES = 40
MOST_BYTES = 100_000
TileId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


def _one_line(text: str) -> str:
    """A control character in a name would end in a log line, or be refused by the database alone."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("it has a character that cannot be printed")
    return text


Title = Annotated[str, Field(max_length=80), AfterValidator(_one_line)]
_Model = TypeVar("_Model", bound=BaseModel)


class Strict(BaseModel):
    """Base of everything stored: unknown keys and wrong types are refused. Changed only by `model_copy`."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Placed(Strict):
    """A tile on the 12-column grid; `title` null shows the type's own. `locked`: no workspace changes it."""

    id: TileId
    type: str
    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0, le=LAST_ROW)]
    w: Annotated[int, Field(ge=2, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    title: Title | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    locked: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Placed:
        if self.x + self.w > COLUMNS:
            raise ValueError(f"tile {self.id} reaches beyond the {COLUMNS} columns")
        check_options(self.type, self.options)
        return self


class View(Strict):
    """An arrangement of tiles under a name. `locked`: as a template, no workspace changes anything in it."""

    schema_version: int = SCHEMA_VERSION
    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_one_line)]
    locked: bool = False
    tiles: list[Placed]

    @model_validator(mode="after")
    def _distinct(self) -> View:
        if self.schema_version != SCHEMA_VERSION:
            raise ValueError(f"schema_version {self.schema_version} is not {SCHEMA_VERSION}")
        if len(self.tiles) > MOST_TILES:
            raise ValueError(f"a view has at most {MOST_TILES} tiles, this one has {len(self.tiles)}")
        ids = [tile.id for tile in self.tiles]
        if len(set(ids)) != len(ids):
            raise ValueError("two tiles have the same id")
        for i, one in enumerate(self.tiles):
            for other in self.tiles[i + 1 :]:
                if overlap(one, other):
                    raise ValueError(f"tiles {one.id} and {other.id} overlap")
        return self


def check_options(kind_name: str, options: Mapping[str, Any]) -> None:
    """Raise the error pydantic reports with the path, for an unknown type or options it does not take."""
    kind = tile_types().get(kind_name)
    if kind is None:
        raise ValueError(f"there is no tile type {kind_name[:40]!r}")
    try:
        kind.options.model_validate(dict(options))
    except ValidationError as error:
        where, why = _first(error)
        path = ".".join(["options", *where])
        raise PydanticCustomError("tile_options", "{why}", {"path": path, "why": why}) from error


def options_of(tile: Placed) -> dict[str, Any]:
    """All options of a tile, also those left at their defaults, JSON-ready."""
    return tile_types()[tile.type].options.model_validate(tile.options).model_dump(mode="json")


def parse_view(text: str) -> View:
    """JSON text of any known schema version as a View; raises Refused with one sentence that says where."""
    return validated(View, upgrade(stored_object(text, "view")), "view")


def view_of(document: Mapping[str, Any]) -> View:
    """What a browser sent as a View, as strict as a file is. Raises Refused."""
    return parse_view(_text(document))


def dump_view(view: View) -> str:
    """The JSON text a view is stored and exported as; what stands at its default is left out."""
    body = view.model_dump(mode="json", exclude_defaults=True)
    return json.dumps({"schema_version": view.schema_version, **body}, indent=1, ensure_ascii=False)


def fingerprint(view: View) -> str:
    """A short digest that changes exactly when the view does: part of what pages are cached under."""
    return blake2b(dump_view(view).encode(), digest_size=12).hexdigest()


def check_template(view: View) -> None:
    """Raises Refused when a tile can only live in one workspace's own view."""
    for tile in view.tiles:
        kind = tile_types()[tile.type]
        if kind.workspace_only:
            raise Refused(
                "“{name}” belongs to one workspace: it cannot be in an agency template.",
                name=tile.title or kind.label,
            )


def new_id(kind_name: str) -> str:
    """A fresh tile id. Random, so that two people who each add a tile never mean the same one."""
    return f"{kind_name.replace('_', '-')[:30]}-{secrets.token_hex(3)}"


def stored_object(text: str, what: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises Refused when it is too large or none; `what` is 'view' or such."""
    if len(text) > MOST_BYTES:
        raise Refused("This {what} is too large.", what=what)
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("This {what} is not JSON.", what=what) from error
    if not isinstance(stored, dict):
        raise Refused("The {what} must be a JSON object.", what=what)
    return stored


def validated(model: type[_Model], stored: Mapping[str, Any], what: str) -> _Model:
    """`stored` as `model`; raises Refused: one sentence with the path to the first thing that is wrong."""
    return _checked(lambda: model.model_validate_json(_text(stored)), what)


def _text(stored: Mapping[str, Any]) -> str:
    try:
        return json.dumps(stored)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("This view is not JSON.") from error


def _checked(make: Callable[[], _Model], what: str) -> _Model:
    try:
        return make()
    except ValidationError as error:
        where, why = _first(error)
        place = ".".join(where) or f"the {what}"
        raise Refused(
            "This {what} cannot be used: {where}: {why}.", what=what, where=place, why=why
        ) from error


def _first(error: ValidationError) -> tuple[list[str], str]:
    """Path and reason of the first error, in words for the person who wrote the file."""
    errors = error.errors()
    first = errors[0]
    where = [str(part)[:60] for part in first["loc"]]
    if first["type"] == "tile_options":
        return [*where, *str(first["ctx"]["path"]).split(".")], str(first["ctx"]["why"])
    if first["type"] == "extra_forbidden":
        return where, "there is no such key"
    if first["type"] == "missing":
        return where, "this key is missing"
    choices = [
        one["ctx"]["expected"]
        for one in errors
        if one["type"] == "literal_error" and one["loc"][0] == where[0]
    ]
    if len(choices) > 1:  # one of several literals: pydantic tells of each, and names it in the path
        return where[:1], f"Input should be {', '.join(choices)}"
    return where, first["msg"].removeprefix("Value error, ").rstrip(".")
