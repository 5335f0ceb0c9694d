"""Guessing passwords: one network is stopped, many are slowed down, and the right password is never locked out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashapp.access import devices, guesses
from dashapp.access.networks import network_of
from dashapp.errors import TooMany

NOON = 1_700_000_000.0 - 1_700_000_000 % 43_200  # the start of a window of twelve hours
LIMIT = guesses.Limit("door", 11, 3_600, 50, 43_200)


def judged(engine, what: str, ip: str, tries: int, clock: float = NOON) -> int:
    """How many of so many guesses from one address get as far as the password."""
    n = 0
    for _ in range(tries):
        try:
            guesses.count_guess(engine, LIMIT, what, ip, clock=clock)
        except TooMany:
            continue
        n += 1
    return n


def test_the_twelfth_from_one_network_is_too_many(engine) -> None:
    assert judged(engine, "alice", "10.0.0.1", 40) == 11
    assert judged(engine, "alice", "10.0.0.2", 1) == 1
    assert judged(engine, "bob", "10.0.0.1", 1) == 1
    assert judged(engine, "alice", "10.0.0.1", 1, clock=NOON + 3_600) == 1


def test_twenty_networks_get_fifty_tries_and_then_one_each(engine) -> None:
    """Without the second limit 220 of 220 were judged. Four networks use 44 of 50; the fifth gets six, the other
    fifteen one each: 65.
    """
    counts = [judged(engine, "link", f"10.0.0.{n}", 11) for n in range(20)]
    assert counts == [11, 11, 11, 11, 6, *[1] * 15]
    assert judged(engine, "other link", "10.0.0.1", 11) == 11


def test_the_right_password_opens_from_anywhere_while_it_is_guessed(engine) -> None:
    for n in range(200):
        judged(engine, "alice", f"10.0.1.{n}", 3)
    guesses.count_guess(engine, LIMIT, "alice", "192.0.2.1", clock=NOON)  # her new phone
    guesses.was_right(engine, LIMIT, "alice", "192.0.2.1", clock=NOON)
    guesses.count_guess(engine, LIMIT, "alice", "192.0.2.1", clock=NOON)
    assert (
        judged(engine, "alice", "10.0.0.9", 11, clock=NOON + 43_200) == 11
    )  # and no limit outlasts its window


def test_right_passwords_use_up_nothing(engine) -> None:
    """An office of sixty people behind one address, each with the right password of a client's link."""
    for _ in range(60):
        guesses.count_guess(engine, LIMIT, "link", "10.0.0.1", clock=NOON)
        guesses.was_right(engine, LIMIT, "link", "10.0.0.1", clock=NOON)
    assert judged(engine, "link", "10.0.0.2", 11) == 11


def test_one_ipv6_network_is_one_however_many_addresses_it_has(engine) -> None:
    addresses = [f"2001:db8:0:7::{n:x}" for n in range(1, 41)]
    assert sum(judged(engine, "alice", address, 1) for address in addresses) == 11
    assert judged(engine, "alice", "2001:db8:0:8::1", 1) == 1


def test_of_forty_at_once_exactly_eleven_are_judged(engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: judged(engine, "alice", "10.0.0.1", 1), range(40))) == 11


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"),
        ("2001:0db8:0000:0007::9", "2001:db8:0:7::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unix socket", "unix socket"),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_known_browser_has_tries_of_its_own_whatever_others_used_up(engine) -> None:
    """An attacker in her office uses up the tries of the network and of the account: she has 11 of hers."""
    for n in range(30):
        judged(engine, "alice", f"10.0.2.{n}", 11)
    assert judged(engine, "alice", "10.0.2.1", 1) == 0

    def hers(tries: int) -> int:
        n = 0
        for _ in range(tries):
            try:
                guesses.count_guess(engine, LIMIT, "alice", "10.0.2.1", device="browser", clock=NOON)
            except TooMany:
                continue
            n += 1
        return n

    assert hers(40) == 11
    guesses.was_right(engine, LIMIT, "alice", "10.0.2.1", device="browser", clock=NOON)
    assert hers(40) == 11


def test_a_browser_is_known_for_the_addresses_that_logged_in_there_alone() -> None:
    key, other = "k" * 40, "o" * 40
    cookie = devices.remembered(key, None, "alice@north.example")
    assert devices.known(key, cookie, "alice@north.example") is not None
    assert devices.known(key, cookie, "bob@north.example") is None
    assert devices.known(other, cookie, "alice@north.example") is None
    both = devices.remembered(key, cookie, "bob@north.example")
    assert devices.known(key, both, "alice@north.example") == devices.known(
        key, cookie, "alice@north.example"
    )
    assert devices.remembered(key, both, "bob@north.example") == both
    for bent in ("", "~", ".", "a.b", cookie[:-1], cookie + "x", "~" * 5_000, "é.é"):
        assert devices.known(key, bent, "alice@north.example") is None
    # An address with a "|" in it lends its browser to nobody.
    theirs = devices.remembered(key, None, "x|alice@north.example")
    number, _, signature = theirs.partition(".")
    assert devices.known(key, f"{number}|x.{signature}", "alice@north.example") is None
    many = both
    for n in range(20):
        many = devices.remembered(key, many, f"p{n}@north.example")
    assert many.count("~") == devices.MOST_PEOPLE - 1
