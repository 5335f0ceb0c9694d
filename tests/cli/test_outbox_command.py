"""`vitrine outbox`: every mail of the installation, and what the address of the mail server may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from dashapp.db.engine import make_engine
from dashapp.mail import outbox

Run = Callable[..., Result]
Ask = Callable[..., Any]


def write(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vitrine.db'}")
    with engine.begin() as connection:
        said = {"to": "alice@north.example", "text": "All of it."}
        outbox.put(connection, key="a", agency_id=1, subject="Figures are late", **said)
        outbox.put(connection, key="b", agency_id=None, subject="A job failed", **said)
    engine.dispose()


def test_every_mail_is_listed_with_its_text(acme: str, answer: Ask, vitrine: Run, tmp_path: Path) -> None:
    assert answer("outbox") == {"server": False, "waiting": 0, "mails": []}
    assert vitrine("outbox").stdout == "There is nothing.\n"
    write(tmp_path)
    found = answer("outbox")
    assert (found["server"], found["waiting"]) == (False, 2)
    assert [(one["agency"], one["subject"]) for one in found["mails"]] == [
        (None, "A job failed"),
        ("north", "Figures are late"),
    ]
    newest = found["mails"][0]
    assert (newest["state"], newest["to"], newest["text"]) == ("queued", "alice@north.example", "All of it.")
    assert (newest["tries"], newest["perhaps_twice"], newest["sent_at"]) == (0, False, None)
    assert len(answer("outbox", "--limit", "1")["mails"]) == 1
    assert "VITRINE_SMTP_URL is not set, so mails wait here" in vitrine("outbox").stdout


def test_with_a_server_nothing_is_said_of_waiting(
    acme: str, answer: Ask, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    monkeypatch.setenv("VITRINE_SMTP_URL", "smtps://alice:se%40cret@mail.example.com")
    assert answer("outbox")["server"] is True
    assert "is not set" not in vitrine("outbox").stdout


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://host:notaport",
        "smtp://host:99999",
        "smtp://alice:topsecret@mail.example.com",
        "smtps://alice@mail.example.com",
        "smtps://mail.example.com/folder",
        "smtps://mail.example.com?to=x@y.example",
        "smtps://mail.example.com?from=Alice",
        "smtps://mail.example.com?from=a@b.example%0d%0aBcc:c@d.example",
    ],
)
def test_a_bad_address_of_the_mail_server_stops_the_start_with_a_sentence(
    vitrine: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("VITRINE_SMTP_URL", url)
    result = vitrine("outbox")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: VITRINE_SMTP_URL is wrong: ")
    assert result.stderr.count("\n") == 1
    assert "topsecret" not in result.stderr
