"""Searching contacts on PostgreSQL: by pg_trgm's index where the server has it, without one where it has not."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from dashapp.crm.folding import searchable
from dashapp.crm.search import matching, nearly_matching
from dashapp.db import migrate
from dashapp.db.contacts import Contact
from dashapp.db.crm_search import POSTGRESQL
from dashapp.db.engine import make_engine
from dashapp.db.tenants import Workspace

NAMES = ("Élodie Martin", "George Oak", "100% Wool_Ltd")
INDEX = "ix_contact_search_trgm"


@pytest.fixture
def migrated(postgres_url: str) -> Engine:
    """A database the migrations made, as an installation's is, with three people."""
    engine = make_engine(postgres_url)
    migrate.upgrade(engine)
    with Session(engine) as session, session.begin():
        session.add(Workspace(id=1, slug="harbour", name="Harbour", timezone="UTC"))
        session.flush()
        session.execute(
            insert(Contact),
            [
                {"workspace_id": 1, "key": f"p{n}@x.example", "name": name, "name_key": searchable([name]),
                 "search": searchable([name, f"p{n}@x.example"])}
                for n, name in enumerate(NAMES)
            ],
        )  # fmt: skip
    return engine


def _found(session: Session, query: str) -> list[str]:
    return list(
        session.scalars(select(Contact.name).where(matching(session, 1, query)[0]).order_by(Contact.id))
    )


def _searches(session: Session) -> None:
    assert _found(session, "LODIE mart") == ["Élodie Martin"]
    assert _found(session, "oa") == ["George Oak"]
    assert _found(session, "100%") == ["100% Wool_Ltd"]
    assert _found(session, "l_l") == ["100% Wool_Ltd"]  # neither % nor _ is a wildcard
    assert _found(session, "x_example") == []
    near = nearly_matching(session, 1, "elodei martni")
    assert [session.get_one(Contact, id_).name for id_ in near] == ["Élodie Martin"]


@pytest.mark.postgres
def test_search_takes_the_trigram_index_where_the_server_has_the_extension(migrated: Engine) -> None:
    with Session(migrated) as session:
        has = session.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"))
        made = session.scalar(
            text("SELECT count(*) FROM pg_indexes WHERE indexname = :name"), {"name": INDEX}
        )
        assert bool(made) is bool(has)
        _searches(session)
        if has:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            query = select(Contact.id).where(matching(session, 1, "lodie")[0])
            asked = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = "\n".join(session.scalars(text("EXPLAIN " + asked.replace(":", "\\:"))))
            assert INDEX in plan


@pytest.mark.postgres
def test_search_finds_the_same_without_the_extension(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text(f"DROP INDEX IF EXISTS {INDEX}"))
        connection.execute(text("DROP EXTENSION IF EXISTS pg_trgm"))
    with Session(migrated) as session:
        _searches(session)


@pytest.mark.postgres
def test_a_server_that_refuses_the_extension_is_no_failed_migration(migrated: Engine) -> None:
    with migrated.begin() as connection:
        for statement in POSTGRESQL:
            wrong = statement.replace("EXTENSION IF NOT EXISTS pg_trgm", "EXTENSION no_such")
            connection.execute(text(wrong.replace("gin_trgm_ops", "no_such_ops").replace(INDEX, "ix_other")))
    with Session(migrated) as session:
        _searches(session)
