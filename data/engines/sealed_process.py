"""The process a person's own SQL runs in: it holds the rows it was given and can reach nothing else.

Run by path as a script (data/engines/sealed.py): `python -I sealed_process.py`, with an empty environment. So it
imports nothing of ours. Lines of JSON go both ways; between them tables come as Arrow streams.

    in:  {"sql", "known": [table names], "seconds", "rows", "memory_mb"}
    out: {"needs": [tables the statement reads]}  or  {"error": sentence}
    in:  one Arrow stream for each of them, in that order
    out: {"columns": [{"name", "type"}], "rows": [[…]], "more": bool, "seconds": float}  or  {"error": sentence}

Before the statement is looked at the database is sealed: no files, no network, no settings, and the process has no
environment and no other rows, with limits on memory, time and what is written that the kernel holds. (To parse is
enough to read a file: DuckDB replaces IMPORT DATABASE by the statements that stand in the folder.) So that wall
stands whatever the check of the statement lets through.
"""

from __future__ import annotations

import json
import math
import re
import resource
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import duckdb

#: Characters of a statement, of one value of the answer, and of all of them.
LONGEST_SQL: Final = 20_000
LONGEST_VALUE: Final = 2_000
LONGEST_ANSWER: Final = 4_000_000
#: Columns of an answer, and characters of the name or the type of one.
MOST_COLUMNS: Final = 1_000
LONGEST_NAME: Final = 200
#: What a statement that only reads begins with.
READING: Final = frozenset(
    {"select", "with", "from", "values", "table", "describe", "desc", "summarize", "show", "pivot", "unpivot"}
)
#: Table functions that make rows of nothing; any other reads something.
TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row"})
#: Functions that tell of the machine, its settings or its log, or that run a text as SQL.
DENIED: Final = frozenset(
    {
        "getenv",
        "getvariable",
        "current_setting",
        "set_config",
        "query",
        "query_table",
        "write_log",
        "parse_duckdb_log_message",
        "nextval",
        "currval",
        "checkpoint",
        "force_checkpoint",
        "in_search_path",
        "txid_current",
        "version",
        "file_exists",
    }
)
DENIED_PREFIXES: Final = (
    "duckdb_",
    "pragma_",
    "read_",
    "write_",
    "parquet_",
    "pg_",
    "sniff_",
    "json_execute",
    "which_",
)
ONLY_READING: Final = "Only reading is possible here: SELECT, WITH, FROM, VALUES, DESCRIBE or SUMMARIZE."
#: What reaches beyond the database: refused also where the lexer takes it for a name, behind a strange space.
_REACHING: Final = frozenset(
    {
        "import",
        "export",
        "attach",
        "detach",
        "copy",
        "install",
        "load",
        "pragma",
        "set",
        "reset",
        "call",
        "use",
    }
)
_WORD: Final = re.compile(r"[A-Za-z_]+")
_SAFE_INTEGER: Final = 2**53
_PATH: Final = re.compile(r"(?<![\w/])(?:[A-Za-z]:\\|/)(?:[\w.@+-]+[/\\])+[\w.@+-]*")


class Declined(Exception):
    """The statement is not run; the message is a sentence for who wrote it."""


def judge(connection: duckdb.DuckDBPyConnection, statement: str, known: Sequence[str]) -> list[str]:
    """The tables of `known` the statement reads. Raises Declined unless it only reads, and only those."""
    if len(statement) > LONGEST_SQL:
        raise Declined(f"The statement is longer than {LONGEST_SQL} characters.")
    if "\0" in statement or not _is_text(statement):
        raise Declined("It contains a character that no statement can have.")
    if any(word not in READING for word in _first_words(statement)):
        raise Declined(ONLY_READING)
    try:
        parsed = connection.extract_statements(statement)
    except (duckdb.PermissionException, duckdb.IOException) as error:  # something outside was asked for
        raise Declined(ONLY_READING) from error
    except duckdb.Error as error:
        raise Declined(told(error)) from error
    if not parsed:
        raise Declined("There is no statement.")
    if len(parsed) > 1:
        raise Declined(
            ONLY_READING
            if any(str(one.type) != "StatementType.SELECT" for one in parsed)
            else "One statement at a time: take out what comes after the first semicolon."
        )
    if str(parsed[0].type) != "StatementType.SELECT":
        raise Declined(ONLY_READING)
    row = connection.execute("SELECT json_serialize_sql(?)", [statement]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if tree.get("error") or len(tree["statements"]) != 1:
        raise Declined(ONLY_READING)
    views = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE schema_name <> 'information_schema'"
    ).fetchall()
    return _tables(tree, known, {str(name).lower() for (name,) in views})


