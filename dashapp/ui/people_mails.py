"""The mails about somebody's own account: confirming an address, a reset, and what was changed.

Each is in the reader's language where it is known, and under the name of their agency where they have just one.
They belong to no agency's outbox: nobody else reads a link that opens an account.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.tenants import (
    DEFAULT_BRAND,
    MANAGING,
    Agency,
    AgencyLink,
    AgencyMember,
    User,
    WorkspaceMember,
)
from dashapp.languages import supported
from dashapp.mail import outbox
from dashapp.ui.language.say import language, say, speaking
from dashapp.ui.letters import Letter


def send_confirmation(session: Session, settings: Settings, email: str, token: str) -> None:
    """The link that makes the account somebody signed up for."""
    letter = confirmation(f"{settings.public_url}/signup/{token}")
    _put(session, f"signup:{tokens.fingerprint(token)[:24]}", email, letter)


def confirmation(url: str) -> Letter:
    """What it says."""
    return Letter(
        say("Confirm your e-mail address"),
        (say("You are one step away from your account. Confirm that this address is yours."),),
        ((say("Confirm and log in"), url),),
        say("The link works once and ends after 72 hours. If you did not sign up, do nothing."),
    )


def send_known(session: Session, settings: Settings, user: User) -> None:
    """To an address that has an account already, when somebody signs up with it."""
    with speaking(_language_of(user)):
        _put(
            session,
            f"known:{tokens.random_token()[:24]}",
            user.email,
            known(settings.public_url, _look(session, user)),
        )


def known(public_url: str, look: dict[str, str]) -> Letter:
    """What it says."""
    return Letter(
        say("You have an account already"),
        (
            say("Somebody, probably you, wanted to sign up with this address. It has an account already."),
            say("Log in with it, or choose a new password if you lost yours."),
        ),
        ((say("Log in"), f"{public_url}/login"), (say("Choose a new password"), f"{public_url}/reset")),
        say("If it was not you, do nothing."),
        **look,
    )


def send_reset(session: Session, settings: Settings, user: User | None, token: str) -> None:
    """The link for a new password. Without an account it is written as well, and goes nowhere: same work."""
    with speaking(_language_of(user)):
        letter = reset(f"{settings.public_url}/reset/{token}", _look(session, user))
        if user is None:
            _ = (letter.text, letter.html)
            return
        _put(session, f"reset:{tokens.fingerprint(token)[:24]}", user.email, letter)


def reset(url: str, look: dict[str, str]) -> Letter:
    """What it says."""
    return Letter(
        say("Choose a new password"),
        (
            say("Somebody, probably you, asked for a new password for your account."),
            say("Choosing one logs you out everywhere else."),
        ),
        ((say("Choose a new password"), url),),
        say(
            "The link works once and ends after one hour. If you did not ask for it, do nothing: nothing changes."
        ),
        **look,
    )


def send_email_link(session: Session, settings: Settings, user: User, email: str, token: str) -> None:
    """The link that confirms a new address, sent to it."""
    with speaking(_language_of(user)):
        letter = email_link(f"{settings.public_url}/email/{token}", email, _look(session, user))
        _put(session, f"email:{tokens.fingerprint(token)[:24]}", email, letter)


def email_link(url: str, email: str, look: dict[str, str]) -> Letter:
    """What it says."""
    return Letter(
        say("Confirm your new e-mail address"),
        (say("From then on you log in with {email}.", email=email),),
        ((say("Confirm the address"), url),),
        say("The link works once and ends after 72 hours. If you did not ask for it, do nothing."),
        **look,
    )


def send_email_changed(session: Session, settings: Settings, user: User, old: str) -> None:
    """To the old address: it is no longer the account's."""
    with speaking(_language_of(user)):
        letter = changed(
            say("Your account has a new e-mail address"), settings.public_url, _look(session, user)
        )
        _put(session, f"email-changed:{tokens.random_token()[:24]}", old, letter)


def send_password_changed(session: Session, settings: Settings, user: User) -> None:
    """A password was changed or reset."""
    with speaking(_language_of(user)):
        letter = changed(say("Your password was changed"), settings.public_url, _look(session, user))
        _put(session, f"password-changed:{tokens.random_token()[:24]}", user.email, letter)


def send_factor_changed(session: Session, settings: Settings, user: User) -> None:
    """A second factor was added or removed."""
    with speaking(_language_of(user)):
        letter = changed(
            say("The second factor of your account was changed"), settings.public_url, _look(session, user)
        )
        _put(session, f"factor-changed:{tokens.random_token()[:24]}", user.email, letter)


def changed(subject: str, public_url: str, look: dict[str, str]) -> Letter:
    """What a mail says that something was changed."""
    return Letter(
        subject,
        (
            say("If it was you, there is nothing to do."),
            say("If it was not you, choose a new password now: it logs out everybody who uses your account."),
        ),
        ((say("Choose a new password"), f"{public_url}/reset"),),
        **look,
    )


def _put(session: Session, key: str, to: str, letter: Letter) -> None:
    outbox.put(
        session,
        key=key,
        agency_id=None,
        to=to,
        from_name=outbox.sender_name(letter.sender),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


def _look(session: Session, user: User | None) -> dict[str, str]:
    """The name and colour of the one agency somebody belongs to, themselves or by a workspace; else Vitrine's."""
    user_id = 0 if user is None else user.id
    own = select(AgencyMember.agency_id).where(AgencyMember.user_id == user_id)
    through = (
        select(AgencyLink.agency_id)
        .join(WorkspaceMember, WorkspaceMember.workspace_id == AgencyLink.workspace_id)
        .where(WorkspaceMember.user_id == user_id, AgencyLink.state == MANAGING)
    )
    agencies = session.execute(
        select(Agency.name, Agency.brand).where(Agency.id.in_(own.union(through))).limit(2)
    ).all()
    if len(agencies) != 1:
        return {"sender": "Vitrine", "brand": DEFAULT_BRAND}
    return {"sender": agencies[0].name, "brand": agencies[0].brand}


def _language_of(user: User | None) -> str:
    return (None if user is None else supported(user.language)) or language()
