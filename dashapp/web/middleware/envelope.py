"""The envelope of a Dash callback, checked before Dash sees it.

Dash trusts the JSON its own renderer sends: a missing id, an extra output or a wrong count ends in a 500.
Here a body that does not have the exact shape the called callback was registered with is 400, an output
nobody registered (or one that lives in the browser only) is 404.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from dash import Dash
from flask import Flask, request
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

ENDPOINT = "/_dash-update-component"
KEYS = frozenset(
    {
        "output",
        "outputs",
        "inputs",
        "state",
        "changedPropIds",
        "parsedChangedPropsIds",
        "running",
        "rendererId",
    }
)
MAX_DEPTH = 40
MAX_ITEMS = 1000
MAX_KEY = 200


def install(app: Flask, dash_app: Dash) -> None:
    """Check every callback request of `dash_app`, after the gate and before Dash."""

    @app.before_request
    def _check() -> None:
        if request.endpoint != ENDPOINT:
            return
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        # Dash's renderer names the end point (`endId`); job ids of background callbacks, which we do not
        # have, would come here too.
        if set(request.args) - {"endId"}:
            raise BadRequest
        check(dash_app.callback_map, _decode(request.get_data(cache=True)))


def _decode(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body, parse_constant=_refuse)
        _walk(decoded)
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(decoded, dict):
        raise BadRequest
    return decoded


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _walk(value: object) -> None:
    """Not too deep, and no NUL, which PostgreSQL takes in no text: raises ValueError.

    Without recursion: the body may be nested as deep as the parser allows.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(item, str) and "\0" in item for item in level):
            raise ValueError("a NUL")
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise ValueError("too deep")


def check(callbacks: dict[str, dict[str, Any]], body: dict[str, Any]) -> None:
    """Raise BadRequest or NotFound unless `body` is a call of one of `callbacks` (Dash's `callback_map`)."""
    output = body.get("output")
    if not isinstance(output, str) or not KEYS.issuperset(body):
        raise BadRequest
    known = callbacks.get(output)
    if known is None or "callback" not in known:
        raise NotFound
    _dependencies(known["inputs"], body.get("inputs", []))
    _dependencies(known["state"], body.get("state", []))
    _outputs(output, known, body.get("outputs"))
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or len(changed) > MAX_ITEMS:
        raise BadRequest
    if not all(isinstance(name, str) and len(name) <= 2 * MAX_KEY and "." in name for name in changed):
        raise BadRequest


def _outputs(output: str, known: dict[str, Any], sent: object) -> None:
    if known.get("no_output"):
        return
    several = output.startswith("..") and output.endswith("..")
    declared = [_split(part) for part in (output[2:-2].split("...") if several else [output])]
    _dependencies(declared, sent if several else [sent], value=False)


def _split(part: str) -> dict[str, str]:
    """`id.property@hash` of the callback's key, as a dependency; dots within the id are escaped there."""
    name, _, prop = part.rpartition(".")
    return {"id": name.replace("\\.", "."), "property": prop.split("@")[0]}


def _dependencies(declared: list[dict[str, Any]], sent: object, *, value: bool = True) -> None:
    if not isinstance(sent, list) or len(sent) != len(declared):
        raise BadRequest
    for want, got in zip(declared, sent, strict=True):
        identity = _identity(want["id"])
        if _is_many(identity):
            if not isinstance(got, list) or len(got) > MAX_ITEMS:
                raise BadRequest
            for one in got:
                _one(identity, want["property"], one, value=value)
        else:
            _one(identity, want["property"], got, value=value)


def _one(identity: str | dict[str, Any], prop: str, got: object, *, value: bool) -> None:
    allowed = {"id", "property", "value"} if value else {"id", "property"}
    if not isinstance(got, dict) or not allowed.issuperset(got) or "id" not in got:
        raise BadRequest
    sent_prop = got.get("property")
    if not isinstance(sent_prop, str) or sent_prop.split("@")[0] != prop:
        raise BadRequest
    if not _matches(identity, got["id"]):
        raise BadRequest


def _identity(declared: str) -> str | dict[str, Any]:
    if not declared.startswith("{"):
        return declared
    found: dict[str, Any] = json.loads(declared)
    return found


def _is_many(identity: str | dict[str, Any]) -> bool:
    if isinstance(identity, str):
        return False
    return any(isinstance(want, list) and want[0] in {"ALL", "ALLSMALLER"} for want in identity.values())


def _matches(identity: str | dict[str, Any], got: object) -> bool:
    if isinstance(identity, str):
        return isinstance(got, str) and got == identity
    if not isinstance(got, dict) or set(got) != set(identity):
        return False
    return all(
        _is_key(got[name]) if isinstance(want, list) else type(got[name]) is type(want) and got[name] == want
        for name, want in identity.items()
    )


def _is_key(value: object) -> bool:
    """What a wildcard may stand for."""
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= MAX_KEY)
