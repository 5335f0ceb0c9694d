"""The desk's two languages: every sentence has its French, every French one is said, and it is set as print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashapp.ui.environment import environment
from dashapp.ui.language.say import (
    REASONS,
    SCRIPTS,
    areas,
    french,
    language,
    later,
    retell,
    say,
    speaking,
    typeset,
)

ROOT = Path(__file__).resolve().parents[2]
#: Errors raised here reach people through the desk's callbacks and error pages.
RAISING = (
    "callbacks",
    "pages",
    "dashapp/views",
    "dashapp/schedules",
    "dashapp/sharing",
    "dashapp/crm",
    "dashapp/agencies",
    "dashapp/web",
    "dashapp/access",
    "dashapp/crm",
)
ERRORS = {"Refused", "NotFound", "NotAllowed", "Conflict", "TooMany", "Busy", "_BadRange"}
#: Said by the command line only, or when code is wrong.
NOT_FOR_THE_DESK = {"dashapp/agencies/accounts.py"}


def _sources() -> Iterator[Path]:
    for folder in ("pages", "callbacks", "dashapp"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def _said_in_python() -> set[str]:
    found = set()
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"say", "later"}
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(first.value)
                else:
                    assert node.func.id == "say", f"{path}: later() names a constant"
    return found


def _said_in_templates() -> set[str]:
    found = set()
    for folder in (ROOT / f"dashapp/{name}/templates" for name in ("ui", "web", "campaigns")):
        for path in sorted(folder.glob("*.html")):
            tree = environment().parse(path.read_text("utf-8"))
            for name, call, _ in _calls(tree):
                if name == "say":
                    found.add(call)
    return found


def _calls(tree: object) -> Iterator[tuple[str, str, object]]:
    from jinja2 import nodes

    assert isinstance(tree, nodes.Template)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.args and isinstance(call.args[0], nodes.Const):
            yield call.node.name, call.args[0].value, call


def _said_in_scripts() -> set[str]:
    found = set()
    for path in sorted((ROOT / "assets").glob("*.js")):
        found |= set(re.findall(r'\bwords\("((?:[^"\\]|\\.)*)"', path.read_text("utf-8")))
    return found


def _raised() -> set[str]:
    """The sentences of errors people may read, an f-string's values as {marks}."""
    found, named = set(), _constants()
    for folder in RAISING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if str(path.relative_to(ROOT)) in NOT_FOR_THE_DESK:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
                    continue
                kind = node.exc.func
                if isinstance(kind, ast.Name) and kind.id in ERRORS:
                    found |= {s for s in [_sentence(node.exc.args[0], named)] if re.search("[a-z]", s)}
    return found


def _constants() -> dict[str, str]:
    """Sentences with a name of their own (`NO_VIEW`), by that name."""
    found = {}
    for path in _sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                found |= {ast.unparse(target): str(node.value.value) for target in node.targets}
    return found


def _sentence(node: ast.expr, named: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        return named.get(ast.unparse(node).rpartition(".")[2], "")
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return ""


def _bare(sentence: str) -> str:
    return re.sub(r"\{\w*\}", "{}", sentence)


def test_every_sentence_of_the_desk_has_its_french() -> None:
    said = _said_in_python() | _said_in_templates()
    assert len(said) > 250
    assert sorted(said - set(french())) == []


def test_every_sentence_of_the_scripts_has_its_french_among_those_sent() -> None:
    said = _said_in_scripts()
    assert len(said) > 30
    assert sorted(said - set(areas()[SCRIPTS])) == []


def test_every_error_people_may_read_has_its_french() -> None:
    raised = {_bare(sentence) for sentence in _raised()}
    assert len(raised) > 40
    assert sorted(raised - {_bare(sentence) for sentence in french()}) == []


def test_nobody_keeps_french_that_is_never_said() -> None:
    said = _said_in_python() | _said_in_templates() | _said_in_scripts()
    raised = {_bare(sentence) for sentence in _raised()}
    kept = set(french()) - set(areas()[REASONS])  # tests/ui/test_say_reasons.py
    unsaid = [s for s in kept if s not in said and _bare(s) not in raised and not _in_the_source(s)]
    assert unsaid == []


def _in_the_source(sentence: str) -> bool:
    """A sentence made below the desk (data/, a form's), retold at its edge, word for word in the source."""
    parts = [part for part in re.split(r"\{\w+\}", sentence) if len(part) > 3]
    below = [
        *(ROOT / "data").rglob("*.*"),
        *(ROOT / "jobs").rglob("*.py"),
        *(ROOT / "dashapp").rglob("*.json"),
    ]
    texts = [*_sources(), *(path for path in sorted(below) if path.suffix in {".py", ".yaml", ".json"})]
    flat = [
        re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8")) for path in texts if "french" not in path.parts
    ]
    return any(all(part in text for part in parts) for text in flat)


@pytest.mark.parametrize("area", sorted(areas()))
def test_the_marks_are_those_of_the_english(area: str) -> None:
    for english, text in areas()[area].items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", text)), english


def test_no_sentence_stands_in_two_areas_of_the_server() -> None:
    seen: dict[str, str] = {}
    for _area, entries in areas().items():
        for english, text in entries.items():
            if english in seen:
                assert seen[english] == text, f"{english!r} is said in two ways"
            seen[english] = text


def test_french_is_set_as_print() -> None:
    for english, text in french().items():
        assert "'" not in text, english
        assert not re.search(r"[^\u202f\s][;!?»]|[A-Za-zé]:(?!\d|//)", text), (english, text)
    assert typeset("C'est « vrai » : 3 % !") == "C’est «\u202fvrai\u202f»\u202f: 3\u202f%\u202f!"


def test_a_sentence_in_both_languages() -> None:
    assert language() == "en"
    assert say("Share {name}", name="Harbour") == "Share Harbour"
    with speaking("fr"):
        assert say("Share {name}", name="Harbour") == "Partager Harbour"
        assert say(later("Close")) == "Fermer"
    assert language() == "en"


def test_an_error_is_retold_with_what_it_names() -> None:
    said = "A period has 731 days at most; 28 days are shown."
    assert retell(said) == said
    with speaking("fr"):
        assert retell(said) == "Une période compte 731 jours au plus\u202f; 28 jours sont affichés."
        assert retell("Nobody ever wrote this.") == "Nobody ever wrote this."