def _is_text(statement: str) -> bool:
    """Whether it is in characters alone: bytes that are none come as halves of a surrogate pair."""
    try:
        statement.encode()
    except UnicodeEncodeError:
        return False
    return True


def _first_words(statement: str) -> Iterator[str]:
    """The keyword each statement of the text begins with; what begins with none is left to the parser.

    Only the lexer looks at it, which knows comments and quotes and touches nothing else.
    """
    source = statement.encode()
    begins = True
    for at, kind in duckdb.tokenize(statement):
        if source[at : at + 1] == b";":
            begins = True
        elif begins and source[at : at + 1] != b"(":
            begins = False
            word = _WORD.search(source[at:].decode())
            if word and (kind == duckdb.token_type.keyword or word[0].lower() in _REACHING):
                yield word[0].lower()


def _tables(tree: Mapping[str, Any], known: Sequence[str], own: Collection[str]) -> list[str]:
    """`own`: the database's own views, which a name without a schema reaches (information_schema's it does not)."""
    nodes = list(_nodes(tree))
    names = {name.lower(): name for name in known}
    ctes = {
        str(entry.get("key", "")).lower()
        for node in nodes
        if isinstance(node.get("cte_map"), dict)
        for entry in node["cte_map"].get("map", [])
    } | {str(node["cte_name"]).lower() for node in nodes if isinstance(node.get("cte_name"), str)}
    # A name of a WITH is taken to hold everywhere in the statement. Where it does not, it must name nothing else.
    if clash := sorted(ctes.intersection(own)):
        raise Declined(f"A part of a WITH cannot be called {clash[0]!r}; choose another name for it.")
    needs: dict[str, None] = {}
    for node in nodes:
        kind = node.get("type")
        if node.get("class") == "FUNCTION":
            _function(str(node.get("function_name", "")).lower(), table=False)
        if kind == "TABLE_FUNCTION":
            _function(str((node.get("function") or {}).get("function_name", "")).lower(), table=True)
        elif kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            place = (str(node.get("catalog_name", "")).lower(), str(node.get("schema_name", "")).lower())
            plain = place[0] in {"", "memory"} and place[1] in {"", "main"}
            if plain and name.lower() in names:
                needs[names[name.lower()]] = None
            elif place != ("", "") or name.lower() not in ctes:
                whole = ".".join(part for part in (*place, name) if part)
                raise Declined(f"There is no table {whole[:80]!r}; there are {', '.join(known)}.")
        elif kind == "SHOW_REF" and node.get("table_name") and node.get("table_name") != '"tables"':
            raise Declined("DESCRIBE and SUMMARIZE take a table or a SELECT; SHOW TABLES tells the tables.")
        elif kind == "SHOW_REF" and node.get("table_name") == '"tables"':
            needs.update(dict.fromkeys(known))
    return list(needs)


def _function(name: str, *, table: bool) -> None:
    if (table and name not in TABLE_FUNCTIONS) or name in DENIED or name.startswith(DENIED_PREFIXES):
        raise Declined(f"The function {name[:80]} is not available here.")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree; without recursion, for a statement may be nested deeply."""
    left = [tree]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def told(error: BaseException) -> str:
    """What DuckDB says, without the stack and without a path of this machine."""
    lines = [line.rstrip() for line in str(error).splitlines()]
    said = lines[0] if lines else type(error).__name__
    # Which columns or tables there are, where DuckDB names some that are spelt alike.
    hints = [line for line in lines[1:] if line.startswith(("Candidate", "Did you mean"))]
    if hints:
        said += "\n" + "\n".join(hints)
    # The line that shows where helps whoever wrote it: "LINE 1: SELECT …" and the mark below it.
    where = next((n for n, line in enumerate(lines) if line.startswith("LINE ")), None)
    if where is not None:
        said += "\n" + "\n".join(lines[where : where + 2])
    return _PATH.sub("…", said)[:1_000]


def open_sealed(memory_mb: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory, that takes Arrow tables from this process."""
    return duckdb.connect(
        config={
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "memory_limit": f"{memory_mb}MB",
            "threads": 2,
            "temp_directory": "",
            "max_temp_directory_size": "0MB",
        }
    )


