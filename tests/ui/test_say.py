"""The languages: every sentence has its translation in each, every translation is said, and it is set as print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from dashapp.errors import Refused
from dashapp.languages import DEFAULT, LANGUAGES
from dashapp.tiles.gallery import GROUPS
from dashapp.tiles.options import label_of
from dashapp.tiles.periods import DECLARED
from dashapp.tiles.registry import tile_types
from dashapp.ui.environment import environment
from dashapp.ui.language.catalogue import KEYED, REASONS, SCRIPTS, areas, by_key, sentences
from dashapp.ui.language.say import language, later, retell, say, say_error, speaking
from data.figures.registry import figures
from data.metrics import metrics
from data.metrics.wording import _MACHINES
from data.sources import sources
from jobs.registry import jobs

#: The languages that are translated into.
OTHERS = [code for code in LANGUAGES if code != DEFAULT]
ROOT = Path(__file__).resolve().parents[2]
#: Errors raised here reach people through the desk's callbacks and error pages.
RAISING = (
    "callbacks",
    "pages",
    "dashapp/views",
    "dashapp/alerts",
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
NOT_FOR_THE_DESK = {"dashapp/agencies/accounts.py", "dashapp/agencies/roles.py"}


def _sources() -> Iterator[Path]:
    for folder in ("pages", "callbacks", "dashapp", "jobs", "data/metrics"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def _said_in_python() -> set[str]:
    found = set()
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"say", "later", "translated"}
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(first.value)
                else:
                    assert node.func.id != "later", f"{path}: later() names a constant"
    return found


def _said_in_templates() -> set[str]:
    found = set()
    for path in sorted((ROOT / "dashapp").glob("*/templates/**/*.html")):
        tree = environment().parse(path.read_text("utf-8"))
        found |= {call for name, call, _ in _calls(tree) if name == "say"}
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


def _declared() -> set[str]:
    """What tiles, their options, periods and metrics declare; it is said with `translated`."""
    found = (
        {one.english for one in DECLARED}
        | set(GROUPS.values())
        | {figure.shape for figure in figures().values()}
        | set(_MACHINES.values())
    )
    for kind in tile_types().values():
        assert kind.about is not None
        found |= {kind.about.label, kind.about.told, kind.about.words}
        for option in kind.options.model_fields.values():
            label = label_of(option.metadata)
            if label is not None:
                found |= {label.text, label.help, *(text for _, text in label.choices)}
    found |= {job.does for job in jobs().values()}
    for source in sources().values():
        found |= {source.secret_label, *source.steps}
    for metric in metrics().values():
        found |= {metric.label, metric.formula, metric.base, *metric.caveats}
    return found - {""}


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every sentence that is said word for word."""
    found = _said_in_python() | _said_in_templates() | _declared()
    assert len(found) > 250
    return found


@pytest.fixture(scope="module")
def raised() -> set[str]:
    """Every sentence of an error people may read, with bare marks."""
    found = {_bare(sentence) for sentence in _raised()}
    assert len(found) > 40
    return found


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_is_translated(lang: str, said: set[str]) -> None:
    assert sorted(said - set(sentences(lang))) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_every_word_with_a_key_is_translated(lang: str) -> None:
    keyed = {key for name, area in areas(lang).items() if name.endswith(KEYED) for key in area}
    assert keyed == set(by_key(DEFAULT))


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_of_the_scripts_is_among_those_sent(lang: str) -> None:
    in_scripts = _said_in_scripts()
    assert len(in_scripts) > 30
    assert sorted(in_scripts - set(areas(lang)[SCRIPTS])) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_every_error_people_may_read_is_translated(lang: str, raised: set[str]) -> None:
    assert sorted(raised - {_bare(sentence) for sentence in sentences(lang)}) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_nobody_keeps_a_translation_that_is_never_said(lang: str, said: set[str], raised: set[str]) -> None:
    known = said | _said_in_scripts()
    kept = set(sentences(lang)) - set(areas(lang).get(REASONS, {}))  # tests/ui/test_say_reasons.py
    unsaid = [s for s in kept if s not in known and _bare(s) not in raised and not _in_the_source(s)]
    assert unsaid == []


