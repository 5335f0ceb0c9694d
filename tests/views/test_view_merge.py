"""Two people changed one view: disjoint edits are both there, clashing ones are told, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.views.difference import change_sentences, differences, place_of
from dashapp.views.editing.merge import conflict_sentence, merge, take_mine
from dashapp.views.schema import View, options_of
from tests.support.examples import examples
from tests.views.arranged import edited, overlaps, tile, view, views

BASE = view(
    tile("open", 0, 0, options={"metric": "open"}, title="Opens"),
    tile("reply", 3, 0),
    tile("trend", 0, 2, 12, 3, type="trend"),
)


def with_tile(shown: View, key: str, **changes) -> View:
    tiles = [one.model_copy(update=changes) if one.id == key else one for one in shown.tiles]
    return shown.model_copy(update={"tiles": tiles})


def less(shown: View, key: str) -> View:
    return shown.model_copy(update={"tiles": [one for one in shown.tiles if one.id != key]})


def more(shown: View, *tiles) -> View:
    return shown.model_copy(update={"tiles": [*shown.tiles, *tiles]})


def by_id(shown: View, key: str):
    return next(one for one in shown.tiles if one.id == key)


def test_edits_of_different_tiles_are_both_there() -> None:
    alice = with_tile(BASE, "open", title="Opened")
    bob = more(less(BASE, "trend"), tile("new", 6, 0))
    found = merge(BASE, alice, bob)
    assert found.conflicts == ()
    assert [(one.id, one.title) for one in found.view.tiles] == [
        ("open", "Opened"),
        ("reply", None),
        ("new", None),
    ]
    assert change_sentences(found.others) == ["Removed: Reply rate over time.", "Added: Reply rate."]


def test_edits_of_different_fields_of_one_tile_are_both_there() -> None:
    alice = with_tile(BASE, "open", title="Opened")
    bob = with_tile(BASE, "open", options={"metric": "open", "attribution": "email"})
    found = merge(BASE, alice, bob)
    assert found.conflicts == ()
    assert by_id(found.view, "open").title == "Opened"
    assert by_id(found.view, "open").options["attribution"] == "email"


def test_the_same_field_keeps_what_was_saved_first_and_hands_the_other_back() -> None:
    alice = with_tile(BASE, "open", options={"metric": "reply", "attribution": "lead"})
    bob = with_tile(BASE, "open", options={"metric": "bounce", "attribution": "lead"})
    found = merge(BASE, alice, bob)
    assert by_id(found.view, "open").options["metric"] == "bounce"
    (conflict,) = found.conflicts
    assert (conflict.tile, conflict.field, conflict.mine, conflict.theirs) == (
        "open",
        "options.metric",
        "reply",
        "bounce",
    )
    assert conflict_sentence(conflict, "en", "Bob") == (
        "Opens, data type: Bob saved bounce meanwhile, yours was reply."
    )
    assert "Bob a enregistré rebond entre-temps, le vôtre était réponse" in conflict_sentence(
        conflict, "fr", "Bob"
    )
    assert by_id(take_mine(found.view, conflict), "open").options["metric"] == "reply"


def test_the_same_change_by_both_is_no_conflict() -> None:
    same = with_tile(BASE, "open", title="Opened")
    assert merge(BASE, same, with_tile(BASE, "open", title="Opened")).conflicts == ()


def test_who_removes_what_the_other_changed_is_told_and_the_tile_stays() -> None:
    changed = with_tile(BASE, "open", title="Opened")
    for mine, theirs, said in (
        (less(BASE, "open"), changed, "Opened: you removed it, Bob changed it meanwhile; it is still here."),
        (changed, less(BASE, "open"), "Opened: Bob removed it meanwhile, you changed it; it is still here."),
    ):
        found = merge(BASE, mine, theirs)
        assert by_id(found.view, "open").title == "Opened"
        assert [conflict_sentence(one, "en", "Bob") for one in found.conflicts] == [said]
    found = merge(BASE, less(BASE, "open"), changed)
    assert take_mine(found.view, found.conflicts[0]) == less(BASE, "open")


def test_removed_by_one_and_untouched_by_the_other_is_gone() -> None:
    assert merge(BASE, with_tile(BASE, "reply", title="R"), less(BASE, "open")).view.tiles[0].title == "R"
    assert [
        t.id for t in merge(BASE, less(BASE, "open"), with_tile(BASE, "reply", title="R")).view.tiles
    ] == [
        "reply",
        "trend",
    ]


def test_two_tiles_put_in_one_place_stand_under_each_other() -> None:
    found = merge(BASE, more(BASE, tile("mine", 6, 0)), more(BASE, tile("theirs", 6, 0, 4, 1)))
    assert place_of(by_id(found.view, "theirs")) == (6, 0, 4, 1)
    assert place_of(by_id(found.view, "mine")) == (6, 5, 3, 2)  # row 1 to 2 is free, but 2 to 5 is the trend
    assert overlaps(found.view) == []


def test_two_new_tiles_of_one_id_are_both_kept() -> None:
    found = merge(
        BASE,
        more(BASE, tile("new", 6, 0)),
        more(BASE, tile("new", 6, 0, type="week1")),
        lambda kind: f"{kind}-2",
    )
    assert [(one.id, one.type) for one in found.view.tiles[3:]] == [("new", "week1"), ("kpi-2", "kpi")]


def test_a_save_whose_answer_was_lost_is_no_second_tile() -> None:
    saved = more(BASE, tile("new", 6, 0))
    found = merge(BASE, more(BASE, tile("new", 6, 0, title="Now with a title")), saved)
    assert [one.id for one in found.view.tiles] == ["open", "reply", "trend", "new"]
    assert [(one.field, one.mine, one.theirs) for one in found.conflicts] == [
        ("title", "Now with a title", None)
    ]


def test_another_type_is_one_choice_with_its_options() -> None:
    week1 = tile("open", 0, 0, type="week1", title="Opens")
    found = merge(
        BASE, with_tile(BASE, "open", type="week1", options=week1.options), with_tile(BASE, "open", title="T")
    )
    assert (by_id(found.view, "open").type, by_id(found.view, "open").title) == ("week1", "T")
    found = merge(
        BASE,
        with_tile(BASE, "open", type="week1", options=week1.options),
        with_tile(BASE, "open", options={"metric": "bounce"}),
    )
    assert by_id(found.view, "open").options == {"metric": "bounce"}
    assert conflict_sentence(found.conflicts[0], "en") == (
        "Opens, type: Somebody saved Key figure meanwhile, yours was Week 1 stats."
    )
    assert by_id(take_mine(found.view, found.conflicts[0]), "open").type == "week1"


def test_names_and_locks_merge_as_well() -> None:
    found = merge(
        BASE,
        BASE.model_copy(update={"name": "Mine"}),
        BASE.model_copy(update={"name": "Theirs", "locked": True}),
    )
    assert (found.view.name, found.view.locked) == ("Theirs", True)
    assert take_mine(found.view, found.conflicts[0]).name == "Mine"
    assert conflict_sentence(found.conflicts[0], "en", "Bob") == (
        "The view, name: Bob saved “Theirs” meanwhile, yours was “Mine”."
    )


def test_moves_that_clash_keep_the_first_and_tell_the_second() -> None:
    found = merge(BASE, with_tile(BASE, "open", x=6), with_tile(BASE, "open", x=9))
    assert by_id(found.view, "open").x == 9
    assert conflict_sentence(found.conflicts[0], "en", "Bob") == (
        "Opens, place: Bob saved column 10, row 1, 3 × 2 meanwhile, yours was column 7, row 1, 3 × 2."
    )
    assert by_id(take_mine(found.view, found.conflicts[0]), "open").x == 6


@given(st.data())
@examples(40, 480)
@pytest.mark.more
def test_with_one_editor_the_merge_is_that_editors_view(data) -> None:
    base = data.draw(views())
    mine = data.draw(edited(base, "xyz"))
    assert merge(base, mine, base).view == mine
    assert differences(merge(base, base, mine).view, mine) == ()
    assert merge(base, base, mine).conflicts == ()
    assert differences(merge(base, mine, mine).view, mine) == ()


@given(st.data())
@examples(50, 600)
@pytest.mark.more
def test_nothing_is_lost_and_nothing_overlaps(data) -> None:
    base = data.draw(views())
    mine, theirs = data.draw(edited(base, "xyz")), data.draw(edited(base, "xuv"))
    found = merge(base, mine, theirs)
    assert overlaps(found.view) == []
    shown = {one.id: one for one in found.view.tiles}
    assert len(shown) == len(found.view.tiles)
    old, own, saved = ({one.id: one for one in v.tiles} for v in (base, mine, theirs))
    told = {(one.tile, one.field) for one in found.conflicts}
    assert all(key in shown for key in own if key not in old or own[key] != old[key])
    assert all(key in shown for key in saved if key not in old or saved[key] != old[key])
    for key in shown.keys() & own.keys() & saved.keys():
        got = shown[key]
        if old.get(key) is None or not old[key].type == own[key].type == saved[key].type:
            continue
        assert got.title == own[key].title or own[key].title == old[key].title or (key, "title") in told
        assert got.title == saved[key].title or saved[key].title == old[key].title
        values = [options_of(one[key]) for one in (old, own, saved, shown)]
        for name in values[0]:
            was, wanted, kept, now = (value[name] for value in values)
            assert now == wanted or wanted == was or (key, f"options.{name}") in told
            assert now == kept or kept == was
        if place_of(saved[key]) != place_of(old[key]):
            assert place_of(got) == place_of(saved[key]), "what was saved first stays where it was put"


@given(st.data())
@examples(40, 480)
@pytest.mark.more
def test_disjoint_edits_are_both_there_without_a_conflict(data) -> None:
    """Alice only titles and adds, Bob only changes options and removes others."""
    base = data.draw(views())
    titled = set(data.draw(st.lists(st.sampled_from("abcdefgh"), unique=True)))
    removed = set(data.draw(st.lists(st.sampled_from("abcdefgh"), unique=True))) - titled
    mine = base.model_copy(
        update={
            "tiles": [
                one.model_copy(update={"title": "Alice's"}) if one.id in titled else one for one in base.tiles
            ]
        }
    )
    theirs = base.model_copy(
        update={
            "tiles": [
                one.model_copy(update={"options": {**one.options, "attribution": "email"}})
                for one in base.tiles
                if one.id not in removed
            ]
        }
    )
    found = merge(base, mine, theirs)
    assert found.conflicts == ()
    assert {one.id for one in found.view.tiles} == {one.id for one in base.tiles} - removed
    for one in found.view.tiles:
        assert options_of(one)["attribution"] == "email"
        assert (one.title == "Alice's") == (one.id in titled)
