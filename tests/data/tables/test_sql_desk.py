"""A person's own SQL: it reads the rows of their workspaces, and there is no way from it to anything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.engines import sealed
from data.engines.sealed import Limits
from data.errors import BadQuery, NotInScope
from data.scope import Scope
from data.tables import statement as desk_sql
from data.tables.rows import QUERIED, TABLES, own_rows
from tests.support.examples import many
from tests.support.product import Product

#: Charlie's: in names, campaigns and numbers. It may come out of nothing that Alice asks.
CANARY = "ZZZ-LEAK-CANARY"
SOUTH_SENT = 7_919
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def story(name: str, number: int, campaign: str) -> list[dict[str, Any]]:
    """So many e-mails, an hour apart, each to a lead of its own; every second one opened a day later."""
    records: list[dict[str, Any]] = []
    for n in range(number):
        mail = {
            "message_id": f"{name}-{n}",
            "lead": f"lead{n}@{name}.example",
            "campaign": campaign,
            "user": f"{name}@x.example",
        }
        sent = AT + timedelta(hours=n % 200)
        records.append(
            {**mail, "event": "sent", "event_id": f"{name}-{n}-s", "occurred_at": sent.isoformat()}
        )
        if n % 2 == 0:
            opened = sent + timedelta(days=1)
            records.append(
                {**mail, "event": "opened", "event_id": f"{name}-{n}-o", "occurred_at": opened.isoformat()}
            )
    return records


class House:
    """Alice's Harbour (10 e-mails, 5 opened) and Pine (4, 2), and Charlie's Colossus, in the same files."""

    def __init__(self, folder: Path) -> None:
        self.product = Product.open(folder)
        self.harbour, self.pine, self.colossus = (self.product.workspace("UTC") for _ in range(3))
        self.product.take_in_all(
            {
                self.harbour: story("harbour", 10, "Autumn"),
                self.pine: story("pine", 4, "Check-ups"),
                self.colossus: story(CANARY, SOUTH_SENT, CANARY),
            }
        )
        self.lake = self.product.lake
        self.slugs = {self.harbour: "harbour", self.pine: "pine"}
        self.scope = Scope(frozenset(self.slugs))

    def ask(self, statement: str, **limits: Any) -> sealed.Result:
        return desk_sql.ask(self.lake, self.scope, self.slugs, statement, Limits(**limits))

    def refused(self, statement: str, **limits: Any) -> str:
        with pytest.raises(BadQuery) as refusal:
            self.ask(statement, **limits)
        return str(refusal.value)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = House(tmp_path_factory.mktemp("house"))
    yield built
    built.lake.engine.dispose()


def test_the_files_do_hold_both_agencies(house: House) -> None:
    """Else nothing below would prove anything."""
    (path,) = (house.lake.root / "marts").rglob("messages-*.parquet")
    assert pq.read_table(path).num_rows == SOUTH_SENT + 14


def test_alices_numbers_by_hand(house: House) -> None:
    by_workspace = "SELECT workspace, count(*), count(opened_human_at) FROM messages GROUP BY ALL ORDER BY 1"
    assert house.ask(by_workspace).rows == [["harbour", 10, 5], ["pine", 4, 2]]
    joined = (
        "WITH m AS (SELECT campaign, count(*) AS n FROM messages GROUP BY ALL) "
        "SELECT campaign, n, (SELECT count(*) FROM segments s WHERE s.campaign = m.campaign) FROM m ORDER BY n"
    )
    assert house.ask(joined).rows == [["Check-ups", 4, 6], ["Autumn", 10, 15]]
    assert house.ask("SELECT sum(units) FROM units WHERE attribution = 'email'").rows == [[14]]


@pytest.mark.parametrize("table", QUERIED)
def test_no_table_holds_a_row_of_charlies(house: House, table: str) -> None:
    found = house.ask(f"SELECT * FROM {table}", rows=100_000)
    assert not found.more
    assert {row[0] for row in found.rows} <= {"harbour", "pine"}
    assert CANARY not in str(found.rows)
    with own_rows(house.lake, house.scope, house.slugs, table) as own:
        assert own.count().n == len(found.rows)


def test_charlie_reads_his_own(house: House) -> None:
    slugs = {house.colossus: "colossus"}
    found = desk_sql.ask(
        house.lake, Scope(frozenset(slugs)), slugs, "SELECT count(*), min(campaign) FROM messages"
    )
    assert found.rows == [[SOUTH_SENT, CANARY]]


def test_a_workspace_out_of_scope_is_not_there(house: House) -> None:
    with pytest.raises(NotInScope):
        desk_sql.ask(house.lake, house.scope, {house.colossus: "colossus"}, "SELECT 1")
    for table in TABLES:
        with pytest.raises(NotInScope), own_rows(house.lake, house.scope, {house.colossus: "c"}, table):
            pass
    narrow = Scope(frozenset(house.slugs), user="bob@north.example")
    with pytest.raises(NotInScope), own_rows(house.lake, narrow, house.slugs, "messages"):
        pass


def escapes(root: Path) -> list[str]:
    """What somebody may try, with the true paths of Charlie's rows."""
    (file,) = (root / "marts").rglob("messages-*.parquet")
    segment = next((root / "segments").rglob("*.parquet"))
    return [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_csv_auto('/etc/passwd', sep='|')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        f"SELECT * FROM '{file}'",
        f'FROM "{segment}"',
        f"SELECT * FROM read_parquet('{file}')",
        f"SELECT * FROM parquet_scan('{file}')",
        f"SELECT * FROM parquet_metadata('{file}')",
        f"SELECT * FROM parquet_kv_metadata('{file}')",
        f"SELECT * FROM glob('{root}/**')",
        f"SELECT (SELECT count(*) FROM read_parquet('{file}')) FROM messages",
        f"WITH messages AS (FROM '{file}') FROM messages",
        f'SELECT * FROM (WITH "{file}" AS (SELECT 1) FROM "{file}") AS own, "{file}"',
        "SELECT * FROM (WITH duckdb_settings AS (SELECT 1) FROM duckdb_settings) AS own, read_text(own)",
        # A WITH that holds in one place gives no leave in another, be it beside it, before it or within itself.
        "SELECT * FROM (WITH pg_settings AS (SELECT 1) SELECT 1) q, pg_settings",
        "SELECT * FROM (WITH PG_Settings AS (SELECT 1) SELECT 1) q, pg_SETTINGS",
        "WITH pg_settings AS (SELECT * FROM pg_settings) SELECT * FROM pg_settings",
        "WITH a AS (SELECT * FROM pg_tables), pg_tables AS (SELECT 1) SELECT * FROM a",
        "SELECT (WITH duckdb_settings AS (SELECT 1) SELECT 1), (SELECT count(*) FROM duckdb_settings)",
        "SELECT * FROM sqlite_master WHERE (WITH sqlite_master AS (SELECT 1) SELECT true)",
        "(WITH pragma_database_list AS (SELECT 1) SELECT 1) UNION ALL SELECT 2 FROM pragma_database_list",
        "WITH RECURSIVE pg_class(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM pg_class WHERE n < 3) FROM pg_class",
        f"SELECT * FROM messages UNION ALL BY NAME SELECT * FROM read_parquet('{file}')",
        f"FROM messages WHERE message_id IN (FROM '{file}')",
        f"COPY (SELECT * FROM messages) TO '{root}/stolen.csv'",
        f"COPY messages FROM '{file}'",
        f"EXPORT DATABASE '{root}/stolen'",
        f"ATTACH '{root}/other.db' AS other",
        "ATTACH ':memory:' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "PRAGMA database_list",
        "PRAGMA memory_limit='100GB'",
        "CALL pragma_version()",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET VARIABLE x = 1",
        "SELECT getvariable('x')",
        "SELECT getenv('PATH')",
        "SELECT GETENV('HOME')",
        "SELECT main.getenv('HOME')",
        "SELECT current_setting('temp_directory')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_databases",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.schemata",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM system.main.duckdb_settings",
        "DESCRIBE information_schema.tables",
        "SUMMARIZE (FROM '/etc/passwd')",
        "SHOW DATABASES",
        "SHOW ALL TABLES",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table(['messages'])",
        "SELECT * FROM sql_auto_complete('SEL')",
        "SELECT json_execute_serialized_sql('{}')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "CREATE TABLE x AS SELECT 1",
        "CREATE SECRET s (TYPE s3)",
        "CREATE MACRO f(x) AS x",
        "INSERT INTO messages SELECT * FROM messages",
        "UPDATE messages SET campaign = 'x'",
        "DELETE FROM messages",
        "DROP TABLE messages",
        "TRUNCATE messages",
        "BEGIN TRANSACTION",
        "CHECKPOINT",
        "VACUUM",
        "USE memory",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE messages",
        f"SELECT 1 /* ; */ ; COPY messages TO '{root}/stolen.csv' -- SELECT",
        "/* SELECT */ SET threads = 64",
        "SELECT * FROM read_csv/**/('/etc/passwd')",
        "SELECT * FROM \"read_csv\"('/etc/passwd')",
        "SELECT * FROM READ_TEXT('/etc/passwd')",
        "SELECT * FROM ｒｅａｄ_csv('/etc/passwd')",
        "SELECT * FROM read_csv('\u200b/etc/passwd')",
        "SELECT * FROM U&'/etc/passwd'",
        "SELECT * FROM colossus",
        "SELECT * FROM uses",
        "SELECT * FROM inbox",
        "SELECT 1\0; SELECT 2",
        "",
        "-- nothing",
        ";",
        "x" * 20_001,
    ]


