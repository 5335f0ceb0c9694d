"""Browsers somebody has logged in with before: limits on guessing made for strangers do not lock them out.

A browser keeps a random number, signed for the addresses that logged in there. It opens nothing. Whoever guesses
at an account from elsewhere uses up the tries of their network and of the account; a browser that is known has
tries of its own, so its person still gets in with the right password.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from dashapp.access import tokens

COOKIE: Final = "vitrine-device"
#: How long a browser is remembered, in seconds, and how many people's.
KEPT_S: Final = 180 * 24 * 3600
MOST_PEOPLE: Final = 5
_USE: Final = "device"
_LONGEST: Final = 1_000
#: A number as `remembered` makes it: with a "|" in it, one address's signature could be read as another's.
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def known(secret_key: str, cookie: str | None, email: str) -> str | None:
    """The number of a browser this address logged in with before; None for any other."""
    if not cookie or len(cookie) > _LONGEST:
        return None
    for part in cookie.split("~")[:MOST_PEOPLE]:
        number, _, signature = part.partition(".")
        if _NUMBER.fullmatch(number) and tokens.signed(secret_key, _USE, f"{number}|{email}", signature):
            return number
    return None


def remembered(secret_key: str, cookie: str | None, email: str) -> str:
    """What the browser is to keep now that this address has logged in there, the latest first."""
    number = known(secret_key, cookie, email) or secrets.token_urlsafe(16)
    mine = f"{number}.{tokens.sign(secret_key, _USE, f'{number}|{email}')}"
    others = [part for part in (cookie or "")[:_LONGEST].split("~") if part and part != mine]
    return "~".join([mine, *others[: MOST_PEOPLE - 1]])
