"""The documents can fail: every setting, command, question, field, address, path and recipe in them is walked here.

Tables are compared with what the code declares, both ways: nothing is left out and nothing is invented.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import click
import pytest

from dashapp.cli import COMMANDS, main
from dashapp.config import Settings
from dashapp.crm.files import task_files
from dashapp.web.api.openapi import document
from dashapp.web.middleware.gate import API
from data.events.canonical import CHANNELS, EVENTS, FIELDS
from data.events.replies import NEGATIVE, NEUTRAL, POSITIVE
from data.plans.rows import ROWS
from data.question import ALLOWED, NAMES, Query
from data.sources import sources
from data.sources.files import FILES
from jobs.registry import jobs
from pages import desk_paths

ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
NUMBERS, COMES_IN = DOCUMENTS["docs/numbers.md"], DOCUMENTS["docs/events.md"]
INTERFACES, ARCHITECTURE = DOCUMENTS["docs/interfaces.md"], DOCUMENTS["docs/architecture.md"]
each_document = pytest.mark.parametrize("name", sorted(DOCUMENTS))
FOLDERS = "data|dashapp|tests|jobs|pages|callbacks|assets|docs"
#: Words of a path that stand for whatever one adds.
PLACEHOLDER = re.compile(r"<[a-z]+>")


def _section(text: str, title: str) -> str:
    """The text below a heading, up to the next one of its level."""
    match = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match is not None, f"there is no section {title!r}"
    return match[2]


def _rows(text: str) -> list[list[str]]:
    """The cells of the tables' rows, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _code(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def _first_codes(text: str) -> set[str]:
    """What stands in backticks in the first column."""
    return {name for row in _rows(text) for name in _code(row[0])}


def _leaves() -> set[str]:
    context = click.Context(main)
    names = set()
    for name in COMMANDS:
        command = main.get_command(context, name)
        subcommands = command.commands if isinstance(command, click.Group) else None
        names |= {name} if subcommands is None else {f"{name} {sub}" for sub in subcommands}
    return names


# Paths, links, commands ---------------------------------------------------------------------------------------


@each_document
def test_every_path_it_names_exists(name: str) -> None:
    spans = {span for span in _code(DOCUMENTS[name]) if re.match(rf"(?:{FOLDERS})/[\w./<>-]+$", span)}
    for path in spans:
        known = PLACEHOLDER.split(path)[0].rpartition("/")[0] if PLACEHOLDER.search(path) else path
        assert (ROOT / known).exists(), f"{name} names {path}"


@each_document
def test_every_link_leads_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", DOCUMENTS[name]):
        path = (here / target).resolve() if target else ROOT / name
        assert path.exists(), f"{name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{name} links to {target}#{anchor}"


@each_document
def test_every_command_it_names_exists(name: str) -> None:
    families = {leaf.partition(" ")[0] for leaf in _leaves() if " " in leaf}
    for span in _code(DOCUMENTS[name]):
        words = span.removeprefix("vitrine ").split()
        if span.startswith("vitrine ") and words and re.fullmatch(r"[a-z]+", words[0]):
            assert words[0] in COMMANDS, f"{name} names {span}"
        if len(words) > 1 and words[0] in families and re.fullmatch(r"[a-z-]+", words[1]):
            assert " ".join(words[:2]) in _leaves(), f"{name} names {span}"


@each_document
def test_every_make_target_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^)make ([a-z]+)", DOCUMENTS[name], flags=re.MULTILINE):
        assert re.search(rf"^{target}\b[^=\n]*:", makefile, flags=re.MULTILINE), f"{name}: make {target}"


@each_document
def test_every_setting_it_names_exists(name: str) -> None:
    named = set(re.findall(r"VITRINE_([A-Z_]+)\b", DOCUMENTS[name]))
    assert named <= {field.upper() for field in Settings.model_fields}


# interfaces.md ------------------------------------------------------------------------------------------------


