"""Exports of other products, recognised by their columns: named, with the mapping that reads them.

A file that is recognised is one parked summary, not one parked row for each of its customers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources.files.columns import field_name, missing_columns, squeezed
from data.sources.files.reading import Reading


@dataclass(frozen=True, slots=True)
class Foreign:
    """One product's export: `columns` it always has (letters and digits), and where its fields are."""

    product: str
    columns: frozenset[str]
    mapping: tuple[str, ...] = ()
    #: The file of the same export that says when and to whom, where this one does not.
    elsewhere: str | None = None


def _of(product: str, columns: str, *mapping: str, elsewhere: str | None = None) -> Foreign:
    return Foreign(product, frozenset(columns.split()), mapping, elsewhere)


_KLAVIYO = (
    "event=type",
    "occurred_at=datetime",
    "message_id=campaign_id+person_id",
    "lead=person_id",
    "campaign=campaign_id",
)
_INSTANTLY = ("occurred_at=timestamp", "event=event_type", "lead=lead_email", "campaign=campaign_name")
#: In the order they are tried: the more particular first.
FOREIGN: Final = (
    _of(
        "HubSpot",
        "portalid emailcampaignid recipient",
        "event=type",
        "occurred_at=created",
        "lead=recipient",
        "message_id=sent_by_id+recipient",
        "campaign=email_campaign_id",
    ),
    _of("HubSpot", "fivetransynced duration browser useragent", elsewhere="email_event.csv"),
    _of("HubSpot", "fivetransynced referer browser url", elsewhere="email_event.csv"),
    _of("HubSpot", "fivetransynced category status response", elsewhere="email_event.csv"),
    _of("HubSpot", "fivetransynced appid contentid appname"),
    _of("HubSpot", "contactid recipient opened clicked delivered"),
    _of("HubSpot", "hsemailrecipients"),
    _of("HubSpot", "recordid emailstatus"),
    _of("Klaviyo", "personid metricid uuid", *_KLAVIYO),
    _of("Klaviyo", "profileid metricid"),
    _of("Klaviyo", "klaviyoid"),
    _of("Klaviyo", "metricid eventproperties"),
    _of(
        "Klaviyo",
        "type id attributes relationships",
        "event=:opened",
        "occurred_at=attributes.datetime",
        "message_id=attributes.event_properties.$message",
    ),
    _of("Klaviyo", "statusid campaigntype statuslabel"),
    _of("Klaviyo", "fivetransynced integrationid integrationname"),
    _of("Klaviyo", "fivetransynced customerfilter triggertype"),
    _of(
        "GoPhish",
        "email time message details",
        "event=message",
        "occurred_at=time",
        "lead=email",
        "campaign=campaign",
        "message_id=campaign+email",
    ),
    _of("GoPhish", "id status sendedate reported email"),
    _of("GoPhish", "id status senddate reported email position"),
    _of(
        "SendGrid Event Webhook",
        "sgeventid sgmessageid",
        "event=event",
        "occurred_at=timestamp",
        "lead=email",
        "message_id=sg_message_id",
    ),
    _of(
        "SendGrid Activity",
        "recvmessageid processed",
        "event=event",
        "occurred_at=processed",
        "lead=email",
        "message_id=message_id",
        "subject=subject",
    ),
    _of(
        "SendGrid Activity",
        "apikeyid messageid processed",
        "event=event",
        "occurred_at=processed",
        "lead=email",
        "message_id=message_id",
        "subject=subject",
    ),
    _of(
        "SendGrid Activity",
        "msgid toemail lasteventtime",
        "event=status",
        "occurred_at=last_event_time",
        "lead=to_email",
        "message_id=msg_id",
        "subject=subject",
    ),
    _of(
        "Mailgun",
        "loglevel timestamp",
        "event=event",
        "occurred_at=timestamp",
        "lead=recipient",
        "message_id=message.headers.message-id",
    ),
    _of(
        "Mailgun",
        "eventdata signature",
        "event=event-data.event",
        "occurred_at=event-data.timestamp",
        "lead=event-data.recipient",
        "message_id=event-data.message.headers.message-id",
    ),
    _of(
        "Postmark",
        "recordtype messageid",
        "event=RecordType",
        "occurred_at=ReceivedAt",
        "lead=Recipient",
        "message_id=MessageID",
    ),
    _of(
        "Postmark",
        "messageid messagestream receivedat",
        "event=:sent",
        "occurred_at=ReceivedAt",
        "lead=Recipients",
        "message_id=MessageID",
        "subject=Subject",
    ),
    _of(
        "Postmark", "messageid messagestream", "event=:sent", "occurred_at=ReceivedAt", "message_id=MessageID"
    ),
    _of("Postmark", "messageid recipients receivedat"),
    _of(
        "Postmark",
        "messageid bouncedat",
        "event=:bounced",
        "occurred_at=BouncedAt",
        "lead=Email",
        "message_id=MessageID",
    ),
    _of(
        "Smartlead",
        "leademail senttime opentime",
        "event=:sent",
        "occurred_at=sent_time",
        "lead=lead_email",
        "message_id=stats_id",
        "subject=email_subject",
    ),
    _of(
        "Smartlead",
        "statsid leademail",
        "event=:sent",
        "occurred_at=sent_time",
        "lead=lead_email",
        "message_id=stats_id",
    ),
    _of(
        "Smartlead",
        "sequencenumber emailsubject leademail",
        "event=:sent",
        "occurred_at=sent_time",
        "lead=lead_email",
    ),
    _of("Smartlead", "slemailleadid", "event=event_type", "occurred_at=event_timestamp", "lead=to_email"),
    _of("Instantly", "eventtype leademail emailaccount", *_INSTANTLY, "message_id=campaign_name+lead_email"),
    _of("Instantly", "eventtype leademail campaignname", *_INSTANTLY, "message_id=campaign_name+lead_email"),
    _of(
        "Instantly",
        "uetype timestampemail",
        "event=:sent",
        "occurred_at=timestamp_email",
        "message_id=message_id",
        "lead=lead",
    ),
    _of("Instantly", "ltintereststatus"),
    _of("Instantly", "email leadstatus intereststatus"),
    _of(
        "Iterable",
        "campaignid templateid createdat",
        "event=eventName",
        "occurred_at=createdAt",
        "lead=email",
        "message_id=messageId",
        "campaign=campaignId",
    ),
    _of(
        "Iterable",
        "campaignid messageid createdat email",
        "event=eventName",
        "occurred_at=createdAt",
        "lead=email",
        "message_id=messageId",
        "campaign=campaignId",
    ),
    _of(
        "Marketo",
        "activitydate activitytypeid",
        "event=activityTypeId",
        "occurred_at=activityDate",
        "lead=leadId",
        "message_id=primaryAttributeValue+leadId",
        "campaign=primaryAttributeValue",
    ),
    _of("Marketo", "marketoguid", "event=activityTypeId", "occurred_at=activityDate", "lead=leadId"),
    _of("Mailchimp report", "emailcampaignreport"),
    _of("Mailchimp report", "title subject totalrecipients successfuldeliveries"),
    _of("Mailchimp report", "emailaddress memberrating optintime"),
)


