"""Sources: how deliveries of providers and files are read.

A module of `providers/` with a constant `SOURCE` (a `Source`) is a webhook provider. Only modules here know the
names of providers' fields; what they hand on are canonical records (docs/events.md).
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol

from data.events.canonical import Parked


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One webhook request. `headers`: lower-case names.

    `body`: the raw bytes; of a big mail what is left without its attachments, and `digests` is then what
    `Source.hashes` made of the body as it came.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    digests: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a source signs with; `previous` is also accepted while one is rotated.

    `key_is_secret`: the provider can neither sign nor send a password, the key in the path is all.
    """

    current: str
    previous: str | None = None
    key_is_secret: bool = False

    def each(self) -> tuple[str, ...]:
        """The secrets to try; an empty one is none."""
        return tuple(secret for secret in (self.current, self.previous) if secret)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one request held: canonical records (each with `raw`), and what could not be read."""

    records: list[dict[str, Any]]
    parked: list[Parked] = field(default_factory=list)


class Hash(Protocol):
    """A digest that is fed a body piece by piece."""

    def update(self, piece: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


def _no_hashes(_request: HookRequest, _secrets: Secrets) -> Sequence[Hash]:
    return ()


def _no_handshake(_request: HookRequest) -> bool:
    return False


def _any_key(_secret: str) -> str | None:
    return None


#: Names of JSON strings that hold an attachment, or the whole mail once more.
ATTACHMENT: Final = re.compile(rb"Content|RawEmail")


@dataclass(frozen=True, slots=True)
class Source:
    """One provider. `verify` raises BadSignature, `parse` raises NotThisForm; verify comes first.

    `secret_label`: what the secret is at the provider, for the person who types it in. `steps`: how to connect, in
    the words of the provider's own menus; a step that names Vitrine's address or secret says "the address", "the
    secret".

    `makes_secret`: the provider issues the key, so that one of ours would be of no use. `key_follows`: it does so
    once the address is saved there, so a source begins without one and takes nothing until it has it. `wrong_key`:
    why a key that was pasted cannot be right, or None. `password`: the secret is one, sent with HTTP basic auth;
    `in_address`: the provider takes it in the address only. `address_can_do`: it may be set up in ways that send
    neither a signature nor a password; then the key in the path can be all there is.

    `handshake`: whether a verified request only sets the connection up, which it then has done; it is not parsed.

    `takes_mail`: it also delivers arrived mail, with its attachments. Such a body is read piece by piece: `hashes`
    are fed all of it, `dropped` names the JSON strings that are left out, and `json_field` the form field that
    holds the JSON.
    """

    name: str
    label: str
    verify: Callable[[HookRequest, Secrets, datetime], None]
    parse: Callable[[HookRequest], Delivery]
    secret_label: str = "Signing secret"  # noqa: S105 (a label)
    steps: tuple[str, ...] = ()
    makes_secret: bool = False
    key_follows: bool = False
    wrong_key: Callable[[str], str | None] = _any_key
    password: bool = False
    in_address: bool = False
    address_can_do: bool = False
    handshake: Callable[[HookRequest], bool] = _no_handshake
    takes_mail: bool = False
    hashes: Callable[[HookRequest, Secrets], Sequence[Hash]] = _no_hashes
    dropped: re.Pattern[bytes] = ATTACHMENT
    json_field: str | None = None


@cache
def sources() -> dict[str, Source]:
    """Every provider by its name in the path, ordered by name."""
    from data.sources import providers

    found: dict[str, Source] = {}
    for module in pkgutil.iter_modules(providers.__path__, providers.__name__ + "."):
        source = getattr(importlib.import_module(module.name), "SOURCE", None)
        if isinstance(source, Source):
            if source.name in found:
                raise RuntimeError(f"two sources are named {source.name}")
            found[source.name] = source
    return dict(sorted(found.items()))
