"""Both languages say the same things, and a reader gets the one they asked for."""

from __future__ import annotations

import re

import pytest

from dashapp.ui.language.texts import TEXTS, choose_language, words


def test_every_text_has_the_same_marks_in_both_languages() -> None:
    for key, (english, french) in TEXTS.items():
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", french)), key


def test_the_tone_is_calm() -> None:
    for key, pair in TEXTS.items():
        assert not any("!" in text or "Oops" in text for text in pair), key


def test_marks_are_filled() -> None:
    assert words("en")("days", n=28) == "28 days"
    assert words("fr")("days", n=28) == "28 jours"


@pytest.mark.parametrize(
    ("wanted", "header", "lang"),
    [
        (None, None, "en"),
        (None, "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", "fr"),
        (None, "en;q=0.2, fr;q=0.9", "fr"),
        ("en", "fr", "en"),
        ("xx", "fr", "fr"),
        (None, "q=;;;,,;q=x", "en"),
        (None, "fr" * 5000, "en"),
    ],
)
def test_language(wanted: str | None, header: str | None, lang: str) -> None:
    assert choose_language(wanted, header) == lang