def test_every_setting_is_told_and_none_is_invented() -> None:
    told = re.findall(r"^\| `VITRINE_([A-Z_]+)`", _section(INTERFACES, "Settings"), flags=re.MULTILINE)
    assert sorted(told) == sorted(name.upper() for name in Settings.model_fields)


def test_the_table_of_commands_is_complete() -> None:
    table = _section(INTERFACES, "Command line")
    assert set(re.findall(r"^\| `vitrine ([a-z]+)", table, flags=re.MULTILINE)) == set(COMMANDS)
    named = {span.removeprefix("vitrine ") for span in _code(table)}
    assert _leaves() - named == set()


def test_every_question_is_told_with_the_options_it_takes() -> None:
    section = _section(INTERFACES, "Questions by name")
    shared = {"who": {"campaign", "user", "as_of"}, "providers": {"sender_provider", "recipient_provider"}}
    told = {}
    for row in _rows(section):
        name = row[0].strip("`")
        if name in NAMES:
            extra = [shared[word] for word in shared if re.search(rf"\b{word}\b", row[2])]
            told[name] = _code(row[2]).union(*extra)
    assert told == {name: set(options) for name, options in ALLOWED.items()}


def test_every_value_of_an_option_is_told() -> None:
    told = {row[0].strip("`"): _code(row[1]) for row in _rows(_section(INTERFACES, "Questions by name"))}
    for option in (
        "data_type",
        "attribution",
        "clock",
        "engagement",
        "by",
        "sender_provider",
        "recipient_provider",
        "event",
    ):
        values = set(re.findall(r"'(\w+)'", str(Query.model_fields[option].annotation)))
        values -= {"hours", "audience"}
        assert told[option] - {"hours", "audience"} == values, option


def test_every_call_of_the_api_is_told() -> None:
    told = set(re.findall(r"^\| `([A-Z]+ \S+)`", _section(INTERFACES, "API"), flags=re.MULTILINE))
    paths = document("https://reports.example.com")["paths"]
    calls = {f"{verb.upper()} /api/v1{path}" for path, verbs in paths.items() for verb in verbs}
    assert told == calls
    assert len(calls) == len(API)


def test_the_desks_addresses_are_pages() -> None:
    addresses = {
        address
        for row in _rows(_section(INTERFACES, "HTTP"))
        if row[1] in ("people signed in", "owners and admins")
        for address in _code(row[0])
    }
    assert addresses - set(desk_paths()) == set()


# events.md ----------------------------------------------------------------------------------------------------


def test_every_field_of_an_event_is_told() -> None:
    section = _section(COMES_IN, "The canonical event")
    assert _first_codes(section) == FIELDS - {"received_at", "sentiment", "raw"}


def test_every_event_and_channel_is_told() -> None:
    section = _section(COMES_IN, "The canonical event")
    names = {name for line in re.findall(r"^- .*(?:\n  .*)*", section, re.MULTILINE) for name in _code(line)}
    assert names == EVENTS
    channels = next(row for row in _rows(section) if row[0] == "`channel`")
    assert _code(channels[1]) == CHANNELS


def test_all_reference_data_is_told() -> None:
    rows = {row[0].strip("`"): row for row in _rows(_section(COMES_IN, "Reference data"))[1:]}
    assert set(rows) == {*ROWS, "tasks", "leads"}
    for kind, model in {**ROWS, "tasks": task_files._Row}.items():
        aliases = {
            alias
            for key, field in model.model_fields.items()
            for alias in (
                field.validation_alias.choices if hasattr(field.validation_alias, "choices") else [key]
            )
        } | {str(field.validation_alias) for field in model.model_fields.values()}
        fields = re.sub(r"\([^)]*\)", "", rows[kind][2])
        assert _code(fields) - aliases == set(), kind


