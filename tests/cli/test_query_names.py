"""`vitrine query` with every name of docs/interfaces.md, and reference data through `vitrine ingest`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]

#: What each name adds to its answer (docs/interfaces.md; ours beside them).
ADDS = {
    "cohort": {"rows"},
    "week1": {"headline", "points"},
    "sent_emails": {"total", "days"},
    "rate": {"n", "base", "rate"},
    "future_emails": {"total", "days"},
    "engagement_overview": {"contacts", "engaged", "rate"},
    "action_analytics": {"channels"},
    "top_campaigns": {"rows"},
    "hot_leads": {"rows"},
    "timeline": {"groups"},
    "campaign_report": {"open_rate", "click_rate", "steps", "variations", "top_links", "first_24_hours"},
    "audience": {"total", "rows"},
    "hours": {"total", "cells"},
    "top_links": {"rows"},
    "reply_categories": {"total", "rows"},
}
AS_OF = ("--as-of", "2024-09-03T12:00:00Z")


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    """A folder as docs/events.md describes it: events, campaigns, steps, journeys, mailboxes."""
    folder = tmp_path / "set"
    folder.mkdir()
    sent = {"event": "sent", "message_id": "m1", "lead": "ann@x.io", "campaign": "Autumn", "step": "1"}
    opened = {"event": "opened", "message_id": "m1", "occurred_at": "2024-09-02T09:00:00Z"}
    events = [
        {**sent, "event_id": "e1", "occurred_at": "2024-09-02T08:00:00Z", "sender": "a@n.example"},
        {**opened, "event_id": "e2"},
        {**opened, "event_id": "e3", "occurred_at": "2024-09-02T09:05:00Z"},
        {**opened, "event_id": "e4", "event": "clicked", "url": "https://x.io"},
    ]
    (folder / "events.jsonl").write_text("\n".join(map(json.dumps, events)))
    (folder / "campaigns.csv").write_text("name,status\nAutumn,active\n")
    (folder / "steps.csv").write_text("campaign,step,wait_days\nAutumn,1,0\nAutumn,2,3\n")
    (folder / "journeys.csv").write_text(
        "lead,campaign,state,next_step_at\nben@x.io,Autumn,not_started,2024-09-04\n"
        "cleo@x.io,Autumn,not_started,2024-09-04\ndan@x.io,Autumn,asleep,\n"
    )
    (folder / "mailboxes.csv").write_text("sender,daily_limit\na@n.example,1\n")
    return folder


@pytest.fixture
def client(acme: str, answer: Ask, data_set: Path) -> str:
    told = answer("ingest", str(data_set), "--workspace", acme)
    assert (told["read"], told["new"], told["duplicate"], told["parked"]) == (11, 10, 0, 1)
    assert told["parked_rows"] == [
        {
            "where": "journeys.csv:4",
            "why": "state 'asleep' is none of in_trigger, not_started, running, paused_until, finished",
        }
    ]
    return acme


def test_the_folder_again_adds_nothing(client: str, answer: Ask, data_set: Path) -> None:
    told = answer("ingest", str(data_set), "--workspace", client)
    assert (told["read"], told["new"], told["duplicate"], told["parked"]) == (11, 0, 10, 1)


@pytest.mark.parametrize("name", ADDS)
def test_every_name_answers(client: str, answer: Ask, vitrine: Run, name: str) -> None:
    campaign = ("--campaign", "Autumn") if name in {"campaign_report", "audience"} else ()
    found = answer("query", name, "--workspace", client, *AS_OF, *campaign)
    assert {"name", "workspace", "timezone", "as_of"} | ADDS[name] <= set(found)
    assert (found["name"], found["workspace"], found["as_of"]) == (name, client, "2024-09-03T12:00:00Z")
    text = vitrine("query", name, "--workspace", client, *AS_OF, *campaign)
    assert text.exit_code == 0
    lines = text.stdout.splitlines()
    assert lines[0] == f"{name} of {client}, days in Europe/Paris, as of 2024-09-03T12:00:00Z"
    assert lines[-1].endswith("."), "it ends with what is counted"


def test_the_forecast_of_the_folder(client: str, answer: Ask, vitrine: Run) -> None:
    """Ben and Cleo on Wednesday, Ann's second step on Thursday; one mailbox, one e-mail a day."""
    found = answer("query", "future_emails", "--workspace", client, *AS_OF)
    days = [(day["day"], day["n"], day["held_back"]) for day in found["days"]]
    assert days[:4] == [
        ("2024-09-04", 1, 1),
        ("2024-09-05", 1, 1),
        ("2024-09-06", 1, 0),
        ("2024-09-07", 0, 0),
    ]
    assert found["total"] == 3
    text = vitrine("query", "future_emails", "--workspace", client, *AS_OF).stdout
    assert "2024-09-04                                      1        1" in text


