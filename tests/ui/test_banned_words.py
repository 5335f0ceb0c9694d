"""Words and forms that were corrected once and must not come back, in any language."""

from __future__ import annotations

import re

import pytest

from dashapp.languages import LANGUAGES
from dashapp.ui.language.catalogue import KEYED, areas, by_key, sentences

#: Expressions no text of a language may contain: not native, private metaphors, or set wrongly.
BANNED = {
    "en": (
        r"lies in the future",
        r"is told beside",
        r"\ba slip in it",
        r"\bis not right\b",
        r"\bthe chosen\b",
        r"\bdressed in\b",
        r"apart from all else",
        r"\bin these days\b",
        r"\bstands? here\b",
        r"\bin everything again\b",
        r"\bLook inside\b",
        r"\d %",
        r"\bOops\b|!",
        r"\bplease wait\b",
        r"\bha(?:s|ve) [^.;]* at most\b(?! (?:\d|\{))",
    ),
    "fr": (
        r"(?i)lettres? mortes?",
        r"le modèle en tout",
        r"\bvs\b",
        r"[Tt]aux d.erreur",
        r"\ben erreur\b",
        r"'",
        r"\d%",
        r"[^\u202f\u00a0]%",
        r"\"",
        r"!",
    ),
    "de": (
        r"['\"]",
        r"\b[Dd](?:u|ir|ich|eine?[mnrs]?)\b",
        r"[^\u00a0\u202f]%",
        r"\bvs\b",
        r"\bEmail",
        r"!",
        r"\berhältlichen?\b",
    ),
}


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_what_was_corrected_does_not_come_back(lang: str) -> None:
    if lang == "en":
        texts = [*by_key("en").values(), *sentences("fr")]
    else:
        texts = [text for area in areas(lang).values() for text in area.values()]
    found = [(ban, text) for ban in BANNED[lang] for text in texts if re.search(ban, text)]
    assert found == []


def test_keyed_areas_are_named_as_such() -> None:
    assert all(name.endswith(KEYED) for name in areas("en"))
