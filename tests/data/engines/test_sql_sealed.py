"""The process of a person's SQL is sealed before the statement is looked at: to parse one reads no file either."""

from __future__ import annotations

import ctypes
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from data.engines import sealed, sealed_process
from data.engines.sealed import Limits
from data.engines.sealed_process import (
    MOST_COLUMNS,
    ONLY_READING,
    Declined,
    answer,
    judge,
    open_sealed,
    seal,
)
from data.errors import BadQuery

IN_ACCESS, IN_OPEN = 0x1, 0x20
#: What a file of the server's holds. It may come out of nothing.
SECRET = "hunter2"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """As the process has it when it looks at the statement."""
    made = open_sealed(200)
    seal(made)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like an exported database, with what DuckDB reads of one."""
    found = tmp_path / "exported"
    found.mkdir()
    for name in ("schema.sql", "load.sql"):
        (found / name).write_text(SECRET)
    (found / "x.duckdb_extension").write_text(SECRET)
    return found


@contextmanager
def watched(folder: Path) -> Iterator[list[str]]:
    """The names of what is opened or read in the folder during the block, as the kernel tells it."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    seen: list[str] = []
    assert libc.inotify_add_watch(handle, os.fsencode(folder), IN_ACCESS | IN_OPEN) >= 0
    try:
        yield seen
        with suppress(BlockingIOError):  # nothing was
            seen.append(os.read(handle, 4096)[16:].split(b"\0", 1)[0].decode())
    finally:
        os.close(handle)


#: Whatever reaches beyond the database, in the forms a check by eye would miss. `{}` is the folder.
REACHING = [
    "IMPORT DATABASE '{}'",
    "import  database '{}'",
    "/* SELECT */ IMPORT DATABASE '{}'",
    "-- SELECT 1\nIMPORT DATABASE '{}'",
    "SELECT 1; IMPORT DATABASE '{}'",
    "SELECT ';' ; IMPORT DATABASE '{}'",
    ";;IMPORT DATABASE '{}'",
    "\u00a0IMPORT DATABASE '{}'",
    "\ufeffIMPORT DATABASE '{}'",
    "IMPORT/**/DATABASE '{}'",
    "PRAGMA import_database('{}')",
    "SELECT 1; PRAGMA import_database('{}')",
    "PRAGMA database_list",
    "EXPORT DATABASE '{}'",
    "ATTACH '{}/schema.sql'",
    "ATTACH DATABASE '{}/schema.sql' AS x",
    "DETACH x",
    "COPY (SELECT 1) TO '{}/out.csv'",
    "COPY x FROM '{}/load.sql'",
    "INSTALL httpfs FROM '{}'",
    "LOAD '{}/x.duckdb_extension'",
    "SET temp_directory = '{}'",
    "SET GLOBAL allowed_paths = ['{}/load.sql']",
    "RESET lock_configuration",
    "CALL pragma_version()",
    "CALL import_database('{}')",
    "USE x",
    "EXPLAIN IMPORT DATABASE '{}'",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CREATE TABLE x AS FROM '{}/load.sql'",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO x FROM '{}/load.sql'",
    "CHECKPOINT",
    "VACUUM",
]


@pytest.mark.parametrize("statement", REACHING)
def test_what_reaches_outside_is_refused_by_its_kind_and_nothing_is_opened(
    connection: duckdb.DuckDBPyConnection, folder: Path, statement: str
) -> None:
    """The same sentence whether the folder is there, is a file, or is not: so it tells of none."""
    with watched(folder) as seen:
        for place in (folder, folder / "load.sql", folder / "nowhere"):
            with pytest.raises(Declined) as refused:
                judge(connection, statement.format(place), ["messages"])
            assert str(refused.value) == ONLY_READING
    assert seen == []