@pytest.mark.parametrize("view", ["pg_settings", "duckdb_databases", "sqlite_master", "pragma_database_list"])
def test_a_with_does_not_open_the_databases_own_views(house: House, view: str) -> None:
    """Its settings tell of the machine: how many processors, how much memory, where."""
    said = house.refused(f"SELECT * FROM (WITH {view} AS (SELECT 1) SELECT 1) q, {view}")
    assert said == f"A part of a WITH cannot be called {view!r}; choose another name for it."


def test_what_a_with_may_be_called(house: House) -> None:
    """A mart's name, which is then the mart where the WITH does not hold, and names of views out of reach."""
    both = "SELECT (SELECT count(*) FROM messages), n FROM (WITH messages AS (SELECT 1 AS n) FROM messages)"
    assert house.ask(both).rows == [[14, 1]]
    for name in ("tables", "columns", "views", "settings", "m"):
        assert house.ask(f"WITH {name} AS (SELECT 1 AS n) SELECT n FROM {name}").rows == [[1]]
    nested = "WITH a AS (WITH b AS (SELECT 1 AS n) FROM b), c AS (FROM a) SELECT n FROM c"
    assert house.ask(nested).rows == [[1]]
    counted = (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r"
    )
    assert house.ask(counted).rows == [[6]]


