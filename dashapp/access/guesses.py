"""Guessing a password: limits for one network, and a slower one over all of them.

Whoever guesses from one network is stopped by the first limit. Whoever guesses from many meets the second: once an
account or a link has seen too many wrong passwords, each network has one try in a window instead of several. That
slows guessing down by as much, and is never a lock: the right password, typed right, still opens from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from dashapp.access import attempts
from dashapp.access.networks import network_of


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a password may be wrong. `bucket` names it in the database; windows in seconds.

    `tries`: from one network, in `window_s`. `tries_overall`: from all of them together, in `overall_s`.
    """

    bucket: str
    tries: int
    window_s: int
    tries_overall: int
    overall_s: int

    @property
    def overall(self) -> str:
        """The bucket of the count over all networks."""
        return f"{self.bucket}-all"


def count_guess(
    engine: Engine,
    limit: Limit,
    what: str,
    ip: str,
    *,
    device: str | None = None,
    clock: float | None = None,
) -> None:
    """Count one try at the password of `what` (an account, a link) from `ip`, before it is judged.

    `device`: the number of a browser its person has logged in with before (devices.py), which has tries of its own
    whatever others used up. Raises TooMany when this network, or that browser, has no try left. A try that is
    refused does not count against the others.
    """
    key = _key(what, ip, device)
    count, retry_after = attempts.count(engine, limit.bucket, key, limit.window_s, clock=clock)
    if count > limit.tries:
        raise attempts.too_many(retry_after)
    if device is not None:
        return
    overall, _ = attempts.count(engine, limit.overall, what, limit.overall_s, clock=clock)
    if overall > limit.tries_overall and count > 1:
        raise attempts.too_many(retry_after)


def was_right(
    engine: Engine,
    limit: Limit,
    what: str,
    ip: str,
    *,
    device: str | None = None,
    clock: float | None = None,
) -> None:
    """The password was right: this network's wrong ones are forgotten, and this try was no guess."""
    attempts.forget(engine, limit.bucket, _key(what, ip, device))
    if device is not None:
        return
    attempts.take_back(engine, limit.overall, what, limit.overall_s, clock=clock)


def _key(what: str, ip: str, device: str | None = None) -> str:
    return f"{what}|{network_of(ip)}" if device is None else f"{what}|device {device}"
