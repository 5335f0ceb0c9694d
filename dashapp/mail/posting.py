"""One mail over SMTP: what the server said of it, in three kinds (sent, refused for good, tried again later)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr
from typing import Literal, Protocol
from urllib.parse import urlsplit

from dashapp.mail_server import MailServer

#: Of each step of a conversation.
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Part:
    """A picture that the page shows as `cid:<name>` (`inline`), or a file attached under that name."""

    name: str
    kind: str
    body: bytes
    inline: bool = False


@dataclass(frozen=True)
class Post:
    """A claimed mail. `unsubscribe`: the address that ends such mails at one POST (RFC 8058)."""

    id: int
    claim: str
    to: str
    subject: str
    text: str
    created_at: datetime
    html: str | None = None
    parts: tuple[Part, ...] = ()
    unsubscribe: str | None = None
    #: Who it is from, by name: the agency, or the colleague who wrote it and whom an answer goes to.
    from_name: str | None = None
    reply_to: str | None = None
    #: What it is about, and to whom.
    key: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a try. `answered`: the server answered to the whole text, so nothing is unsure any more."""

    kind: Literal["sent", "refused", "later"]
    said: str = ""
    answered: bool = False


class NoServer(Exception):
    """The server cannot be reached, or will have no mail of ours: the message is a sentence."""


class Sender(Protocol):
    """What hands a mail over."""

    def send(self, post: Post, handing_over: Callable[[], bool]) -> Outcome:
        """`handing_over()` is called right before the text goes; False: do not. Raises NoServer."""
        ...


class SmtpSender:
    """The mail server of VITRINE_SMTP_URL: one conversation for each mail."""

    def __init__(self, server: MailServer, public_url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._server, self._timeout_s = server, timeout_s
        self._host = urlsplit(public_url).hostname or "localhost"
        self._from = server.sender or f"reports@{self._host}"

    def send(self, post: Post, handing_over: Callable[[], bool]) -> Outcome:
        """Hand one mail over."""
        try:
            smtp = self._open()
        except smtplib.SMTPResponseException as error:
            raise NoServer(
                f"The mail server refused us: {_answer(error.smtp_code, error.smtp_error)}"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NoServer(f"The mail server cannot be reached: {_one_line(str(error))}") from error
        try:
            return self._converse(smtp, post, handing_over)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # what became of the mail is known by now
                smtp.quit()
            smtp.close()

    def message(self, post: Post) -> bytes:
        """The mail as it goes: its Message-ID is the same at every try, so that receivers know a duplicate."""
        mail = EmailMessage(policy=SMTP_POLICY.clone(cte_type="7bit", utf8=not post.to.isascii()))
        mail["From"] = self._from if post.from_name is None else formataddr((post.from_name, self._from))
        mail["To"] = post.to
        mail["Subject"] = post.subject
        mail["Date"] = format_datetime(post.created_at)
        mail["Message-ID"] = f"<mail-{post.id}.{int(post.created_at.timestamp())}@{self._host}>"
        if post.reply_to is None:
            mail["Auto-Submitted"] = "auto-generated"
        else:
            mail["Reply-To"] = post.reply_to
        if post.unsubscribe is not None:
            mail["List-Unsubscribe"] = f"<{post.unsubscribe}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(post.text)
        if post.html is not None:
            mail.add_alternative(self._with_cids(post), subtype="html")
            page = list(mail.iter_parts())[-1]
            assert isinstance(page, EmailMessage)
            for part in post.parts:
                if part.inline:
                    kind, _, sub = part.kind.partition("/")
                    cid = f"<{part.name}@{self._host}>"
                    page.add_related(part.body, kind, sub, cid=cid, filename=part.name, disposition="inline")
        for part in post.parts:
            if not part.inline:
                kind, _, sub = part.kind.partition("/")
                mail.add_attachment(part.body, kind, sub, filename=part.name)
        return mail.as_bytes()

    def _with_cids(self, post: Post) -> str:
        """The page with its pictures named as in this mail: a Content-ID is globally unique."""
        page = post.html or ""
        for part in post.parts:
            page = page.replace(f'"cid:{part.name}"', f'"cid:{part.name}@{self._host}"')
        return page

    def _open(self) -> smtplib.SMTP:
        where = self._server
        if where.security == "tls":
            safely = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                where.host, where.port, timeout=self._timeout_s, context=safely
            )
        else:
            smtp = smtplib.SMTP(where.host, where.port, timeout=self._timeout_s)
        try:
            smtp.ehlo_or_helo_if_needed()
            if where.security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if where.user:
                smtp.login(where.user, where.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp

    def _converse(self, smtp: smtplib.SMTP, post: Post, handing_over: Callable[[], bool]) -> Outcome:
        if not post.to.isascii() and not smtp.has_extn("smtputf8"):
            return Outcome("refused", "The mail server takes no addresses beyond ASCII.")
        options = [] if post.to.isascii() else ["SMTPUTF8"]
        try:
            code, said = smtp.mail(self._from, options)
            if code >= 400:  # the sender is refused: so it would be for every mail
                raise NoServer(f"The mail server refused the sender: {_answer(code, said)}")
            code, said = smtp.rcpt(post.to)
        except (OSError, smtplib.SMTPException) as error:
            raise NoServer(f"The mail server went away: {_one_line(str(error))}") from error
        if code >= 400:
            return Outcome("refused" if code >= 500 else "later", _answer(code, said))
        if not handing_over():
            return Outcome("later", "Another worker has the mail, or it is stopped.")
        try:
            code, said = smtp.data(self.message(post))
        except smtplib.SMTPDataError as error:  # no text was taken
            kind: Literal["refused", "later"] = "refused" if error.smtp_code >= 500 else "later"
            return Outcome(kind, _answer(error.smtp_code, error.smtp_error), answered=True)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome("later", f"The mail server went away without an answer: {_one_line(str(error))}")
        if code >= 400:
            return Outcome("refused" if code >= 500 else "later", _answer(code, said), answered=True)
        return Outcome("sent", answered=True)


def _answer(code: int, said: bytes | str) -> str:
    return f"{code} {_one_line(said.decode(errors='replace') if isinstance(said, bytes) else said)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300] or "no reason was given"
