"""Machines by user agent and by network; people's browsers and phones stay people."""

from __future__ import annotations

import pytest

from data.events.machines import by_agent, by_network, machine_reason
from data.events.mail_providers import recipient_provider, sender_provider

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 5.1) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com",
        "ExampleBot/2.1 (+https://bot.example)",
        "examplebot-images/1",
        "python-requests/2.31",
        "Mozilla/5.0",
        "Mozilla/5.0 HeadlessChrome/119",
    ],
)
def test_machines(agent: str) -> None:
    assert by_agent(agent)


@pytest.mark.parametrize(
    "agent", [PHONE, "Mozilla/5.0 (Linux; Android 11; CUBOT X30) Chrome/96", "Thunderbird/115 Robotics"]
)
def test_people(agent: str) -> None:
    assert by_agent(agent) is None


@pytest.mark.parametrize(
    ("ip", "machine"),
    [
        ("66.249.84.7", True),
        ("66.102.8.1", True),
        ("64.233.172.5", True),
        ("2001:4860:4860::8888", True),
        ("81.2.69.142", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_networks(ip: str, machine: bool) -> None:
    assert (by_network(ip) is not None) == machine


def test_the_agent_is_named_before_the_network() -> None:
    assert machine_reason("opened", "curl/8", "66.249.84.7") == "the user agent is a program's HTTP client"
    assert machine_reason("opened", PHONE, None) is None


@pytest.mark.parametrize(
    ("address", "sender", "recipient"),
    [
        ("a@gmail.com", "gmail", "gmail"),
        ("A <a@GoogleMail.com>", "gmail", "gmail"),
        ("a@outlook.de", "outlook", "outlook"),
        ("a@live.com.au", "outlook", "outlook"),
        ("a@firm.onmicrosoft.com", "outlook", "outlook"),
        ("a@live.example.org", "custom", "other"),
        ("a@notgmail.com", "custom", "other"),
        ("crm-4711", None, None),
        ("a@", None, None),
    ],
)
def test_providers(address: str, sender: str | None, recipient: str | None) -> None:
    assert (sender_provider(address), recipient_provider(address)) == (sender, recipient)