def test_every_provider_and_format_is_told() -> None:
    webhooks = _rows(_section(COMES_IN, "Webhooks"))
    assert {row[0].strip("`") for row in webhooks if len(row) == 3} - {"provider"} == set(sources())
    assert _first_codes(_section(COMES_IN, "Files")) == set(FILES)


# numbers.md, architecture.md ----------------------------------------------------------------------------------


def test_every_category_of_a_reply_is_told() -> None:
    rows = {row[0]: _code(row[1]) for row in _rows(_section(NUMBERS, "Replies"))}
    assert rows["positive"] == POSITIVE
    assert rows["neutral"] == NEUTRAL
    assert rows["negative"] == NEGATIVE


def test_every_data_type_has_a_base() -> None:
    told = _first_codes(_section(NUMBERS, "Units and bases"))
    assert told == set(get_args(Query.model_fields["data_type"].annotation))


def test_every_room_is_on_the_map() -> None:
    """Packages one or two deep; a deeper one, or a plain folder of a page, is named by the folder it is in."""
    section = _section(ARCHITECTURE, "Rooms")
    rows = {path.rstrip("/") for path in _first_codes(section)}
    packages = {
        init.parent.relative_to(ROOT).as_posix()
        for top in ("data", "dashapp", "jobs")
        for init in (ROOT / top).glob("*/__init__.py")
    }
    assert packages - rows == set()


def test_no_folder_is_too_large_to_be_read() -> None:
    """At most 18 modules a folder; a registry, one file an entry, grows with what it holds."""
    registries = {"dashapp/tiles/types", "dashapp/db/migrations/versions", "jobs/catalog"}
    large = {
        folder.relative_to(ROOT).as_posix(): len(modules)
        for top in ("data", "dashapp", "pages", "callbacks", "jobs")
        for folder in [ROOT / top, *(ROOT / top).rglob("*")]
        if folder.is_dir() and len(modules := set(folder.glob("*.py")) - {folder / "__init__.py"}) > 18
    }
    assert {name: n for name, n in large.items() if name not in registries} == {}


def test_every_registry_of_the_recipes_finds_what_is_there() -> None:
    """The recipes say that a file is found by itself: each folder holds some that were."""
    section = _section(ARCHITECTURE, "To add …")
    for constant in ("SOURCE", "TILE", "RATE", "FIGURE", "ANSWERS", "PAGE", "JOB"):
        row = next(row for row in _rows(section) if f"`{constant}`" in row[1])
        spans = re.findall(r"`([^`]+)`", row[1])
        path = [span for span in spans[: spans.index(constant)] if PLACEHOLDER.search(span)][-1]
        folder = ROOT / path.partition("<")[0].rpartition("/")[0]
        declared = [
            file
            for file in folder.rglob("*.py")
            if re.search(rf"^{constant}\b.*=", file.read_text(), re.MULTILINE)
        ]
        assert declared, f"no file of {folder} has a constant {constant}"


def test_a_wrong_word_would_be_noticed() -> None:
    """The walks above look at something: each document set names many paths and commands."""
    text = "\n".join(DOCUMENTS.values())
    assert len(re.findall(rf"`(?:{FOLDERS})/[\w./<>-]+`", text)) > 100
    assert len(re.findall(r"`vitrine [a-z]+", text)) > 20
    assert len(_leaves()) > 40


def test_every_recipe_names_a_test_that_exists() -> None:
    rows = [row for row in _rows(_section(ARCHITECTURE, "To add …")) if row[0] != "to add"]
    assert len(rows) >= 10
    for row in rows:
        tests = [span for span in _code(row[2]) if span.startswith("tests/")]
        assert tests, row[0]
        assert all((ROOT / path).is_file() for path in tests), row[0]


@each_document
def test_every_job_it_names_exists(name: str) -> None:
    for job in re.findall(r"\bjobs? `([a-z-]+)`", DOCUMENTS[name]):
        assert job in jobs(), f"{name} names the job {job}"
