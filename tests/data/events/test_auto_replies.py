"""Telling people's replies from automatic ones, over sentences of our own in 27 languages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from data.events.absence import LANGUAGES
from data.events.auto_replies import automatic, by_headers, is_absence_notice, notice, subject_says
from data.events.opt_out import is_opt_out
from data.events.replies import classify, sentiment
from data.sources import inbound

CORPUS = Path(__file__).parent / "replies" / "incoming.tsv"
KINDS = {"human": None, "auto": "auto_reply", "away": "out_of_office"}


class Mail(NamedTuple):
    kind: str
    subject: str
    headers: list[tuple[str, str]]
    text: str


def corpus() -> list[Mail]:
    mails = []
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, subject, headers, text = line.split("\t")
        pairs = [part.split(": ", 1) for part in headers.split(" | ") if part]
        mails.append(Mail(kind, subject, [(name, value) for name, value in pairs], text))
    return mails


def event_of(mail: Mail) -> str:
    """What becomes of the mail at a provider's inbound hook."""
    record = inbound.reply(
        event_id="1",
        received=None,
        writer="ann@client.example",
        subject=mail.subject,
        text=mail.text,
        stripped=None,
        markup=None,
        headers=mail.headers,
        raw="",
    )
    if record["event"] == "replied" and sentiment(record["reply_category"], record["reply_text"])[1] is None:
        return "auto_replied"
    return str(record["event"])


def test_precision_and_recall_over_the_corpus() -> None:
    """Precision: of what is called automatic, what is. Recall: of what is automatic, what is called so."""
    mails = corpus()
    called = [mail for mail in mails if event_of(mail) == "auto_replied"]
    automatic_ones = [mail for mail in mails if mail.kind != "human"]
    right = [mail for mail in called if mail.kind != "human"]
    assert len(automatic_ones) >= 460
    assert len(mails) - len(automatic_ones) >= 295
    assert [mail for mail in called if mail.kind == "human"] == [], "precision 1.0"
    assert [mail for mail in automatic_ones if mail not in right] == [], "recall 1.0"


def test_each_mail_has_its_kind() -> None:
    wrong = [
        mail
        for mail in corpus()
        if automatic(mail.headers, mail.subject, "ann@client.example", mail.text) != KINDS[mail.kind]
    ]
    assert wrong == []


def test_every_language_has_each_kind_of_words() -> None:
    assert set(LANGUAGES) >= {
        "en",
        "fr",
        "de",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "da",
        "sv",
        "ru",
        "tr",
        "zh",
        "ja",
        *("uk", "hr", "sk", "sl", "bg", "ar", "he"),
    }
    for words in LANGUAGES.values():
        assert all((words.automatic, words.absent, words.tells, words.beside, words.wants, words.robot))


def test_a_subject_of_its_own_needs_an_answer_or_a_date_behind_it() -> None:
    for topic in ("Annual leave", "Vacaciones", "Vakantie", "Urlop macierzyński", "Отпуск"):
        assert subject_says(f"{topic}: our new rules") is None
        assert subject_says(f"{topic}: Re: Your offer") == "out_of_office"
    assert subject_says("Annual leave until 4 May") == "out_of_office"


def test_a_text_that_says_that_nobody_wrote_it_is_an_automatic_answer() -> None:
    for text in ("This is an automated response.", "Dies ist eine automatische Antwort.", "这是自动回复。"):
        assert notice(f"{text} Thank you. ") == "auto_reply"
        assert sentiment(None, text) == ("auto_reply", None)
    assert notice("Is this an automatic reply?") is None


def test_a_subject_decides_nothing_after_re() -> None:
    for prefix in ("Re: ", "RE:", "AW: ", "Antw: ", "SV: ", "Odp: ", "回复：", "Re[2]: ", "Re (3): "):
        assert subject_says(f"{prefix}Out of office: your plan") is None
        assert subject_says(f"[EXTERN] {prefix}Automatic reply: your plan") is None
    assert subject_says("Out of office: your plan") == "out_of_office"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([("Auto-Submitted", 'auto-replied; owner-email="a@b"')], True),
        ([("AUTO-SUBMITTED", " Auto-Generated ")], True),
        ([("Auto-Submitted", "auto-notified")], True),
        ([("Auto-Submitted", "no")], False),
        ([("Auto-Submitted", "No; x=1")], False),
        ([("X-Autoreply", "no")], False),
        ([("X-Auto-Response-Suppress", "All")], False),
        ([("Precedence", "junk")], True),
        ([("Precedence", "list")], False),
        ([("Precedence", "bulk"), ("List-Post", "<mailto:team@client.example>")], False),
        ([("X-MS-Exchange-Generated-Message-Source", "Mailbox Rules Agent")], True),
        ([], False),
    ],
)
def test_headers(headers: list[tuple[str, str]], told: bool) -> None:
    assert by_headers(headers, "ann@client.example") is told


def test_a_daemon_writes_no_reply() -> None:
    assert by_headers([], "MAILER-DAEMON@mx.example")
    assert not by_headers([], "demon@mx.example")


def test_a_text_that_is_only_an_absence_notice_is_no_reply_whoever_tells_it() -> None:
    notice = "I am out of the office and will be back on 4 September."
    assert sentiment(None, notice) == ("out_of_office", None)
    assert sentiment(None, f"{notice} Could you write again then?") == (None, "neutral")
    assert sentiment("interested", notice) == ("interested", "positive")
    assert not is_absence_notice("")
    assert not is_absence_notice(notice + " x" * 2_000)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "unsubscribe.",
        "Please unsubscribe",
        "Désabonner",
        "désabonnez-moi, merci",
        "Abmelden!",
        "bitte abmelden",
        "Baja",
        "Cancellami",
        "Descadastrar",
        "Uitschrijven",
        "Wypisz mnie",
        "Afmeld",
        "Avregistrera",
        "отписаться",
        "Abonelikten çık",
        "退订",
        "配信停止",
    ],
)
def test_only_an_opt_out_word_is_an_unsubscribe(text: str) -> None:
    assert is_opt_out(text)
    assert classify(text) == "unsubscribe"
    assert sentiment(None, text) == ("unsubscribe", "negative")


@pytest.mark.parametrize("text", ["Stop by on Monday", "Don't stop!", "Wir melden uns", "", "bus stop", "No"])
def test_a_sentence_with_such_a_word_is_none(text: str) -> None:
    assert not is_opt_out(text)
