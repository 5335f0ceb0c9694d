"""/styleguide is there in development only, and only for someone logged in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dashapp.app import create_app
from dashapp.db.tenants import Workspace
from dashapp.services import Services
from dashapp.sharing import embedding, links
from dashapp.sharing.content import Content
from tests.support.world import HTML, Browser

ROOT = Path(__file__).resolve().parents[2]


def test_in_production_there_is_no_such_address(client: Any, alice: Any) -> None:
    assert client.get("/styleguide").status_code == 404
    assert alice.get("/styleguide", headers=HTML).status_code == 404
    assert alice.get("/styleguide").status_code == 404


def test_in_development_it_needs_a_log_in(running: Services) -> None:
    app = create_app(running.settings, running, development=True)
    nobody = app.test_client()
    assert nobody.get("/styleguide").status_code == 401
    assert nobody.get("/styleguide", headers=HTML).location.startswith("/login?next=")
    page = Browser(app, "alice").get("/styleguide?type=kpi&brand=ffd400&theme=dark")
    assert page.status_code == 200
    assert page.text.count('<section class="tile kpi') == 15
    assert "script-src" not in page.headers["Content-Security-Policy"]
    odd = Browser(app, "alice").get("/styleguide?type=note&brand=}body{&lang=xx&theme='><script>")
    assert odd.status_code == 200
    assert "}body{&" not in odd.text
    assert "<script>" not in odd.text


def test_nothing_but_the_styleguide_imports_the_samples() -> None:
    for package in ("dashapp", "pages", "callbacks", "data", "jobs"):
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("dashapp/web/styleguide/"):
                assert "styleguide.samples" not in path.read_text(), name
                assert "styleguide import samples" not in path.read_text(), name


def test_the_example_of_an_embed_shows_a_link_of_ones_own_alone(running: Services) -> None:
    app = create_app(running.settings, running, development=True)
    with running.session() as session:
        colossus = session.scalars(select(Workspace).where(Workspace.slug == "colossus")).one()
        here = Content(embed_origins=[running.settings.public_url])
        share, _, token = links.create_share(session, running.settings, colossus, content=here)
        embedding.change_key(session, share, on=True)
    shown = Browser(app, "charlie").get("/styleguide/embed")
    assert f"/p/{token}/" in shown.text
    assert "frame-src 'self'" in shown.headers["Content-Security-Policy"]
    signed = Browser(app, "charlie").get("/styleguide/embed?signed")
    assert token not in signed.text
    found = re.search(r'src="http://[^/]+(/p/[\w.-]+/)"', signed.text)
    assert found is not None
    assert app.test_client().get(found[1]).status_code == 200
    for stranger in ("alice", "dora"):
        assert token not in Browser(app, stranger).get("/styleguide/embed").text
