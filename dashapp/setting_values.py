"""What the value of one setting may look like: each of these takes the text and returns it as it is kept.

They raise ValueError with half a sentence, which `dashapp/config.py` completes with the setting's name.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from dashapp.mail_server import mail_server

MIN_TOKEN_CHARACTERS = 20
#: What Spark takes as a master. Spark Connect (sc://) is another protocol, which the build does not speak.
_SPARK_MASTER = re.compile(
    r"local(\[(\*|[1-9]\d*)\])?|yarn|spark://[^\s,/:]+:\d+(,[^\s,/:]+:\d+)*|k8s://(https?://)?[^\s/]+"
)


def web_address(value: str) -> str:
    """Without the slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an address like https://reports.example.com")
    return value.rstrip("/")


def database_address(value: str) -> str:
    """PostgreSQL always with its driver, psycopg."""
    if not value.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("must start with sqlite:/// or postgresql://")
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def lake_address(value: str) -> str:
    """A folder, or s3://bucket/prefix."""
    if "://" in value and not value.startswith("s3://"):
        raise ValueError("must be a folder or an address like s3://bucket/prefix")
    return value


def spark_master(value: str) -> str:
    """What Spark itself takes as a master."""
    if not _SPARK_MASTER.fullmatch(value):
        raise ValueError(
            "must be a Spark master such as local[4], spark://host:7077, k8s://https://host:6443 or yarn"
        )
    return value


def ip_address(value: str) -> str:
    """As sockets write it, for waitress compares texts. No `*`: then whoever reaches the port would be believed."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("must be the IP address of one proxy, such as 127.0.0.1") from None


def bearer_token(value: str) -> str:
    """What can stand in an Authorization header, and is too long to guess."""
    if len(value) < MIN_TOKEN_CHARACTERS or not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value):
        raise ValueError(f"must have {MIN_TOKEN_CHARACTERS} letters, digits or -._~+/ at least")
    return value


def smtp_address(value: str) -> str:
    """What `dashapp/mail_server.py` can read."""
    mail_server(value)
    return value


def issuer_address(value: str) -> str:
    """https:// except on this machine, and nothing behind the path."""
    parts = urlsplit(value)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ValueError("must be the issuer's address, beginning with https://")
    if not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be the issuer's address, without ? and #")
    return value


#: The plans of a workspace, and what is allowed to an agency as a whole.
LIMITED_PLANS = ("free", "trial", "pro", "agency")


@dataclass(frozen=True)
class OidcRole:
    """Whoever has `value` in the claim gets this role in this agency."""

    value: str
    agency: str
    role: str


def oidc_roles(value: str) -> tuple[OidcRole, ...]:
    """What VITRINE_OIDC_ROLES says. Raises ValueError with half a sentence."""
    roles = []
    for part in value.split(","):
        name, equals, place = part.strip().rpartition("=")
        agency, colon, role = place.partition(":")
        if not (equals and colon and name and agency and role in {"admin", "manager", "member"}):
            raise ValueError(
                "must be like staff=agency-slug:member,leads=agency-slug:admin "
                "(roles: admin, manager, member)"
            )
        roles.append(OidcRole(name, agency, role))
    return tuple(roles)


def role_list(value: str) -> str:
    """What `oidc_roles` can read."""
    oidc_roles(value)
    return value


def plan_limits(value: str | None) -> dict[tuple[str, str], int]:
    """ "free.links=3,agency.workspaces=50" as (plan, thing) → how many. Raises ValueError."""
    limits: dict[tuple[str, str], int] = {}
    for part in (value or "").split(","):
        name, equals, number = part.strip().partition("=")
        plan, _, thing = name.partition(".")
        things = ("workspaces", "events", "links") if plan == "agency" else ("events", "links")
        if plan not in LIMITED_PLANS or thing not in things or not equals or not number.isascii():
            raise ValueError("give pairs such as free.links=3,free.events=100000,agency.workspaces=50")
        if not number.isdigit() or len(number) > 15:
            raise ValueError(f"{name} needs a whole number")
        limits[plan, thing] = int(number)
    return limits


def limit_list(value: str) -> str:
    """What `plan_limits` can read."""
    plan_limits(value)
    return value
