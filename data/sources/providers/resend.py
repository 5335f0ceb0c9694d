"""Resend: one JSON object a request, signed as Svix does; events of e-mails, and that a mail arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Source, inbound
from data.sources.bodies import one_object, text_of
from data.sources.fields import listed, own, part, per_recipient, text
from data.sources.providers.standard_webhooks import verify

_EVENTS: Final = {
    "email.sent": "sent",
    "email.delivered": "delivered",
    "email.delivery_delayed": "deferred",
    "email.complained": "complained",
    "email.bounced": "bounced",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.failed": "failed",
    "email.suppressed": "failed",
}
#: What happens to the e-mail as a whole, so that it happened to each of its recipients.
_OF_ALL: Final = frozenset({"sent", "failed"})
#: What the names of Resend's events begin with.
_KINDS: Final = ("email.", "contact.", "domain.", "broadcast.")
_BLOCKED: Final = frozenset({"ContentRejected", "AttachmentRejected"})


def parse(request: HookRequest) -> Delivery:
    """The event, once for each recipient it is told of."""
    body, raw = one_object(text_of(request.body))
    given = text(body.get("type"))
    if body and not (given or "").startswith(_KINDS):
        raise NotThisForm("The body has no type as Resend’s have, so it is none of them.")
    data = part(body.get("data"))
    event_id = request.headers.get("svix-id") or request.headers.get("webhook-id")
    if given == "email.received":
        return Delivery([_inbound(body, data, event_id, raw)])
    leads: list[str | None] = [*listed(data.get("to"))]
    name = _EVENTS.get(given or "", given)
    if len(leads) > 1 and name not in _OF_ALL:
        why = f"Resend does not say which of its {len(leads)} recipients this happened to"
        return Delivery([], [Parked("the body", why, storable(raw))])
    return Delivery([_record(body, data, lead, event_id, raw, len(leads) > 1) for lead in leads or [None]])


def _record(
    body: Mapping[str, Any],
    data: Mapping[str, Any],
    address: str | None,
    event_id: str | None,
    raw: str,
    several: bool,
) -> dict[str, Any]:
    given = text(body.get("type"))
    name: str | None = _EVENTS.get(given or "", given)
    bounce, click = part(data.get("bounce")), part(data.get("click")) or part(data.get("open"))
    kind = None
    if name == "bounced":
        name, kind = _of_bounce(
            text(bounce.get("type")), text(bounce.get("subType")), text(bounce.get("message"))
        )
    lead = inbound.address(address)
    said = own(_tags(data.get("tags")))
    if "campaign" not in said and (broadcast := text(data.get("broadcast_id"))) is not None:
        said["campaign"] = broadcast
    message = said.pop("message_id", None) or text(data.get("email_id"))
    return {
        "subject": text(data.get("subject")),
        "sender": text(data.get("from")),
        **said,
        "event": name,
        "event_id": f"{event_id}:{lead}" if event_id and several else event_id,
        "occurred_at": text(click.get("timestamp")) or body.get("created_at"),
        "message_id": per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": kind,
        "server_response": text(bounce.get("message")) or text(part(data.get("failed")).get("reason")),
        "user_agent": text(click.get("userAgent")),
        "ip": text(click.get("ipAddress")),
        "url": text(click.get("link")) if name == "clicked" else None,
        "raw": raw,
        "_where": "the body",
        "_lenient": True,
    }


def _of_bounce(kind: str | None, sub: str | None, told: str | None) -> tuple[str, str | None]:
    """(event, bounce kind). Who is on the suppression list was not written to."""
    if sub in ("Suppressed", "OnAccountSuppressionList") or "suppressed sending" in (told or ""):
        return "failed", None
    if sub in _BLOCKED:
        return "bounced", "block"
    return "bounced", "soft" if kind in ("Transient", "Temporary", "Undetermined") else "hard"


def _tags(given: object) -> dict[str, Any]:
    """Tags as an object, or as the list of names and values they are sent as."""
    if type(given) is not list:
        return dict(part(given))
    return {str(tag.get("name")): tag.get("value") for tag in given if type(tag) is dict}


def _inbound(
    body: Mapping[str, Any], data: Mapping[str, Any], event_id: str | None, raw: str
) -> dict[str, Any]:
    """That a mail arrived. Resend keeps its text, so a reply is known by its sender, subject and headers only."""
    return inbound.reply(
        event_id=text(data.get("email_id")) or event_id,
        received=body.get("created_at"),
        writer=inbound.address(text(data.get("from"))),
        subject=text(data.get("subject")),
        text=text(data.get("text")),
        stripped=None,
        markup=text(data.get("html")),
        headers=inbound.header_pairs(data.get("headers")),
        raw=raw,
    )


def _wrong_key(secret: str) -> str | None:
    return None if secret.startswith("whsec_") else "Resend’s signing secrets begin with whsec_."


SOURCE = Source(
    "resend",
    "Resend",
    verify,
    parse,
    "Signing secret (whsec_…)",
    steps=(
        "Create the source: you get an address.",
        (
            "In Resend open Webhooks → Add Webhook, paste the address as Endpoint URL, choose all events "
            "that begin with email, and add it."
        ),
        "Open the webhook, copy its Signing Secret, and save it here under “Enter the key”.",
        (
            "Replies: choose email.received, too. Resend sends no text with it, so such a reply has no "
            "category."
        ),
    ),
    makes_secret=True,
    key_follows=True,
    wrong_key=_wrong_key,
)
