"""The catalog says what every number counts, in every language, and leaves no name out."""

from __future__ import annotations

import sys
import types
from typing import get_args

import pytest

import data.metrics
from dashapp.languages import LANGUAGES
from dashapp.tiles.parts.definition import defined
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


def test_two_of_one_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = types.ModuleType("data.metrics.rates")
    twice.METRICS = (metrics()["sent_emails"],)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "data.metrics.rates", twice)
    metrics.cache_clear()
    try:
        with pytest.raises(ValueError, match="two metrics have the key 'sent_emails'"):
            data.metrics.metrics()
    finally:
        metrics.cache_clear()
