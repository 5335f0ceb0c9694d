"""The mail server that VITRINE_SMTP_URL names: where it is, how it is spoken to, and who the mails are from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Security = Literal["none", "starttls", "tls"]
#: By scheme: how the connection is protected, and the port when none is said.
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FORM = "must be like smtps://user:password@mail.example.com:465, smtp+starttls://… or smtp://…"


@dataclass(frozen=True)
class MailServer:
    """`sender` "": made of the public address. `operator` "": nobody is told of the installation's own runs."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    operator: str = ""


def mail_server(url: str) -> MailServer:
    """What the address says. Raises ValueError with half a sentence that never holds the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(_FORM) from error
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(_FORM)
    security, usual = _SCHEMES[parts.scheme]
    options = _options(parts)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("must have both a user and a password, or neither")
    if user and security == "none" and parts.hostname not in _LOOPBACK:
        raise ValueError(
            "would send the password in plain text: it must start with smtps:// or smtp+starttls://"
        )
    return MailServer(parts.hostname, usual if port is None else port, security, user, password, **options)


def one_address(value: str) -> bool:
    """Whether the text is the address of one person and nothing else, fit for a header and an SMTP command."""
    name, at, host = value.rpartition("@")
    plain = value.isprintable() and not any(c in ' ,;:<>()[]"\\' for c in value)
    return bool(at and name and host and plain and "@" not in name and len(value) <= 254)


def _options(parts: SplitResult) -> dict[str, str]:
    """`?from=` and `?operator=`, each the address of one person."""
    names = {"from": "sender", "operator": "operator"}
    options = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in names:
            raise ValueError("has an option that is neither from nor operator")
        if not one_address(value):
            raise ValueError(f"must have one e-mail address as {name}")
        options[names[name]] = value
    return options
