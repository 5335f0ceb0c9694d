"""The words of each language: one folder a language, one JSON file an area.

Most areas hold sentences: English → translation; English itself is written where it is shown. The areas
`*_words` hold words by key: their English is in `english/`, and every language has the same keys.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from dashapp.languages import DEFAULT, LANGUAGES
from data.figures.registry import rates

FOLDER = Path(__file__).parent
#: How the areas end whose words go by keys.
KEYED = "_words"
#: The file whose sentences the desk's scripts say.
SCRIPTS = "script"
#: The file of what jobs did, why records are parked, what a check found.
REASONS = "reasons"
Words = dict[str, str]


@cache
def areas(lang: str) -> dict[str, Words]:
    """Every area of a language, as it is printed; English has only those with keys."""
    typeset = LANGUAGES[lang].typeset
    return {
        path.stem: {key: typeset(text) for key, text in json.loads(path.read_text("utf-8")).items()}
        for path in sorted((FOLDER / LANGUAGES[lang].folder).glob("*.json"))
    }


@cache
def sentences(lang: str) -> Words:
    """English sentence → translation, of every area; nothing for English."""
    return {
        english: text
        for name, area in areas(lang).items()
        if not name.endswith(KEYED)
        for english, text in area.items()
    }


@cache
def by_key(lang: str) -> Words:
    """Key → words, of every area with keys; English where the language has none."""
    own = {
        key: text for name, area in areas(lang).items() if name.endswith(KEYED) for key, text in area.items()
    }
    return {**own, **_of_rates()} if lang == DEFAULT else {**by_key(DEFAULT), **own}


def _of_rates() -> Words:
    """The English words of each rate, which stand in its declaration (data/figures/rates/)."""
    found: Words = {}
    for name, rate in rates().items():
        said = rate.words
        found |= {name: said.label, f"count_{name}": said.head, f"val_{name}": said.one}
        found |= dict.fromkeys((f"n_{name}", f"n_{name}_one"), said.of_base)
    return found


def translated(sentence: str, lang: str, **marks: str | int) -> str:
    """A sentence written in English, in `lang`, its `{marks}` filled; in English where there is no translation.

    Where another language needs two words for one of English, the place follows a bar: "Workspaces|rail".
    """
    text = sentences(lang).get(sentence)
    if text is None:
        text = sentence.partition("|")[0]
    return text.format(**marks) if marks else text


def translated_in(lang: str, sentence: str, /, **marks: str | int) -> str:
    """The same with the language first: `partial(translated_in, "fr")` says sentences in French."""
    return translated(sentence, lang, **marks)


@cache
def patterns(lang: str, area: str | None = None) -> list[tuple[re.Pattern[str], str]]:
    """The sentences with marks as expressions, most telling first: of one area, or of all but the reasons."""
    said = areas(lang).get(area, {}) if area else _without_reasons(lang)
    marked = [(english, text) for english, text in said.items() if "{" in english]
    marked.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return [(_expression(english), text) for english, text in marked]


def _without_reasons(lang: str) -> Words:
    reasons = areas(lang).get(REASONS, {})
    return {english: text for english, text in sentences(lang).items() if english not in reasons}


def _expression(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL
    )
