"""Deadlines of connections: whoever sends or reads too slowly loses theirs, and with it the seat of a download.

waitress ends connections on which nothing moves. It lets those live on whose clients send a byte now and then,
and those with a request under way. Each keeps one of `connection_limit` places, so here every part of a
connection's life has an end. Who opens thousands of connections fills the places all the same: only a proxy in
front, which limits them by address, helps against that.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

log = logging.getLogger("vitrine.web")

#: Seconds for a request to arrive whole, for an answer to leave whole, for a part of it to leave; for an idle
#: connection, and one on which nothing but blank lines come.
RECEIVE_S: Final = 60.0
SEND_S: Final = 300.0
STALL_S: Final = 20.0
IDLE_S: Final = 60.0


@dataclass(frozen=True)
class _Phase:
    """What a connection does since when. `of`: the request or answer it is, told apart by identity."""

    name: str
    of: object
    since: float


class Deadlines:
    """Looks at the connections of one server, again and again."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock, self._wall = clock, wall
        self._phases: dict[Any, _Phase] = {}

    def look(self, channels: Iterable[Any]) -> int:
        """End those connections (waitress's channels) that are over their time; how many."""
        now, phases, late = self._clock(), dict[Any, _Phase](), 0
        for channel in channels:
            name, of = _doing(channel)
            known = self._phases.get(channel)
            if known is None or known.name != name or known.of is not of:
                known = _Phase(name, of, now)
            phases[channel] = known
            if self._is_late(channel, known, now):
                _end(channel)
                late += 1
        self._phases = phases
        if late:
            log.info("%d connections were closed: their clients sent or read too slowly", late)
        return late

    def _is_late(self, channel: Any, phase: _Phase, now: float) -> bool:
        lasted = now - phase.since
        match phase.name:
            case "sending":
                # waitress stamps each byte that leaves by the wall clock.
                stalled = min(lasted, self._wall() - channel.last_activity)
                return lasted > SEND_S or stalled > STALL_S
            case "receiving":
                return lasted > RECEIVE_S
            case "idle":
                return lasted > IDLE_S
        return False  # a thread works on it


def _end(channel: Any) -> None:
    """Its loop is told by the socket itself, which is safe from another thread and wakes it at once.

    To mark the channel as waitress does is not enough: that is looked at when the socket can be written to, which
    that of a client who does not read never can.
    """
    with suppress(OSError):  # the client was quicker
        # What it did not read by now the system need not keep for it.
        channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        channel.socket.shutdown(socket.SHUT_RDWR)


def _doing(channel: Any) -> tuple[str, object]:
    if channel.total_outbufs_len:
        return "sending", None
    if channel.requests:
        return "working", None
    request = channel.request
    # Blank lines begin no request: waitress makes an empty one of each two, and none of them would ever be late.
    if request is not None and (request.headers_finished or request.header_plus.strip()):
        return "receiving", request
    # The buffer is another after each answer, so a connection that is used now and then is not taken for idle.
    return "idle", channel.outbufs[-1]
