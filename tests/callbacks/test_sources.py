"""The sources page: one door for one press, for those who may manage them."""

from __future__ import annotations

from typing import Any

import pytest

HARBOUR = "/w/harbour-coffee/sources"


def test_alice_connects_sendgrid_and_sees_the_address(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "sendgrid", "MFkw-public-key").json["response"]
    assert "/hooks/sendgrid/" in str(answer["source-made"])
    assert "MFkw-public-key" not in str(answer)
    assert "/hooks/sendgrid/" in str(answer["sources-list"])


def test_a_secret_we_make_is_shown_once(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "canonical", "").json["response"]
    assert "Secret, shown only now" in str(answer["source-made"])
    page = call(alice, "url", HARBOUR, "").text
    assert "shown only now" not in page


def test_an_unknown_provider_is_told(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "carrier-pigeon", None).json["response"]
    assert "is not a provider" in str(answer["source-made"])


@pytest.mark.parametrize("name", ["bob", "dora", "charlie"])
def test_who_may_not_gets_404(browser: Any, call: Any, name: str) -> None:
    who = browser(name)
    assert call(who, "source-create", 1, HARBOUR, "canonical", None).status_code == 404
    assert call(who, "url", HARBOUR, "").json["response"]["title"]["data"] == "Not found · Vitrine"


@pytest.mark.parametrize(
    "values",
    [(1, HARBOUR, ["canonical"], None), (1, HARBOUR, "canonical", 5), (0, HARBOUR, "canonical", None)],
)
def test_a_wrong_type_is_400(alice: Any, call: Any, values: Any) -> None:
    assert call(alice, "source-create", *values).status_code == 400
