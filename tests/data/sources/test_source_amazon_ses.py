"""Amazon SES: who signed, what is fetched and what never is, recipients one by one, and what was never sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import BadSignature, InboxBusy, NotThisForm
from data.events.canonical import Event
from data.sources import HookRequest, Secrets
from data.sources.providers import sns
from data.sources.providers.amazon_ses import SOURCE, handshake
from tests.data.sources.hook_requests import NOW, post, read, refused
from tests.support.signers import CERTIFICATE_URL, TOPIC, amazon, enveloped

MAIL = {
    "messageId": "ses-1",
    "timestamp": "2024-09-02T09:00:00.000Z",
    "source": "sam@north.example",
    "destination": ["lena@client.example"],
    "commonHeaders": {"from": ["Sam <sam@north.example>"], "subject": "Hello"},
    "tags": {"campaign": ["Autumn"], "step": ["2"], "ses:configuration-set": ["all"]},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked for."""
    found: list[str] = []

    def fetch(host: str, path: str) -> tuple[int, bytes]:
        found.append(f"https://{host}{path}")
        return amazon(host, path)

    monkeypatch.setattr(sns, "fetch", fetch)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())
    return found


def request(message: dict[str, Any]) -> HookRequest:
    return post(json.dumps(message).encode(), content_type="text/plain; charset=UTF-8")


def many(event: str, place: str, details: dict[str, Any], **mail: Any) -> tuple[list[Event], list[str]]:
    told = {"eventType": event, place: details, "mail": {**MAIL, **mail}}
    events, parked = read(SOURCE, request(enveloped(TOPIC, json.dumps(told))))
    return events, [row.why for row in parked]


def one(event: str, place: str, details: dict[str, Any], **mail: Any) -> Event:
    (found,), parked = many(event, place, details, **mail)
    assert parked == []
    return found


def test_both_versions_of_the_signature_and_no_other(asked: list[str]) -> None:
    for version in ("1", "2"):
        message = enveloped(TOPIC, "{}", version)
        SOURCE.verify(request(message), Secrets(TOPIC), NOW)
        for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Signature"):
            assert refused(SOURCE, request({**message, name: f"{message[name]}x"}), Secrets(TOPIC), NOW), name
    subject = enveloped(TOPIC, "{}", Subject="Hello")
    SOURCE.verify(request(subject), Secrets(TOPIC), NOW)
    assert refused(SOURCE, request({**subject, "Subject": "Goodbye"}), Secrets(TOPIC), NOW)
    for version in ("3", "", None, 1.5):
        assert refused(SOURCE, request({**subject, "SignatureVersion": version}), Secrets(TOPIC), NOW)
    assert asked == [CERTIFICATE_URL]  # once, and then it is known


def test_another_topic_is_refused_however_well_it_is_signed(asked: list[str]) -> None:
    theirs = request(enveloped(f"{TOPIC}-of-charlie", "{}"))
    assert refused(SOURCE, theirs, Secrets(TOPIC), NOW)
    assert asked == []
    SOURCE.verify(theirs, Secrets(f"{TOPIC}-of-charlie", previous=TOPIC), NOW)
    SOURCE.verify(request(enveloped(TOPIC, "{}")), Secrets(f"{TOPIC}-of-charlie", previous=TOPIC), NOW)
    for none in ("", "north-events", "whsec_YWxpY2U=", f"{TOPIC} of Alice"):
        assert refused(SOURCE, theirs, Secrets(none), NOW), none


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
        "https://sns-eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://xsns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/charlie/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem#x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem\n",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0.pem",
        "https://SNS.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "file:///etc/passwd",
        "https://169.254.169.254/latest/meta-data",
        "",
        None,
        7,
        ["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"],
    ],
)
def test_no_look_alike_is_ever_fetched(asked: list[str], url: object) -> None:
    message = {**enveloped(TOPIC, "{}"), "SigningCertURL": url}
    assert refused(SOURCE, request(message), Secrets(TOPIC), NOW)
    told = enveloped(TOPIC, "x", Type=sns.SUBSCRIBING, Token="t", SubscribeURL=str(url))
    with pytest.raises(BadSignature):
        handshake(request(told))
    assert asked == []


def test_what_amazon_does_not_have_is_asked_for_once(asked: list[str]) -> None:
    strange = CERTIFICATE_URL.replace("0123", "9999")
    message = request({**enveloped(TOPIC, "{}"), "SigningCertURL": strange})
    for _ in range(3):
        assert refused(SOURCE, message, Secrets(TOPIC), NOW)
    assert asked == [strange]


