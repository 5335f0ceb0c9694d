"""The desk: a view of 40 tiles, and a tile's preview while its options are chosen. Warm, over waitress."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import time
import urllib.parse
import urllib.request
from typing import Any

from dashapp.agencies.accounts import create_user, set_password
from dashapp.db.tenants import User, Workspace
from dashapp.tiles.gallery import gallery
from dashapp.views import store
from dashapp.views.editing import collection
from dashapp.views.schema import SCHEMA_VERSION, View, view_of
from tests.bench.ground import Ground
from tests.bench.server import running
from tests.bench.table import Row, quantile

PERSON = "bench@north.example"
NAME = "Forty tiles"
TILES = 40
PAGES, PREVIEWS = 40, 60
COLUMNS, WIDE = 12, 4
#: Beyond one tile of each type: figures as a big view has them.
KPIS = [
    {"metric": metric, "attribution": attribution, "view": view}
    for metric in ("open", "click", "reply", "positive_reply", "bounce")
    for attribution in ("lead", "email")
    for view in ("percentage", "absolute")
]


def measure(ground: Ground) -> list[Row]:
    """Milliseconds of whole callbacks from a client on the same machine."""
    password = password_of_person(ground)
    with ground.services.session() as session:
        workspaces = {name: session.get_one(Workspace, key) for name, key in ground.chosen.items()}
        views = {name: (place.slug, _view_id(session, place)) for name, place in workspaces.items()}
    rows: list[Row] = []
    with running(ground.settings.home) as (port, _):
        desk = Desk(f"http://127.0.0.1:{port}", password)
        for name, (slug, view_id) in views.items():
            path, search = f"/w/{slug}/analytics", f"?period=28&view={view_id}"
            shown = [desk.timed("url", path, search) for _ in range(5 + PAGES)][5:]
            if any(body.count("data-tile=") < TILES or "is-failed" in body for _, body in shown):
                raise SystemExit("The page came without all of its tiles.")
            rows += _rows(f"desk, {name}, 40 tiles", [ms for ms, _ in shown], 60)
            rows += _rows(f"desk, {name}, edit preview", _previews(desk, path, search, view_id), 150)
    return rows


def password_of_person(ground: Ground) -> str:
    """A new password of somebody who may see every workspace; made at the first run."""
    password = secrets.token_urlsafe(16)
    with ground.services.session() as session:
        person = session.query(User).filter_by(email=PERSON).first()
        agency = session.get_one(Workspace, ground.ids[0]).managing_agency
        person = person or create_user(session, PERSON, agency=agency, agency_role="owner")
        set_password(session, person, password)
    return password


def _rows(name: str, times: list[float], aim: float) -> list[Row]:
    return [
        Row(f"{name}, p50", quantile(times, 0.5), "ms", None, f"{len(times)} callbacks"),
        Row(f"{name}, p95", quantile(times, 0.95), "ms", aim),
    ]


def _previews(desk: Desk, path: str, search: str, view_id: int) -> list[float]:
    """Every preview is of other options than the one before, as when somebody goes through them."""
    times = []
    for number in range(PREVIEWS):
        tile = {"id": "kpi-0", "type": "kpi", "x": 0, "y": 0, "w": 4, "h": 4, "options": {}}
        form = {**KPIS[number % len(KPIS)], "title": f"Preview {number}"}
        asked = {"op": "preview", "n": number, "view_id": view_id, "tile": tile, "form": form}
        milliseconds, body = desk.timed("editor-ask", asked, path, f"{search}&edit=1")
        if f"Preview {number}" not in body:
            raise SystemExit(f"No preview came: {body[:300]}")
        times.append(milliseconds)
    return times[5:]


class Desk:
    """Somebody logged in, calling callbacks as Dash's renderer does."""

    def __init__(self, url: str, password: str) -> None:
        self.url, self.jar = url, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        page = self._open("/login").decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if token is None:
            raise SystemExit("The log-in has no token.")
        fields = {"csrf_token": token[1], "email": PERSON, "password": password, "next": "/"}
        self._open("/login", urllib.parse.urlencode(fields).encode())
        self.callbacks = json.loads(self._open("/_dash-dependencies"))

    def timed(self, first_input: str, *values: Any) -> tuple[float, str]:
        """(milliseconds, answer) of the callback on the server whose first input is of that id."""
        found = next(
            one
            for one in self.callbacks
            if one["inputs"][0]["id"] == first_input and not one["clientside_function"]
        )
        output = found["output"]
        parts = output[2:-2].split("...") if output.startswith("..") else [output]
        outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
        wanted = [*found["inputs"], *found["state"]]
        filled = [
            {"id": one["id"], "property": one["property"], "value": value}
            for one, value in zip(wanted, values, strict=True)
        ]
        body = {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": filled[: len(found["inputs"])],
            "state": filled[len(found["inputs"]) :],
            "changedPropIds": [f"{wanted[0]['id']}.{wanted[0]['property']}"],
        }
        sent = json.dumps(body).encode()
        begun = time.perf_counter()
        answer = self._open("/_dash-update-component", sent, {"Content-Type": "application/json"}).decode()
        return 1_000 * (time.perf_counter() - begun), json.dumps(json.loads(answer), ensure_ascii=False)

    def get(self, path: str) -> bytes:
        """What stands at an address."""
        return self._open(path)

    def _open(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        token = next((one.value for one in self.jar if one.name == "_csrf_token"), "") or ""
        more = {"X-CSRFToken": urllib.parse.unquote(token), "Referer": f"{self.url}/", **(headers or {})}
        with self.opener.open(urllib.request.Request(self.url + path, body, more), timeout=600) as response:
            found: bytes = response.read()
        return found


def forty() -> View:
    """One tile of each type, key figures for the rest: forty, three beside each other."""
    tiles: list[dict[str, Any]] = []
    x = y = 0
    kinds: list[tuple[str, dict[str, Any], tuple[int, int]]] = [
        (card.type, card.options, card.least) for card in gallery()
    ]
    kinds += [("kpi", options, (3, 2)) for options in KPIS]
    while len(kinds) < TILES:
        kinds.append(kinds[len(kinds) % len(KPIS)])
    for number, (kind, options, least) in enumerate(kinds[:TILES]):
        w, h = max(WIDE, least[0]), 4
        if x + w > COLUMNS:
            x, y = 0, y + 4
        tiles.append(
            {
                "id": f"{kind}-{number}".replace("_", "-"),
                "type": kind,
                "x": x,
                "y": y,
                "w": w,
                "h": h,
                "options": options,
            }
        )
        x += w
    return view_of({"schema_version": SCHEMA_VERSION, "name": NAME, "tiles": tiles})


def _view_id(session: Any, workspace: Workspace) -> int:
    """The view, made at the first run."""
    for view in store.list_views(session, workspace):
        if view.name == NAME and view.workspace_id == workspace.id:
            return int(view.id)
    return int(collection.create_view(session, workspace, NAME, PERSON, forty()).id)
