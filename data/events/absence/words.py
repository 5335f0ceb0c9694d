"""What is told of a language, and what languages share: days, and "from" and "until"."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """One language. Phrases are separated by "|"; `tells`, `beside` and `wants` are regular expressions.

    `automatic`, `absent`: what a responder puts in front of the subject it answers, or writes as the whole subject.
    `topics`: words that are as often a subject of their own ("Annual leave"): they say something only in front of
    an answer ("Annual leave: Re: …") or of a date ("Annual leave until 4 May").
    `tells`: a sentence that tells an absence. `beside`: what notices say beside it. `back`: somebody is back on a
    day, which people write, too. `wants`: what only somebody says who read the mail. `robot`: a text that says of
    itself that nobody wrote it.
    """

    automatic: str
    absent: str
    topics: str = ""
    tells: str = ""
    beside: str = ""
    back: str = ""
    wants: str = ""
    robot: str = ""


#: Days and months as they begin in these languages: what follows "until" in a subject.
DAYS: Final = (
    r"\d{1,2}(?!\d)|monday|mon\.|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|"
    r"next|tomorrow|further|"
    r"lun|mardi|mer[ck]|jeu|ven|sam|dim|janv|fév|avr|mai|juin|juil|août|sept|déc|nouvel|montag|dienstag|"
    r"mittwoch|"
    r"donnerstag|freitag|samstag|sonntag|mär|okt|dez|mitte|ende|anfang|nächste|auf weiteres|miér|juev|"
    r"vier|sáb|dom|ene|"
    r"ago|dic|nuevo|giov|gen|mag|giu|lug|ott|seg|ter|qua|qui|sex|fev|mai|set|out|maan|dins|woe|don|vrij|"
    r"zat|zon|mei|nad|"
    r"pon|wto|śro|czw|pią|sob|nie|sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru|mandag|tirsdag|ons|tors|fre|"
    r"lør|søn|des|"
    r"mån|tis|lör|sön|понед|втор|сред|четв|пятн|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек|конца|"
    r"pazar|sal|çar|per|cum"
)
#: "Until", "from" and the like: what they lead to has to be a day.
FROM_OR_UNTIL: Final = (
    r"from|until|till|til|through|thru|to|starting|as of|between|returning|back(?: on)?|bis(?: zum|"
    r" einschließlich)?|vom|ab|seit|wieder|"
    r"du|au|depuis|jusqu'(?:au|à)|à partir du|le|hasta(?: el)?|desde|del|al|fino(?: al| a)?|dal|"
    r"a partire(?: dal)?|até|a partir|"
    r"de|tot(?: en met)?|t/m|van|vanaf|do|od|fra|fram till|från|до|по|с|den|am|on|v\.|vko|uge|uke|vecka"
)