def test_the_options_of_the_new_names(client: str, answer: Ask, vitrine: Run) -> None:
    rows = answer("query", "top_campaigns", "--sort", "count", "--workspace", client, *AS_OF)["rows"]
    assert [(row["campaign"], row["contacts"], row["engaged"]) for row in rows] == [("Autumn", 1, 1)]
    leads = answer("query", "hot_leads", "--limit", "1", "--workspace", client, *AS_OF)["rows"]
    assert [(row["lead"], row["score"], row["reasons"]) for row in leads] == [
        ("ann@x.io", 2, {"multiple_opens": 1, "click": 1})
    ]
    refused = vitrine("query", "hot_leads", "--clock", "elapsed", "--workspace", client)
    assert refused.exit_code == 2
    assert "'clock' means nothing to hot_leads, which takes" in refused.stderr
    missing = vitrine("query", "campaign_report", "--workspace", client)
    assert missing.exit_code == 2
    assert "campaign_report needs a campaign: name it with --campaign." in missing.stderr


def test_charlies_workspace_knows_nothing_of_it(client: str, answer: Ask, vitrine: Run) -> None:
    answer(
        "agency",
        "create",
        "South",
        "--owner",
        "charlie@south.example",
        "--password",
        "lively-harbor-42-stones",
    )
    south = answer("workspace", "create", "South Co", "--agency", "south")["workspace"]
    found = answer("query", "future_emails", "--workspace", south, *AS_OF)
    assert (found["total"], found["days"]) == (None, [])
    assert (
        "Nothing is planned that we know of" in vitrine("query", "future_emails", "--workspace", south).stdout
    )
    assert answer("query", "hot_leads", "--workspace", south, *AS_OF)["rows"] == []


def test_a_campaign_nobody_sent_is_told_beside_its_zeros(vitrine: Run, client: str) -> None:
    """A slip of the pen looks like no data; a blank at the end is none, for names are trimmed when they come."""
    slip = vitrine("query", "rate", "--workspace", client, "--campaign", "Autmn", *AS_OF)
    assert slip.exit_code == 0
    told = "No e-mail of this workspace was sent with the campaign 'Autmn'. Did you mean Autumn?"
    assert told in slip.stderr
    right = vitrine("query", "rate", "--workspace", client, "--campaign", "Autumn ", *AS_OF)
    assert "No e-mail" not in right.stderr
    assert (
        right.stdout == vitrine("query", "rate", "--workspace", client, "--campaign", "Autumn", *AS_OF).stdout
    )
    stranger = vitrine("query", "rate", "--workspace", client, "--user", "charlie@south.example", *AS_OF)
    assert "with the user 'charlie@south.example'." in stranger.stderr


def test_an_answer_that_is_held_back_says_so_under_its_heading(
    vitrine: Run, client: str, answer: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when nobody can fold in what came: the JSON names since when and why, the text says it in words."""
    from sqlalchemy import select

    from dashapp.config import load
    from dashapp.db.base import now
    from dashapp.db.tenants import Workspace
    from dashapp.services import open_services
    from data.building import refresh_on_view
    from data.events.canonical import canonical

    assert "held_back" not in answer("query", "rate", "--workspace", client)
    services, at = open_services(load()), now()
    with services.reading() as session:
        workspace_id = session.scalar(select(Workspace.id).where(Workspace.slug == client)) or 0
    record = {"event": "sent", "message_id": "late", "lead": "ann@x.io", "occurred_at": at.isoformat()}
    services.inbox.put(workspace_id, None, [canonical(record, received_at=at)], received_at=at)
    with monkeypatch.context() as patch:
        patch.setattr(refresh_on_view, "ensure", lambda *_: None)
        held = answer("query", "rate", "--workspace", client)["held_back"]
        text = vitrine("query", "rate", "--workspace", client).stdout.splitlines()
    assert held == {"since": at.isoformat().replace("+00:00", "Z"), "why": "waiting"}
    assert text[1] == f"Held back since {held['since']}: newer events have come in and are not counted yet."
    assert "held_back" not in answer("query", "rate", "--workspace", client)


def test_a_moment_without_an_offset_is_the_workspaces_local_time(
    vitrine: Run, answer: Ask, tmp_path: Path
) -> None:
    """Sent at 10:00 and opened at 10:30 in Kolkata, five and a half hours ahead of UTC."""
    vitrine("agency", "create", "North", "--owner", "alice@north.example", "--password", "a long enough one")
    client = answer("workspace", "create", "Kolkata", "--timezone", "Asia/Kolkata")["workspace"]
    sent = {
        "event": "sent",
        "message_id": "m",
        "lead": "ann@x.example",
        "occurred_at": "2026-09-01T04:30:00Z",
    }
    opened = {"event": "opened", "message_id": "m", "occurred_at": "2026-09-01T05:00:00Z"}
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(sent) + "\n" + json.dumps(opened))
    answer("ingest", str(file), "--workspace", client)

    def opens(moment: str) -> tuple[int, int, str]:
        found = answer("query", "rate", "--workspace", client, "--as-of", moment)
        return found["n"], found["base"], found["as_of"]

    assert opens("2026-09-01T10:29:59") == (0, 1, "2026-09-01T04:59:59Z")
    assert opens("2026-09-01T10:30:00") == (1, 1, "2026-09-01T05:00:00Z")
    assert opens("2026-09-01T05:00:00Z") == (1, 1, "2026-09-01T05:00:00Z")
