"""Every name takes the options that mean something to it and refuses the others with one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from data.errors import BadQuery
from data.question import ALLOWED, NAMES, Query, parse


def _refusal(name: str, **options: Any) -> str:
    with pytest.raises(BadQuery) as refused:
        parse(name, options)
    sentence = str(refused.value)
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    return sentence


def test_near_names_are_offered() -> None:
    assert _refusal("hot_lead") == "There is no figure called 'hot_lead'. Did you mean hot_leads?"
    assert _refusal("quux") == (
        "There is no figure called 'quux'; there are " + ", ".join(sorted(NAMES)) + "."
    )


def test_an_option_that_means_nothing_is_refused() -> None:
    assert _refusal("cohort", **{"from": "2024-09-01"}) == (
        "'from' means nothing to cohort, which takes as_of, attribution, campaign, clock, data_type, engagement, "
        "recipient_provider, sender_provider, user."
    )
    assert _refusal("future_emails", by="day").startswith("'by' means nothing to future_emails")
    assert _refusal("hot_leads", sort="count").startswith("'sort' means nothing to hot_leads")
    assert _refusal("hot_leads", limits="3") == "'limits' is not an option of hot_leads. Did you mean limit?"


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_either_taken_or_refused(name: str) -> None:
    """Nothing is silently ignored: a value that is not the default of an option it has no use for is refused."""
    other = {
        "data_type": "click", "attribution": "lead", "clock": "elapsed", "engagement": "all",
        "sender_provider": "gmail", "recipient_provider": "other", "campaign": "Autumn", "user": "a@x.io",
        "from": "2024-09-01", "to": "2024-09-02", "by": "day", "as_of": "2024-09-03", "sort": "count", "limit": 3,
        "event": "opened",
    }  # fmt: skip
    needed = {"campaign": "Autumn"} if name in {"campaign_report", "audience"} else {}
    for option, value in other.items():
        asked = {**needed, option: value}
        if option in ALLOWED[name]:
            assert parse(name, asked).options().keys() <= set(other)
        else:
            _refusal(name, **asked)
            with pytest.raises(ValidationError):
                Query.model_validate({"name": name, **asked})


def test_the_options_in_force_are_told() -> None:
    assert parse("hot_leads", {}).options()["limit"] == 10
    assert parse("top_campaigns", {}).options()["limit"] == 3
    assert parse("hours", {}).options()["event"] == "opened"
    assert "limit" not in parse("rate", {}).options()
    assert parse("future_emails", {"user": "Bob@X.io"}).options() == {"campaign": None, "user": "bob@x.io"}


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("hot_leads", {"limit": "0"}, "limit cannot be '0'; it is at least 1."),
        ("hot_leads", {"limit": "10001"}, "limit cannot be '10001'; it is at most 10,000."),
        ("hot_leads", {"limit": "few"}, "limit cannot be 'few'; it is a whole number."),
        ("rate", {"from": "2026-02-30"}, "from cannot be '2026-02-30'; write a day as 2026-09-30."),
        (
            "rate",
            {"as_of": "0001-01-01T00:00:00+14:00"},
            "as_of cannot be '0001-01-01T00:00:00+14:00': lies outside the years 1971 to 2199.",
        ),
        (
            "timeline",
            {"as_of": "9999-12-31T23:59:59-10:00"},
            "as_of cannot be '9999-12-31T23:59:59-10:00': lies outside the years 1971 to 2199.",
        ),
        ("rate", {"as_of": "soon"}, "as_of cannot be 'soon'; write a moment as 2026-09-30T12:00:00Z."),
        ("top_campaigns", {"sort": "rates"}, "sort cannot be 'rates'. Did you mean rate?"),
        (
            "hours",
            {"event": "bounced"},
            "event cannot be 'bounced' for hours; there are clicked, opened, replied, sent.",
        ),
        ("hours", {"event": "open"}, "event cannot be 'open'. Did you mean opened?"),
        ("campaign_report", {}, "campaign_report needs a campaign: name it with --campaign."),
        (
            "timeline",
            {"from": "2024-09-02", "to": "2024-09-01"},
            "The range starts on 2024-09-02 and ends before, on 2024-09-01.",
        ),
        (
            "timeline",
            {"from": "1990-01-01", "to": "2024-09-01"},
            "The range is longer than the limit of 3700 days.",
        ),
        ("rate", {"by": "variations"}, "by cannot be 'variations'. Did you mean variation?"),
    ],
)  # fmt: skip
def test_bad_values(name: str, options: dict[str, Any], sentence: str) -> None:
    assert _refusal(name, **options) == sentence
