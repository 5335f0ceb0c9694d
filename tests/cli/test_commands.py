"""docs/interfaces.md: the documents, the exit codes, and sentences in place of tracebacks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def test_alice_sets_up_her_agency(answer: Ask) -> None:
    password = "lively-harbor-42-stones"
    north = answer("agency", "create", "North", "--owner", "Alice@North.example", "--password", password)
    assert north == {"agency": "north", "owner": "alice@north.example"}
    assert answer("workspace", "create", "Acme & Co", "--timezone", "Asia/Kolkata") == {
        "workspace": "acme-co"
    }
    bob = (
        "bob@north.example",
        "--agency",
        "north",
        "--role",
        "analyst",
        "--workspace",
        "acme-co",
        "--role",
        "manager",
    )
    assert answer("user", "create", *bob) == {"user": "bob@north.example"}


def test_a_second_agency_must_be_named(acme: str, vitrine: Run) -> None:
    assert vitrine("agency", "create", "South", "--owner", "charlie@south.example").exit_code == 0
    refused = vitrine("workspace", "create", "Beta")
    assert refused.exit_code == 1
    assert refused.stderr == "Error: Say which agency with --agency: there is more than one.\n"
    assert vitrine("workspace", "create", "Beta", "--agency", "south").exit_code == 0


@pytest.mark.parametrize(
    ("provider", "secret", "kept"),
    [
        ("canonical", (), r"whsec_.{44}"),
        ("postmark", (), r"[\w-]{43}"),
        ("mailgun", ("--secret", "key-1"), "key-1"),
        ("mailgun", (), r"whsec_.{44}"),  # until Mailgun's own is given
        ("sendgrid", (), ""),  # the key follows
    ],
)
def test_a_source_has_an_address_and_a_secret(
    acme: str, answer: Ask, provider: str, secret: tuple[str, ...], kept: str
) -> None:
    made = answer("source", "create", "--workspace", acme, "--provider", provider, *secret)
    assert set(made) == {"id", "url", "secret"}
    assert re.fullmatch(rf"/hooks/{provider}/[A-Za-z0-9_-]{{43}}", made["url"])
    assert re.fullmatch(kept, made["secret"])


@pytest.mark.parametrize(
    ("provider", "secret", "why"),
    [
        ("amazon_ses", (), "Paste what Amazon SES signs with."),
        ("amazon_ses", ("--secret", "north-events"), "This is no ARN of an SNS topic"),
        ("mailgun", ("--secret", ""), "1 to 600 characters"),
        ("resend", ("--secret", "re_123"), "begin with whsec_"),
    ],
)
def test_a_key_that_cannot_be_the_providers_is_refused_here_too(
    acme: str, vitrine: Run, provider: str, secret: tuple[str, ...], why: str
) -> None:
    refused = vitrine("source", "create", "--workspace", acme, "--provider", provider, *secret)
    assert (refused.exit_code, why in refused.stderr) == (1, True)


def test_a_link_is_made_listed_paused_resumed_rotated_and_revoked(
    acme: str, answer: Ask, vitrine: Run
) -> None:
    link = answer(
        "share", "create", "--workspace", acme, "--password", "open sesame", "--expires", "2199-12-31"
    )
    assert set(link) == {"id", "url", "token", "password", "viewers"}
    assert link["url"] == f"http://127.0.0.1:8050/p/{link['token']}/"
    number = str(link["id"])
    assert answer("share", "pause", number) == {"id": link["id"], "state": "paused"}
    assert answer("share", "resume", number)["state"] == "active"
    rotated = answer("share", "rotate", number)
    assert set(rotated) == {"id", "url", "token"}
    assert rotated["token"] != link["token"]
    # The last day counts whole, in Paris.
    assert answer("share", "list")["shares"][0]["expires_at"].startswith("2199-12-31T22:59:59")
    answer("share", "revoke", number)
    assert answer("share", "list") == {"shares": []}
    gone = vitrine("share", "resume", number)
    assert gone.exit_code == 1
    assert gone.stderr == f"Error: There is no link {number}; `vitrine share list` shows them.\n"


def test_a_campaigns_report_is_shared_with_viewers(acme: str, answer: Ask, vitrine: Run) -> None:
    link = answer(
        *("share", "create", "--workspace", acme, "--name", "Spring for Erin", "--campaign", "Spring"),
        *("--since", "2026-01-01", "--password", "open sesame", "--viewer", "erin@client.example"),
        *("--viewer", "frank@client.example", "--message", "Hello both", "--send"),
    )
    assert [one["email"] for one in link["viewers"]] == ["erin@client.example", "frank@client.example"]
    assert len({link["url"], *(one["url"] for one in link["viewers"])}) == 3
    (row,) = answer("share", "list")["shares"]
    assert (row["name"], row["campaigns"], row["since"]) == ("Spring for Erin", ["Spring"], "2026-01-01")
    mails = answer("outbox")["mails"]
    assert {mail["to"] for mail in mails} == {"erin@client.example", "frank@client.example"}
    for words, sentence in (
        (("--viewer", "nobody"), "is not an e-mail address"),
        (("--since", "yesterday"), "is no date"),
        (("--send",), "--viewer"),
    ):
        refused = vitrine("share", "create", "--workspace", acme, *words)
        assert refused.exit_code in {1, 2}
        assert sentence in refused.stderr
    assert len(answer("share", "list")["shares"]) == 1
    kept = vitrine(
        *("share", "create", "--workspace", acme, "--viewer", "erin@client.example", "--message", "Hello")
    )
    assert (kept.exit_code, kept.stderr) == (
        0,
        "Nobody is mailed the message: --send writes the mail it goes into.\n",
    )
    assert len(answer("outbox")["mails"]) == 2


def test_three_bad_rows_of_a_thousand(acme: str, answer: Ask, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    lines = [
        json.dumps(
            {
                "event_id": f"e{n}",
                "event": "sent",
                "message_id": f"m{n}",
                "lead": f"l{n}@example.com",
                "campaign": "Spring",
                "occurred_at": "2026-02-03T10:00:00Z",
            }
        )
        for n in range(1000)
    ]
    lines[9] = '{"event": "sent"'
    lines[99] = '{"event": "teleported", "occurred_at": "2026-02-03T10:00:00Z"}'
    lines[999] = '{"event": "sent", "lead": "x@example.com", "occurred_at": "yesterday"}'
    file.write_text("\n".join(lines) + "\n")

    first = answer("ingest", str(file), "--workspace", acme)
    assert {name: first[name] for name in ("read", "new", "duplicate", "parked")} == {
        "read": 1000,
        "new": 997,
        "duplicate": 0,
        "parked": 3,
    }
    told = {row["where"]: row["why"] for row in first["parked_rows"]}
    assert set(told) == {"events.jsonl:10", "events.jsonl:100", "events.jsonl:1000"}
    assert "teleported" in told["events.jsonl:100"]

    again = answer("ingest", str(file), "--workspace", acme)
    assert (again["new"], again["duplicate"], again["parked"]) == (0, 997, 3)

    # Nobody refreshed, yet the answer is fresh.
    sent = answer("query", "sent_emails", "--workspace", acme, "--as-of", "2026-02-10T00:00:00Z")
    assert sent["total"] == 997
    assert sent["workspace"] == acme
    assert sent["timezone"] == "Europe/Paris"
    parked = answer("events", "--workspace", acme, "--parked")["parked"]
    assert len(parked) == 3
    assert {"id", "source", "why", "raw"} <= set(parked[0])
    newest = answer("events", "--workspace", acme, "--limit", "2")["events"]
    assert len(newest) == 2
    assert {"event_id", "received_at", "source", "event", "lead"} <= set(newest[0])


def test_refresh_says_what_it_did(acme: str, answer: Ask, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"event": "sent", "message_id": "m", "lead": "a@b.example", "occurred_at": 1770000000}\n'
    )
    answer("ingest", str(file), "--workspace", acme)
    done = answer("refresh")
    assert set(done) == {"events", "files_written", "seconds"}
    assert done["events"] == 1
    assert answer("refresh", "--workspace", acme)["events"] == 0
    assert answer("refresh", "--full")["events"] == 1


def test_rate_by_campaign_as_a_table(acme: str, vitrine: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    rows = ["event_id,event,message_id,lead,campaign,occurred_at"]
    rows += [f"s{n},sent,m{n},l{n}@example.com,Spring,2026-02-03T10:00:00Z" for n in range(4)]
    rows += ["o,opened,m1,l1@example.com,Spring,2026-02-03T12:00:00Z"]
    file.write_text("\n".join(rows))
    assert vitrine("ingest", str(file), "--workspace", acme).exit_code == 0
    table = vitrine("query", "rate", "--workspace", acme, "--data-type", "open", "--by", "campaign").stdout
    assert re.search(r"^Spring\s+25\.0%\s+1 of 4$", table, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("query", "rat"), "Did you mean rate?"),
        (("query", "rate", "--data-type", "opne"), "Did you mean open?"),
        (("query", "rate", "--from", "2026-02-30"), "from cannot be '2026-02-30'"),
        (("query", "rate", "--from", "2026-02-03", "--to", "2026-02-01"), "ends before"),
        (("query", "rate", "--daata-type", "open"), "--data-type"),
    ],
)
def test_a_wrong_question_is_usage(acme: str, vitrine: Run, words: tuple[str, ...], sentence: str) -> None:
    result = vitrine(*words, "--workspace", acme, "--json")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("query", "rate", "--workspace", "acme-cou"), "Did you mean acme-co?"),
        (("ingest", "no-such-file.jsonl", "--workspace", "acme-co"), "There is no file no-such-file.jsonl."),
        (("source", "create", "--workspace", "acme-co", "--provider", "sendgird"), "Did you mean sendgrid"),
        (("share", "create", "--workspace", "acme-co", "--view", "defualt"), "has no view 'defualt'"),
        (("workspace", "create", "Beta", "--timezone", "Mars/Olympus"), "is not a time zone"),
        (("user", "create", "nobody"), "is not an e-mail address"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    acme: str, vitrine: Run, words: tuple[str, ...], sentence: str
) -> None:
    result = vitrine(*words, "--json")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_mistyped_command_is_answered_with_the_near_ones(vitrine: Run) -> None:
    result = vitrine("qurey")
    assert result.exit_code == 2
    assert "Did you mean query" in result.stderr


def test_a_bad_setting_stops_every_command(vitrine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_SECRET_KEY", "change-me")
    result = vitrine("refresh")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: VITRINE_SECRET_KEY is missing or weak")


def test_help_imports_nothing_heavy() -> None:
    heavy = {"duckdb", "sqlalchemy", "dash", "pandas", "pyarrow", "pydantic"}
    code = (
        "import sys; from dashapp.cli import main; main(['--help'], standalone_mode=False)\n"
        f"print(sorted(set(sys.modules) & {heavy}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines()[-1] == "[]"


def test_alice_dresses_her_agency(acme: str, answer: Ask, vitrine: Run, tmp_path: Path) -> None:
    assert answer("agency", "brand", "--colour", "7C3AED") == {
        "agency": "north",
        "colour": "#7c3aed",
        "logo": False,
    }
    for words, why in (
        (("--colour", "purple"), "six hexadecimal digits"),
        ((), "Choose what to change"),
    ):
        refused = vitrine("agency", "brand", *words)
        assert (refused.exit_code, why in refused.stderr) == (1, True), refused.stderr
    (tmp_path / "logo.svg").write_text("<svg/>")
    svg = vitrine("agency", "brand", "--logo", str(tmp_path / "logo.svg"))
    assert (svg.exit_code, "this file is none" in svg.stderr) == (1, True)
    both = vitrine("agency", "brand", "--logo", str(tmp_path / "logo.svg"), "--no-logo")
    assert both.exit_code == 2
    vitrine("agency", "create", "South", "--owner", "charlie@south.example")
    assert "Say which agency" in vitrine("agency", "brand", "--colour", "#112233").stderr
