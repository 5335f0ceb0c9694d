"""Payloads of every provider, of each kind it sends: what fuzzing bends, and what long texts are put into."""

from __future__ import annotations

from typing import Any

from tests.support.signers import AT

RECORDS: dict[str, list[dict[str, Any]]] = {
    "canonical": [
        {"event": "replied", "occurred_at": 1790000000, "message_id": "m", "lead": "l@x.example", "step": 1}
    ],
    "sendgrid": [
        {
            "event": "click",
            "email": "l@x.example",
            "timestamp": 1790000000,
            "sg_message_id": "m.x",
            "sg_event_id": "e",
        },
        {
            "event": "bounce",
            "type": "blocked",
            "email": "l@x.example",
            "category": ["a"],
            "reason": "r",
            "smtp-id": "<a@b>",
        },
    ],
    "postmark": [
        {
            "RecordType": "Open",
            "MessageID": "m",
            "Recipient": "l@x.example",
            "ReceivedAt": "2026-01-01T00:00:00Z",
        },
        {
            "FromFull": {"Email": "l@x.example"},
            "MessageID": "m",
            "TextBody": "Yes",
            "Subject": "Re",
            "Headers": [{"Name": "a"}],
        },
    ],
    "mailgun": [
        {
            "event": "failed",
            "id": "e",
            "timestamp": 1790000000.5,
            "recipient": "l@x.example",
            "delivery-status": {"code": 1},
        },
    ],
    "amazon_ses": [
        {
            "eventType": "Click",
            "mail": {"messageId": "m", "destination": ["l@x.example"], "tags": {"campaign": ["c"]}},
            "click": {
                "timestamp": "2026-01-01T00:00:00Z",
                "link": "https://x.example",
                "ipAddress": "192.0.2.1",
            },
        },
        {
            "notificationType": "Bounce",
            "mail": {"messageId": "m", "headers": [{"name": "X-SES-MESSAGE-TAGS", "value": "step=1"}]},
            "bounce": {
                "bounceType": "Transient",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": "l@x.example", "diagnosticCode": "smtp; 450"}],
            },
        },
        {
            "eventType": "Subscription",
            "mail": {"messageId": "m", "destination": ["l@x.example"]},
            "subscription": {
                "newTopicPreferences": {
                    "unsubscribeAll": False,
                    "topicSubscriptionStatus": [{"topicName": "a"}],
                },
            },
        },
        {
            "notificationType": "Received",
            "mail": {"messageId": "m", "commonHeaders": {"from": ["l@x.example"], "subject": "Re"}},
        },
    ],
    "mailersend": [
        {
            "type": "activity.clicked",
            "data": {
                "type": "clicked",
                "id": "e",
                "email": {"tags": ["a"], "message": {"id": "m"}, "recipient": {"email": "l@x.example"}},
                "morph": {"ip": "192.0.2.1", "url": "https://x.example", "user_agent": "x"},
            },
        },
        {
            "type": "inbound.message",
            "data": {
                "from": {"email": "l@x.example"},
                "text": "Yes",
                "headers": {"Received": ["a"], "Date": "b"},
            },
        },
    ],
    "brevo": [
        {"event": "click", "email": "l@x.example", "message-id": "<m>", "ts_epoch": AT, "tag": '["a"]'},
        {"event": "proxy_open", "email": "l@x.example", "ts_event": AT, "X-Mailin-custom": '{"step": 1}'},
        {
            "items": [
                {
                    "Uuid": ["u"],
                    "From": {"Address": "l@x.example"},
                    "RawTextBody": "Yes",
                    "Headers": {"a": "b"},
                }
            ]
        },
    ],
    "resend": [
        {
            "type": "email.clicked",
            "created_at": "2026-01-01T00:00:00Z",
            "data": {
                "email_id": "m",
                "to": ["l@x.example"],
                "tags": {"campaign": "c"},
                "click": {"link": "https://x.example", "ipAddress": "192.0.2.1", "userAgent": "x"},
            },
        },
        {
            "type": "email.bounced",
            "data": {"to": ["l@x.example"], "bounce": {"type": "Permanent", "message": "m"}},
        },
        {"type": "email.received", "data": {"email_id": "m", "from": "L <l@x.example>", "subject": "Re"}},
    ],
    "mandrill": [
        {
            "event": "hard_bounce",
            "ts": AT,
            "msg": {
                "_id": "m",
                "email": "l@x.example",
                "bgtools_code": 10,
                "tags": ["a"],
                "metadata": {"step": 1},
            },
        },
        {"event": "click", "ts": AT, "_id": "m", "url": "https://x.example", "user_agent": "x", "msg": {}},
        {
            "event": "inbound",
            "ts": AT,
            "msg": {"text": "Yes", "from_email": "l@x.example", "headers": {"a": ["b"]}},
        },
    ],
    "sparkpost": [
        {
            "msys": {
                "track_event": {
                    "type": "click",
                    "event_id": "e",
                    "timestamp": str(AT),
                    "rcpt_to": "l@x.example",
                    "rcpt_meta": {"campaign": "c"},
                    "user_agent_parsed": {"is_prefetched": True},
                    "target_link_url": "https://x.example",
                }
            }
        },
        {"msys": {"relay_message": {"content": {"text": "Yes", "headers": [{"From": "l@x.example"}]}}}},
        {"msys": {"message_event": {"type": "bounce", "bounce_class": "10", "raw_rcpt_to": "l@x.example"}}},
    ],
    "mailjet": [
        {
            "event": "click",
            "time": AT,
            "MessageID": 1,
            "email": "l@x.example",
            "Payload": '{"step": 1}',
            "url": "x",
        },
        {"event": "bounce", "time": AT, "email": "l@x.example", "hard_bounce": False, "error": "greylisted"},
        {
            "From": "l@x.example",
            "Subject": "Re",
            "Text-part": "Yes",
            "Headers": {"Received": ["a"], "Date": "b"},
        },
    ],
}