@lru_cache(maxsize=1)
def _source() -> list[str]:
    below = [
        *(ROOT / "data").rglob("*.*"),
        *(ROOT / "jobs").rglob("*.py"),
        *(ROOT / "dashapp/views").rglob("*.json"),
    ]
    texts = [*_sources(), *(path for path in sorted(below) if path.suffix in {".py", ".yaml", ".json"})]
    return [re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8")) for path in texts]


def _in_the_source(sentence: str) -> bool:
    """A sentence made below the desk (data/, a form's), retold at its edge, word for word in the source."""
    parts = [part for part in re.split(r"\{\w+\}", sentence.rstrip(".")) if len(part) > 3]
    return any(all(part in text for part in parts) for text in _source())


@pytest.mark.parametrize("lang", OTHERS)
def test_the_marks_are_those_of_the_english(lang: str) -> None:
    keyed = by_key(DEFAULT)
    for name, area in areas(lang).items():
        for key, text in area.items():
            english = keyed[key] if name.endswith(KEYED) else key
            assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", text)), key


@pytest.mark.parametrize("lang", OTHERS)
def test_no_sentence_stands_in_two_areas_in_two_ways(lang: str) -> None:
    seen: dict[str, str] = {}
    for name, area in areas(lang).items():
        for english, text in area.items() if not name.endswith(KEYED) else ():
            assert seen.setdefault(english, text) == text, f"{english!r} is said in two ways"


def test_french_is_set_as_print() -> None:
    for area in areas("fr").values():
        for english, text in area.items():
            assert "'" not in text, english
            assert not re.search(r"[^\u202f\s][;!?»]|[A-Za-zé]:(?!\d|//)", text), (english, text)
    assert (
        LANGUAGES["fr"].typeset("C'est « vrai » : 3 % !") == "C’est «\u202fvrai\u202f»\u202f: 3\u202f%\u202f!"
    )


def test_german_is_set_as_print() -> None:
    for area in areas("de").values():
        for english, text in area.items():
            assert not re.search(r"['\"]| [;:!?]|\d ?%(?<!\u00a0%)", text), (english, text)
            assert text.count("„") == text.count("“"), (english, text)
            assert not re.search(r"\b(du|dein|deine|dir|dich)\b", text), (english, text)


def test_a_sentence_in_every_language() -> None:
    assert language() == "en"
    assert say("Share {name}", name="Harbour") == "Share Harbour"
    with speaking("fr"):
        assert say("Share {name}", name="Harbour") == "Partager Harbour"
        assert say(later("Close")) == "Fermer"
    with speaking("de"):
        assert say("Share {name}", name="Harbour") == "Harbour teilen"
    with speaking("xx"):
        assert say("Close") == "Close"
    assert language() == "en"


def test_an_error_is_said_with_its_values_as_each_language_writes_them() -> None:
    error = Refused("A message has at most {most} characters.", most=5_000)
    assert str(error) == say_error(error) == "A message has at most 5,000 characters."
    with speaking("fr"):
        assert say_error(error) == "Un message compte 5\u202f000 caractères au plus."
    with speaking("de"):
        assert say_error(error) == "Eine Nachricht hat höchstens 5.000 Zeichen."
    braces = Refused("{a} is not JSON.")
    assert str(braces) == say_error(braces) == "{a} is not JSON."


def test_a_finished_sentence_is_retold_with_what_it_names() -> None:
    sentence = "It took more than 30 seconds and was stopped."
    assert retell(sentence) == sentence
    with speaking("fr"):
        assert "30" in retell(sentence) != sentence
        assert retell("Nobody ever wrote this.") == "Nobody ever wrote this."