@pytest.mark.more  # each statement has a process of its own: every fourth here, all in `make faults`
def test_no_escape(house: House) -> None:
    """Each is refused with a sentence; nothing is written, and nothing of Charlie's or of the machine is told."""
    root = house.lake.root
    tried = escapes(root)
    assert len(tried) >= 80
    tried = tried if many() else tried[::4]
    before = sorted(path for path in root.rglob("*") if path.is_file())
    for statement in tried:
        said = house.refused(statement)
        assert said, statement
        for secret in (CANARY, str(root), "root:x:", str(SOUTH_SENT)):
            quoted = statement.replace("\0", "")
            assert secret not in said or (secret in quoted and said.startswith("There is no table")), said
    assert sorted(path for path in root.rglob("*") if path.is_file()) == before


def test_the_wall_behind_the_check(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a check that lets everything through the process itself still reaches nothing."""
    script = (Path(sealed.__file__).parent / "sealed_process.py").read_text()
    open_door = script.replace(
        'if __name__ == "__main__":', "judge = lambda connection, statement, known: ['messages']\n\nif True:"
    )
    assert open_door != script
    (tmp_path / "open_door.py").write_text(open_door)
    monkeypatch.setattr(sealed, "_SCRIPT", tmp_path / "open_door.py")
    assert house.ask("SELECT count(*) FROM messages").rows == [[14]]
    (file,) = (house.lake.root / "marts").rglob("messages-*.parquet")
    for statement in (
        f"FROM read_parquet('{file}')",
        f"FROM '{file}'",
        "FROM read_text('/etc/passwd')",
        "FROM glob('/etc/*')",
        f"COPY messages TO '{tmp_path}/stolen.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "LOAD '/tmp/x.duckdb_extension'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET memory_limit = '99GB'",
        "FROM read_csv('http://127.0.0.1:1/x')",
    ):
        assert CANARY not in house.refused(statement), statement
    assert not list(tmp_path.glob("*.csv"))
    settings = house.ask("SELECT value FROM duckdb_settings() WHERE name = 'lock_configuration'")
    assert settings.rows == [["true"]]


def test_an_environment_is_not_there(house: House) -> None:
    import subprocess
    import sys

    script = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = subprocess.run(
        [sys.executable, "-I", "-c", script], env={}, capture_output=True, text=True, check=True
    )
    assert "VITRINE" not in seen.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT sum(sqrt(a.range * b.range)) FROM range(100000000) a, range(1000000) b",
        "SELECT repeat('x', 2000000000)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    ],
)
def test_what_takes_too_long_is_stopped(house: House, statement: str) -> None:
    began = time.monotonic()
    said = house.refused(statement, seconds=1.0)
    assert said == "It took more than 1 seconds and was stopped." or "memory" in said or "too big" in said
    assert time.monotonic() - began < 15  # a second, its grace, and the start of a process on a busy machine


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT list(range) FROM range(300000000)",
        "SELECT count(DISTINCT hash(a.range::VARCHAR || b.range::VARCHAR)) FROM range(20000) a, range(30000) b",
    ],
)
def test_what_takes_too_much_is_stopped(house: House, statement: str) -> None:
    said = house.refused(statement, memory_mb=100, seconds=20.0)
    assert "more memory than it may have" in said or "was ended" in said


def test_a_long_answer_is_cut_and_says_so(house: House) -> None:
    found = house.ask("FROM range(100000000000)", rows=50)
    assert (len(found.rows), found.more) == (50, True)
    found = house.ask("FROM range(50)", rows=50)
    assert (len(found.rows), found.more) == (50, False)
    (value,) = house.ask("SELECT repeat('x', 100000)").rows[0]
    assert len(value) == 2_001


def test_values_come_as_json_has_them(house: House) -> None:
    found = house.ask(
        "SELECT 1, 2.5::DOUBLE, 9007199254740993, 'nan'::DOUBLE, true, NULL, DATE '2026-11-02', "
        "TIMESTAMP '2026-11-02 09:00:00', [1, 2], {'a': 1}, 'é', count(*) AS n FROM messages"
    )
    numbers = [1, 2.5, "9007199254740993", "nan", True, None]
    texts = ["2026-11-02", "2026-11-02 09:00:00", "[1, 2]", "{'a': 1}", "é"]
    assert found.rows == [[*numbers, *texts, 14]]
    assert found.columns[-1] == ("n", "BIGINT")


def test_what_may_be_read_is_described(house: House) -> None:
    assert [row[0] for row in house.ask("SHOW TABLES").rows] == sorted(QUERIED)
    assert house.ask("DESCRIBE messages").rows[0][:2] == ["workspace", "VARCHAR"]
    summary = house.ask("SUMMARIZE SELECT campaign FROM messages")
    assert summary.rows[0][:4] == ["campaign", "VARCHAR", "Autumn", "Check-ups"]
    assert house.ask("FROM memory.main.messages SELECT count(*)").rows == [[14]]
    assert house.ask("SELECT count(*) FROM MESSAGES;").rows == [[14]]


def test_a_slip_is_told_with_its_place(house: House) -> None:
    assert house.refused("SELECT campaing FROM messages").startswith("Binder Error: Referenced column")
    assert 'Candidate bindings: "campaign"' in house.refused("SELECT campaing FROM messages")
    assert "LINE 1:" in house.refused("SELEC 1")
    assert house.refused("SELECT * FROM mesages").startswith(
        "There is no table 'mesages'; there are segments,"
    )


def test_too_many_rows_are_told_before_they_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_sql, "MOST_ROWS", 13)
    assert "choose one workspace" in house.refused("SELECT count(*) FROM messages")
    assert house.ask("SELECT 1").rows == [[1]]


def test_no_process_is_left_behind(house: House) -> None:
    import psutil

    house.refused("SELECT count(*) FROM range(100000000) a, range(100000000) b", seconds=0.5)
    left = [one for one in psutil.Process().children() if "sealed_process" in " ".join(one.cmdline())]
    assert left == []
