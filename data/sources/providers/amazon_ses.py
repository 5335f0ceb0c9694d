"""Amazon SES through SNS: a signed envelope that holds the event as a JSON text; also feedback and arrived mail."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from data.errors import BadSignature, NotThisForm, Unreadable
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import one_object, reason_of, text_of
from data.sources.fields import first, listed, own, part, per_recipient, text
from data.sources.headers import first_of
from data.sources.mail_process import from_mime
from data.sources.providers import sns

#: What SES calls an event → (ours, where its details stand, where its recipients stand).
_EVENTS: Final[dict[str, tuple[str, str, str]]] = {
    "send": ("sent", "send", ""),
    "delivery": ("delivered", "delivery", "recipients"),
    "deliverydelay": ("deferred", "deliveryDelay", "delayedRecipients"),
    "bounce": ("bounced", "bounce", "bouncedRecipients"),
    "complaint": ("complained", "complaint", "complainedRecipients"),
    "reject": ("failed", "reject", ""),
    "renderingfailure": ("failed", "failure", ""),
    "open": ("opened", "open", ""),
    "click": ("clicked", "click", ""),
    "subscription": ("unsubscribed", "subscription", ""),
}
#: SES tells these of an e-mail, and does not say which of its recipients it was.
_OF_ONE: Final = frozenset({"opened", "clicked", "unsubscribed"})
_BLOCKED: Final = frozenset({"ContentRejected", "AttachmentRejected"})
_NEVER_SENT: Final = frozenset({"Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"})
#: Feedback that complains of nothing.
_NO_COMPLAINT: Final = frozenset({"not-spam", "auth-failure"})
#: What SES publishes once, to try a topic.
_TRIAL: Final = "Successfully validated SNS topic for Amazon SES event publishing."
_TAGS_HEADER: Final = "x-ses-message-tags"


def _envelope(request: HookRequest) -> Mapping[str, Any]:
    return one_object(text_of(request.body))[0]


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check that Amazon signed the message, and for the source's own topic: others have topics, too."""
    if secrets.key_is_secret:
        return
    try:
        message = _envelope(request)
    except NotThisForm:
        raise BadSignature("The body holds no signature.") from None
    if "x-amz-sns-rawdelivery" in request.headers and "Signature" not in message:
        raise BadSignature(
            "Raw message delivery leaves out the signature: switch it off for this subscription."
        )
    topics = [secret.strip() for secret in secrets.each() if sns.is_topic(secret.strip())]
    if not topics:
        raise BadSignature("The source has no topic yet.")
    if message.get("TopicArn") not in topics:
        raise BadSignature("The message is of another topic.")
    sns.check(message, now)


def handshake(request: HookRequest) -> bool:
    """Confirms the subscription of a topic."""
    message = _envelope(request)
    if message.get("Type") != sns.SUBSCRIBING:
        return False
    sns.confirm(message)
    return True


def parse(request: HookRequest) -> Delivery:
    """The event of the envelope, or by itself (when one is tried again), once for each recipient it is told of."""
    body, whole = one_object(text_of(request.body))
    if "Type" not in body:
        return _delivery(body, whole, None, None)
    given, inner = text(body.get("Type")), text(body.get("Message"))
    if given not in sns.SIGNED:
        raise NotThisForm("The body is no message of Amazon SNS.")
    if given != "Notification":
        ended = "the topic’s subscription has ended: no more events come from it"
        return Delivery([], [Parked("the body", ended, storable(whole))])
    if inner is not None and inner.strip() == _TRIAL:
        return Delivery([])
    event, raw = one_object(inner or "")
    return _delivery(event, raw.strip(), text(body.get("MessageId")), text(body.get("Timestamp")))


def _delivery(event: Mapping[str, Any], raw: str, event_id: str | None, published: str | None) -> Delivery:
    given = text(event.get("eventType")) or text(event.get("notificationType"))
    if event and given is None:
        raise NotThisForm("The message has no eventType, so it is none of Amazon SES’s.")
    if given == "Received":
        try:
            return Delivery([_inbound(event, raw)])
        except Unreadable as error:
            return Delivery([], [Parked("the message", reason_of(error), storable(raw))])
    name, place, recipients = _EVENTS.get((given or "").replace(" ", "").lower(), (given or "", "", ""))
    details, mail = part(event.get(place)), part(event.get("mail"))
    kind = None
    if name == "bounced":
        name, kind = _of_bounce(details)
    elif name == "complained":
        name = _of_complaint(details)
    elif place == "subscription":
        name = _of_subscription(details)
    leads = _addresses(details.get(recipients)) if recipients else _addresses(mail.get("destination"))
    if name in _OF_ONE and len(leads) > 1:
        why = f"Amazon SES does not say which of its {len(leads)} recipients this happened to"
        return Delivery([], [Parked("the message", why, storable(raw))])
    common = _common(mail) | {
        "event": name,
        "occurred_at": text(details.get("timestamp")) or _sent_at(place, mail) or published,
        "bounce_kind": kind,
        "user_agent": text(details.get("userAgent")) if name in ("opened", "clicked") else None,
        "ip": text(details.get("ipAddress")) if name in ("opened", "clicked") else None,
        "url": text(details.get("link")) if name == "clicked" else None,
        "raw": raw,
        "_where": "the message",
        "_lenient": True,
    }
    message = common.pop("message_id")
    return Delivery(
        [
            {
                **common,
                "event_id": f"{event_id}:{lead}" if event_id and len(leads) > 1 else event_id,
                "message_id": per_recipient(message, lead),
                "lead": lead,
                "server_response": answer or _answer(details),
            }
            for lead, answer in leads.items()
        ]
    )


