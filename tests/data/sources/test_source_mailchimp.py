"""Mailchimp's tables: Alice's campaign to two members; and the recorded tables, where they are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.events.canonical import Event, Parked, canonical_many
from data.sources.files import read

NOW = datetime(2024, 9, 18, 12, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[3].parent / "shared" / "samples" / "files" / "dbt_mailchimp"
TABLES = {
    "campaign": "id,title,send_time,reply_to,subject_line,track_opens,track_html_clicks\n"
    "c1,Autumn,2024-09-02 09:00:00,sam@gmail.com,Hello,true,false\n"
    "c2,Autumn,2024-09-09 09:00:00,sam@gmail.com,Again,false,true\n",
    "member": "id,list_id,email_address\nlena,l1,Lena@client.example\n",
    "campaign_recipient": "campaign_id,member_id,combination_id,list_id\n"
    "c1,lena,,l1\nc1,otto,,l1\nc9,lena,,l1\n",
    "campaign_recipient_activity": "action,campaign_id,member_id,timestamp,bounce_type,ip,list_id,url\n"
    "open,c1,lena,2024-09-02 10:00:00,,66.249.84.7,l1,\n"
    "click,c1,lena,2024-09-02 10:01:00,,192.0.2.1,l1,https://a.example\n"
    "bounce,c1,otto,2024-09-02 09:01:00,hard,,l1,\n"
    "dance,c1,otto,2024-09-02 09:01:00,,,l1,\n",
    "unsubscribe": "campaign_id,member_id,list_id,timestamp\nc7,lena,l1,2024-09-03 10:00:00\n",
    "automation_recipient_activity": "action,automation_email_id,member_id,timestamp\n"
    "open,a1,lena,2024-09-02 10:00:00\n",
}


def taken(folder: Path) -> tuple[list[Event], list[Parked], int]:
    rows = [row for _, row in read([folder])]
    events, parked = canonical_many([row for row in rows if isinstance(row, dict)], NOW)
    return events, [*parked, *(row for row in rows if isinstance(row, Parked))], len(rows)


def test_a_small_set(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    events, parked, rows = taken(tmp_path)
    assert rows == len(events) + len(parked) == 9
    sent, other, opened, clicked, bounced, left = events
    assert (sent.event, sent.lead, sent.campaign) == ("sent", "lena@client.example", "Autumn (c1)")
    assert (sent.occurred_at, sent.sender_provider) == (datetime(2024, 9, 2, 9, tzinfo=UTC), "gmail")
    assert (sent.track_opens, sent.track_clicks, sent.subject) == (True, False, "Hello")
    assert (other.lead, bounced.bounce_kind) == ("otto", "hard")
    assert sent.message_id == opened.message_id == clicked.message_id != other.message_id
    assert (opened.machine, clicked.machine, clicked.url) == (False, False, "https://a.example")
    assert (left.event, left.message_id, left.lead) == ("unsubscribed", None, "lena@client.example")
    assert {(p.where, p.why.split(",")[0]) for p in parked} == {
        ("campaign_recipient.csv:4", "campaign 'c9' is not in campaign.csv with its send_time"),
        ("campaign_recipient_activity.csv:5", "unknown event 'dance'"),
        (
            "automation_recipient_activity.csv:2",
            "Mailchimp's automation tables do not say when a mail was sent to a member",
        ),
    }


def test_reading_again_gives_the_same_ids(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    assert [e.event_id for e in taken(tmp_path)[0]] == [e.event_id for e in taken(tmp_path)[0]]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded tables are not here")
def test_the_recorded_tables() -> None:
    events, parked, rows = taken(RECORDED)
    assert rows == len(events) + len(parked)
    assert Counter(e.event for e in events) == {"sent": 10, "opened": 12, "clicked": 5, "unsubscribed": 1}
    opened = [e for e in events if e.event == "opened"]
    # Nine came through Gmail's image proxy, which is how Gmail shows pictures to people: when they came
    # decides later.
    assert (len({e.message_id for e in opened}), sum(e.machine for e in opened)) == (7, 0)
    assert len({e.event_id for e in events}) == len(events)
