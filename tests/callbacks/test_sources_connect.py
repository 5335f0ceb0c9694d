"""Connecting a provider on the sources page: who issues its key, and what is told about it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from data.sources import sources
from data.sources.providers import sns
from tests.callbacks.test_sources import HARBOUR, _act, _newest
from tests.support.signers import SIGNERS, amazon, payload_of

FOLLOWING = sorted(name for name, source in sources().items() if source.key_follows)
IN_ADDRESS = sorted(name for name, source in sources().items() if source.in_address)


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sns, "fetch", amazon)
    monkeypatch.setattr(sns, "CERTIFICATES", sns.Certificates())


def created(alice: Any, call: Any, provider: str, secret: str = "", bare: bool = False) -> Any:
    return call(alice, "source-create", 1, HARBOUR, provider, secret, ["bare"] if bare else []).json[
        "response"
    ]


def address(told: object) -> str:
    """The last address a card or a list shows, without a password in it."""
    found = re.findall(r"https?://[^'\"\s]*/hooks/[a-z_]+/[\w-]+", str(told))
    assert found
    return str(found[-1])


def delivered(client: Any, running: Any, provider: str, url: str, secret: str) -> int:
    signer = SIGNERS[provider]
    path = url.removeprefix(running.settings.public_url)
    body, headers = signer.dress(secret, url, payload_of(provider, signer.event))
    return int(client.post(path, data=body, headers=headers).status_code)


@pytest.mark.parametrize("provider", sorted(sources()))
def test_each_provider_tells_how_to_connect_it(alice: Any, call: Any, provider: str) -> None:
    told = call(alice, "source-provider", provider).json["response"]
    steps = sources()[provider].steps
    assert len(steps) >= 3
    for step in steps:
        assert step in str(told["source-steps"])
    shown = told["source-bare"]["style"] == {}
    assert shown is sources()[provider].address_can_do


@pytest.mark.parametrize("provider", FOLLOWING)
def test_a_source_waits_for_the_key_its_provider_shows_later(
    alice: Any, client: Any, call: Any, running: Any, world: Any, provider: str
) -> None:
    answer = created(alice, call, provider)
    assert "until then nothing is taken" in str(answer["source-made"])
    assert "Needs its key" in str(answer["sources-list"])
    url, id_ = address(answer["source-made"]), _newest(running, world.ids["harbour"])
    key = SIGNERS[provider].secret
    assert delivered(client, running, provider, url, key) == 401
    assert "is missing" in str(_act(alice, call, "test", id_)["source-told"])
    saved = _act(alice, call, "rotate", id_, secret=key)
    assert "taken from now on" in str(saved["source-told"])
    assert "Needs its key" not in str(saved["sources-list"])
    assert "accepted until" not in str(saved["sources-list"])  # there was none before
    assert delivered(client, running, provider, url, key) == 200


@pytest.mark.parametrize("provider", FOLLOWING)
def test_a_key_that_is_there_already_is_not_asked_for(alice: Any, call: Any, provider: str) -> None:
    answer = created(alice, call, provider, SIGNERS[provider].secret)
    assert "once the first event arrives" in str(answer["source-made"])
    assert "Needs its key" not in str(answer["sources-list"])


def test_mandrill_tries_an_address_before_there_is_a_key(
    alice: Any, client: Any, call: Any, running: Any
) -> None:
    url = address(created(alice, call, "mandrill")["source-made"])
    path = url.removeprefix(running.settings.public_url)
    body, headers = SIGNERS["mandrill"].dress("test-webhook", url, b"[]")
    answer = client.post(path, data=body, headers=headers)
    assert (answer.status_code, sum(answer.json.values())) == (200, 0)
    event = payload_of("mandrill", SIGNERS["mandrill"].event)
    body, headers = SIGNERS["mandrill"].dress("test-webhook", url, event)
    assert client.post(path, data=body, headers=headers).status_code == 401


@pytest.mark.parametrize("provider", IN_ADDRESS)
def test_the_address_holds_the_password_once(
    alice: Any, client: Any, call: Any, running: Any, world: Any, provider: str
) -> None:
    answer = created(alice, call, provider)
    found = re.search(r"//vitrine:([\w-]{20,})@", str(answer["source-made"]))
    assert found
    assert found[1] not in str(answer["sources-list"])
    url = address(answer["sources-list"])
    assert delivered(client, running, provider, url, found[1]) == 200
    fresh = re.search(
        r"//vitrine:([\w-]{20,})@",
        str(_act(alice, call, "rotate", _newest(running, world.ids["harbour"]))["source-told"]),
    )
    assert fresh
    assert fresh[1] != found[1]
    assert delivered(client, running, provider, url, fresh[1]) == 200


def test_an_address_can_be_all_there_is_where_nothing_is_signed(
    alice: Any, client: Any, call: Any, running: Any
) -> None:
    answer = created(alice, call, "mailjet", bare=True)
    assert "Secret" not in str(answer["source-made"])
    assert "Whoever knows this address can send" in str(answer["sources-list"])
    path = address(answer["source-made"]).removeprefix(running.settings.public_url)
    assert client.post(path, json=SIGNERS["mailjet"].event).status_code == 200
    for provider in ("amazon_ses", "mandrill", "resend", "canonical"):
        refused = created(alice, call, provider, "x", bare=True)
        assert "needs the key" in str(refused["source-made"]), provider


@pytest.mark.parametrize(
    ("provider", "wrong", "why"),
    [
        ("sendgrid", "SG.an-api-key", "no verification key"),
        ("resend", "re_an_api_key", "begin with whsec_"),
        ("amazon_ses", "north-events", "no ARN"),
        ("amazon_ses", "", "Paste what Amazon SES signs with"),
    ],
)
def test_what_cannot_be_the_key_is_refused(
    alice: Any, call: Any, running: Any, world: Any, provider: str, wrong: str, why: str
) -> None:
    answer = created(alice, call, provider, wrong)
    assert why in str(answer["source-made"])
    assert "sources-list" not in answer
    if wrong:
        created(alice, call, provider, SIGNERS[provider].secret)
        told = _act(alice, call, "rotate", _newest(running, world.ids["harbour"]), secret=wrong)[
            "source-told"
        ]
        assert why in str(told)