@pytest.mark.parametrize(
    "statement",
    [
        "FROM '{}/load.sql'",
        "FROM read_text('{}/load.sql')",
        "FROM read_csv('{}/load.sql')",
        "SELECT content FROM read_blob('{}/load.sql')",
        "FROM glob('{}/*')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('temp_directory')",
    ],
)
def test_a_select_that_reaches_outside_reads_nothing(
    connection: duckdb.DuckDBPyConnection, folder: Path, statement: str
) -> None:
    """Neither looked at, nor, were the look to let it through, run."""
    with watched(folder) as seen:
        with pytest.raises(Declined):
            judge(connection, statement.format(folder), ["messages"])
        if (
            "'temp_" not in statement and "getenv" not in statement
        ):  # these name no file, and are refused above
            with pytest.raises(Declined):
                answer(connection, statement.format(folder), 5.0, 10)
    assert seen == []


def test_the_watch_sees_what_an_open_database_does(folder: Path) -> None:
    """Else the tests above would prove nothing: before it was sealed, DuckDB read the folder when it parsed."""
    with watched(folder) as seen, open_sealed(200) as connection, pytest.raises(duckdb.Error):
        connection.extract_statements(f"IMPORT DATABASE '{folder}'")
    assert seen == ["schema.sql"]


def test_the_process_seals_first(folder: Path) -> None:
    """In the order of its source, and as it answers."""
    source = inspect.getsource(sealed_process.main)
    assert source.index("seal(connection)") < source.index("judge(connection")
    with watched(folder) as seen, pytest.raises(BadQuery) as refused:
        sealed.run(f"SELECT 1; IMPORT DATABASE '{folder}'", ["messages"], _nothing, Limits())
    assert (str(refused.value), seen) == (ONLY_READING, [])


@pytest.mark.parametrize(
    "statement",
    [
        "(SELECT 1)",
        "((SELECT 1)) UNION ALL (SELECT 2)",
        "-- import\nSELECT 1 -- ; import database 'x'",
        "SELECT 'a; IMPORT DATABASE x' AS set",
        "SELECT $$; LOAD x$$",
        "FROM messages SELECT n",
        "WITH import AS (SELECT 1 AS load) SELECT load FROM import",
        "VALUES (1)",
        "SUMMARIZE messages",
        "TABLE messages",
        "SHOW TABLES",
        ";; SELECT 1 ;;",
    ],
)
def test_what_reads_is_read(statement: str) -> None:
    """Also rows that came as Arrow, which are taken in behind the seal."""
    result = sealed.run(statement, ["messages"], _two_rows, Limits())
    assert result.rows


def test_bytes_that_are_no_text_are_told_as_that() -> None:
    r"""`vitrine sql $'\xff'`: the shell gives a byte that is no character."""
    with pytest.raises(BadQuery, match="contains a character that no statement can have"):
        sealed.run("SELECT '\udcff'", [], _nothing, Limits())


def test_columns_count(connection: duckdb.DuckDBPyConnection) -> None:
    """4^7 columns of nothing made an answer of 17 MB; a thousand times a thousand of them are cut at 4 MB."""
    many = ", ".join("NULL" for _ in range(MOST_COLUMNS))
    with pytest.raises(Declined, match="more than 1,000 columns"):
        answer(connection, f"SELECT {many}, NULL", 10.0, 1_000)
    found = answer(connection, f"SELECT {many} FROM range(1000)", 10.0, 1_000)
    # By hand: a row is 1,000 × len("null, "), brackets for the last comma and blank: 6,000.
    assert (len(found["rows"]), found["more"]) == (666, True)
    long = ", ".join(f"repeat('é', 2000) AS c{n}" for n in range(500))
    with pytest.raises(Declined, match="A row of the results is too long"):
        answer(connection, f"SELECT {long}", 10.0, 1_000)
    named = answer(connection, f'SELECT 1 AS "{"n" * 5_000}"', 10.0, 1_000)
    assert len(named["columns"][0]["name"]) == 200


def _nothing(name: str) -> Any:
    raise AssertionError(f"{name} was asked for")


def _two_rows(name: str) -> pa.RecordBatchReader:
    table = pa.table({"n": [1, 2]})
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
