"""The side panel is made from the options' own declaration, and reads back what it showed."""

from __future__ import annotations

from typing import Any

import pytest

from dashapp.errors import Refused
from dashapp.tiles.forms import BadForm, form_fields, parse_form
from dashapp.tiles.gallery import GROUPS, fits, gallery
from dashapp.tiles.registry import tile_types
from dashapp.ui.language.catalogue import translated

TYPES = sorted(tile_types())


@pytest.mark.parametrize("name", TYPES)
def test_every_option_has_a_label_and_texts_in_both_languages(name: str) -> None:
    english, french = form_fields(name, "en"), form_fields(name, "fr")
    assert [f.name for f in english] == [f.name for f in french]
    assert {f.name for f in english} == set(tile_types()[name].options.model_fields)
    for one, other in zip(english, french, strict=True):
        assert one.label
        assert other.label
        assert [value for value, _ in one.choices] == [value for value, _ in other.choices]
        assert (one.help == "") == (other.help == "")
        if one.kind in {"select", "multiselect"}:
            assert one.choices, one.name
        if one.kind == "select":
            assert one.value in {value for value, _ in one.choices}


@pytest.mark.parametrize("name", TYPES)
def test_what_a_panel_shows_is_read_back_as_it_was(name: str) -> None:
    about = tile_types()[name].about
    assert about is not None
    stored = dict(about.options)
    sent: dict[str, Any] = {}
    for field in form_fields(name, "en", stored):
        if field.kind == "checkbox":
            sent[field.name] = ["", "on"] if field.value else ""
        elif field.kind == "multiselect":
            sent[field.name] = ["", *field.value]
        else:
            sent[field.name] = "" if field.value is None else str(field.value)
    kind = tile_types()[name].options
    assert kind.model_validate(parse_form(name, sent)) == kind.model_validate(stored)


def test_every_choice_is_an_option_the_type_takes() -> None:
    for name in TYPES:
        for field in form_fields(name):
            for value, _ in field.choices:
                sent = [value] if field.kind == "multiselect" else value
                dates = {"first_day": "2026-10-01", "last_day": "2026-10-31"} if value == "fixed" else {}
                if (name, field.name, value) == ("trend", "more", "open"):
                    continue  # the first line is opens already
                parse_form(name, {field.name: sent, **dates})


@pytest.mark.parametrize(
    ("name", "raw", "field", "sentence"),
    [
        ("kpi", {"metric": "x"}, "metric", "Data type: choose one of the list."),
        ("campaigns", {"rows": "99"}, "rows", "Rows must be at most 50."),
        ("campaigns", {"rows": "2.5"}, "rows", "Give a whole number."),
        ("campaigns", {"columns": [""]}, "columns", "Columns: choose at least one."),
        ("goal", {"target": "0"}, "target", "Target must be more than 0."),
        ("goal", {"target": "1e999"}, "target", "Give a number."),
        ("goal", {"target": "many"}, "target", "Give a number."),
        ("kpi", {"nonsense": "1"}, "nonsense", "There is no option “nonsense”."),
        ("kpi", {"period": "fixed"}, "", "A fixed period needs its first and its last day."),
        ("note", {"text": "x" * 5000}, "text", "Text has at most 4,000 characters."),
        ("kpi", {"first_day": "yesterday"}, "first_day", "First day must be a date."),
        (
            "trend",
            {"metric": "sent", "more": ["open"]},
            "",
            "E-mails sent and rates do not share an axis; choose the absolute view.",
        ),
    ],
)
def test_one_sentence_says_what_cannot_be(name: str, raw: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(BadForm) as refused:
        parse_form(name, raw)
    assert refused.value.problems == {field: sentence}
    assert str(refused.value) == sentence
    with pytest.raises(BadForm) as refused:
        parse_form(name, raw, "fr")
    assert refused.value.problems[field] != sentence


def test_no_such_type() -> None:
    with pytest.raises(Refused):
        parse_form("nonsense", {})


def test_numbers_as_people_write_them() -> None:
    assert parse_form("goal", {"target": "1\u202f250,5"}) == {"target": 1250.5}
    assert parse_form("goal", {"target": "1 250"}) == {"target": 1250.0}


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_gallery_shows_every_type_once_with_options_that_stand(lang: str) -> None:
    cards = gallery(lang)
    assert sorted(card.type for card in cards) == TYPES
    assert {card.group for card in cards} == {translated(group, lang) for group in GROUPS.values()}
    assert [card.type for card in cards if card.workspace_only] == ["future_emails"]
    for card in cards:
        tile_types()[card.type].options.model_validate(card.options)
        assert fits(card.type, *card.size), card.type
        assert card.told.endswith(".")
        assert card.words == card.words.lower()


def test_the_search_words_find_what_people_call_things() -> None:
    found = {
        word: [c.type for c in gallery() if word in c.words] for word in ("weekly", "a/b", "gmail", "quota")
    }
    assert "cohort" in found["weekly"]
    assert found["a/b"] == ["steps"]
    assert found["gmail"] == ["provider_matrix"]
    assert found["quota"] == ["goal"]


def test_where_e_mails_are_counted_no_rate_is_to_be_chosen() -> None:
    unless = {field.name: field.unless for field in form_fields("kpi")}
    assert unless["view"] == unless["attribution"] == ("metric", "sent")
    assert unless["metric"] is unless["campaign"] is None
    # Of several lines on one axis the view decides, also beside e-mails sent.
    assert {field.unless for field in form_fields("trend")} == {None}
