"""What a reply's writer wrote, and what the rules make of it."""

from __future__ import annotations

import pytest

from data.events.replies import classify, sentiment, visible

QUOTE = (
    "\n\nOn Mon, 2 Sep 2024 at 09:00, Sam <sam@north.example> wrote:\n"
    "> Reply 'unsubscribe me' to stop\n> Sam\n"
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Yes please.", "Yes please."),
        ("Yes please." + QUOTE, "Yes please."),
        ("Yes please.\r\n\r\n-- \r\nLena Lead\r\nClient Ltd", "Yes please."),
        ("Yes please.\n\nSent from my iPhone", "Yes please."),
        ("Yes please.\n\n-Lena", "Yes please."),
        ("Yes.\n\n-----Original Message-----\nFrom: Sam\nnot interested", "Yes."),
        ("Ja.\n\nAm 02.09.2024 um 09:00 schrieb Sam <sam@north.example>:\n> Hallo", "Ja."),
        ("Oui.\n\nLe lun. 2 sept. 2024 à 09:00, Sam <sam@north.example> a écrit :\n> Bonjour", "Oui."),
        ("Yes.\n\n________________________________\nFrom: Sam <sam@north.example>\nSent: Monday", "Yes."),
        ("> Shall we talk?\nYes, on Tuesday.\n> About what?\nPrices.", "Yes, on Tuesday.\nPrices."),
        ("Two points:\n- the price\n- the date", "Two points:\n- the price\n- the date"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_the_visible_part(text: str, written: str) -> None:
    assert visible(text) == written


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Please unsubscribe me.", "unsubscribe"),
        ("TAKE ME OFF\nYOUR LIST", "unsubscribe"),
        ("remove me from your list", "unsubscribe"),
        ("Remove me", "unsubscribe"),
        ("I'm not interested, thanks", "not_interested"),
        ("This is spam!", "not_interested"),
        ("We fight spammers", None),  # whole words only
        ("An antispam tool", None),
        ("remove merge fields", None),
        ("Not uninterested at all", None),
        ("Yes please." + QUOTE, None),  # the phrase stands in what is quoted
        ("Yes.\n-- \nLena, spam fighter", None),  # ... in the signature
        ("I would love to hear more", None),  # never guessed positive
    ],
)
def test_the_rules(text: str, category: str | None) -> None:
    assert classify(text) == category


def test_a_known_category_goes_before_the_text() -> None:
    assert sentiment("interested", "not interested") == ("interested", "positive")
    assert sentiment("own_word", "not interested") == ("own_word", "negative")
    assert sentiment("own_word", "hello") == ("own_word", "neutral")
    assert sentiment("auto_reply", "hello") == ("auto_reply", None)
