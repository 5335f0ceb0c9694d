"""The single doors: who may import, call or read what. Walks the syntax tree of every file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("dashapp", "pages", "callbacks", "data", "jobs")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def _imports(tree: ast.AST) -> Iterator[str]:
    """Every module imported, also inside functions; `from a import b` gives a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def _calls(tree: ast.AST) -> Iterator[str]:
    """The last name of what is called: `app.callback(…)` gives callback, as a bare decorator too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield _last(node.func)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in node.decorator_list:
                yield _last(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _offenders(allowed: tuple[str, ...], found: dict[str, set[str]]) -> dict[str, set[str]]:
    return {name: what for name, what in found.items() if what and not name.startswith(allowed)}


def test_only_the_lakes_engines_import_duckdb() -> None:
    found = {
        _name(path): {module for module in _imports(_tree(path)) if module.split(".")[0] == "duckdb"}
        for path in FILES
    }
    allowed = ("data/cubes/warehouse.py", "data/building/build.py", "data/engines/", "data/lake/segments.py")
    assert _offenders(allowed, found) == {}


def test_only_scopes_makes_a_scope() -> None:
    found = {_name(path): {call for call in _calls(_tree(path)) if call == "Scope"} for path in FILES}
    assert _offenders(("dashapp/access/scopes.py", "jobs/"), found) == {}


def test_only_the_guard_registers_callbacks() -> None:
    """`guard.callback(…)` is the guard's own; on anything else these two names are Dash's."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        wrong = set()
        tree = _tree(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"callback", "clientside_callback"}:
                owner = _last(node.value)
                if not (owner == "guard" and node.attr == "callback"):
                    wrong.add(f"{owner}.{node.attr}")
        wrong |= {
            module
            for module in _imports(tree)
            if module.startswith("dash.") and module.rpartition(".")[2] in {"callback", "clientside_callback"}
        }
        found[_name(path)] = wrong
    assert _offenders(("callbacks/guard.py",), found) == {}


def test_only_config_reads_the_environment() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        # `request.environ` is a request's, not the process's.
        names = {
            node.attr
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.Attribute) and _last(node.value) != "request"
        }
        imports = {module.rpartition(".")[2] for module in _imports(_tree(path)) if module.startswith("os.")}
        found[_name(path)] = (names | imports) & {"environ", "getenv", "environb", "putenv"}
    assert _offenders(("dashapp/config.py",), found) == {}


def test_only_the_gate_lists_public_endpoints() -> None:
    """A list of endpoints is a frozenset or set whose strings look like `blueprint.view`, named PUBLIC."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        found[_name(path)] = {
            target.id
            for node in ast.walk(_tree(path))
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id.startswith("PUBLIC")
        }
    assert _offenders(("dashapp/web/middleware/gate.py",), found) == {}


def test_only_sources_know_the_providers_fields() -> None:
    """Field names that only providers use: elsewhere one would be a second translation table."""
    fields = {
        "sg_event_id",
        "sg_message_id",
        "RecordType",
        "MessageID",
        "event-data",
        "smtp-id",
        "X-Twilio-Email-Event-Webhook-Signature",
    }
    found: dict[str, set[str]] = {}
    for path in FILES:
        strings = {
            node.value
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.Constant) and type(node.value) is str
        }
        found[_name(path)] = strings & fields
    assert _offenders(("data/sources/",), found) == {}


def test_only_format_turns_numbers_into_text() -> None:
    """Number formats such as `{x:,.1f}` or `{x:.0%}` in what people see belong to ui/format.py.

    Coordinates of a drawing are no text: files that only draw may round them.
    """
    drawing = (
        "dashapp/reports/paper/",
        "dashapp/ui/format.py",
        "dashapp/ui/charts.py",
        "dashapp/ui/brand.py",
        "dashapp/web/health.py",
        "data/",
        "jobs/",
        "dashapp/cli",
        "dashapp/demo",
        "dashapp/__main__.py",
        "dashapp/doctor",
        "dashapp/errors.py",  # in English: `say_error` writes its numbers as the reader does
    )
    found: dict[str, set[str]] = {}
    for path in FILES:
        specs = set()
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
                spec = "".join(
                    str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant)
                )
                if spec and (spec[-1] in "f%g" or "," in spec):
                    specs.add(spec)
        found[_name(path)] = specs
    assert _offenders(drawing, found) == {}


@pytest.mark.parametrize("package", ["data"])
def test_the_data_core_imports_nothing_of_ours(package: str) -> None:
    ours = {"dashapp", "pages", "callbacks", "jobs", "flask", "dash"}
    found = {
        _name(path): {module for module in _imports(_tree(path)) if module.split(".")[0] in ours}
        for path in FILES
        if _name(path).startswith(f"{package}/")
    }
    assert {name: what for name, what in found.items() if what} == {}


def test_only_jobs_import_the_scheduler() -> None:
    """Web processes never do: "run now" inserts a row."""
    found = {
        _name(path): {module for module in _imports(_tree(path)) if module.split(".")[0] == "apscheduler"}
        for path in FILES
    }
    assert _offenders(("jobs/",), found) == {}


def test_migrations_form_one_line() -> None:
    """From the first to the newest, each after one other: two ends, or a circle, stop every start."""
    after: dict[str | None, str] = {}
    files = sorted((ROOT / "dashapp/db/migrations/versions").glob("[0-9]*.py"))
    for path in files:
        told = {
            node.targets[0].id: node.value.value
            for node in _tree(path).body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        assert told["down_revision"] not in after, f"two follow {told['down_revision']}"
        after[told["down_revision"]] = told["revision"]
    line, newest = [], after.get(None)
    while newest is not None:
        line.append(newest)
        newest = after.get(newest)
    assert len(line) == len(files)
