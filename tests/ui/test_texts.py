"""Words by key, and a reader gets the language they asked for."""

from __future__ import annotations

import pytest

from dashapp.languages import LANGUAGES, choose_language
from dashapp.ui.language.catalogue import areas
from dashapp.ui.language.texts import words


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_the_tone_is_calm(lang: str) -> None:
    for area in areas(lang).values():
        for key, text in area.items():
            assert "!" not in text, key
            assert "Oops" not in text, key


def test_marks_are_filled() -> None:
    assert words("en")("days", n=28) == "28 days"
    assert words("fr")("days", n=28) == "28 jours"
    assert words("de")("days", n=28) == "28 Tage"


@pytest.mark.parametrize(
    ("wanted", "header", "lang"),
    [
        (None, None, "en"),
        (None, "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", "de"),
        (None, "it-IT,it;q=0.9,fr;q=0.5,en;q=0.4", "fr"),
        (None, "en;q=0.2, fr;q=0.9", "fr"),
        ("en", "fr", "en"),
        ("xx", "fr", "fr"),
        (None, "q=;;;,,;q=x", "en"),
        (None, "fr" * 5000, "en"),
    ],
)
def test_language(wanted: str | None, header: str | None, lang: str) -> None:
    assert choose_language(wanted, header) == lang
