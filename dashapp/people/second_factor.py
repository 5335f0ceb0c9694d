"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

A code of the app is taken once: the step it belongs to is kept, and a step that is not later is refused.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from io import BytesIO

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.people import AgencySecurity, Passkey, RecoveryCode, TotpSecret
from dashapp.db.tenants import Agency, User
from dashapp.errors import Refused

STEP_S = 30
#: Codes of the steps around now are taken: clocks differ.
STEPS_AROUND = 1
RECOVERY_CODES = 10
WRONG_CODE = "This code is incorrect. Enter the one your app shows now."


@dataclass(frozen=True)
class Enrolment:
    """A secret that is being set up. `picture`: the QR code as SVG; `typed`: the secret for typing it in."""

    secret: str
    typed: str
    picture: Markup


@dataclass(frozen=True)
class Factors:
    """What a person has. `recovery_codes`: how many are left."""

    app: bool
    recovery_codes: int
    passkeys: int

    @property
    def any(self) -> bool:
        """Whether a password alone is not enough."""
        return self.app or self.passkeys > 0


def factors_of(session: Session, user_id: int) -> Factors:
    """The person's second factors."""
    app, codes, keys = session.execute(
        select(
            select(func.count()).where(TotpSecret.user_id == user_id).scalar_subquery(),
            select(func.count()).where(RecoveryCode.user_id == user_id).scalar_subquery(),
            select(func.count()).where(Passkey.user_id == user_id).scalar_subquery(),
        )
    ).one()
    return Factors(bool(app), int(codes), int(keys))


def begin(email: str, issuer: str, secret: str | None = None) -> Enrolment:
    """A secret to set an app up with; with `secret`, the same again (after a wrong code)."""
    secret = secret or pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=2, xmldecl=False, svgns=True)
    typed = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return Enrolment(secret, typed, Markup(out.getvalue().decode()))  # noqa: S704 - drawn by segno, of squares


def enrol(session: Session, settings: Settings, user: User, secret: str, code: str) -> list[str]:
    """Set the app up, proved by a code of it; gives new recovery codes, to be shown this once.

    Raises Refused when the code is not right.
    """
    step = _step_of(secret, code, after=0)
    if step is None:
        raise Refused(WRONG_CODE)
    session.execute(delete(TotpSecret).where(TotpSecret.user_id == user.id))
    session.add(
        TotpSecret(user_id=user.id, secret_sealed=tokens.seal(settings.secret_key, secret), last_step=step)
    )
    session.flush()
    audit.record(session, user.email, "factor.app.add", detail=user.email)
    return new_recovery_codes(session, user)


def remove_app(session: Session, user: User) -> None:
    """Take the app away; the recovery codes go with the last factor."""
    session.execute(delete(TotpSecret).where(TotpSecret.user_id == user.id))
    if not factors_of(session, user.id).any:
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    audit.record(session, user.email, "factor.app.remove", detail=user.email)


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Ten new codes in place of what is left of the old ones, each of 50 random bits."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    codes = ["".join(secrets.choice(alphabet) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hashed(user.id, code)) for code in codes)
    session.flush()
    audit.record(session, user.email, "factor.codes", detail=user.email)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def take_code(session: Session, settings: Settings, user_id: int, typed: str) -> str | None:
    """Take a code of the app or a recovery code, once; says which it was ("app", "recovery"), None: neither."""
    code = "".join(c for c in typed.casefold() if c.isalnum())
    if len(code) == 6 and code.isdigit():
        row = session.get(TotpSecret, user_id)
        if row is None:
            return None
        secret = tokens.unseal(settings.secret_key, row.secret_sealed)
        step = _step_of(secret, code, after=row.last_step)
        if step is None:
            return None
        taken = session.execute(
            update(TotpSecret)
            .where(TotpSecret.user_id == user_id, TotpSecret.last_step < step)
            .values(last_step=step)
            .execution_options(synchronize_session=False)
        )
        return "app" if taken.rowcount == 1 else None  # type: ignore[attr-defined]
    used = session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hashed(user_id, code)
        )
    )
    return "recovery" if used.rowcount == 1 else None  # type: ignore[attr-defined]


def require(session: Session, agency: Agency, required: bool, *, actor: str) -> None:
    """Whether the owners and admins of an agency need a second factor, from their next request on."""
    row = session.get(AgencySecurity, agency.id)
    if row is None:
        session.add(AgencySecurity(agency_id=agency.id, second_factor_required=required))
    else:
        row.second_factor_required = required
    session.flush()
    audit.record(session, actor, "agency.second_factor", agency_id=agency.id, detail=str(required).lower())


def required_by(session: Session, agency: Agency) -> bool:
    """Whether the agency asks its owners and admins for one."""
    row = session.get(AgencySecurity, agency.id)
    return row is not None and row.second_factor_required


def _step_of(secret: str, code: str, *, after: int) -> int | None:
    """The step whose code this is, of those around now and later than `after`."""
    current = int(now().timestamp()) // STEP_S
    app = pyotp.TOTP(secret)
    found = None
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if secrets.compare_digest(app.at(step * STEP_S).encode(), code.encode()) and step > after:
            found = step
    return found


def _hashed(user_id: int, code: str) -> str:
    return tokens.fingerprint(f"recovery:{user_id}:{code}")
