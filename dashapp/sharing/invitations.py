"""The mail a viewer gets: who shares what, a message, their own link and the password. Written to the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.mail import outbox
from dashapp.sharing.opening import dress_of
from dashapp.sharing.viewers import viewer_url

#: As it is told: the same with a comma.
LONGEST_MESSAGE, TOLD = 5_000, "5,000"


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    opening: str
    link: str
    password: str
    ask: str
    changed_subject: str
    changed: str
    apart: str
    apart_subject: str
    apart_text: str
    closing: str


_WORDS = {
    "en": _Words(
        "{agency}: report for {workspace}",
        "{sender} of {agency} shares a report for {workspace} with you. It is always up to date and needs no "
        "account.",
        "Open the report: {url}",
        "Password: {password}",
        "The report asks for a password. {sender} will give it to you.",
        "New password for the report for {workspace}",
        "The password of the report for {workspace} has changed. The one you had no longer works. Your link is the "
        "same.",
        "The password comes in a mail of its own.",
        "Password for the report for {workspace}",
        "{sender} of {agency} sent you a link to the report for {workspace}. This is the password for it.",
        "This link is yours alone. Please do not pass it on.",
    ),
    "fr": _Words(
        "{agency} : rapport pour {workspace}",
        "{sender}, de {agency}, partage avec vous un rapport pour {workspace}. Il est toujours à jour et se "
        "consulte sans compte.",
        "Ouvrir le rapport : {url}",
        "Mot de passe : {password}",
        "Le rapport demande un mot de passe. {sender} vous le communiquera.",
        "Nouveau mot de passe du rapport pour {workspace}",
        "Le mot de passe du rapport pour {workspace} a changé. L’ancien ne fonctionne plus. Votre lien reste le "
        "même.",
        "Le mot de passe arrive dans un e-mail à part.",
        "Mot de passe du rapport pour {workspace}",
        "{sender}, de {agency}, vous a envoyé un lien vers le rapport pour {workspace}. Voici le mot de passe.",
        "Ce lien vous est personnel. Merci de ne pas le transmettre.",
    ),
    "de": _Words(
        "{agency}: Bericht für {workspace}",
        "{sender} von {agency} teilt mit Ihnen einen Bericht für {workspace}. Er ist immer aktuell und braucht "
        "kein Konto.",
        "Bericht öffnen: {url}",
        "Passwort: {password}",
        "Der Bericht fragt nach einem Passwort. {sender} teilt es Ihnen mit.",
        "Neues Passwort für den Bericht für {workspace}",
        "Das Passwort des Berichts für {workspace} wurde geändert. Das bisherige gilt nicht mehr. Ihr Link bleibt "
        "derselbe.",
        "Das Passwort kommt in einer eigenen E-Mail.",
        "Passwort für den Bericht für {workspace}",
        "{sender} von {agency} hat Ihnen einen Link zum Bericht für {workspace} geschickt. Dies ist das Passwort.",
        "Dieser Link ist nur für Sie. Bitte geben Sie ihn nicht weiter.",
    ),
}


def clean_message(message: str | None) -> str:
    """A message as it is sent. Raises Refused over 5,000 characters or with a NUL."""
    message = (message or "").replace("\r\n", "\n").strip()
    if len(message) > LONGEST_MESSAGE or "\0" in message:
        raise Refused(f"A message has at most {TOLD} characters.")
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
    occasion: str = "invited",
    apart: bool = False,
) -> int:
    """Write one mail to each viewer; how many. `occasion` makes a mail to the same person a new one.

    `apart`: the password comes in a second mail, which holds no link.
    """
    note = clean_message(message)
    words = _WORDS.get(share.language or language, _WORDS["en"])
    workspace = session.get_one(Workspace, share.workspace_id)
    marks = {"sender": sender, "agency": dress_of(workspace).name, "workspace": workspace.name}
    password = _password_line(settings, share, words, sender)
    known = known_password(settings, share)
    apart = apart and known is not None
    for viewer in viewers:
        link = words.link.format(url=viewer_url(settings, viewer))
        if apart:
            told = [words.apart_text.format(**marks), password]
            _put(
                session, workspace, viewer, f"{occasion}: password", words.apart_subject.format(**marks), told
            )
            password_or_where = words.apart
        else:
            password_or_where = password
        parts = [words.opening.format(**marks), note, f"{link}\n{password_or_where}".strip(), words.closing]
        _put(session, workspace, viewer, occasion, words.subject.format(**marks), parts)
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
    """Tell the viewers that are not barred the password in force, without their link; once for each password."""
    words = _WORDS.get(share.language or language, _WORDS["en"])
    workspace = session.get_one(Workspace, share.workspace_id)
    password = _password_line(settings, share, words, sender)
    told = [viewer for viewer in viewers if viewer.state == "active"]
    for viewer in told:
        parts = [words.changed.format(workspace=workspace.name), password]
        subject = words.changed_subject.format(workspace=workspace.name)
        _put(session, workspace, viewer, f"password {share.version}", subject, parts)
    return len(told)


def known_password(settings: Settings, share: Share) -> str | None:
    """The password, where it was kept to be given to more people."""
    return (
        None if share.password_sealed is None else tokens.unseal(settings.secret_key, share.password_sealed)
    )


def _password_line(settings: Settings, share: Share, words: _Words, sender: str) -> str:
    if share.password_hash is None:
        return ""
    password = known_password(settings, share)
    return words.ask.format(sender=sender) if password is None else words.password.format(password=password)


def _put(
    session: Session,
    workspace: Workspace,
    viewer: ShareViewer,
    occasion: str,
    subject: str,
    parts: Sequence[str],
) -> None:
    subject = "".join(c if c.isprintable() else " " for c in subject)[: outbox.LONGEST_SUBJECT]
    outbox.put(
        session,
        key=f"share viewer {viewer.id}: {occasion}",
        agency_id=workspace.managing_agency_id,
        to=viewer.email,
        subject=subject,
        text="\n\n".join(part for part in parts if part) + "\n",
    )
