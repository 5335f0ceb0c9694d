"""Passwords: argon2id, a length, and a refusal of what is guessed first."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashapp.errors import Refused

MIN_LENGTH = 12
MAX_LENGTH = 128

#: OWASP's second profile: 19 MiB, two passes. One hash takes some 25 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Hashing at most this many at once bounds the memory a flood of log-ins can take (4 × 19 MiB).
_AT_ONCE = threading.BoundedSemaphore(4)

#: The words in the passwords tried first; a password must be something without them, digits and signs.
_COMMON = frozenset(Path(__file__).with_name("guessed_first.txt").read_text().split())


def hash_password(password: str) -> str:
    """The argon2id hash of a password (after NFKC, so that the same typing on two keyboards is the same)."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Without a hash it takes the same time and is False."""
    if len(password) > MAX_LENGTH * 4:
        password = ""  # nobody's password; hashing megabytes would be a lever against us
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _nobody(), _normal(password)) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def check(password: str, context: Iterable[str] = (), *, shortest: int = MIN_LENGTH) -> None:
    """Refuse a password that is too short, too long or easily guessed.

    `context`: words an attacker knows (e-mail, agency, workspace). Raises Refused with a sentence.
    """
    if not shortest <= len(password) <= MAX_LENGTH:
        raise Refused(
            "A password has {least} to {most} characters; this one has {n}.",
            least=shortest,
            most=MAX_LENGTH,
            n=len(password),
        )
    if len(set(password)) < 5:
        raise Refused("This password repeats the same few characters; choose another.")
    if _is_run(password):
        raise Refused("This password is a run of neighbouring characters; choose another.")
    known = {part for word in context for part in re.split(r"[\W_]+", word.casefold()) if len(part) >= 3}
    known |= {re.sub(r"[\W_\d]+", "", word.casefold()) for word in context}
    if not _left_over(password, known | _COMMON):
        raise Refused("This password is among the first that are guessed; choose another.")


def _is_run(password: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(steps) == 1 or password.isdigit()


def _left_over(password: str, words: set[str]) -> bool:
    """Whether anything but known words, digits and signs is in it (four letters at least)."""
    rest = password.casefold()
    plain = rest.translate(str.maketrans("@013457$!", "aoieastsi"))
    for form in (rest, plain):
        for word in sorted((w for w in words if w), key=len, reverse=True):
            form = form.replace(word, " ")
        if len(re.sub(r"[\W_\d]+", "", form)) < 4:
            return False
    return True