def test_who_names_a_known_certificate_waits_for_no_other(asked: list[str]) -> None:
    message = request(enveloped(TOPIC, "{}"))
    SOURCE.verify(message, Secrets(TOPIC), NOW)
    with sns.CERTIFICATES._lock:  # somebody else's is being fetched
        SOURCE.verify(message, Secrets(TOPIC), NOW)
    assert asked == [CERTIFICATE_URL]


@pytest.mark.parametrize("answer", [(500, b""), (429, b""), OSError("no route"), TimeoutError()])
def test_when_amazon_is_out_of_reach_it_has_to_come_again(
    monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    def fetch(host: str, path: str) -> tuple[int, bytes]:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    monkeypatch.setattr(sns, "fetch", fetch)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())
    with pytest.raises(InboxBusy):
        SOURCE.verify(request(enveloped(TOPIC, "{}")), Secrets(TOPIC), NOW)


@pytest.mark.parametrize("body", [b"no certificate", b"x" * 40_000, b""])
def test_what_is_no_certificate_signs_nothing(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(sns, "fetch", lambda host, path: (200, body))
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())
    assert refused(SOURCE, request(enveloped(TOPIC, "{}")), Secrets(TOPIC), NOW)


def test_a_certificate_that_is_over_signs_nothing(asked: list[str]) -> None:
    for year in (2019, 2200):
        assert refused(
            SOURCE, request(enveloped(TOPIC, "{}")), Secrets(TOPIC), datetime(year, 1, 1, tzinfo=UTC)
        )


def test_a_subscription_is_confirmed_at_the_topics_own_region(asked: list[str]) -> None:
    more = {"Type": sns.SUBSCRIBING, "Token": "a token&x=1"}
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"
    told = request(enveloped(TOPIC, "You have chosen", SubscribeURL=url, **more))
    SOURCE.verify(told, Secrets(TOPIC), NOW)
    assert handshake(told)
    assert asked[1:] == [
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
        "&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Anorth-events&Token=a+token%26x%3D1"
    ]
    elsewhere = url.replace("eu-west-1", "us-east-1")
    with pytest.raises(BadSignature):
        handshake(request(enveloped(TOPIC, "x", SubscribeURL=elsewhere, **more)))
    assert not handshake(request(enveloped(TOPIC, "{}")))
    assert len(asked) == 2


def test_raw_delivery_is_told_apart(asked: list[str]) -> None:
    bare = HookRequest("POST", "", {"x-amz-sns-rawdelivery": "true"}, b'{"eventType": "Send"}')
    with pytest.raises(BadSignature, match="Raw message delivery"):
        SOURCE.verify(bare, Secrets(TOPIC), NOW)


def test_a_delivery_with_its_tags() -> None:
    event = one("Delivery", "delivery", {"timestamp": "2024-09-02T09:00:04.5Z", "smtpResponse": "250 ok",
                "recipients": ["Lena@client.example"]})  # fmt: skip
    assert (event.event, event.lead, event.event_id) == ("delivered", "lena@client.example", "n-1")
    assert event.message_id == "ses-1:lena@client.example"
    assert (event.campaign, event.step, event.subject) == ("Autumn", "2", "Hello")
    assert event.occurred_at == datetime(2024, 9, 2, 9, 0, 4, 500_000, UTC)
    assert event.server_response == "250 ok"


def test_only_those_who_bounced_bounced() -> None:
    people = [{"emailAddress": f"{name}@client.example", "diagnosticCode": name} for name in ("ann", "ben")]
    events, _ = many(
        "Bounce",
        "bounce",
        {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people},
        destination=["ann@client.example", "ben@client.example", "cora@client.example"],
    )
    assert [(e.lead, e.bounce_kind, e.server_response) for e in events] == [
        ("ann@client.example", "hard", "ann"),
        ("ben@client.example", "hard", "ben"),
    ]
    assert len({e.event_id for e in events}) == len({e.message_id for e in events}) == 2


