"""Settings from `VITRINE_*`: the only place that reads the environment.

A bad value, an unknown `VITRINE_*` name or any `DASH_*` variable stops the start with a sentence that names
it: Dash reads variables of its own, and `DASH_MCP_ENABLED=true` alone would publish an endpoint without log-in.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dashapp import setting_values as values
from dashapp.errors import BadSetting
from dashapp.mail_server import MailServer, mail_server

PREFIX = "VITRINE_"
MIN_SECRET_BYTES = 32
#: Secrets people paste from examples; a signed cookie is worth nothing with one of them.
WEAK_SECRETS = frozenset({"change-me", "changeme", "secret", "dev", "development", "password", "vitrine"})


@dataclass(frozen=True)
class OidcProvider:
    """An identity provider people may log in with. `claim`: the one that `roles` look into."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    claim: str
    roles: tuple[values.OidcRole, ...]


@dataclass(frozen=True)
class GoogleClient:
    """This installation as Google knows it, for the contacts of people who link their account."""

    client_id: str
    client_secret: str = field(repr=False)


class Settings(BaseModel):
    """What the process runs with. Frozen: nothing changes a setting after the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8050
    database_url: Annotated[str, AfterValidator(values.database_address)]
    lake_url: Annotated[str, AfterValidator(values.lake_address)]
    secret_key: str = Field(repr=False)
    public_url: Annotated[str, AfterValidator(values.web_address)]
    smtp_url: Annotated[str, AfterValidator(values.smtp_address)] | None = Field(default=None, repr=False)
    spark_url: Annotated[str, AfterValidator(values.spark_master)] | None = None
    cache_mb: Annotated[int, Field(ge=1)] = 10_240
    web_lake: Literal["write", "read"] = "write"
    watched_folder: Path | None = None
    trusted_proxy: Annotated[str, AfterValidator(values.ip_address)] | None = None
    signup: Literal["open", "invited"] = "invited"
    limits: Annotated[str, AfterValidator(values.limit_list)] | None = None
    oidc_issuer: Annotated[str, AfterValidator(values.issuer_address)] | None = None
    oidc_client_id: Annotated[str, Field(min_length=1)] | None = None
    oidc_client_secret: Annotated[str, Field(min_length=1)] | None = Field(default=None, repr=False)
    oidc_name: Annotated[str, Field(min_length=1, max_length=40)] = "SSO"
    oidc_claim: Annotated[str, Field(min_length=1, max_length=100)] = "groups"
    oidc_roles: Annotated[str, AfterValidator(values.role_list)] | None = None
    google_client_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    google_client_secret: Annotated[str, Field(min_length=1)] | None = Field(default=None, repr=False)
    metrics_token: Annotated[str, AfterValidator(values.bearer_token)] | None = Field(
        default=None, repr=False
    )

    @property
    def erasing_key(self) -> bytes:
        """What people who were erased are known by (data/lake/erased.py): 32 bytes made of the secret key."""
        return blake2b(self.secret_key.encode(), digest_size=32, person=b"erased people").digest()

    @property
    def https(self) -> bool:
        """True when people reach us over TLS: then cookies are Secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def google(self) -> GoogleClient | None:
        """As whom people link their Google accounts; None: they cannot."""
        if self.google_client_id is None or self.google_client_secret is None:
            return None
        return GoogleClient(self.google_client_id, self.google_client_secret)

    @property
    def oidc(self) -> OidcProvider | None:
        """Whom people may log in with; None: with Vitrine's own passwords and passkeys only."""
        if self.oidc_issuer is None or self.oidc_client_id is None or self.oidc_client_secret is None:
            return None
        return OidcProvider(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            name=self.oidc_name,
            claim=self.oidc_claim,
            roles=values.oidc_roles(self.oidc_roles) if self.oidc_roles else (),
        )

    @property
    def mail_server(self) -> MailServer | None:
        """Where mails go; None: they wait in the outbox."""
        return None if self.smtp_url is None else mail_server(self.smtp_url)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; make VITRINE_HOME (mode 700) and, on SQLite, a secret key kept there (mode 600).

    Raises BadSetting with one sentence that names the variable.
    """
    env = os.environ if environ is None else environ
    for name in env:
        if name.startswith("DASH_"):
            raise BadSetting(f"{name} is set: Vitrine does not start with any DASH_* variable; unset it.")
    given = {
        name.removeprefix(PREFIX).lower(): value for name, value in env.items() if name.startswith(PREFIX)
    }
    unknown = sorted(set(given) - set(Settings.model_fields))
    if unknown:
        raise BadSetting(f"{PREFIX}{unknown[0].upper()} is not a setting of Vitrine; see docs/interfaces.md.")
    home = Path(given.pop("home", "var")).resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"VITRINE_HOME cannot be made at {home}: {error.strerror}.") from error
    given.setdefault("database_url", f"sqlite:///{home / 'vitrine.db'}")
    given.setdefault("lake_url", str(home / "lake"))
    given.setdefault("public_url", f"http://{given.get('host', '127.0.0.1')}:{given.get('port', '8050')}")
    if "secret_key" not in given:
        if not given["database_url"].startswith("sqlite:"):
            raise BadSetting("VITRINE_SECRET_KEY is required with PostgreSQL: every process must share one.")
        given["secret_key"] = _kept_secret(home)
    _check_secret(given["secret_key"])
    together = [f"oidc_{part}" for part in ("issuer", "client_id", "client_secret")]
    if any(name.startswith("oidc_") for name in given) and (
        missing := next((name for name in together if name not in given), None)
    ):
        raise BadSetting(
            f"{PREFIX}{missing.upper()} is missing: OIDC needs VITRINE_OIDC_ISSUER, VITRINE_OIDC_CLIENT_ID and "
            "VITRINE_OIDC_CLIENT_SECRET together."
        )
    if ("google_client_id" in given) != ("google_client_secret" in given):
        raise BadSetting(
            "VITRINE_GOOGLE_CLIENT_ID and VITRINE_GOOGLE_CLIENT_SECRET are set together or not at all."
        )
    try:
        return Settings.model_validate({"home": home, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}"
        reason = first["msg"].removeprefix("Value error, ").lower()
        raise BadSetting(f"{name} is wrong: {reason}.") from error


def _check_secret(secret: str) -> None:
    if secret.lower() in WEAK_SECRETS or len(secret.encode()) < MIN_SECRET_BYTES or len(set(secret)) < 8:
        raise BadSetting(
            "VITRINE_SECRET_KEY is missing or weak: give at least 32 random bytes, "
            'such as the output of: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


def _kept_secret(home: Path) -> str:
    """The key made at the first start; two processes that start at once agree on one."""
    path = home / "secret_key"
    with contextlib.suppress(FileExistsError):
        temporary = home / f".secret_key.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails when another process was first: its key stays
        finally:
            temporary.unlink()
    return path.read_text().strip()
