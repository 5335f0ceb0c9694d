"""The doors: one module a provider or file format, found by walking this package.

A module with a constant `SOURCE` (a `Source`) is a webhook provider. Only modules here know the names of
providers' fields; what they hand on are canonical records (docs/events.md).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from data.events.canonical import Parked


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One webhook request. `headers`: lower-case names.

    `body`: the raw bytes; of a big mail what is left without its attachments, and `digest` then gives the SHA-256
    of a prefix and the body as it came (for who signs it).
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    digest: bytes | None = None


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


def _nothing(_headers: Mapping[str, str]) -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Source:
    """One provider. `verify` raises BadSignature, `parse` raises NotThisForm; verify comes first.

    `secret_label`: what the secret is at the provider, for the person who types it in. `makes_secret`: the provider
    makes it, so that one of ours would be of no use. `takes_mail`: it also delivers arrived mail, with its
    attachments. `signed_before`: of the headers, what is signed in front of the body.
    """

    name: str
    label: str
    verify: Callable[[HookRequest, Secrets, datetime], None]
    parse: Callable[[HookRequest], Delivery]
    secret_label: str = "Signing secret"  # noqa: S105 (a label)
    makes_secret: bool = False
    takes_mail: bool = False
    signed_before: Callable[[Mapping[str, str]], bytes] = _nothing


@cache
def sources() -> dict[str, Source]:
    """Every provider by its name in the path, ordered by name."""
    found: dict[str, Source] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        source = getattr(importlib.import_module(module.name), "SOURCE", None)
        if isinstance(source, Source):
            if source.name in found:
                raise RuntimeError(f"two sources are named {source.name}")
            found[source.name] = source
    return dict(sorted(found.items()))
