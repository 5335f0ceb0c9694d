"""A report in a frame on other web sites: which may show it, and addresses that an agency's own app signs.

A signed address is a JSON Web Token (HS256) in the place of the link's token: `{"share": 7, "exp": …}`, signed
with the link's embed key. It opens what the link shows, under the link's rules, until `exp`; whoever holds the key
vouches for the reader, so no password is asked. A new key, a pause or a revoke ends all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from markupsafe import escape
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.errors import Refused
from dashapp.sharing.links import alive, note_act
from dashapp.sharing.opening import Opening, open_share_id

KIND = "embed"
MOST_ORIGINS = 20
#: How long a signed address may work, and how far clocks may differ.
LONGEST_LIFE = timedelta(hours=24)
LEEWAY = timedelta(seconds=60)
LONGEST_TOKEN = 2_000
_BETWEEN = re.compile(r"[\s,;]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:\*\.(?={_LABEL}\.))?{_LABEL}(?:\.{_LABEL})*")
#: Where a site may be opened without TLS: on the machine of who builds it.
LOCAL = frozenset({"localhost", "127.0.0.1"})


class _Claims(BaseModel):
    """What a signed address says. `sub`: who reads, for the share's log."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    share: int = Field(gt=0, lt=2**31)
    exp: int = Field(gt=0, lt=2**53)
    sub: str | None = Field(default=None, max_length=80)


def parse_origins(typed: str) -> tuple[str, ...]:
    """Origins out of text with spaces, commas or line breaks, each once. Raises Refused for what is none."""
    origins = dict.fromkeys(_origin(part) for part in _BETWEEN.split(typed) if part)
    if len(origins) > MOST_ORIGINS:
        raise Refused("A link can be embedded on at most {most} web sites.", most=MOST_ORIGINS)
    return tuple(origins)


def _origin(typed: str) -> str:
    """ "https://client.example" as a policy names it; "*." in front stands for every name below it."""
    wrong = Refused(
        "{typed} is not a web site's origin; write one like https://www.client.example.", typed=typed[:80]
    )
    try:
        parts = urlsplit(typed)
        host = (parts.hostname or "").lower()
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        raise wrong from None
    path_or_more = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    if path_or_more or len(host) > 253 or not _HOST.fullmatch(host):
        raise wrong
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise wrong
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


def ancestors(origins: Sequence[str]) -> str:
    """What `frame-ancestors` says for a link that these may show."""
    return " ".join(origins) or "'none'"


def snippet(url: str, title: str) -> str:
    """The HTML that shows a report in another page, and the script that makes the frame as high as the report."""
    base = url.partition("/p/")[0]  # the script listens to frames of its own address
    size = 'width="100%" height="720" style="border:0"'
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" {size}></iframe>\n'
        f'<script src="{escape(base)}/assets/embed.js" async></script>'
    )


def change_key(session: Session, share: Share, *, on: bool, actor: str = "cli") -> None:
    """A new key for signed addresses, or none any more; those of the key before end at their next request."""
    alive(share)
    share.embed_nonce = tokens.new_nonce() if on else None
    session.flush()
    note_act(session, share, "share.embed.key" if on else "share.embed.key.remove", actor)


def embed_key(settings: Settings, share_id: int, nonce: str) -> str:
    """The key an agency's app signs with: 43 characters, derived again whenever it is asked for."""
    return tokens.derive(settings.secret_key, KIND, share_id, nonce)


def signed_token(
    settings: Settings, share: Share, life: timedelta = timedelta(minutes=10), subject: str | None = None
) -> str:
    """A signed address's token, as an agency's app makes it. Raises Refused for a share without a key."""
    if share.embed_nonce is None:
        raise Refused("This link has no key for signed addresses.")
    claims: dict[str, Any] = {"share": share.id, "exp": int((now() + life).timestamp())}
    if subject is not None:
        claims["sub"] = subject
    key = OctKey.import_key(embed_key(settings, share.id, share.embed_nonce))
    return jwt.encode({"alg": "HS256"}, claims, key)


def looks_signed(token: str) -> bool:
    """Whether a token has the form of a signed one."""
    return token.count(".") == 2 and len(token) <= LONGEST_TOKEN and token.isascii()


def open_signed(connection: Connection, settings: Settings, token: str) -> Opening | None:
    """What a signed address opens now; None for every reason alike."""
    claimed = _unverified(token)
    if claimed is None:
        return None
    nonce = connection.scalar(select(Share.embed_nonce).where(Share.id == claimed))
    if nonce is None:
        return None
    try:
        key = OctKey.import_key(embed_key(settings, claimed, nonce))
        claims = _Claims.model_validate(jwt.decode(token, key, algorithms=["HS256"]).claims)
    except (JoseError, ValidationError, ValueError, TypeError, KeyError):
        return None
    at = now()
    ends = datetime.fromtimestamp(min(claims.exp, 2**33), at.tzinfo)
    if claims.share != claimed or ends <= at or ends > at + LONGEST_LIFE + LEEWAY:
        return None
    link = open_share_id(connection, claimed)
    if link is None:
        return None
    subject = "".join(c for c in claims.sub or "" if c.isprintable())
    return replace(
        link, token_hash=tokens.fingerprint(token), password_hash=None, via=f"signed {subject}".strip()
    )


def _unverified(token: str) -> int | None:
    """The share a token names, before anything is believed of it."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(tokens.from_text(payload))
    except (ValueError, RecursionError):
        return None
    share_id = claims.get("share") if isinstance(claims, dict) else None
    return share_id if type(share_id) is int and 0 < share_id < 2**31 else None
