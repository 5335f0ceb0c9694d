"""Passwords: length, guessable ones, no truncation, and the same work for nobody."""

from __future__ import annotations

import pytest

from dashapp.access import passwords
from dashapp.errors import Refused

pytestmark = pytest.mark.usefixtures("dear_passwords")


@pytest.mark.parametrize(
    "password",
    [
        "tall ship 12",
        "correct horse battery staple",
        "Ünïcode mit Leerzeichen",
        "x7$kQ!" * 10 + "tail",
        ("long sentence " * 10)[:128],
    ],
)
def test_these_are_taken(password: str) -> None:
    passwords.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "short words",
        "x" * 129,
        "aaaaaaaaaaaa",
        "abababababab",
        "123456789012",
        "abcdefghijkl",
        "password1234",
        "Password2026!",
        "P@ssw0rd1234",
        "qwertyuiop12",
        "Welcome2Company",
        "letmein-letmein",
        "adminadmin123",
        "north-north-1",
        "NorthAgency2026",
        "Vitrine2026!!",
        "alicealice2026",
    ],
)
def test_these_are_refused(password: str) -> None:
    with pytest.raises(Refused):
        passwords.check(password, ("alice", "North"))


def test_nothing_is_cut_off_at_72_bytes() -> None:
    long = "b" * 71 + "one" + "tail of Alice's password"
    kept = passwords.hash_password(long)
    assert passwords.verify(kept, long)
    assert not passwords.verify(kept, long[:-1])
    assert not passwords.verify(kept, "b" * 71 + "one")


def test_nobody_has_no_password() -> None:
    assert not passwords.verify(None, "nobody has this password")
    assert not passwords.verify("not a hash", "x")
    assert not passwords.verify(None, "\ud800" * 20)


def test_the_hash_is_argon2id_with_19_mib() -> None:
    assert passwords.hash_password("tall ship 12").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
