"""What stood before there were agency links is there after them: nothing is lost and nobody may do more.

North has Harbour Coffee (a share link of its own manager Carla, one of the agency's Alice, a view of its own) and a
template; Bob is an analyst there. South has Colossus.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from dashapp.access import policy, viewer
from dashapp.db import migrate
from dashapp.db.engine import make_engine
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.views.store import list_views, resolve

AT = "2026-01-05 10:00:00+00:00"
BODY = '{"schema_version":1,"name":"V","locked":false,"tiles":[]}'


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def before(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    """A database of the version before, with both agencies in it."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    else:
        engine = make_engine(request.getfixturevalue("postgres_url"))
    migrate.upgrade(engine, "0017")
    rows = {
        "agency": "(id, slug, name, brand, created_at) VALUES "
        f"(1, 'north', 'North', '#0f766e', '{AT}'), (2, 'south', 'South', '#d6336c', '{AT}')",
        '"user"': "(id, email, name, active, created_at) VALUES "
        f"(1, 'alice@n.example', '', true, '{AT}'), (2, 'bob@n.example', '', true, '{AT}'), "
        f"(3, 'carla@h.example', '', true, '{AT}'), (4, 'charlie@s.example', '', true, '{AT}')",
        "workspace": "(id, agency_id, slug, name, timezone, created_at) VALUES "
        f"(10, 1, 'harbour', 'Harbour Coffee', 'Europe/Madrid', '{AT}'), "
        f"(20, 2, 'colossus', 'Colossus', 'UTC', '{AT}')",
        "agency_member": "(user_id, agency_id, role) VALUES (1, 1, 'owner'), (2, 1, 'analyst'), (4, 2, 'owner')",
        "workspace_member": "(user_id, workspace_id, role) VALUES (3, 10, 'manager')",
        "view": "(id, agency_id, workspace_id, slug, name, body, is_default, version, revision, updated_at, "
        f"updated_by) VALUES (1, 1, NULL, 't', 'T', '{BODY}', true, 3, 3, '{AT}', ''), "
        f"(2, 1, 10, 'own', 'Own', '{BODY}', false, 2, 2, '{AT}', '')",
        "view_override": "(id, workspace_id, view_id, body, is_default, version, revision, updated_at, updated_by)"
        f" VALUES (1, 10, 1, '{{}}', false, 1, 1, '{AT}', '')",
        "share": "(id, workspace_id, view_id, nonce, token_hash, version, state, created_by, created_at, opens) "
        f"VALUES (1, 10, 2, 'n', 'a', 1, 'active', 'carla@h.example', '{AT}', 7), "
        f"(2, 10, NULL, 'n', 'b', 1, 'active', 'alice@n.example', '{AT}', 8), "
        f"(3, 20, NULL, 'n', 'c', 1, 'paused', 'cli', '{AT}', 9)",
    }
    with engine.begin() as connection:
        for table, values in rows.items():
            name = '"view"' if table == "view" else table
            said = f"INSERT INTO {name} {values}"
            connection.exec_driver_sql(said)
    yield engine
    engine.dispose()


def test_every_workspace_keeps_its_agency_its_views_and_its_links(before: Engine) -> None:
    migrate.upgrade(before)
    with Session(before) as session:
        harbour, colossus = session.get_one(Workspace, 10), session.get_one(Workspace, 20)
        assert (harbour.managing_agency_id, colossus.managing_agency_id) == (1, 2)
        assert harbour.managing_agency is not None
        assert harbour.managing_agency.name == "North"
        assert (harbour.plan, harbour.enabled, harbour.timezone) == ("pro", True, "Europe/Madrid")
        link = session.get_one(AgencyLink, harbour.managing_link_id)
        assert (link.account_name, link.state, link.granted_at) == (
            "Harbour Coffee",
            "managing",
            link.asked_at,
        )
        assert [view.id for view in list_views(session, harbour)] == [1, 2]
        assert resolve(session, harbour)[0].id == 1
        assert list_views(session, colossus) == []
        shares = session.execute(text("SELECT id, link_id, opens, state FROM share ORDER BY id")).all()
        assert [tuple(row) for row in shares] == [
            (1, None, 7, "active"),  # Carla's own
            (2, harbour.managing_link_id, 8, "active"),
            (3, colossus.managing_link_id, 9, "paused"),
        ]


def test_everybody_may_do_what_they_might_and_no_more(before: Engine) -> None:
    migrate.upgrade(before)
    with Session(before) as session:
        people = {key: viewer.load_member(session, key) for key in (1, 2, 3, 4)}
    might = {
        1: policy.AGENCY_VERBS["owner"],
        2: {"workspace.read", "events.read", "view.edit", "share.manage", "agency.read"},
        3: policy.WORKSPACE_VERBS["manager"],
        4: set(),
    }
    later = {
        "account.own",
        "team.read",
        "task.work",
        "contact.read",
        "contact.edit",
    }  # verbs of pages there were not
    for key, person in people.items():
        assert person is not None
        may = {verb for verb in policy.VERBS if policy.allowed(person, verb, 1, 10)}
        assert may - later == might[key] - later, key


def test_the_database_takes_one_managing_link_a_workspace(before: Engine) -> None:
    from sqlalchemy.exc import IntegrityError

    migrate.upgrade(before)
    with pytest.raises(IntegrityError), Session(before) as session, session.begin():
        session.add(AgencyLink(agency_id=2, workspace_id=10, state="managing"))
    with Session(before) as session, session.begin():
        session.add_all(
            AgencyLink(agency_id=2, workspace_id=10, state=state) for state in ("ended", "invited")
        )


def test_the_way_back_keeps_what_has_an_agency_and_refuses_what_has_none(before: Engine) -> None:
    from alembic import command

    migrate.upgrade(before)

    def down() -> None:
        with before.connect() as connection:
            migrate._enforce_references(connection, on=False)
            with connection.begin():
                config = migrate._config()
                config.attributes["connection"] = connection
                command.downgrade(config, "0017")

    with before.begin() as connection:
        connection.execute(text("UPDATE agency_link SET state = 'ended' WHERE workspace_id = 10"))
    with pytest.raises(RuntimeError, match="no agency"):
        down()
    with before.begin() as connection:
        connection.execute(text("UPDATE agency_link SET state = 'managing' WHERE workspace_id = 10"))
    down()
    with before.connect() as connection:
        assert [
            tuple(row) for row in connection.execute(text("SELECT id, agency_id FROM workspace ORDER BY id"))
        ] == [
            (10, 1),
            (20, 2),
        ]
        assert connection.scalar(text("SELECT role FROM agency_member WHERE user_id = 2")) == "analyst"
        assert connection.scalar(text('SELECT count(*) FROM "view" WHERE agency_id = 1')) == 2
        assert connection.scalar(text("SELECT count(*) FROM share")) == 3
