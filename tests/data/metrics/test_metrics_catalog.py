"""The catalog says what every number counts, in every language, and leaves no name out."""

from __future__ import annotations

import sys
import types
from dataclasses import replace
from typing import get_args

import pytest

from dashapp.languages import LANGUAGES
from dashapp.tiles.parts.definition import defined
from data.figures import registry
from data.figures.units import CLICKS_TRACKED
from data.metrics import describe, metrics
from data.question import NAMES, DataType, Query


def _query(name: str, **options: object) -> Query:
    campaign = {"campaign": "Autumn"} if name in {"campaign_report", "audience"} else {}
    return Query.model_validate({"name": name, **campaign, **options})


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_described_in_every_language(name: str, lang: str) -> None:
    told = defined(_query(name), lang, "Europe/Paris")
    for sentence in (told.label, told.formula, told.dates):
        assert sentence.strip() == sentence != ""
    assert told.formula.endswith(".")
    assert told.good in {"up", "down", "neutral"}


def test_every_metric_is_asked_for_by_some_query() -> None:
    """Nothing is declared that nobody can ask for: the catalog's keys are those queries lead to."""
    rates = {
        describe(_query("rate", data_type=data_type, attribution=attribution)).key
        for data_type in get_args(DataType)
        for attribution in ("email", "lead")
    }
    assert rates | {describe(_query(name)).key for name in NAMES} == set(metrics())


def test_a_rate_names_its_base_and_what_is_left_out() -> None:
    told = describe(_query("rate", data_type="open", attribution="lead"), "Asia/Kolkata")
    assert told.label == "Open rate"
    assert told.formula == (
        "Leads who opened an e-mail, divided by leads reached with tracking on, counted once per campaign."
    )
    assert told.caveat.endswith("Opens and clicks by machines are left out.")
    assert "Asia/Kolkata" in told.dates
    machines = describe(_query("rate", data_type="open", engagement="all"))
    assert machines.caveat.endswith("Opens and clicks by machines are counted too.")


def test_fewer_bounces_are_better() -> None:
    good = {key: metric.good for key, metric in metrics().items()}
    assert good["bounce_email"] == good["unsubscribe_lead"] == good["negative_reply_email"] == "down"
    assert good["reply_lead"] == "up"
    assert good["sent_emails"] == "neutral"


def test_the_clock_decides_the_dates() -> None:
    assert describe(_query("cohort")).dates.startswith("Weeks are calendar weeks from Monday")
    assert describe(_query("cohort", clock="elapsed")).dates.startswith("Weeks are full 7 days")


def test_two_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = types.ModuleType("data.figures.rates.click")
    twice.RATE = registry.rates()["open"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "data.figures.rates.click", twice)
    with pytest.raises(ValueError, match="two rates are named 'open'"):
        registry.rates.__wrapped__()


def test_a_rate_that_could_exceed_its_base_is_refused() -> None:
    """A click needs tracking and a unit that arrived; not every unit that did is in the base of bounces."""
    opens = registry.rates()["open"]
    with pytest.raises(ValueError, match="open could exceed 100 %: open_human is no part of click_base"):
        replace(opens, base=CLICKS_TRACKED)
