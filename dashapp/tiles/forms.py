"""A tile type's options as the fields of its side panel, and what a form sends as options.

Everything is read from the options' own declaration, so a new option shows up in the panel by itself.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dashapp.errors import Refused
from dashapp.tiles.options import Label, label_of, named
from dashapp.tiles.registry import tile_types
from dashapp.ui.format import integer
from dashapp.ui.language.catalogue import translated
from dashapp.ui.language.say import later, retell, speaking

Kind = Literal["select", "number", "text", "textarea", "date", "checkbox", "multiselect"]
FormValue = str | bool | float | list[str] | None
#: What a person decides first; options not named here stand between, in their own order.
FIRST = (
    "metric",
    "data_type",
    "event",
    "who",
    "by",
    "text",
    "form",
    "more",
    "columns",
    "split",
    "view",
    "target",
)
LAST = (
    "attribution",
    "engagement",
    "clock",
    "campaign",
    "sender_provider",
    "recipient_provider",
    "period",
    "span",
    "first_day",
    "last_day",
    "compare",
    "comparison",
)


#: pydantic's kinds of error, as they are said of the field with this label.
_PROBLEMS = {
    "literal_error": later("{label}: choose one of the list."),
    "greater_than_equal": later("{label} must be at least {limit}."),
    "greater_than": later("{label} must be more than {limit}."),
    "less_than_equal": later("{label} must be at most {limit}."),
    "less_than": later("{label} must be less than {limit}."),
    "string_too_long": later("{label} has at most {limit} characters."),
    "too_long": later("{label}: choose at most {limit}."),
    "too_short": later("{label}: choose at least one."),
    "string_pattern_mismatch": later("{label} must be a date."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the panel. `choices`: (value, text). `only_if`, `unless`: shown while that field has that
    value, or any other.
    """

    name: str
    label: str
    kind: Kind
    value: Any
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    only_if: tuple[str, str] | None = None
    unless: tuple[str, str] | None = None


class BadForm(Refused):
    """What a form says cannot be; `problems`: a sentence by field, "" for what concerns several."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(next(iter(problems.values())))
        self.problems = dict(problems)


def form_fields(tile_type: str, lang: str = "en", values: Mapping[str, Any] | None = None) -> list[Field]:
    """The fields of a tile type in the order of the panel, with `values` (stored options) or its defaults."""
    kind = _options(tile_type)
    full = kind.model_validate(dict(values or {})).model_dump()
    return [
        _field(name, kind.model_fields[name], full[name], lang, full) for name in _ordered(kind.model_fields)
    ]


def parse_form(tile_type: str, raw: Mapping[str, FormValue], lang: str = "en") -> dict[str, Any]:
    """The options a form means; what stands at its default is left out. Raises BadForm."""
    kind = _options(tile_type)
    problems: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name, sent in raw.items():
        info = kind.model_fields.get(name)
        if info is None:
            problems[name] = translated("There is no option “{name}”.", lang, name=name[:40])
            continue
        try:
            found[name] = _value(info, sent, lang)
        except ValueError as error:
            problems[name] = str(error)
    if not problems:
        try:
            return kind.model_validate(found).model_dump(exclude_defaults=True)
        except ValidationError as error:
            problems = {
                str(one["loc"][0]) if one["loc"] else "": _sentence(kind, one, lang) for one in error.errors()
            }
    raise BadForm(problems)


def _options(tile_type: str) -> Any:
    found = tile_types().get(tile_type)
    if found is None:
        raise Refused("There is no such type of tile.")
    return found.options


def _ordered(names: Mapping[str, FieldInfo]) -> list[str]:
    middle = [name for name in names if name not in FIRST and name not in LAST]
    return [n for n in FIRST if n in names] + middle + [n for n in LAST if n in names]


def _field(name: str, info: FieldInfo, value: Any, lang: str, full: Mapping[str, Any]) -> Field:
    label = _label(name, info)
    plain = _bare(info.annotation)
    return Field(
        name=name,
        label=translated(label.text, lang),
        kind=_kind(plain, label),
        value=value,
        choices=tuple(named(label.choices, lang).items()),
        help=translated(label.help, lang),
        least=_limit(info, ("ge", "gt")),
        most=_limit(info, ("le", "lt")),
        longest=_longest(info),
        only_if=_condition(name, full),
        unless=_exception(name, full),
    )


def _condition(name: str, full: Mapping[str, Any]) -> tuple[str, str] | None:
    if name not in {"first_day", "last_day"}:
        return None
    return ("period" if "period" in full else "span"), "fixed"


def _exception(name: str, full: Mapping[str, Any]) -> tuple[str, str] | None:
    """E-mails sent are a count, of e-mails, and no machine sends them: nothing of that is to be chosen."""
    counts = "metric" in full and "more" not in full
    return ("metric", "sent") if counts and name in {"view", "attribution", "engagement"} else None


def _label(name: str, info: FieldInfo) -> Label:
    found = label_of(info.metadata)
    if found is None:
        raise LookupError(f"the option {name!r} has no label")
    return found


def _bare(annotation: Any) -> Any:
    """The type without None and without its metadata."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return parts[0] if len(parts) == 1 else Literal[tuple(v for p in parts for v in get_args(p))]
    return annotation


def _kind(plain: Any, label: Label) -> Kind:
    if label.kind in {"textarea", "date"}:
        return "textarea" if label.kind == "textarea" else "date"
    if plain is bool:
        return "checkbox"
    if get_origin(plain) is list:
        return "multiselect"
    if plain in {int, float}:
        return "number"
    return "select" if label.choices else "text"


def _limit(info: FieldInfo, names: Sequence[str]) -> float | None:
    for found in info.metadata:
        for name in names:
            if (value := getattr(found, name, None)) is not None:
                return float(value)
    return None


def _longest(info: FieldInfo) -> int | None:
    return next((found.max_length for found in info.metadata if hasattr(found, "max_length")), None)


def _value(info: FieldInfo, sent: FormValue, lang: str) -> Any:
    """What a browser sends as the type the option has; ValueError with one sentence."""
    plain = _bare(info.annotation)
    if plain is bool:
        return sent in (True, "on", "true", "1") or sent == ["", "on"] or sent == ["on"]
    if get_origin(plain) is list:
        many = sent if isinstance(sent, list) else [] if sent in (None, "") else [str(sent)]
        return [one for one in many if one != ""]
    one = sent[-1] if isinstance(sent, list) and sent else sent
    if plain in {int, float}:
        return _number(plain, one, lang)
    text = "" if one is None or isinstance(one, list) else str(one)
    return None if text == "" and info.default is None else text


def _number(plain: Any, sent: Any, lang: str) -> Any:
    wrong = translated("Give a number.", lang)
    if isinstance(sent, bool) or sent is None:
        raise ValueError(wrong)
    text = str(sent).replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = float(text[:30])
    except ValueError:
        raise ValueError(wrong) from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(wrong)
    if plain is float:
        return value
    if value != int(value):
        raise ValueError(translated("Give a whole number.", lang))
    return int(value)


def _sentence(kind: Any, error: Any, lang: str) -> str:
    """pydantic's error as a sentence for the person at the form."""
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] not in _PROBLEMS or name not in kind.model_fields:
        with speaking(lang):
            return retell(error["msg"].removeprefix("Value error, ").rstrip(".") + ".")
    label = translated(_label(name, kind.model_fields[name]).text, lang)
    context = error.get("ctx", {})
    limit = next((context[key] for key in ("ge", "gt", "le", "lt", "max_length") if key in context), 0)
    return translated(_PROBLEMS[error["type"]], lang, label=label, limit=integer(int(limit), lang))
