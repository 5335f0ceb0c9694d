"""What the machinery writes down of itself is told in every language, too: of jobs, parked records, checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import yaml

from dashapp.languages import DEFAULT, LANGUAGES
from dashapp.ui.language.catalogue import REASONS, areas
from dashapp.ui.language.say import reason, speaking

ROOT = Path(__file__).resolve().parents[2]
#: What stands in a sentence's mark in these tests.
MARK = "7"
OTHERS = [code for code in LANGUAGES if code != DEFAULT]


def _texts(node: ast.expr) -> list[str]:
    """Every text an expression can be, its marks filled; what is no text of ours gives none."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(p.value) if isinstance(p, ast.Constant) else MARK for p in parts)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return ["".join(pair) for pair in product(_texts(left), _texts(right))]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one), *_texts(other)]
        case ast.Tuple(elts=parts):
            return [text for part in parts for text in _texts(part)]
    return []


def _trees(*folders: str, without: str = "") -> Iterator[ast.AST]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if without and path.parent.name == without:
                continue
            yield ast.parse(path.read_text("utf-8"))


def _said_by_jobs() -> set[str]:
    """Details of runs: set on the task, or written into the ledger."""
    found: set[str] = set()
    for tree in _trees("jobs"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(".detail" in ast.unparse(target) for target in targets):
                    found.update(text.removeprefix("; ") for text in _texts(node.value))
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in {"detail", "why"}:
                        found.update(_texts(value))
            if isinstance(node, ast.keyword) and node.arg == "detail":
                found.update(_texts(node.value))
    return {text for text in found if text}


#: Errors of ours that can end a run for a workspace; their sentences are what /data tells of it.
ENDING = {
    "DamagedFile",
    "EngineFailed",
    "EngineMissing",
    "LakeUnavailable",
    "LakeUnreachable",
    "NotInScope",
    "NotTheEvents",
}


#: Errors that turn a delivery away.
REFUSING = {"BadSignature", "NotThisForm", "Unreadable"}


def _said_by_failures() -> set[str]:
    found: set[str] = set()
    for tree in _trees("data", "jobs"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ENDING:
                found.update(text for arg in node.args[:1] for text in _texts(arg))
    # Sentences that are put together before they are raised, and the reasons in them.
    for path, name in (("data/lake/bucket.py", "_unavailable"), ("data/engines/spark.py", "_java_sentence")):
        found |= set(_within(ROOT / path, name))
    found |= {text for text in _within(ROOT / "data/marts/zones.py", "zone") if "time zone" in text}
    for what in _asked_of_a_bucket():
        whose = "7 cannot 7" if what == "be reached" else "Vitrine cannot 7"
        found |= {text.replace("cannot 7", f"cannot {what}") for text in found if text.startswith(whose)}
    return {text for text in found if "cannot 7" not in text}


def _within(path: Path, name: str) -> Iterator[str]:
    """Every text that a function returns, raises, or keeps as `said`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for one in ast.walk(node):
                if isinstance(one, ast.Return) and one.value is not None:
                    yield from _texts(one.value)
                if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "said":
                    yield from _texts(one.value)
                if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call):
                    yield from (text for arg in one.exc.args for text in _texts(arg))


def _asked_of_a_bucket() -> set[str]:
    """What may not work there, as its sentences say it."""
    return {
        text
        for tree in _trees("data")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".asking")
        for text in _texts(node.args[0])
    }


def _said_of_a_bucket() -> set[str]:
    """Why it does not work, as a server's answers are told."""
    tree = ast.parse((ROOT / "data/lake/bucket.py").read_text("utf-8"))
    return {
        text
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "known"
        for value in getattr(node.value, "values", ())
        for text in _texts(value)
    }


def _said_of_records() -> set[str]:
    found: set[str] = set()
    for tree in _trees("data"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = {"BadRecord": 0, "Parked": 1}.get(node.func.id)
                if at is not None and len(node.args) > at:
                    found.update(one.replace("7 '7' event", "a '7' event") for one in _texts(node.args[at]))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "why":
                found.update(text for text in _texts(node.value) if text.startswith("the line"))
            if isinstance(node, ast.FunctionDef) and node.name == "_unknown":
                for one in ast.walk(node):
                    if isinstance(one, ast.Return) and one.value is not None:
                        found.update(_texts(one.value))
    return found


def _said_of_deliveries() -> set[str]:
    """Why a delivery is refused, or a part of it parked: what readers of all providers raise."""
    return {
        text
        for tree in _trees("data/sources", without="files")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSING
        for text in _texts(node.args[0])
        if text.endswith(".") and "{" not in text
    }


def _said_of_checks() -> set[str]:
    found: set[str] = set()
    for path in sorted((ROOT / "data/marts").glob("*.yaml")):
        for check in yaml.safe_load(path.read_text("utf-8")).get("checks", []):
            found |= {check["wrong"], check["todo"]}
    for name in ("building/recheck", "marts/checks"):
        for node in ast.walk(ast.parse((ROOT / f"data/{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {
                "wrong",
                "todo",
                "_ANEW",
                "_REBUILD",
            }:
                found.update(_texts(node.value))
            if isinstance(node, ast.JoinedStr) and (text := _texts(node)[0]).endswith("."):
                found.add(text)
    return {text for text in found if " " in text}


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize(
    ("said", "least"),
    [
        (_said_by_jobs(), 18),
        (_said_by_failures(), 20),
        (_said_of_a_bucket(), 5),
        (_said_of_records(), 25),
        (_said_of_deliveries(), 45),
        (_said_of_checks(), 35),
    ],
)
def test_everything_the_machinery_says_is_translated(said: set[str], least: int, lang: str) -> None:
    assert len(said) >= least, "the sentences are found"
    assert all(reason(text) == text for text in said), "English stays as it was written"
    with speaking(lang):
        assert sorted(text for text in said if reason(text) == text) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_no_reason_is_kept_that_nothing_says(lang: str) -> None:
    said = _said_by_jobs() | _said_by_failures() | _said_of_a_bucket() | _said_of_records()
    said |= _said_of_checks() | _said_of_deliveries() | {"line 7", "element 7", "events.jsonl:7, column 7"}
    with speaking(lang):
        told = {reason(text) for text in said}
    unsaid = []
    for english, text in areas(lang)[REASONS].items():
        parts = [part for part in text.split("{") if part]
        if not any(all(part.partition("}")[2] in one for part in parts[1:]) for one in told):
            unsaid.append(english)
    assert unsaid == []


def test_parts_are_told_one_by_one_and_what_is_not_ours_stays() -> None:
    with speaking("fr"):
        assert reason("took in 12 events and parked 3; a check failed, the version before stays") == (
            "12 événements intégrés, 3 mis de côté\u202f; un contrôle a échoué, la version précédente reste"
        )
        assert reason("There are two rows of the same one e-mail, so it would count twice.").startswith(
            "Il y a deux lignes pour un e-mail"
        )
        assert reason("OperationalError: 5 events") == "OperationalError: 5 events"
        assert reason("unknown event 'sentt'") == "événement 'sentt' inconnu"
        assert reason("the mail is said to be base64, and is not") == (
            "l’e-mail est annoncé en base64 et ne l’est pas"
        )
