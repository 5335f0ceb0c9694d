"""The web app over two agencies, and people who log in to it. Shared by tests/web and tests/security.

Alice owns North, Bob is her analyst, Carla manages Harbour Coffee only, Dora is its client. Charlie owns
South, a stranger. Each agency has a share link and a webhook source.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashapp.access.tokens import random_token
from dashapp.agencies import accounts
from dashapp.app import create_app
from dashapp.config import Settings, load
from dashapp.db import migrate
from dashapp.db.engine import make_engine
from dashapp.services import Services
from dashapp.sharing import links
from dashapp.sources import registry as sources

PASSWORD = "correct horse battery staple"
HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class World:
    """What is in the database: ids, tokens and keys of both agencies."""

    settings: Settings
    ids: dict[str, int]
    harbour_token: str
    colossus_token: str
    harbour_hook: str
    harbour_secret: str
    colossus_hook: str
    colossus_secret: str


@pytest.fixture(scope="session")
def world_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A migrated SQLite file with both agencies in it; tests copy it."""
    home = tmp_path_factory.mktemp("world")
    settings = load({"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": random_token()})
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    from sqlalchemy.orm import Session

    with Session(engine, expire_on_commit=False) as session, session.begin():
        north, alice = accounts.create_agency(session, "North", "alice@north.example", PASSWORD)
        harbour = accounts.create_workspace(session, north, "Harbour Coffee", "Europe/Madrid")
        pine = accounts.create_workspace(session, north, "Pine Dental", "America/New_York")
        south, charlie = accounts.create_agency(session, "South", "charlie@south.example", PASSWORD)
        colossus = accounts.create_workspace(session, south, "Colossus", "Asia/Kolkata")
        bob = accounts.create_user(
            session, "bob@north.example", PASSWORD, agency=north, agency_role="member", all_accounts=True
        )
        carla = accounts.create_user(
            session, "carla@harbour.example", PASSWORD, workspace=harbour, workspace_role="manager"
        )
        dora = accounts.create_user(
            session, "dora@harbour.example", PASSWORD, workspace=harbour, workspace_role="client"
        )
        share, _, harbour_token = links.create_share(session, settings, harbour)
        other, _, colossus_token = links.create_share(session, settings, colossus)
        source, hook, secret = sources.create_source(session, settings, harbour, "canonical")
        _, other_hook, other_secret = sources.create_source(session, settings, colossus, "canonical")
        people = {"alice": alice, "bob": bob, "carla": carla, "dora": dora, "charlie": charlie}
        places = {"north": north, "south": south, "harbour": harbour, "pine": pine, "colossus": colossus}
        ids = {name: row.id for name, row in {**people, **places}.items()}
        ids |= {"harbour_share": share.id, "colossus_share": other.id, "harbour_source": source.id}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return home / "vitrine.db", World(
        settings, ids, harbour_token, colossus_token, hook, secret, other_hook, other_secret
    )


@pytest.fixture
def make_app(request: pytest.FixtureRequest, world_template: tuple[Path, World], tmp_path: Path) -> Any:
    """Make an app over a fresh copy of the world; keyword arguments are further settings.

    Of the world with data in it, where a test asks for its `rows` (tests/support/data_house.py).
    """
    made: list[Flask] = []
    template, world = world_template
    with_data: Path | None = request.getfixturevalue("filled")[0] if "rows" in request.fixturenames else None

    def make(**settings: str) -> Flask:
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        shutil.copyfile(with_data / "vitrine.db" if with_data else template, home / "vitrine.db")
        if with_data:
            shutil.copytree(with_data / "lake", home / "lake")
        environ = {"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": world.settings.secret_key}
        app = create_app(load({**environ, **{f"VITRINE_{k.upper()}": v for k, v in settings.items()}}))
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["vitrine"].engine.dispose()


@pytest.fixture
def app(make_app: Any) -> Flask:
    """The app on http."""
    return make_app()


@pytest.fixture
def running(app: Flask) -> Services:
    """The app's services."""
    return app.extensions["vitrine"]


@pytest.fixture
def world(world_template: tuple[Path, World]) -> World:
    """What is in the database."""
    return world_template[1]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody has logged in."""
    return app.test_client()


class Browser:
    """A browser with someone logged in: it sends the CSRF token as Dash's renderer does."""

    def __init__(self, app: Flask, name: str, password: str = PASSWORD, base_url: str | None = None) -> None:
        self.client = app.test_client()
        self.base = base_url or "http://localhost"
        self.response = log_in(self.client, EMAILS[name], password, base_url=self.base)

    @property
    def csrf(self) -> str:
        """The token in the cookie Dash reads."""
        cookie = self.client.get_cookie("_csrf_token", domain="localhost") or self.client.get_cookie(
            "_csrf_token", domain=self.base.split("//")[1]
        )
        return "" if cookie is None else cookie.value

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """GET."""
        return self.client.get(path, base_url=self.base, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        """POST with the CSRF header."""
        headers = {"X-CSRFToken": self.csrf, "Referer": self.base + "/", **kwargs.pop("headers", {})}
        return self.client.post(path, base_url=self.base, headers=headers, **kwargs)


EMAILS = {
    "alice": "alice@north.example",
    "bob": "bob@north.example",
    "carla": "carla@harbour.example",
    "dora": "dora@harbour.example",
    "charlie": "charlie@south.example",
}


def csrf_of(response: TestResponse) -> str:
    """The token in a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
    assert found, response.text[:500]
    return found[1]


def log_in(
    client: FlaskClient, email: str, password: str = PASSWORD, base_url: str = "http://localhost", **more: Any
) -> TestResponse:
    """Fill in the form and send it."""
    token = csrf_of(client.get("/login", headers=HTML, base_url=base_url))
    data = {"email": email, "password": password, "csrf_token": token, "next": "/", **more.pop("data", {})}
    headers = {"Referer": base_url + "/login", **HTML, **more.pop("headers", {})}
    return client.post("/login", data=data, base_url=base_url, headers=headers, **more)


@pytest.fixture
def browser(app: Flask) -> Any:
    """`browser("alice")` is a Browser with Alice logged in."""

    def open_(name: str, **kwargs: Any) -> Browser:
        found = Browser(app, name, **kwargs)
        assert found.response.status_code == 303, found.response.text
        return found

    return open_


@pytest.fixture
def alice(browser: Any) -> Browser:
    """Alice, logged in."""
    found: Browser = browser("alice")
    return found
