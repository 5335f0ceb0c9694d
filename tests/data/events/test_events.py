"""One canonical record becomes one event, or is refused with the reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.errors import BadRecord
from data.events.addresses import mailbox
from data.events.canonical import CHANNELS, EVENTS, canonical, canonical_many

NOW = datetime(2024, 9, 18, 12, 0, tzinfo=UTC)
AT = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)


def record(**more: Any) -> dict[str, Any]:
    return {
        "event_id": "e1",
        "event": "sent",
        "occurred_at": "2024-09-02T09:00:00Z",
        "message_id": "m1",
        "lead": "Lena@Client.Example",
        **more,
    }


def refused(**more: Any) -> str:
    with pytest.raises(BadRecord) as error:
        canonical(record(**more), received_at=NOW)
    return str(error.value)


def test_a_sent_mail_in_full() -> None:
    event = canonical(
        record(
            campaign="Autumn",
            step=1,
            user="Sam@North.Example",
            sender="sam@gmail.com",
            track_opens=False,
            own_field={"kept": True},
        ),
        received_at=NOW,
    )
    assert (event.event_id, event.event, event.channel) == ("e1", "sent", "email")
    assert (event.occurred_at, event.received_at) == (AT, NOW)
    assert (event.campaign, event.step, event.lead) == ("Autumn", "1", "lena@client.example")
    assert (event.user, event.sender) == ("sam@north.example", "sam@gmail.com")
    assert (event.sender_provider, event.recipient_provider) == ("gmail", "other")
    assert (event.track_opens, event.track_clicks) == (False, True)
    assert json.loads(event.raw)["own_field"] == {"kept": True}


def test_the_original_text_is_kept_as_raw() -> None:
    text = '{"event" : "sent",  "a":1.50}'
    assert canonical(record(raw=text), received_at=NOW).raw == text


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_of_the_list_is_known(name: str) -> None:
    assert canonical(record(event=name), received_at=NOW).event == name


def test_every_channel_of_the_list_is_known() -> None:
    assert {canonical(record(channel=c), received_at=NOW).channel for c in CHANNELS} == CHANNELS


@pytest.mark.parametrize(
    ("name", "channel"),
    [("video_watched", "video"), ("mailed", "postcard"), ("booked", "phone"), ("completed", "other")],
)
def test_an_event_of_one_channel_only_names_it(name: str, channel: str) -> None:
    assert canonical(record(event=name), received_at=NOW).channel == channel


def test_what_is_unknown_is_refused_by_name() -> None:
    assert refused(event="exploded") == "unknown event 'exploded'"
    assert refused(event=None) == "event is missing"
    assert refused(event=7) == "event must be a text, not a int"
    assert refused(channel="pigeon") == "unknown channel 'pigeon'"
    assert refused(bounce_kind="strange") == "bounce_kind 'strange' is none of hard, soft and block"


@pytest.mark.parametrize("value", [{"select": 1}, ["a", "b"], 1.5, True])
@pytest.mark.parametrize(
    "field", ["lead", "campaign", "message_id", "event_id", "user", "subject", "reply_text"]
)
def test_a_value_of_another_type_is_refused_and_names_its_field(field: str, value: object) -> None:
    assert refused(**{field: value}).startswith(f"{field} must be a text, not a ")


@pytest.mark.parametrize("value", ["yes", 1, {}])
def test_a_flag_is_true_or_false(value: object) -> None:
    assert refused(track_opens=value).startswith("track_opens must be true or false")


def test_ids_may_be_whole_numbers() -> None:
    event = canonical(record(event_id=12, message_id=34, campaign=56), received_at=NOW)
    assert (event.event_id, event.message_id, event.campaign) == ("12", "34", "56")


@pytest.mark.parametrize("name", ["opened", "clicked", "delivered", "bounced", "deferred", "failed"])
def test_an_event_of_a_message_needs_its_id(name: str) -> None:
    assert "needs a message_id" in refused(event=name, message_id=None)


@pytest.mark.parametrize("name", ["replied", "unsubscribed", "resubscribed", "complained", "auto_replied"])
def test_a_reply_may_name_its_lead_only(name: str) -> None:
    assert canonical(record(event=name, message_id=None), received_at=NOW).message_id is None
    assert "needs a message_id or a lead" in refused(event=name, message_id=None, lead=None)


def test_a_sent_mail_without_an_id_gets_one_from_lead_campaign_step_variation() -> None:
    def made(**more: Any) -> str | None:
        return canonical(record(message_id=None, campaign="A", step=1, **more), received_at=NOW).message_id

    assert made() == made(event_id="another", occurred_at="2024-09-03T09:00:00Z")
    assert made() != made(variation="B")
    assert str(made()).startswith("~")
    assert "needs a message_id" in refused(message_id=None, lead=None)


def test_an_id_made_from_the_content_is_the_same_for_the_same_content() -> None:
    def made(**more: Any) -> str:
        return canonical(record(event_id=None, **more), received_at=NOW).event_id

    one = made(step=1, custom="x")
    again = canonical(
        {
            "custom": "x",
            "step": "1",
            "lead": "lena@client.example",
            "message_id": "m1",
            "occurred_at": 1725267600,
            "event": "sent",
        },
        received_at=AT,
    ).event_id
    assert one == again
    assert made(step=2, custom="x") != one
    assert made(step=1, custom="y") != one


def test_sentiment_is_of_human_replies_only() -> None:
    def of(**more: Any) -> tuple[str | None, str | None]:
        event = canonical(record(**more), received_at=NOW)
        return event.reply_category, event.sentiment

    assert of(event="replied", reply_category="interested") == ("interested", "positive")
    assert of(event="replied", reply_category="Not Now") == ("not_now", "neutral")
    assert of(event="replied", reply_category="no_need") == ("no_need", "negative")
    assert of(event="replied", reply_category="out_of_office") == ("out_of_office", None)
    assert of(event="replied", reply_text="Please remove me.") == ("unsubscribe", "negative")
    assert of(event="replied", reply_text="Sounds great, tell me more!") == (None, "neutral")
    assert of(event="replied") == (None, "neutral")
    assert of(event="auto_replied", reply_category="out_of_office") == ("out_of_office", None)
    assert of(event="opened") == (None, None)


def test_machines_are_told_with_the_reason() -> None:
    def of(**more: Any) -> tuple[bool, str | None]:
        event = canonical(record(**more), received_at=NOW)
        return event.machine, event.machine_reason

    assert of(event="opened") == (False, None)
    assert of(event="opened", machine=True) == (True, "the source says so")
    assert of(event="opened", machine=True, machine_reason="Apple") == (True, "Apple")
    assert of(event="opened", ip="17.58.3.1") == (True, "the address is in Apple's network")
    assert of(event="clicked", user_agent="curl/8.0")[0] is True
    assert of(event="opened", user_agent="curl/8.0")[0] is True
    assert of(event="sent", user_agent="curl/8.0") == (False, None)


def test_a_source_that_says_a_person_did_it_is_believed() -> None:
    event = canonical(record(event="opened", machine=False, user_agent="curl/8.0"), received_at=NOW)
    assert (event.machine, event.machine_reason) == (False, "the source says that a person did it")


def test_gmails_pictures_are_shown_to_people_and_its_network_follows_no_links_for_them() -> None:
    proxy = "Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)"

    def of(event: str, **more: Any) -> bool:
        return canonical(record(event=event, **more), received_at=NOW).machine

    assert not of("opened", user_agent=proxy, ip="66.249.84.1")
    assert not of("opened", ip="66.249.84.1")
    assert of("clicked", user_agent=proxy)
    assert of("clicked", ip="66.249.84.1")
    assert of("opened", user_agent="curl/8.0", ip="66.249.84.1")


def test_a_scanners_look_at_the_unsubscribe_link_is_none() -> None:
    def of(**more: Any) -> tuple[bool, str | None]:
        event = canonical(record(event="unsubscribed", **more), received_at=NOW)
        return event.machine, event.machine_reason

    assert of(user_agent="BarracudaCentral/1.0") == (True, "the user agent is Barracuda's mail scanner")
    assert of(user_agent="Mozilla/5.0 SafeLinks")[0]
    assert of(user_agent="Go-http-client/1.1") == (False, None), "a mailbox provider's one-click"
    assert of(user_agent="Mozilla/5.0") == (False, None)
    assert of(machine=True) == (True, "the source says so")


def test_a_senders_clock_that_is_ahead_says_nothing() -> None:
    ahead = record(event="replied", message_id=None, occurred_at=NOW + timedelta(days=2))
    kept = canonical({**ahead, "_lenient": True, "_senders_clock": True}, received_at=NOW)
    assert kept.occurred_at == NOW
    early = NOW - timedelta(days=40)
    kept = canonical(
        {**ahead, "occurred_at": early, "_lenient": True, "_senders_clock": True}, received_at=NOW
    )
    assert kept.occurred_at == early


@pytest.mark.parametrize(
    "spelling",
    [
        "Cora@X.example",
        " cora@x.example ",
        "Cora Li <cora@x.example>",
        "<cora@x.example>",
        "mailto:cora@x.example",
        "cora@x.example.",
        '"cora"@x.example',
        "'cora@x.example'",
        "\u200bcora@x.example",
        "\ufeffcora@x.example",
        "cora@x.example\xa0",
        "cora＠x.example",
        "mailto:cora@x.example?subject=Hello",
        "cora@x.example;",
        '"Li, Cora" <CORA@x.example>',
        "cora\xad@x.example",
    ],
)
def test_one_mailbox_has_one_spelling(spelling: str) -> None:
    assert canonical(record(lead=spelling, user=spelling), received_at=NOW).lead == "cora@x.example"
    assert mailbox(spelling) == "cora@x.example"


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("greta@bücher.example", "greta@xn--bcher-kva.example"),
        ("greta@x.example", "greta@x.example (Greta Holm)"),
        ("greta@x.example", "Greta Holm [greta@x.example]"),
        ("greta@x.example", "Greta Holm [mailto:greta@x.example]"),
        ("ida@straße.example", "ida@xn--strae-oqa.example"),
        ("hélène@x.example", "he\u0301le\u0300ne@x.example"),
        ("s&amp;t@x.example", "s&t@x.example"),
    ],
)
def test_two_spellings_of_one_mailbox(spelling: str, other: str) -> None:
    assert mailbox(spelling) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("n.o.r.a@gmail.com", "nora@gmail.com"),
        ("paul+news@x.example", "paul@x.example"),
        ("otto@googlemail.com", "otto@gmail.com"),
        ("crm-4711", "crm-4712"),
    ],
)
def test_people_who_may_be_two_stay_two(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)


@pytest.mark.parametrize(
    "text",
    ["<" * 5_000 + "@", "xn--" * 2_000 + "@xn--a.b", "@", "a@", "@b", "a@xn--99999999", "<>", "mailto:"],
)
def test_what_is_no_address_stays_as_it_came(text: str) -> None:
    assert mailbox(text)
    assert mailbox(mailbox(text)) == mailbox(text)


def test_an_id_made_of_the_content_goes_by_the_spelling_as_it_came() -> None:
    """A file taken in before addresses were spelled one way must stay the same file."""
    one = canonical(record(event_id=None, lead="Cora Li <cora@x.example>"), received_at=NOW)
    other = canonical(record(event_id=None, lead="cora@x.example"), received_at=NOW)
    assert one.lead == other.lead
    assert one.event_id != other.event_id


def test_a_provider_is_known_for_a_sent_mail_and_unsaid_where_no_address_says_it() -> None:
    def of(**more: Any) -> tuple[str | None, str | None]:
        event = canonical(record(**more), received_at=NOW)
        return event.sender_provider, event.recipient_provider

    assert of(sender="x@outlook.com", lead="y@googlemail.com") == ("outlook", "gmail")
    # A later event may tell what the sending did not; the messages say custom and other where none does.
    assert of(lead="crm-4711") == (None, None)
    assert of(lead="crm-4711", channel="phone", event="sent") == ("custom", "other")
    assert of(sender_provider="Google", recipient_provider="exotic") == ("gmail", "other")
    assert of(event="opened", lead=None) == (None, None)
    assert of(event="opened", lead="y@hotmail.co.uk") == (None, "outlook")


def test_what_no_database_can_hold_is_refused() -> None:
    assert refused(**json.loads('{"subject": "a\\u0000b"}')) == "subject holds a NUL character"
    assert refused(**json.loads('{"lead": "\\ud800@x.example"}')) == "lead holds half a surrogate pair"


def test_the_good_ones_of_a_batch_are_kept() -> None:
    batch = [record(), record(event="exploded", raw='{"event": "exploded\x00"}'), record(event_id="e3")]
    events, parked = canonical_many(batch, NOW)
    assert [event.event_id for event in events] == ["e1", "e3"]
    assert [(p.where, p.why) for p in parked] == [("element 2", "unknown event 'exploded'")]
    assert parked[0].raw == '{"event": "exploded\ufffd"}'


def test_only_our_own_modules_may_leave_out_what_a_provider_leaves_out() -> None:
    lenient = record(event="opened", message_id=None, occurred_at=None, _lenient=True)
    event = canonical(lenient, received_at=NOW)
    assert (event.message_id, event.occurred_at) == (None, NOW)
    assert "occurred_at is missing" in refused(event="opened", occurred_at=None)


def test_a_clock_that_is_fast_makes_no_event_of_the_future() -> None:
    """Five minutes ahead: it happened when it came. Its id is its own, whenever it comes again."""
    before = datetime.now(UTC)
    ahead = {"event_id": None, "occurred_at": (before + timedelta(minutes=5)).isoformat()}
    first, again = (canonical(record(**ahead), received_at=datetime.now(UTC)) for _ in range(2))
    assert before <= first.occurred_at <= datetime.now(UTC)
    assert first.event_id == again.event_id
    assert canonical(record(), received_at=AT - timedelta(days=9)).occurred_at == AT  # a copy of old data


def test_what_is_still_to_come_is_refused() -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert "is still to come" in refused(occurred_at=tomorrow.isoformat())
    assert "is still to come" in refused(occurred_at="2099-01-01T00:00:00Z")
    assert "no time between 1990 and 2100" in refused(occurred_at="9999-01-01T00:00:00Z")
    assert "no time between 1990 and 2100" in refused(occurred_at="1989-12-31T23:59:59Z")
