"""Brevo, SparkPost and Mailjet sign nothing: a password, and what each of their events means."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import NotThisForm
from data.events.canonical import Event
from data.sources import Secrets, Source
from data.sources.providers import brevo, mailjet, sparkpost
from tests.data.sources.hook_requests import NOW, SECRET, basic, post, read, refused

AT = 1_725_267_600  # 2 September 2024, 9:00
WHEN = datetime(2024, 9, 2, 9, tzinfo=UTC)
BY_PASSWORD = [brevo.SOURCE, sparkpost.SOURCE, mailjet.SOURCE]


@pytest.mark.parametrize("source", BY_PASSWORD, ids=lambda source: source.name)
def test_the_password(source: Source) -> None:
    for secrets in (Secrets(SECRET), Secrets("new", previous=SECRET)):
        source.verify(post(b"", authorization=basic("vitrine", SECRET)), secrets, NOW)
    source.verify(post(b""), Secrets("", key_is_secret=True), NOW)
    for header in (
        basic("vitrine", "x"),
        basic("bob", SECRET),
        "Basic ü",
        f"Bearer {SECRET}x",
        "Bearer ",
        "",
    ):
        assert refused(source, post(b"", authorization=header), Secrets(SECRET)), header
    assert refused(source, post(b"", authorization=basic("vitrine", "")), Secrets(""))
    bearer = post(b"", authorization=f"Bearer {SECRET}")
    assert refused(source, bearer, Secrets(SECRET)) is (source.name != "brevo")


def only(source: Source, payload: Any) -> Event:
    (event,), parked = read(source, post(json.dumps(payload).encode()))
    assert parked == []
    return event


# Brevo --------------------------------------------------------------------------------------------------------


def of_brevo(**more: Any) -> Event:
    told = {
        "event": "delivered",
        "email": "Lena@client.example",
        "message-id": "<b1@relay>",
        "ts_epoch": AT * 1_000,
    }
    return only(brevo.SOURCE, told | more)


@pytest.mark.parametrize(
    ("given", "event", "kind"),
    [
        ("request", "sent", None),
        ("delivered", "delivered", None),
        ("deferred", "deferred", None),
        ("soft_bounce", "bounced", "soft"),
        ("hardBounce", "bounced", "hard"),
        ("blocked", "failed", None),
        ("invalid_email", "failed", None),
        ("error", "failed", None),
        ("click", "clicked", None),
        ("spam", "complained", None),
        ("unsubscribed", "unsubscribed", None),
    ],
)
def test_brevos_events(given: str, event: str, kind: str | None) -> None:
    found = of_brevo(event=given)
    assert (found.event, found.bounce_kind, found.occurred_at) == (event, kind, WHEN)
    assert found.message_id == "b1@relay:lena@client.example"


def test_one_open_of_brevos_told_in_two_ways_is_one_and_a_proxys_is_a_machines() -> None:
    from data.intake.identity import content_key

    first, again = of_brevo(event="unique_opened"), of_brevo(event="opened")
    assert content_key(first) == content_key(again)
    assert not first.machine
    for given in ("proxy_open", "unique_proxy_open", "uniqueProxyOpen"):
        assert of_brevo(event=given).machine, given


def test_brevos_times() -> None:
    for told in ({"ts_epoch": AT}, {"ts_epoch": None, "ts_event": AT}, {"ts_epoch": 0, "ts": AT}):
        assert of_brevo(**told).occurred_at == WHEN
    assert of_brevo(ts_epoch=None, date="2024-09-02 11:00:00").occurred_at == NOW  # in a zone nobody names


def test_where_an_email_of_brevos_belongs() -> None:
    custom = '{"campaign": "Autumn", "step": 2, "user": "sam@north.example"}'
    found = of_brevo(**{"X-Mailin-custom": custom, "tags": ["t"]})
    assert (found.campaign, found.step, found.user) == ("Autumn", "2", "sam@north.example")
    assert of_brevo(**{"X-Mailin-custom": "campaign:Autumn|step:3"}).step == "3"
    assert of_brevo(tag='["a","b"]').campaign == of_brevo(tag="a").campaign == "a"
    marketing = {"message-id": None, "camp_id": 7, "campaign name": "News", "event": "opened"}
    found = of_brevo(**marketing)
    assert (found.campaign, found.message_id) == ("News", "campaign-7:lena@client.example")


def test_several_events_of_brevos_and_arrived_mail() -> None:
    one = {"event": "opened", "email": "l@client.example", "message-id": "m", "ts_epoch": AT}
    events, parked = read(brevo.SOURCE, post(json.dumps([one, 7, one | {"event": "novel"}]).encode()))
    assert ([e.event for e in events], [row.why for row in parked]) == (
        ["opened"],
        ["the element is no JSON object", "unknown event 'novel'"],
    )
    mail = {
        "Uuid": ["u1"],
        "From": {"Address": "Lena@client.example"},
        "Subject": "Re: Hello",
        "RawTextBody": "Not interested.\n> Hi",
        "Headers": {"Received": ["by brevo; Mon, 02 Sep 2024 09:00:00 +0000", "x"]},
    }
    found = only(brevo.SOURCE, {"items": [mail]})
    assert (found.event, found.event_id, found.sentiment) == ("replied", "u1", "negative")
    assert (found.lead, found.occurred_at) == ("lena@client.example", WHEN)


# SparkPost ----------------------------------------------------------------------------------------------------


def of_sparkpost(kind: str = "message_event", **more: Any) -> Event:
    told = {
        "type": "delivery",
        "event_id": "s1",
        "timestamp": str(AT),
        "rcpt_to": "lena@client.example",
        "raw_rcpt_to": "Lena@client.example",
        "transmission_id": "t1",
        "message_id": "0001",
        "campaign_id": "Autumn",
    }
    return only(sparkpost.SOURCE, [{"msys": {kind: told | more}}])


@pytest.mark.parametrize(
    ("more", "event", "kind"),
    [
        ({"type": "injection"}, "sent", None),
        ({"type": "delay", "bounce_class": "21"}, "deferred", None),
        ({"type": "bounce", "bounce_class": "10"}, "bounced", "hard"),
        ({"type": "bounce", "bounce_class": 22}, "bounced", "soft"),
        ({"type": "out_of_band", "bounce_class": "51"}, "bounced", "block"),
        ({"type": "bounce", "bounce_class": "1"}, "bounced", "soft"),
        ({"type": "bounce", "bounce_class": "60"}, "auto_replied", None),
        ({"type": "bounce", "bounce_class": "100"}, "auto_replied", None),
        ({"type": "bounce", "bounce_class": "90"}, "unsubscribed", None),
        ({"type": "policy_rejection", "bounce_class": "25"}, "failed", None),
        ({"type": "generation_rejection"}, "failed", None),
        ({"type": "spam_complaint"}, "complained", None),
        ({"type": "list_unsubscribe"}, "unsubscribed", None),
        ({"type": "initial_open"}, "opened", None),
        ({"type": "amp_click"}, "clicked", None),
    ],
)
def test_sparkposts_events(more: dict[str, Any], event: str, kind: str | None) -> None:
    found = of_sparkpost(**more)
    assert (found.event, found.bounce_kind, found.event_id) == (event, kind, "s1")
    assert (found.message_id, found.lead) == ("t1:lena@client.example", "lena@client.example")
    assert (found.campaign, found.occurred_at) == ("Autumn", WHEN)


def test_sparkposts_particulars() -> None:
    sent = of_sparkpost(
        type="injection", open_tracking=False, rcpt_meta={"step": 2}, timestamp="2024-09-02T09:00:00.5Z"
    )
    assert (sent.track_opens, sent.track_clicks, sent.step) == (False, True, "2")
    ahead = of_sparkpost(
        "track_event", type="open", user_agent_parsed={"is_prefetched": True, "is_proxy": True}
    )
    assert ahead.machine
    proxied = of_sparkpost(
        "track_event", type="open", user_agent_parsed={"is_prefetched": False, "is_proxy": True}
    )
    assert not proxied.machine
    click = of_sparkpost(
        "track_event", type="click", target_link_url="https://a.example", ip_address="192.0.2.1"
    )
    assert (click.url, click.ip) == ("https://a.example", "192.0.2.1")


def test_sparkposts_ping_and_elements_that_are_none() -> None:
    for ping in ([], [{"msys": {}}]):
        assert read(sparkpost.SOURCE, post(json.dumps(ping).encode())) == ([], [])
    good = {
        "msys": {"message_event": {"type": "delivery", "rcpt_to": "l@client.example", "transmission_id": "t"}}
    }
    broken = {"msys": {"relay_message": {"content": {"email_rfc822": "x", "email_rfc822_is_base64": True}}}}
    events, parked = read(sparkpost.SOURCE, post(json.dumps([good, {}, 7, broken]).encode()))
    assert len(events) == 1
    assert [(row.where, row.why) for row in parked] == [
        ("element 2", "the element has no msys"),
        ("element 3", "the element is no JSON object"),
        ("element 4", "the mail is said to be base64, and is not"),
    ]
    for bad in (b"{}", b"[7]", b"x", b"", b'[{"event": "open", "email": "x"}]'):
        with pytest.raises(NotThisForm):
            sparkpost.SOURCE.parse(post(bad))


def test_mail_that_sparkpost_relays() -> None:
    whole = "From: Lena <lena@client.example>\r\nMessage-ID: <r1@x>\r\nSubject: Re\r\n\r\nYes, ü please.\r\n"
    contents = (
        {"email_rfc822": whole, "email_rfc822_is_base64": False},
        {"email_rfc822": base64.b64encode(whole.encode()).decode(), "email_rfc822_is_base64": True},
        {
            "text": "Yes, ü please.",
            "subject": "Re",
            "headers": [{"From": "Lena <lena@client.example>"}, {"Message-ID": "<r1@x>"}],
        },
    )
    for content in contents:
        found = only(
            sparkpost.SOURCE, [{"msys": {"relay_message": {"content": content, "msg_from": "bounce@x"}}}]
        )
        assert (found.event, found.lead, found.event_id) == (
            "replied",
            "lena@client.example",
            "inbound:<r1@x>",
        )
        assert found.reply_text == "Yes, ü please."


# Mailjet ------------------------------------------------------------------------------------------------------


def of_mailjet(**more: Any) -> Event:
    told = {"event": "sent", "time": AT, "MessageID": 19_421_777_835_146_490, "email": "Lena@client.example"}
    return only(mailjet.SOURCE, told | more)


@pytest.mark.parametrize(
    ("more", "event", "kind"),
    [
        ({"event": "sent"}, "delivered", None),
        ({"event": "open"}, "opened", None),
        ({"event": "click"}, "clicked", None),
        ({"event": "bounce", "hard_bounce": True, "error": "user unknown"}, "bounced", "hard"),
        ({"event": "bounce", "hard_bounce": False, "error": "quota exceeded"}, "bounced", "soft"),
        ({"event": "bounce", "hard_bounce": False, "error": "greylisted"}, "deferred", None),
        ({"event": "bounce", "hard_bounce": False, "error": "connection issue"}, "deferred", None),
        ({"event": "bounce", "hard_bounce": False, "error": "content blocked"}, "bounced", "block"),
        ({"event": "bounce", "hard_bounce": True, "error": "preblocked"}, "failed", None),
        ({"event": "blocked", "error": "user unknown"}, "failed", None),
        ({"event": "spam"}, "complained", None),
        ({"event": "unsub"}, "unsubscribed", None),
    ],
)
def test_mailjets_events(more: dict[str, Any], event: str, kind: str | None) -> None:
    found = of_mailjet(**more)
    assert (found.event, found.bounce_kind, found.occurred_at) == (event, kind, WHEN)
    assert (found.message_id, found.lead) == ("19421777835146490", "lena@client.example")


def test_mailjets_particulars() -> None:
    found = of_mailjet(Payload='{"campaign": "Autumn", "step": 2}', customcampaign="c")
    assert (found.campaign, found.step) == ("Autumn", "2")
    assert of_mailjet(Payload="free text", customcampaign="c").campaign == "c"
    assert of_mailjet(Payload="{broken", customcampaign="").campaign is None
    click = of_mailjet(event="click", url="https://a.example", agent="Mozilla", ip="192.0.2.1")
    assert (click.url, click.user_agent, click.ip) == ("https://a.example", "Mozilla", "192.0.2.1")


def test_mailjets_lists_and_arrived_mail() -> None:
    one = {"event": "open", "time": AT, "MessageID": 1, "email": "l@client.example"}
    events, parked = read(mailjet.SOURCE, post(json.dumps([one, None, one | {"MessageID": 2}]).encode()))
    assert (len(events), [row.where for row in parked]) == (2, ["element 2"])
    assert read(mailjet.SOURCE, post(b"[]")) == ([], [])
    mail = {
        "From": '"Lena" <lena@client.example>',
        "Subject": "Re",
        "Headers": {
            "Message-ID": "<j1@x>",
            "Auto-Submitted": ["auto-replied"],
            "Received": ["by mj; Mon, 02 Sep 2024 09:00:00 +0000"],
        },
        "Text-part": "I am away.",
        "Html-part": "",
    }
    found = only(mailjet.SOURCE, mail)
    assert (found.event, found.lead, found.event_id) == (
        "auto_replied",
        "lena@client.example",
        "inbound:<j1@x>",
    )
    for bad in (b"x", b"[7]", b'{"event": "open", "email": "x"}', b'{"Type": "x"}'):
        with pytest.raises(NotThisForm):
            mailjet.SOURCE.parse(post(bad))