@pytest.mark.parametrize(
    ("kind", "sub", "event", "bounce"),
    [
        ("Permanent", "NoEmail", "bounced", "hard"),
        ("Permanent", "Suppressed", "failed", None),
        ("Permanent", "OnAccountSuppressionList", "failed", None),
        ("Transient", "MailboxFull", "bounced", "soft"),
        ("Transient", "ContentRejected", "bounced", "block"),
        ("Undetermined", "Undetermined", "bounced", "soft"),
    ],
)
def test_bounces(kind: str, sub: str, event: str, bounce: str | None) -> None:
    found = one("Bounce", "bounce", {"bounceType": kind, "bounceSubType": sub,
                "bouncedRecipients": [{"emailAddress": "lena@client.example"}]})  # fmt: skip
    assert (found.event, found.bounce_kind) == (event, bounce)


@pytest.mark.parametrize(
    ("given", "place", "event"),
    [
        ("Send", "send", "sent"),
        ("Reject", "reject", "failed"),
        ("Rendering Failure", "failure", "failed"),
        ("RenderingFailure", "failure", "failed"),
    ],
)
def test_what_happens_to_a_whole_email_happens_to_each_recipient(given: str, place: str, event: str) -> None:
    people = ["ann@client.example", "Ben <ben@client.example>", "ann@client.example"]
    events, _ = many(given, place, {}, destination=people)
    assert [(e.event, e.lead) for e in events] == [
        (event, "ann@client.example"),
        (event, "ben@client.example"),
    ]


def test_delays_complaints_and_subscriptions() -> None:
    late = {"delayType": "GreyListing", "delayedRecipients": [{"emailAddress": "lena@client.example"}]}
    assert one("DeliveryDelay", "deliveryDelay", late).event == "deferred"
    people = {"complainedRecipients": [{"emailAddress": "lena@client.example"}]}
    assert one("Complaint", "complaint", people | {"complaintFeedbackType": "abuse"}).event == "complained"
    assert (
        one("Complaint", "complaint", people | {"complaintSubType": "OnAccountSuppressionList"}).event
        == "failed"
    )
    assert many("Complaint", "complaint", people | {"complaintFeedbackType": "not-spam"}) == (
        [],
        ["unknown event 'Complaint of type not-spam'"],
    )
    in_, out = (
        {"topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": s}]}
        for s in ("OptIn", "OptOut")
    )
    for old, new, event in (
        ({}, {"unsubscribeAll": True}, "unsubscribed"),
        ({"unsubscribeAll": True}, {"unsubscribeAll": False}, "resubscribed"),
        (in_, out, "unsubscribed"),
        (out, in_, "resubscribed"),
    ):
        told = {"oldTopicPreferences": old, "newTopicPreferences": new}
        assert one("Subscription", "subscription", told).event == event


def test_who_of_several_opened_is_not_guessed() -> None:
    details = {
        "timestamp": "2024-09-02T10:00:00Z",
        "ipAddress": "192.0.2.1",
        "userAgent": "x",
        "link": "https://a.example",
    }
    clicked = one("Click", "click", details)
    assert (clicked.event, clicked.url, clicked.ip) == ("clicked", "https://a.example", "192.0.2.1")
    events, why = many("Open", "open", details, destination=["ann@client.example", "ben@client.example"])
    assert (events, why) == ([], ["Amazon SES does not say which of its 2 recipients this happened to"])


def test_tags_in_a_header_where_there_are_no_others() -> None:
    headers = [{"name": "X-SES-MESSAGE-TAGS", "value": "campaign=Winter, step=3"}]
    event = one("Send", "send", {}, tags=None, headers=headers)
    assert (event.campaign, event.step) == ("Winter", "3")


def test_a_parked_message_can_be_tried_again_by_itself() -> None:
    inner = {"eventType": "Send", "send": {}, "mail": MAIL}
    (event,), _ = read(SOURCE, post(json.dumps(inner).encode()))
    (through,), _ = read(SOURCE, request(enveloped(TOPIC, json.dumps(inner))))
    assert (event.message_id, event.occurred_at) == (through.message_id, through.occurred_at)
    assert json.loads(through.raw) == inner


def test_forms() -> None:
    trial = "Successfully validated SNS topic for Amazon SES event publishing."
    assert SOURCE.parse(request(enveloped(TOPIC, trial))).records == []
    ended = SOURCE.parse(request({"Type": "UnsubscribeConfirmation"}))
    assert "has ended" in ended.parked[0].why
    for message in ("[]", "x", "", "7", '{"x": 1}'):
        with pytest.raises(NotThisForm):
            SOURCE.parse(request(enveloped(TOPIC, message)))
    for bad in (b"", b"[]", b'{"Type": "Novel"}', b'{"Type": 7}', b'{"event": "sent"}'):
        with pytest.raises(NotThisForm):
            SOURCE.parse(post(bad))
