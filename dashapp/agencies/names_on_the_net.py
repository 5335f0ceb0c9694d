"""What the network says of a host name: its addresses, its TXT records, whether it answers with TLS.

The one place that asks it; tests put another `Network` in its place.
"""

from __future__ import annotations

import socket
import ssl
from typing import Protocol

import dns.exception
import dns.resolver

#: Seconds one question may take.
TIMEOUT_S = 5.0


class Network(Protocol):
    """What is asked of the network."""

    def addresses(self, host: str) -> frozenset[str]:
        """The IP addresses of a name; none where it has none."""
        ...

    def texts(self, name: str) -> frozenset[str]:
        """The TXT records of a name; none where it has none."""
        ...

    def tls_problem(self, host: str) -> str | None:
        """Why a TLS connection to port 443 of the name fails; None when it works."""
        ...


class Internet:
    """The network this machine is in."""

    def addresses(self, host: str) -> frozenset[str]:
        """See Network."""
        try:
            found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return frozenset()
        return frozenset(str(one[4][0]) for one in found)

    def texts(self, name: str) -> frozenset[str]:
        """See Network."""
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT_S)
        except (dns.exception.DNSException, OSError):
            return frozenset()
        return frozenset(b"".join(one.strings).decode("utf-8", "replace") for one in answer)

    def tls_problem(self, host: str) -> str | None:
        """See Network. Ask it of a name only that has our own address: it connects."""
        context = ssl.create_default_context()
        try:
            with (
                socket.create_connection((host, 443), timeout=TIMEOUT_S) as raw,
                context.wrap_socket(raw, server_hostname=host),
            ):
                return None
        except ssl.SSLError as error:
            return str(getattr(error, "verify_message", "") or error.reason or error)
        except OSError as error:
            return error.strerror or str(error)


def network() -> Network:
    """The network; a seam for tests."""
    return Internet()