def _addresses(given: object) -> dict[str | None, str | None]:
    """Recipients, each once, and what their server answered; a list of addresses or of objects with one."""
    found: dict[str | None, str | None] = {}
    for one in given if type(given) is list else []:
        told = part(one)
        address = inbound.address(text(told.get("emailAddress")) or text(one))
        if address is not None:
            found.setdefault(address, text(told.get("diagnosticCode")))
    return found or {None: None}


def _sent_at(place: str, mail: Mapping[str, Any]) -> str | None:
    return text(mail.get("timestamp")) if place in ("send", "reject") else None


def _answer(details: Mapping[str, Any]) -> str | None:
    return next(
        (
            found
            for name in ("smtpResponse", "reason", "errorMessage", "delayType")
            if (found := text(details.get(name)))
        ),
        None,
    )


def _common(mail: Mapping[str, Any]) -> dict[str, Any]:
    """What the e-mail was: its tags say where it belongs; notifications without them may have the header."""
    tags = {
        name: first(value) for name, value in part(mail.get("tags")).items() if not name.startswith("ses:")
    }
    common = part(mail.get("commonHeaders"))
    if not tags:
        line = first_of(inbound.header_pairs(mail.get("headers")), _TAGS_HEADER) or ""
        pairs = (pair.partition("=") for pair in line[:2_000].split(","))
        tags = {name.strip(): value.strip() for name, equals, value in pairs if equals}
    said = own(tags)
    return {
        "subject": text(common.get("subject")),
        "sender": next(iter(listed(common.get("from"))), None) or text(mail.get("source")),
        **said,
        "message_id": said.get("message_id") or text(mail.get("messageId")),
    }


def _of_bounce(details: Mapping[str, Any]) -> tuple[str, str | None]:
    """(event, bounce kind). Who is on the suppression list was not written to."""
    sub = text(details.get("bounceSubType"))
    if sub in _NEVER_SENT:
        return "failed", None
    if sub in _BLOCKED:
        return "bounced", "block"
    return "bounced", "hard" if details.get("bounceType") == "Permanent" else "soft"


def _of_complaint(details: Mapping[str, Any]) -> str:
    if text(details.get("complaintSubType")) in _NEVER_SENT:
        return "failed"
    kind = text(details.get("complaintFeedbackType"))
    return f"Complaint of type {kind}" if kind in _NO_COMPLAINT else "complained"


def _of_subscription(details: Mapping[str, Any]) -> str:
    """What somebody changed about what they get: all of it, or one topic of a contact list."""
    new, old = part(details.get("newTopicPreferences")), part(details.get("oldTopicPreferences"))
    if new.get("unsubscribeAll") is True:
        return "unsubscribed"
    if old.get("unsubscribeAll") is True:
        return "resubscribed"
    changed = _statuses(new.get("topicSubscriptionStatus")) - _statuses(old.get("topicSubscriptionStatus"))
    if any(status == "OptOut" for _, status in changed):
        return "unsubscribed"
    return "resubscribed" if changed else "Subscription"


def _statuses(given: object) -> set[tuple[str | None, str | None]]:
    topics: Iterable[Any] = given if type(given) is list else []
    return {
        (text(part(topic).get("topicName")), text(part(topic).get("subscriptionStatus"))) for topic in topics
    }


def _inbound(event: Mapping[str, Any], raw: str) -> dict[str, Any]:
    """An arrived mail: whole in the message, or, when a rule puts it into a bucket, only that it came."""
    mail, receipt = part(event.get("mail")), part(event.get("receipt"))
    event_id, received = text(mail.get("messageId")), text(mail.get("timestamp"))
    content = text(event.get("content"))
    if content is not None:
        whole = content.encode("utf-8", "surrogateescape")
        if part(receipt.get("action")).get("encoding") == "BASE64":
            try:
                whole = base64.b64decode(whole)
            except (binascii.Error, ValueError):
                raise Unreadable("The mail is said to be base64, and is not.") from None
        return from_mime(whole, event_id, raw, received)
    common = part(mail.get("commonHeaders"))
    return inbound.reply(
        event_id=event_id,
        received=received,
        writer=inbound.address(first(common.get("from")) or text(mail.get("source"))),
        subject=text(common.get("subject")),
        text=None,
        stripped=None,
        markup=None,
        headers=inbound.header_pairs(mail.get("headers")),
        raw=raw,
    )


def _wrong_key(secret: str) -> str | None:
    return (
        None
        if sns.is_topic(secret.strip())
        else "This is no ARN of an SNS topic: one begins with arn:aws:sns:."
    )


SOURCE = Source(
    "amazon_ses",
    "Amazon SES",
    verify,
    parse,
    "ARN of the SNS topic",
    steps=(
        "In Amazon SNS choose Topics → Create topic (Standard), and copy its ARN.",
        "Paste it here and create the source: you get an address. Only messages of this topic are taken.",
        (
            "In SNS choose Create subscription for the topic, with the protocol HTTPS and the address as "
            "endpoint; leave raw message delivery off. It is confirmed by itself."
        ),
        (
            "In Amazon SES open Configuration sets → Event destinations → Add destination, choose all "
            "events, Amazon SNS and the topic; send with this configuration set."
        ),
        "For replies open Email receiving, and add the action “Publish to Amazon SNS topic” to a rule.",
    ),
    makes_secret=True,
    wrong_key=_wrong_key,
    handshake=handshake,
)
