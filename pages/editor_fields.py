"""A tile's options as the fields of its side panel, and what the panel sends back as options."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dashapp.tiles.base import TileType

FormValue = str | list[str]


@dataclass(frozen=True)
class Field:
    """One field. `kind`: select, check, many, textarea, or an input's type."""

    name: str
    label: str
    kind: str
    value: Any
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    hidden: bool = False
    longest: int = 4000


def fields(kind: TileType, options: Mapping[str, Any]) -> list[Field]:
    """The fields of a tile type with what its options say."""
    full = kind.options.model_validate(dict(options)).model_dump()
    return [_field(name, info, full[name]) for name, info in kind.options.model_fields.items()]


def options_of(kind: TileType, form: Mapping[str, FormValue]) -> tuple[dict[str, Any], dict[str, str]]:
    """(options, problems): what the form says under the type's own rules; a sentence per field it refuses."""
    raw = {name: _value(info, form[name]) for name, info in kind.options.model_fields.items() if name in form}
    try:
        return kind.options.model_validate(raw).model_dump(exclude_defaults=True), {}
    except ValidationError as error:
        return {}, {str(one["loc"][0]) if one["loc"] else "": f"{one['msg']}." for one in error.errors()}


def _field(name: str, info: FieldInfo, value: Any) -> Field:
    label = (info.title or name.replace("_", " ")).capitalize()
    kinds = _kinds(info.annotation)
    if bool in kinds:
        return Field(name, label, "check", value)
    words = tuple(
        (str(word), str(word).replace("_", " ").capitalize()) for word in kinds if isinstance(word, str)
    )
    if words:
        return Field(name, label, "select", "" if value is None else str(value), words)
    if int in kinds or float in kinds:
        return Field(name, label, "number", value)
    return Field(name, label, "text", value or "")


def _kinds(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in {Union, types.UnionType}:
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [annotation]


def _value(info: FieldInfo, sent: FormValue) -> Any:
    kinds = _kinds(info.annotation)
    if bool in kinds:
        return "on" in sent
    text = sent if isinstance(sent, str) else sent[-1]
    if text == "" and type(None) in kinds:
        return None
    if int in kinds and text.lstrip("-").isdigit():
        return int(text)
    return text
