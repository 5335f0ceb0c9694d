"""Files of other products, each with the columns it is known by and how they map to an event's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
