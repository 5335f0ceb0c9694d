"""`vitrine view …`: views as files that live in git, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from dashapp.views.published_schema import FILE

Run = Callable[..., Result]
Ask = Callable[..., Any]
MINE = {
    "schema_version": 2,
    "name": "Weekly",
    "tiles": [{"id": "a", "type": "kpi", "x": 0, "y": 0, "w": 4, "h": 2, "options": {"metric": "reply"}}],
}


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.json"
    path.write_text(json.dumps(MINE))
    return path


def test_a_new_agency_has_a_starred_template(acme: str, answer: Ask, vitrine: Run) -> None:
    (only,) = answer("view", "list")["views"]
    assert only == {
        "slug": "overview",
        "name": "Outreach overview",
        "of": "agency",
        "default": True,
        "version": 1,
        "draft": False,
        "rollout": False,
    }
    assert answer("view", "list", "--workspace", acme)["views"] == [only]
    assert vitrine("view", "list").stdout.startswith("* overview")


def test_what_is_exported_is_imported_unchanged(acme: str, answer: Ask, tmp_path: Path, weekly: Path) -> None:
    assert answer("view", "import", str(weekly), "--agency", "north") == {
        "views": [{"slug": "weekly", "version": 1, "change": "created"}]
    }
    assert answer("view", "export", "weekly") == MINE
    folder = tmp_path / "out"
    files = answer("view", "export", "--agency", "north", "--to", str(folder))["files"]
    assert [Path(name).name for name in files] == ["overview.json", "weekly.json"]
    assert json.loads((folder / "weekly.json").read_text()) == MINE
    assert [one["change"] for one in answer("view", "import", *files)["views"]] == ["unchanged"] * 2
    weekly.write_text(json.dumps(MINE | {"name": "Every week"}))
    assert answer("view", "import", str(weekly))["views"][0] == {
        "slug": "weekly",
        "version": 2,
        "change": "changed",
    }


def test_a_workspaces_own_view_is_its_own(acme: str, answer: Ask, vitrine: Run, weekly: Path) -> None:
    answer("view", "import", str(weekly), "--workspace", acme)
    assert [one["slug"] for one in answer("view", "list", "--agency", "north")["views"]] == ["overview"]
    assert [one["of"] for one in answer("view", "list", "--workspace", acme)["views"]] == [
        "agency",
        "workspace",
    ]
    assert answer("view", "show", "weekly", "--workspace", acme) == MINE
    missing = vitrine("view", "show", "weekly", "--agency", "north")
    assert (missing.exit_code, missing.stderr) == (1, "Error: There is no view 'weekly' here.\n")
    near = vitrine("view", "export", "overvieuw")
    assert near.stderr == "Error: There is no view 'overvieuw' here. Did you mean overview?\n"
    link = answer("share", "create", "--workspace", acme, "--view", "weekly")
    assert link["url"].endswith(link["token"] + "/")


def test_one_bad_file_among_good_ones_saves_nothing(
    acme: str, answer: Ask, vitrine: Run, weekly: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(MINE | {"tiles": [MINE["tiles"][0] | {"colour": "red"}]}))
    refused = vitrine("view", "import", str(weekly), str(bad))
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"Error: {bad}: This view cannot be used: tiles.0.colour: there is no such key.\n"
    )
    bad.write_bytes(b"\xff\xfe")
    assert "This is not a text file." in vitrine("view", "import", str(weekly), str(bad)).stderr
    clash = tmp_path / "Not A Slug.json"
    clash.write_text(weekly.read_text())
    assert "cannot be a view's short name" in vitrine("view", "import", str(weekly), str(clash)).stderr
    assert [one["slug"] for one in answer("view", "list")["views"]] == ["overview"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"w": 2, "h": 1}, "tiles.1: “Key figure” needs 2 columns and 2 rows at least, not 2 by 1."),
        ({"x": 10}, "tiles.1: tile b reaches beyond the 12 columns."),
        ({"x": 0, "y": 1}, "the view: tiles a and b overlap."),
        ({"x": -1}, "tiles.1.x: Input should be greater than or equal to 0."),
        ({"y": -3}, "tiles.1.y: Input should be greater than or equal to 0."),
        ({"w": 10**30}, "tiles.1.w: Input should be less than or equal to 12."),
        ({"h": 13}, "tiles.1.h: Input should be less than or equal to 12."),
        ({"y": 10**9}, "tiles.1.y: Input should be less than or equal to 500."),
        ({"x": 1.5}, "tiles.1.x: Input should be a valid integer."),
    ],
)
def test_a_place_no_tile_can_have_is_told_with_its_path(
    acme: str, answer: Ask, vitrine: Run, weekly: Path, tmp_path: Path, place: dict[str, Any], said: str
) -> None:
    first, second = (
        {"id": name, "type": "kpi", "x": x, "y": 0, "w": 3, "h": 2, "options": {"metric": "open"}}
        for name, x in (("a", 0), ("b", 3))
    )
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(MINE | {"tiles": [first, second | place]}))
    refused = vitrine("view", "import", str(weekly), str(bad))
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {bad}: This view cannot be used: {said}\n")
    assert [one["slug"] for one in answer("view", "list")["views"]] == ["overview"], "not even the good one"


def test_a_view_may_come_through_a_pipe(acme: str, vitrine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from dashapp.cli import main

    piped = CliRunner().invoke(main, ["view", "import", "-", "--slug", "piped"], input=json.dumps(MINE))
    assert (piped.exit_code, piped.stdout) == (0, "piped: created\n")


@pytest.mark.parametrize(
    "words",
    [
        ("view", "export"),
        ("view", "import", "-"),
        ("view", "import", "a.json", "b.json", "--slug", "a"),
        ("view", "list", "--agency", "north", "--workspace", "acme-co"),
    ],
)
def test_a_wrong_call_is_told(acme: str, vitrine: Run, words: tuple[str, ...]) -> None:
    assert vitrine(*words).exit_code == 2


def test_a_missing_file_is_one_sentence(acme: str, vitrine: Run) -> None:
    missing = vitrine("view", "import", "nowhere.json")
    assert (missing.exit_code, missing.stderr) == (
        1,
        "Error: The system refused: No such file or directory (nowhere.json).\n",
    )


def test_the_schema_is_the_published_file(vitrine: Run, answer: Ask) -> None:
    assert vitrine("view", "schema").stdout == FILE.read_text(encoding="utf-8")
    assert answer("view", "schema") == json.loads(FILE.read_text(encoding="utf-8"))
