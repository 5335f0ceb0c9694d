"""A workspace's override over a live template: what shows, whose it is, what differs, and nothing overlaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.errors import Refused
from dashapp.views.difference import differences
from dashapp.views.overrides import (
    Override,
    TileOverride,
    dump_override,
    override_from,
    parse_override,
    without,
)
from dashapp.views.resolve import differs_sentence, problem_sentence, reset_tile, resolve
from tests.support.examples import examples
from tests.views.arranged import edited, overlaps, overrides, tile, view, views

TEMPLATE = view(
    tile("open", 0, 0, options={"metric": "open"}),
    tile("reply", 3, 0),
    tile("trend", 0, 2, 12, 3, type="trend"),
)


def of(resolved, key):
    return next(one for one in resolved.tiles if one.placed.id == key)


def test_an_overridden_option_shows_and_says_so_in_both_languages() -> None:
    override = Override(tiles={"open": TileOverride(type="kpi", options={"metric": "reply"})})
    found = resolve(TEMPLATE, override)
    changed = of(found, "open")
    assert changed.source == "override"
    assert changed.placed.options == {"metric": "reply", "attribution": "lead"}
    assert differs_sentence(changed) == "Differs from the template: data type reply instead of open."
    assert differs_sentence(changed, "fr") == "Diffère du modèle\u202f: donnée réponse (et non ouverture)."
    assert of(found, "reply").source == "template"
    assert differs_sentence(of(found, "reply")) == ""
    assert found.problems == ()


def test_what_is_not_overridden_follows_the_template_live() -> None:
    override = Override(tiles={"open": TileOverride(type="kpi", title="Opened by guests")})
    grown = view(tile("open", 0, 0, options={"metric": "bounce"}), tile("reply", 3, 0), tile("new", 6, 0))
    found = resolve(grown, override)
    assert [(t.placed.id, t.placed.title, t.placed.options["metric"]) for t in found.tiles] == [
        ("open", "Opened by guests", "bounce"),
        ("reply", None, "reply"),
        ("new", None, "reply"),
    ]


def test_a_title_may_be_taken_away_and_comes_back_with_the_override_dropped() -> None:
    titled = view(tile("open", title="Opens"))
    override = parse_override(
        '{"schema_version": 2, "tiles": {"open": {"type": "kpi", "title": null, "options": {"metric": "sent"}}}}'
    )
    assert of(resolve(titled, override), "open").placed.title is None
    assert "title its own title instead of “Opens”" in differs_sentence(of(resolve(titled, override), "open"))
    dropped = without(override, "open", "title")
    assert of(resolve(titled, dropped), "open").placed.title == "Opens"
    assert of(resolve(titled, dropped), "open").placed.options["metric"] == "sent"
    assert without(dropped, "open", "options.metric").empty
    assert without(override).empty


def test_hidden_tiles_are_gone_from_the_view_and_known() -> None:
    found = resolve(TEMPLATE, Override(hidden=["trend"]))
    assert [t.id for t in found.view.tiles] == ["open", "reply"]
    assert [t.id for t in found.hidden] == ["trend"]
    assert [t.id for t in resolve(TEMPLATE, without(Override(hidden=["trend"]), "trend")).view.tiles] == [
        "open",
        "reply",
        "trend",
    ]


def test_an_added_tile_gives_way_when_the_template_grows_into_its_place() -> None:
    override = Override(added=[tile("own", 0, 5, 6, 2, title="Guests")])
    assert of(resolve(TEMPLATE, override), "own").placed.y == 5
    grown = view(*TEMPLATE.tiles, tile("funnel", 4, 5, 8, 3))
    found = resolve(grown, override)
    assert (of(found, "own").placed.x, of(found, "own").placed.y) == (0, 8)
    assert of(found, "funnel").placed.y == 5
    assert of(found, "own").source == "added"
    assert differs_sentence(of(found, "own")) == "Added in this workspace; not in the template."
    assert [problem_sentence(p) for p in found.problems] == [
        "Guests moved down: the template has a tile in its place now."
    ]


def test_an_added_tile_keeps_showing_when_the_template_takes_its_id() -> None:
    override = Override(added=[tile("extra", 0, 9, title="Mine")])
    grown = view(*TEMPLATE.tiles, tile("extra", 0, 5, title="The agency's"))
    found = resolve(grown, override)
    assert [(t.placed.id, t.placed.title, t.source) for t in found.tiles[3:]] == [
        ("extra", "The agency's", "template"),
        ("extra-2", "Mine", "added"),
    ]


def test_what_is_gone_from_the_template_is_ignored_and_reported() -> None:
    override = Override(tiles={"old": TileOverride(type="kpi", title="Was here")}, hidden=["older"])
    found = resolve(TEMPLATE, override)
    assert found.view.tiles == TEMPLATE.tiles
    assert [problem_sentence(p) for p in found.problems] == [
        "Was here is no longer in the template; what this workspace changed in it is not used.",
        "“older” is no longer in the template; what this workspace changed in it is not used.",
    ]


def test_options_the_tile_does_not_take_any_more_are_ignored_and_reported() -> None:
    override = Override(
        tiles={
            "open": TileOverride(type="kpi", options={"colour": "red"}, title="Still titled"),
            "reply": TileOverride(type="week1", options={"data_type": "open"}),
        }
    )
    found = resolve(TEMPLATE, override)
    assert of(found, "open").placed.options == TEMPLATE.tiles[0].options
    assert of(found, "open").placed.title == "Still titled"
    assert [p.kind for p in found.problems] == ["options", "type"]


def test_an_override_equal_to_the_template_is_idle_and_no_mark_shows() -> None:
    found = resolve(
        TEMPLATE, Override(tiles={"reply": TileOverride(type="kpi", options={"metric": "reply"})})
    )
    assert found.idle == ("reply",)
    assert of(found, "reply").source == "template"


def test_a_locked_tile_and_a_locked_template_refuse_with_a_sentence() -> None:
    locked = view(tile("open", locked=True, title="Opens"), tile("reply", 3, 0))
    changed = locked.model_copy(
        update={"tiles": [locked.tiles[0].model_copy(update={"title": "X"}), locked.tiles[1]]}
    )
    with pytest.raises(Refused, match=r"The agency locked “Opens”: it cannot be changed in a workspace\."):
        override_from(locked, changed)
    with pytest.raises(Refused, match="locked “Opens”"):
        override_from(locked, locked.model_copy(update={"tiles": [locked.tiles[1]]}))
    whole = locked.model_copy(update={"locked": True})
    with pytest.raises(Refused, match="The agency locked this template"):
        override_from(whole, locked.model_copy(update={"tiles": [*locked.tiles, tile("own", 6, 0)]}))
    assert override_from(whole, whole) == Override()


def test_a_lock_set_later_puts_overrides_to_sleep_and_says_so() -> None:
    override = Override(tiles={"open": TileOverride(type="kpi", title="Mine")}, hidden=["reply"])
    locked = view(*[one.model_copy(update={"locked": True}) for one in TEMPLATE.tiles])
    found = resolve(locked, override)
    assert found.view.tiles == locked.tiles
    assert {p.kind for p in found.problems} == {"locked"}
    assert all(one.locked for one in found.tiles)
    assert override_from(locked, found.view, override) == override
    whole = resolve(TEMPLATE.model_copy(update={"locked": True}), override)
    assert whole.view.tiles == TEMPLATE.tiles
    assert [problem_sentence(p) for p in whole.problems] == [
        "The agency locked this template; what this workspace changed in it is not used."
    ]


def test_the_templates_name_and_types_are_the_agencys() -> None:
    with pytest.raises(Refused, match="duplicate the view to name your own"):
        override_from(TEMPLATE, TEMPLATE.model_copy(update={"name": "Mine"}))
    other = tile("open", 0, 0, type="week1")
    with pytest.raises(Refused, match="hide it and add another tile"):
        override_from(TEMPLATE, TEMPLATE.model_copy(update={"tiles": [other, *TEMPLATE.tiles[1:]]}))


def test_what_waits_for_a_tile_to_come_back_survives_another_save() -> None:
    override = Override(tiles={"trend": TileOverride(type="trend", title="Mine")}, hidden=["open"])
    without_them = view(TEMPLATE.tiles[1])
    saved = override_from(without_them, resolve(without_them, override).view, override)
    assert saved == override
    assert of(resolve(TEMPLATE, saved), "trend").placed.title == "Mine"


def test_one_tile_goes_back_to_the_template_in_the_editor() -> None:
    override = Override(
        tiles={"open": TileOverride(type="kpi", title="Mine")}, hidden=["trend"], added=[tile("own", 6, 0)]
    )
    shown = resolve(TEMPLATE, override).view
    assert override_from(TEMPLATE, reset_tile(TEMPLATE, shown, "open")).tiles == {}
    assert override_from(TEMPLATE, reset_tile(TEMPLATE, shown, "trend")).hidden == []
    assert override_from(TEMPLATE, reset_tile(TEMPLATE, shown, "own")).added == []
    in_the_way = shown.model_copy(update={"tiles": [*shown.tiles, tile("wide", 0, 2, 12, 4)]})
    assert overlaps(reset_tile(TEMPLATE, in_the_way, "trend")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "This override is not JSON."),
        ("[]", "The override must be a JSON object."),
        ('{"schema_version": 9}', "This view has schema version 9; this program reads 1 to 2."),
        ('{"schema_version": 2, "hide": []}', "This override cannot be used: hide: there is no such key."),
        (
            '{"schema_version": 2, "tiles": {"a": {"type": "kpi", "colour": 1}}}',
            "This override cannot be used: tiles.a.colour: there is no such key.",
        ),
        (
            '{"schema_version": 2, "tiles": {"a": {"type": "kpi", "place": {"x": 9, "y": 0, "w": 6, "h": 1}}}}',
            "This override cannot be used: tiles.a.place: it reaches beyond the 12 columns.",
        ),
        (
            '{"schema_version": 2, "tiles": {"a": {"type": "iframe"}}}',
            "This override cannot be used: the override: tile a: there is no tile type 'iframe'.",
        ),
        (
            '{"schema_version": 2, "hidden": ["a", "a"]}',
            "This override cannot be used: the override: a tile is named twice.",
        ),
    ],
)
def test_an_override_is_strict(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_override(text)
    assert str(refused.value) == said


@given(views())
@examples(35, 200)
@pytest.mark.more
def test_an_empty_override_gives_the_template_itself(template) -> None:
    assert resolve(template, Override()).view == template


@given(views(), overrides())
@examples(50, 600)
@pytest.mark.more
def test_nothing_ever_overlaps_and_the_template_always_comes_through(template, override) -> None:
    found = resolve(template, override)
    assert overlaps(found.view) == []
    shown = [one.id for one in found.view.tiles]
    assert len(set(shown)) == len(shown)
    hidden = {one.id for one in found.hidden}
    assert {one.id for one in template.tiles} == ({*shown} | hidden) & {one.id for one in template.tiles}
    assert len(shown) == len(template.tiles) - len(hidden) + len(override.added)
    untouched = {
        one.id: one for one in template.tiles if one.id not in override.tiles and one.id not in hidden
    }
    for one in found.view.tiles:
        if one.id in untouched:
            assert one == untouched[one.id]
    assert resolve(template, parse_override(dump_override(override))) == found


@given(st.data())
@examples(50, 600)
@pytest.mark.more
def test_what_an_editor_made_of_a_template_is_what_shows(data) -> None:
    """override_from and resolve are each other's inverse; where the types were left alone and nothing locked."""
    template = data.draw(views())
    template = template.model_copy(
        update={"tiles": [one.model_copy(update={"locked": False}) for one in template.tiles]}
    )
    wanted = data.draw(edited(template, "uvw")).model_copy(update={"name": template.name})
    types = {one.id: one.type for one in template.tiles}
    tiles = [
        one.model_copy(update={"locked": False})
        for one in wanted.tiles
        if types.get(one.id, one.type) == one.type
    ]
    wanted = wanted.model_copy(update={"tiles": tiles})
    found = resolve(template, override_from(template, wanted))
    assert differences(wanted, found.view) == ()
    assert found.problems == ()
