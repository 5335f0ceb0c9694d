"""Whose mail system an address is on, by its domain (docs/numbers.md: gmail, outlook, custom / other)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

#: Domains of free mailboxes. A company's own domain cannot be told without its MX: custom / other.
GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
OUTLOOK: Final = frozenset(
    {"outlook.com", "hotmail.com", "live.com", "msn.com", "windowslive.com", "passport.com"}
)
#: Country forms such as outlook.de, hotmail.co.uk, live.com.au.
_OUTLOOK_NAMES: Final = ("outlook.", "hotmail.", "live.", "msn.")
_GIVEN: Final = {
    "gmail": "gmail",
    "google": "gmail",
    "googlemail": "gmail",
    "g suite": "gmail",
    "google workspace": "gmail",
    "outlook": "outlook",
    "hotmail": "outlook",
    "microsoft": "outlook",
    "office365": "outlook",
    "office 365": "outlook",
    "microsoft 365": "outlook",
    "exchange": "outlook",
}


def domain_of(address: str) -> str | None:
    """The lower-case domain of `a@b` or `Name <a@b>`; None when there is none."""
    at = address.rfind("@")
    if at < 0:
        return None
    domain = address[at + 1 :].strip().rstrip(">").strip().rstrip(".").lower()
    return domain if domain and " " not in domain else None


@lru_cache(maxsize=65_536)
def _of_domain(domain: str) -> str | None:
    if domain in GMAIL:
        return "gmail"
    if domain in OUTLOOK or domain.endswith(".onmicrosoft.com"):
        return "outlook"
    if domain.startswith(_OUTLOOK_NAMES) and len(domain.split(".", 1)[1]) <= 6:
        return "outlook"
    return None


@lru_cache(maxsize=65_536)
def sender_provider(address: str) -> str | None:
    """gmail, outlook or custom for a sender's address; None when it holds no domain."""
    domain = domain_of(address)
    return None if domain is None else (_of_domain(domain) or "custom")


@lru_cache(maxsize=65_536)
def recipient_provider(address: str) -> str | None:
    """gmail, outlook or other for a recipient's address; None when it holds no domain."""
    domain = domain_of(address)
    return None if domain is None else (_of_domain(domain) or "other")


@lru_cache(maxsize=1_024)
def named_provider(name: str, otherwise: str) -> str:
    """A provider a source names itself: gmail, outlook, else `otherwise` (custom or other)."""
    return _GIVEN.get(name.strip().lower(), otherwise)
