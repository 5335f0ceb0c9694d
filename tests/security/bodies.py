"""Well-formed callback bodies, made from what the app has registered, for tests that then bend them."""

from __future__ import annotations

import json
from typing import Any

#: What the browser would send for a property; anything else is null, as for a button never clicked.
VALUES: dict[tuple[str, str], Any] = {
    ("url", "pathname"): "/w/harbour-coffee/analytics",
    ("url", "search"): "",
    ("live", "n_intervals"): 1,
    ("editor-ask", "data"): {"op": "gallery", "n": 1, "view_id": 1},
    ("editor-act", "data"): {"op": "discard", "n": 1, "view_id": 1},
    ("view-act", "data"): {"op": "star", "at": 1, "view_id": 1},
    ("data-look", "data"): {"id": 1, "at": 1},
    ("data-act", "data"): {"op": "retry", "id": 1, "at": 1},
    ("cell-asked", "data"): {"op": "show", "tile": "open", "cell": "now|", "part": "n", "at": 1},
    ("cell-file", "data"): {"tile": "open", "cell": "now|", "part": "n", "at": 1},
    ("line-asked", "data"): {"op": "list", "tile": "timeline", "line": '["email","m","replied"]', "at": 1},
    ("line-category", "data"): {
        "tile": "timeline",
        "line": '["email","m","replied"]',
        "event_id": "r0",
        "category": "not_now",
        "at": 1,
    },
    ("task-act", "data"): {"op": "undo", "id": 1, "at": 1},
    ("alerts-act", "data"): {"op": "acknowledge", "id": 1, "at": 1},
    ("questions-act", "data"): {"op": "close", "id": 1, "at": 1},
    ("notes-act", "data"): {"op": "remove", "id": 1, "at": 1},
    ("sql-ask", "data"): {"sql": "SELECT 1", "at": 1},
    ("controls-chosen", "data"): {"search": "period=7", "at": 1},
}


def server_callbacks(desk: Any) -> dict[str, dict[str, Any]]:
    """The callbacks that run on the server, by Dash's key."""
    return {key: spec for key, spec in desk.callback_map.items() if "callback" in spec}


def body_of(key: str, spec: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A body as Dash's renderer sends it. `values`: by "id_property" with dashes as underscores."""

    def sent(dependency: dict[str, Any]) -> Any:
        identity, prop = dependency["id"], dependency["property"]
        if identity.startswith("{"):
            declared = json.loads(identity)
            concrete = {name: 1 if isinstance(want, list) else want for name, want in declared.items()}
            one = {"id": concrete, "property": prop, "value": None}
            many = any(isinstance(want, list) and want[0] == "ALL" for want in declared.values())
            return [one] if many else one
        name = f"{identity}_{prop}".replace("-", "_")
        default = VALUES.get((identity, prop), 1 if prop == "n_clicks" else None)
        return {"id": identity, "property": prop, "value": values.get(name, default)}

    several = key.startswith("..")
    outputs = []
    for part in key[2:-2].split("...") if several else [key]:
        identity, _, prop = part.rpartition(".")
        outputs.append({"id": identity, "property": prop})
    first = spec["inputs"][0]
    return {
        "output": key,
        "outputs": outputs if several else outputs[0],
        "inputs": [sent(dependency) for dependency in spec["inputs"]],
        "state": [sent(dependency) for dependency in spec["state"]],
        "changedPropIds": [f"{first['id']}.{first['property']}"],
        "parsedChangedPropsIds": [f"{first['id']}.{first['property']}"],
    }
