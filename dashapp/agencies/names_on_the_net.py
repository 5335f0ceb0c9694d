"""What the network says of a host name: its addresses, its TXT records, whether it answers with TLS.

The one place that asks it; tests put another `Network` in its place. "There is none" is an answer; a server that
fails or is silent has said nothing, which is `NoAnswer`.
"""

from __future__ import annotations

import socket
import ssl
from typing import Protocol

#: Seconds one question may take.
TIMEOUT_S = 5.0
#: What the resolver says of a name that is not there, or has no address.
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NoAnswer(Exception):
    """The network said nothing just now; asked again it may."""


class Network(Protocol):
    """What is asked of the network. Each raises NoAnswer."""

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
        except UnicodeError:
            return frozenset()
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                return frozenset()
            raise NoAnswer(str(error.strerror or error)) from error
        except OSError as error:
            raise NoAnswer(str(error)) from error
        return frozenset(str(one[4][0]) for one in found)

    def texts(self, name: str) -> frozenset[str]:
        """See Network."""
        import dns.exception  # 2 MB that few processes ever need
        import dns.name
        import dns.resolver

        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT_S)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.NameTooLong):
            return frozenset()
        except (dns.exception.DNSException, OSError) as error:  # SERVFAIL, timeouts, no way to a server
            raise NoAnswer(str(error)) from error
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
        except OSError as error:  # closed, silent, or not reached
            raise NoAnswer(error.strerror or str(error)) from error


def network() -> Network:
    """The network; a seam for tests."""
    return Internet()
