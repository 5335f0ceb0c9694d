"""The languages the product speaks: one entry each, with how its readers write numbers, dates and files.

The words stand in `dashapp/ui/language/<folder>/`. Another language is an entry here and a folder there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

NBSP = "\u00a0"
NARROW = "\u202f"


@dataclass(frozen=True, slots=True)
class Formats:
    """How numbers and dates are written.

    `ordinal`: the day {n} within a date; the first of a month is `first_day` where that is written differently.
    `plot_day`, `plot_hover`: dates of a Plotly axis, which names months in English only.
    """

    thousands: str
    decimal: str
    #: What stands before a percent sign.
    percent_gap: str
    #: "1,204 of 3,310".
    of: str
    #: A thousand million, million and thousand on an axis, each with what stands before it.
    large: tuple[str, str, str]
    #: GB, MB, KB (powers of 1,000) and B.
    bytes: tuple[str, str, str, str]
    #: A day as a unit of time.
    days_unit: str
    points: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    ordinal: str = "{n}"
    first_day: str = ""
    plot_day: str = "%-d %b"
    plot_hover: str = "%a %-d %b"
    #: Between parts of a sentence.
    semicolon: str = "; "
    #: What spreadsheets in this language expect between columns.
    csv_delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Language:
    """`name`: as its speakers call it. `locale`: for the browser's own date formats.

    `typeset` turns a text as it is typed into one as it is printed. `none_is_one`: nothing is said in the singular.
    `capital_nouns`: a name keeps its capital within a sentence.
    """

    code: str
    name: str
    folder: str
    locale: str
    formats: Formats
    typeset: Callable[[str], str]
    none_is_one: bool = False
    capital_nouns: bool = False


def _as_it_is(text: str) -> str:
    return text


def _french(text: str) -> str:
    """’ for ', a narrow no-break space before ; : ! ? % and within « »."""
    text = re.sub(r" (?=[;:!?%»])|(?<=«) ", NARROW, text)
    return text.replace("'", "’")


def _german(text: str) -> str:
    """’ for ', a no-break space before %, within "z. B." and after "Nr."."""
    text = re.sub(r" (?=%)|(?<=\bz\.) (?=B\.)|(?<=\bd\.) (?=h\.)", NBSP, text)
    return text.replace("'", "’")


ENGLISH: Final = Language(
    "en",
    "English",
    "english",
    "en-GB",
    Formats(
        thousands=",",
        decimal=".",
        percent_gap="",
        of="of",
        large=("B", "M", "k"),
        bytes=("GB", "MB", "KB", "B"),
        days_unit="d",
        points="pts",
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        short_months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ),
    _as_it_is,
)
FRENCH: Final = Language(
    "fr",
    "Français",
    "french",
    "fr",
    Formats(
        thousands=NARROW,
        decimal=",",
        percent_gap=NBSP,
        of="sur",
        large=(f"{NBSP}Md", f"{NBSP}M", f"{NBSP}k"),
        bytes=("Go", "Mo", "ko", "o"),
        days_unit="j",
        points="pt",
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin"),
            *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
        ),
        short_months=(
            "janv.",
            "févr.",
            "mars",
            "avr.",
            "mai",
            "juin",
            "juil.",
            "août",
            "sept.",
            "oct.",
            "nov.",
            "déc.",
        ),
        weekdays=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
        first_day="1er",
        plot_day="%d/%m",
        plot_hover="%d/%m/%Y",
        semicolon=f"{NARROW}; ",
        csv_delimiter=";",
    ),
    _french,
    none_is_one=True,
)
GERMAN: Final = Language(
    "de",
    "Deutsch",
    "german",
    "de",
    Formats(
        thousands=".",
        decimal=",",
        percent_gap=NBSP,
        of="von",
        large=(f"{NBSP}Mrd.", f"{NBSP}Mio.", f"{NBSP}Tsd."),
        bytes=("GB", "MB", "KB", "B"),
        days_unit="T",
        points="PP",
        months=(
            *("Januar", "Februar", "März", "April", "Mai", "Juni"),
            *("Juli", "August", "September", "Oktober", "November", "Dezember"),
        ),
        short_months=(
            "Jan.",
            "Feb.",
            "März",
            "Apr.",
            "Mai",
            "Juni",
            "Juli",
            "Aug.",
            "Sept.",
            "Okt.",
            "Nov.",
            "Dez.",
        ),
        weekdays=("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
        ordinal="{n}.",
        plot_day="%-d.%-m.",
        plot_hover="%d.%m.%Y",
        csv_delimiter=";",
    ),
    _german,
    capital_nouns=True,
)
LANGUAGES: Final = {one.code: one for one in (ENGLISH, FRENCH, GERMAN)}
DEFAULT: Final = ENGLISH.code
NAMES: Final = {one.code: one.name for one in LANGUAGES.values()}


def typed_number(text: str, lang: str) -> float:
    """A number as a reader of `lang` types it: "1.250,5" in German, "1,250.5" in English. Raises ValueError.

    Separators between thousands stand in groups of three; any other point or comma is a decimal one.
    """
    formats = LANGUAGES[lang].formats
    bare = re.sub(r"[\s\u2019']", "", text).replace("\u2212", "-")  # \s: no-break spaces, too
    groups = (
        rf"-?[1-9]\d{{0,2}}(?:{re.escape(formats.thousands)}\d{{3}})+(?:{re.escape(formats.decimal)}\d+)?"
    )
    if re.fullmatch(groups, bare):
        bare = bare.replace(formats.thousands, "")
    return float(bare.replace(",", "."))


def supported(code: str | None) -> str | None:
    """The code, if it is of one of our languages."""
    return code if code in LANGUAGES else None


def choose_language(wanted: str | None, accept_language: str | None) -> str:
    """`wanted` when it is one of ours, else the first of ours that Accept-Language prefers, else English."""
    if wanted in LANGUAGES:
        return str(wanted)
    ranked: list[tuple[float, str]] = []
    for part in (accept_language or "")[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, tag.split("-")[0].lower()))
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag in LANGUAGES:
            return tag
    return DEFAULT