def product_of(names: Iterable[str]) -> Foreign | None:
    """The product whose export has these columns; None when it is none that is known."""
    known = {squeezed(name) for name in names}
    return next((foreign for foreign in FOREIGN if foreign.columns <= known), None)


def _is_canonical(names: Iterable[str], reading: Reading) -> bool:
    have = {field_name(name) for name in names} | set(reading.options.columns)
    return {"event", "occurred_at"} <= have


def foreign_file(
    path: Path, names: Mapping[str, Any], rows: Callable[[], int], reading: Reading
) -> tuple[str, Parked] | None:
    """The one summary of a file that is another product's export; None when it is to be read as events.

    `names`: of its columns, or its first JSON object; `rows`: counts them, asked only when they are not read.
    """
    if _is_canonical(names, reading):
        return None
    foreign = product_of(names)
    if foreign is None:
        return None
    reading.unread += 1
    count = rows()
    shown = " ".join(f"--map {_quoted(pair, names)}" for pair in foreign.mapping)
    columns = ", ".join(name for name in names if name != "raw")
    return path.name, Parked(
        path.name,
        f"This looks like a {foreign.product} export ({path.name}); {foreign.product} is not read yet. "
        + (
            f"Map its columns with {shown}. "
            if foreign.mapping
            else f"It says neither when nor to whom; take in {foreign.elsewhere} and map its columns with --map. "
            if foreign.elsewhere
            else "It holds no events one by one that could be mapped. "
        )
        + ("Its one row was not taken in." if count == 1 else f"Its {count:,} rows were not taken in."),
        storable(columns[:4_000]),
    )


def not_canonical(path: Path, names: list[str], reading: Reading) -> None:
    """Raise NotThisForm for a table that has no column of events or of times, or lacks a mapped one."""
    if absent := missing_columns(names, reading):
        raise NotThisForm(f"{path.name} has no column {absent[0]!r}. Its columns are: {_listed(names)}.")
    have = {field_name(name) for name in names} | set(reading.options.columns)
    missing = [name for name in ("event", "occurred_at") if name not in have]
    if missing:
        absent_names = f"column {missing[0]}" if len(missing) == 1 else "columns event and occurred_at"
        flags = " ".join(f"--map {name}=…" for name in missing)
        raise NotThisForm(
            f"{path.name} has no {absent_names}. Its columns are: {_listed(names)}. Map them with {flags}."
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"


def _quoted(pair: str, names: Mapping[str, Any]) -> str:
    field, _, column = pair.partition("=")
    spelled = {squeezed(name): name for name in names}
    column = column if column.startswith(":") else spelled.get(squeezed(column), column)
    text = f"{field}={column}"
    return f'"{text}"' if " " in text else text
