"""What is stored stays readable for ever, and what is published about it is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dashapp.errors import Refused
from dashapp.tiles.registry import tile_types
from dashapp.views.difference import place_of
from dashapp.views.overrides import dump_override, parse_override
from dashapp.views.published_schema import FILE, schema_text, view_schema
from dashapp.views.schema import dump_view, options_of, parse_view
from dashapp.views.store import STARTERS, shipped_view, starters
from dashapp.views.upgrades import SCHEMA_VERSION

SAMPLES = Path(__file__).parent / "samples"


def test_there_is_a_sample_of_every_version() -> None:
    for version in range(1, SCHEMA_VERSION + 1):
        assert json.loads((SAMPLES / f"v{version}.json").read_text())["schema_version"] == version


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("v*.json")), ids=lambda path: path.stem)
def test_an_upgrade_keeps_the_meaning(path: Path) -> None:
    """Every tile, its place, title and each option that was set are there as they were."""
    stored = json.loads(path.read_text())
    found = parse_view(path.read_text())
    assert found.schema_version == SCHEMA_VERSION
    assert found.name == stored["name"]
    assert [one.id for one in found.tiles] == [one["id"] for one in stored["tiles"]]
    for one, was in zip(found.tiles, stored["tiles"], strict=True):
        assert (one.type, one.title) == (was["type"], was.get("title"))
        assert place_of(one) == (was["x"], was["y"], was["w"], was["h"])
        assert was.get("options", {}).items() <= options_of(one).items()
        assert one.locked == was.get("locked", False)
    assert parse_view(dump_view(found)) == found


def test_an_override_of_a_version_stays_readable() -> None:
    text = (SAMPLES / "override-v2.json").read_text()
    found = parse_override(text)
    assert found.tiles["positive"].options == {"metric": "reply"}
    assert found.tiles["trend"].title == "Opens at a glance"
    assert found.tiles["trend"].place is not None
    assert found.tiles["trend"].place.y == 4
    assert (found.hidden, [one.id for one in found.added]) == (["sent"], ["own"])
    assert json.loads(dump_override(found)) == json.loads(text)


def test_an_older_override_goes_through_the_steps_of_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that renames an option renames it in overrides, too, though only a part of the options is there."""
    from dashapp.views import overrides as module

    def step(stored: dict[str, Any]) -> dict[str, Any]:
        def renamed(tile: dict[str, Any]) -> dict[str, Any]:
            options = {("metric" if k == "figure" else k): v for k, v in tile.get("options", {}).items()}
            return {**tile, "options": options, "locked": False}

        return {**stored, "tiles": [renamed(tile) for tile in stored.get("tiles", [])]}

    def upgrade(stored: dict[str, Any]) -> dict[str, Any]:
        return {**step(stored), "schema_version": SCHEMA_VERSION} if stored["schema_version"] == 1 else stored

    monkeypatch.setattr(module, "upgrade", upgrade)
    found = parse_override(
        '{"schema_version": 1, "tiles": {"a": {"type": "kpi", "options": {"figure": "open"}}},'
        ' "added": [{"id": "b", "type": "kpi", "x": 0, "y": 0, "w": 3, "h": 2, "options": {"figure": "open"}}]}'
    )
    assert found.tiles["a"].options == {"metric": "open"}
    assert found.added[0].options == {"metric": "open"}
    assert not found.tiles["a"].sets_title


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": 3}, "This view has schema version 3; this program reads 1 to 2."),
        ({"colour": "red"}, "This view cannot be used: colour: there is no such key."),
        ({"tiles": [{"id": "a"}]}, "This view cannot be used: tiles.0.type: this key is missing."),
        (
            {"tiles": [{"id": "a", "type": "kpi", "x": 0, "y": 0, "w": 3, "h": 2, "options": {"colour": 1}}]},
            "This view cannot be used: tiles.0.options.colour: there is no such key.",
        ),
        (
            {"tiles": [{"id": "a", "type": "kpi", "x": 0, "y": -4, "w": 3, "h": 2}]},
            "This view cannot be used: tiles.0.y: Input should be greater than or equal to 0.",
        ),
        (
            {"tiles": [{"id": "a", "type": "kpi", "x": 0, "y": 10**9, "w": 3, "h": 2}]},
            "This view cannot be used: tiles.0.y: Input should be less than or equal to 500.",
        ),
        (
            {"tiles": [{"id": "a", "type": "maze", "x": 0, "y": 0, "w": 3, "h": 2}]},
            "This view cannot be used: tiles.0: there is no tile type 'maze'.",
        ),
        (
            {"name": "a\x00b"},
            "This view cannot be used: name: it has a character that cannot be printed.",
        ),
        ({"tiles": {}}, "This view cannot be used: tiles: Input should be a valid array."),
        ({"name": ""}, "This view cannot be used: name: String should have at least 1 character."),
    ],
)
def test_what_is_wrong_is_said_with_its_path(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_view(json.dumps({"schema_version": 2, "name": "Mine", "tiles": []} | change))
    assert str(refused.value) == said


def test_the_published_schema_is_the_generated_one() -> None:
    """After a change: `python -m dashapp view schema > dashapp/views/view.schema.json`."""
    assert FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_knows_every_tile_type_and_refuses_unknown_keys() -> None:
    found = view_schema()
    references = {one["$ref"] for one in found["properties"]["tiles"]["items"]["oneOf"]}
    assert references == {f"#/$defs/tile_{name}" for name in tile_types()}
    for name in tile_types():
        definition = found["$defs"][f"tile_{name}"]
        assert definition["additionalProperties"] is False
        assert definition["properties"]["options"]["additionalProperties"] is False
        assert set(definition["required"]) == {"type", "id", "x", "y", "w", "h"}
    assert found["additionalProperties"] is False
    assert _references(found) <= {f"#/$defs/{name}" for name in found["$defs"]}


def _references(part: Any) -> set[str]:
    """Every definition that is referred to."""
    if isinstance(part, dict):
        own = {"/".join(part["$ref"].split("/")[:3])} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


def test_the_three_starts_are_views_that_fill_their_rows_and_fit_a_template() -> None:
    assert [one.key for one in starters()] == list(STARTERS)
    assert len({one.view.name for one in starters()}) == 3
    for key in STARTERS:
        found = shipped_view(key)
        assert not any(tile_types()[one.type].workspace_only for one in found.tiles)
        for y in {one.y for one in found.tiles}:
            assert sum(one.w for one in found.tiles if one.y == y) == 12