def seal(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on nothing outside of the database can be reached, and no setting changed."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
    connection.execute("SET lock_configuration = true")


def answer(
    connection: duckdb.DuckDBPyConnection, statement: str, seconds: float, most: int
) -> dict[str, Any]:
    """Run it within the time; at most so many rows of it."""
    began = time.monotonic()
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        result = connection.execute(statement)
        described = result.description or []
        if len(described) > MOST_COLUMNS:
            raise Declined(f"The results have more than {MOST_COLUMNS:,} columns; choose fewer.")
        columns = [{"name": one[0][:LONGEST_NAME], "type": str(one[1])[:LONGEST_NAME]} for one in described]
        rows, more = _rows(result, most)
    except duckdb.OutOfMemoryException as error:
        raise Declined(
            "The statement needs more memory than it may have; let it read or keep less."
        ) from error
    except (MemoryError, OverflowError) as error:
        raise Declined("A value in the results is too big; let the statement produce less.") from error
    except (duckdb.Error, RuntimeError) as error:
        if stopped.is_set():
            raise Declined(f"It took more than {seconds:g} seconds and was stopped.") from error
        raise Declined(told(error)) from error
    finally:
        timer.cancel()
    return {"columns": columns, "rows": rows, "more": more, "seconds": round(time.monotonic() - began, 3)}


def _rows(result: duckdb.DuckDBPyConnection, most: int) -> tuple[list[list[Any]], bool]:
    rows: list[list[Any]] = []
    size = 0
    while batch := result.fetchmany(min(256, most + 1 - len(rows))):
        for row in batch:
            if len(rows) == most:
                return rows, True
            values = [plain(value) for value in row]
            size += len(
                json.dumps(values)
            )  # as it goes over the wire: also what holds nothing takes its place
            if size > LONGEST_ANSWER:
                if not rows:
                    raise Declined("A row of the results is too long; choose fewer columns.")
                return rows, True
            rows.append(values)
    return rows, False


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers a browser can hold stay numbers, all else is a text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _SAFE_INTEGER else str(value)[:LONGEST_VALUE]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _limit(memory_mb: int, seconds: float) -> None:
    """The kernel's own word: address space, CPU, nothing written to any file, no core."""
    for what, most in (
        (resource.RLIMIT_AS, (memory_mb + 2_500) * 1_000_000),
        (resource.RLIMIT_CPU, int(seconds * 2) + 120),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(source: BinaryIO, out: BinaryIO) -> None:
    """One statement, then the end."""

    def say(document: dict[str, Any]) -> None:
        out.write(json.dumps(document).encode() + b"\n")
        out.flush()

    asked = json.loads(source.readline())
    _limit(asked["memory_mb"], asked["seconds"])
    try:
        connection = open_sealed(asked["memory_mb"])
        seal(connection)
        needs = judge(connection, asked["sql"], asked["known"])
        say({"needs": needs})
        _load(connection, source, needs)
        say(answer(connection, asked["sql"], asked["seconds"], asked["rows"]))
    except Declined as error:
        say({"error": str(error)})
    except MemoryError:
        say({"error": "The statement needs more memory than it may have; let it read or keep less."})


def _load(connection: duckdb.DuckDBPyConnection, source: BinaryIO, names: Sequence[str]) -> None:
    import pyarrow as pa

    try:
        for name in names:
            with pa.ipc.open_stream(source) as reader:
                connection.register("incoming", reader)
                connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
                connection.unregister("incoming")
    except duckdb.OutOfMemoryException as error:
        raise Declined(
            "These tables do not fit into the memory a statement may have; choose one workspace."
        ) from error


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
