"""`vitrine ingest` of files as people export them: what it says, what it counts, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

LOW = """\
event,occurred_at,message_id,lead
sent,01/09/2026 10:00,m1,alice@x.example
sent,02/09/2026 10:00,m2,bob@x.example
"""
GOPHISH = "campaign,email,time,message,details\nAutumn,alice@x.example,2026-09-07 09:00:00,Email Sent,{}\n"


def test_dates_are_refused_in_doubt_and_local_when_settled(
    tmp_path: Path, vitrine: Callable[..., Result], answer: Callable[..., Any], acme: str
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(LOW)
    refused = vitrine("ingest", str(file), "--workspace", acme)
    assert refused.exit_code == 1
    assert "1 September 2026 (day first) or 9 January 2026 (month first)" in refused.stderr
    told = answer("ingest", str(file), "--workspace", acme, "--dates", "dmy")
    assert (told["read"], told["new"], told["parked"]) == (2, 2, 0)
    assert any("local time of Europe/Paris" in note for note in told["notes"])
    seen = answer("events", "--workspace", acme)["events"]
    assert sorted(event["occurred_at"][:16] for event in seen) == ["2026-09-01T08:00", "2026-09-02T08:00"]
    assert vitrine("ingest", str(file), "--workspace", acme, "--timezone", "Mars/Olympus").exit_code == 2


def test_a_file_whose_rows_are_all_parked_is_no_success(
    tmp_path: Path, vitrine: Callable[..., Result], answer: Callable[..., Any], acme: str
) -> None:
    file = tmp_path / "events.csv"
    head = "event,occurred_at,message_id,lead\n"
    file.write_text(head + "danced,2026-09-01T10:00Z,m1,a@x.example\nsent,never,m2,b@x.example\n")
    ended = vitrine("ingest", str(file), "--workspace", acme)
    assert (ended.exit_code, "all were parked" in ended.stderr) == (1, True)
    assert len(answer("events", "--workspace", acme, "--parked")["parked"]) == 2
    for text in (head, "\n\n", " ", "[]"):
        file.write_text(text)
        assert vitrine("ingest", str(file), "--workspace", acme).exit_code == 1, text
    file.write_text(head + "sent,2026-09-01T10:00Z,m1,a@x.example\ndanced,2026-09-01T10:00Z,m1,a@x.example\n")
    assert (told := answer("ingest", str(file), "--workspace", acme))["parked"] == 1
    assert told["new"] == 1
    assert vitrine("ingest", str(file), "--workspace", acme).exit_code == 0


def test_a_foreign_file_is_one_parked_summary_until_it_is_mapped(
    tmp_path: Path, vitrine: Callable[..., Result], answer: Callable[..., Any], acme: str
) -> None:
    file = tmp_path / "results.csv"
    file.write_text(GOPHISH)
    unread = vitrine("ingest", str(file), "--workspace", acme)
    assert (unread.exit_code, "This looks like a GoPhish export" in unread.stdout) == (1, True)
    assert len(answer("events", "--workspace", acme, "--parked")["parked"]) == 1
    columns = (
        "event=message",
        "occurred_at=time",
        "lead=email",
        "campaign=campaign",
        "message_id=campaign+email",
    )
    flags = [word for column in columns for word in ("--map", column)]
    told = answer("ingest", str(file), "--workspace", acme, *flags)
    assert (told["read"], told["new"]) == (1, 1)
    assert vitrine("ingest", str(file), "--workspace", acme, "--map", "colour=red").exit_code == 1
    assert vitrine("ingest", str(file), "--workspace", acme, "--map", "nothing").exit_code == 2


def test_a_refused_file_among_others_is_named_and_the_others_counted(
    tmp_path: Path, vitrine: Callable[..., Result], acme: str
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(
        LOW.replace("01/09/2026 10:00", "2026-09-01T10:00Z").replace("02/09/2026 10:00", "2026-09-02T10:00Z")
    )
    bad.write_text("<html><body>Sign in</body></html>")
    ended = vitrine("ingest", str(bad), str(good), "--workspace", acme)
    assert (ended.exit_code, "new        2" in ended.stdout) == (1, True)
    assert "bad.csv is a web page (HTML)" in ended.stderr


def test_a_dry_run_shows_the_reading_and_takes_in_nothing(
    tmp_path: Path, answer: Callable[..., Any], acme: str
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(LOW + "odd,25/09/2026 10:00,m3,charlie@x.example\n")
    told = answer("ingest", str(file), "--workspace", acme, "--dry-run")
    assert (told["read"], told["readable"], told["parked"]) == (3, 2, 1)
    assert told["first_events"][0]["occurred_at"] == "2026-09-01 08:00:00+00:00"
    assert "day first" in told["notes"][0]
    assert [row["where"] for row in told["parked_rows"]] == ["events.csv:4"]
    assert answer("events", "--workspace", acme) == {"events": [], "parked": []}
