"""The mail a viewer gets: who shares what, a message, their own link and the password. Written to the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.mail import outbox
from dashapp.sharing import waiting
from dashapp.sharing.opening import dress_of
from dashapp.sharing.viewers import viewer_url
from dashapp.ui.language.say import say, speaking
from dashapp.ui.letters import Letter

LONGEST_MESSAGE = 5_000


def clean_message(message: str | None) -> str:
    """A message as it is sent. Raises Refused over 5,000 characters or with a NUL."""
    message = (message or "").replace("\r\n", "\n").strip()
    if len(message) > LONGEST_MESSAGE or "\0" in message:
        raise Refused("A message has at most {most} characters.", most=LONGEST_MESSAGE)
    return message


def invite(
    session: Session,
    settings: Settings,
    share: Share,
    viewers: Sequence[ShareViewer],
    *,
    sender: str,
    message: str | None = None,
    language: str = "en",
    apart: bool = False,
) -> int:
    """Write one mail to each viewer; how many.

    `apart`: the password comes in a second mail, which holds no link.
    """
    note = clean_message(message)
    workspace = session.get_one(Workspace, share.workspace_id)
    agency = dress_of(workspace).name
    password = known_password(settings, share)
    with speaking(share.language or language):
        subject = say("{agency}: report for {workspace}", agency=agency, workspace=workspace.name)
        opening = say(
            "{sender} of {agency} shares a report for {workspace} with you. It is always up to date and needs no "
            "account.",
            sender=sender,
            agency=agency,
            workspace=workspace.name,
        )
        closing = say("This link is yours alone. Please do not pass it on.")
        for viewer in viewers:
            button = (say("Open the report"), viewer_url(settings, viewer))
            secret = _password(share, password, sender)
            tells = password is not None and not apart
            if apart and password is not None:
                secret = say("The password comes in a mail of its own.")
                told = say("Password for the report for {workspace}", workspace=workspace.name)
                alone = say(
                    "{sender} of {agency} sent you a link to the report for {workspace}. "
                    "This is the password for it.",
                    sender=sender,
                    agency=agency,
                    workspace=workspace.name,
                )
                second = [alone, say("Password: {password}", password=password)]
                letter = _letter(workspace, told, second)
                _put(session, workspace, viewer, waiting.APART, letter, share.version)
            letter = _letter(workspace, subject, [opening, note, secret], [button], closing)
            _put(session, workspace, viewer, "invited", letter, share.version if tells else None)
    return len(viewers)


def tell_new_password(
    session: Session,
    settings: Settings,
    share: Share,
    viewers: Sequence[ShareViewer],
    *,
    sender: str,
    language: str = "en",
) -> int:
    """Tell the viewers that are not barred the password in force, without their link; once for each password.

    For whom a mail with it waits, such as an invitation, that is enough. Gives how many read it.
    """
    workspace = session.get_one(Workspace, share.workspace_id)
    knowing = waiting.told_already(session, share)
    told = [viewer for viewer in viewers if viewer.state == "active"]
    with speaking(share.language or language):
        subject = say("New password for the report for {workspace}", workspace=workspace.name)
        changed = say(
            "The password of the report for {workspace} has changed. The one you had no longer works. "
            "Your link is the same.",
            workspace=workspace.name,
        )
        for viewer in told:
            if viewer.id in knowing:
                continue
            parts = [changed, _password(share, known_password(settings, share), sender)]
            _put(session, workspace, viewer, "", _letter(workspace, subject, parts), share.version)
    return len(told)


def known_password(settings: Settings, share: Share) -> str | None:
    """The password, where it was kept to be given to more people."""
    return (
        None if share.password_sealed is None else tokens.unseal(settings.secret_key, share.password_sealed)
    )


def _password(share: Share, password: str | None, sender: str) -> str:
    """What to know about the password; "" for a share without one."""
    if share.password_hash is None:
        return ""
    if password is None:
        return say("The report asks for a password. {sender} will give it to you.", sender=sender)
    return say("Password: {password}", password=password)


def _letter(
    workspace: Workspace,
    subject: str,
    paragraphs: Sequence[str],
    buttons: Sequence[tuple[str, str]] = (),
    small: str = "",
) -> Letter:
    """In the look of who manages the workspace. A password ends a paragraph of its own (`waiting.renew`)."""
    dress = dress_of(workspace)
    subject = "".join(c if c.isprintable() else " " for c in subject)[: outbox.LONGEST_SUBJECT]
    told = [one for one in paragraphs if one]
    return Letter(subject, told, buttons, small, sender=dress.name, brand=dress.brand)


def _put(
    session: Session,
    workspace: Workspace,
    viewer: ShareViewer,
    occasion: str,
    letter: Letter,
    version: int | None,
) -> None:
    """`version`: the share's, where the mail tells its password."""
    outbox.put(
        session,
        key=f"share viewer {viewer.id}: {waiting.what_of(occasion, version)}",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        to=viewer.email,
        from_name=outbox.sender_name(letter.sender),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )
