"""Mails to a share's viewers that still wait when its password changes: they tell the one in force, or none.

A mail that tells a password says so at the end of its key: "share viewer 7: invited, password 3", where 3 is the
share's version. The check in `mailing.py` stops one of an earlier version, whatever became of it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.mail import QUEUED, STOPPED, Mail
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer

#: As it is told where a mail that held nothing but the old password is not sent.
NEWER: Final = "The password was changed again before the mail was sent."
#: The occasion of a mail that brings a password alone, beside the one that brings the link.
APART: Final = "invited apart"
KEY: Final = re.compile(r"share viewer (\d+): (?:(.*\b)password (\d+)$)?")


def what_of(occasion: str, version: int | None) -> str:
    """What the key of a mail to a viewer says after whom it is to. `version`: the share's, where it tells its
    password."""
    told = [] if version is None else [f"password {version}"]
    return ", ".join([*([occasion] if occasion else []), *told])


def renew(session: Session, share: Share, old: str | None, new: str | None) -> None:
    """Bring waiting mails from the share's last version to this one. `old` None: it is not known, so they stay
    behind and are stopped; `new` None: the share has no password any more.
    """
    for mail, occasion in _waiting(session, share, share.version - 1):
        if old is None:
            continue
        if new is None and occasion in {"", f"{APART}, "}:
            mail.state, mail.last_error = STOPPED, NEWER
            continue
        lines, told = mail.text.split("\n"), f": {old}"  # "Password: …", in whatever language
        if new is None:
            lines = [line for line in lines if not line.endswith(told)]
        else:
            lines = [f"{line.removesuffix(old)}{new}" if line.endswith(told) else line for line in lines]
        mail.text = "\n".join(lines)
        if mail.html is not None:
            mail.html = _page_with(mail.html, old, new)
        mail.key = f"{mail.key.rpartition(' ')[0]} {share.version}"
    session.flush()


def _page_with(page: str, old: str, new: str | None) -> str:
    """The same mail as a page, in which a paragraph ends with the password (dashapp/ui/share_mails.py)."""
    ends = re.escape(f": {escape(old)}</p>")
    if new is None:
        return re.sub(rf"<p[^<>]*>[^<>]*{ends}\n?", "", page)
    return re.sub(ends, lambda _: f": {escape(new)}</p>", page)


def told_already(session: Session, share: Share) -> set[int]:
    """The viewers for whom a mail with the password in force waits."""
    found = (KEY.match(mail.key) for mail, _ in _waiting(session, share, share.version))
    return {int(one[1]) for one in found if one is not None}


def _waiting(session: Session, share: Share, version: int) -> Iterator[tuple[Mail, str]]:
    """(mail, occasion) of those nobody sends just now that tell the password of a version."""
    viewers = set(session.scalars(select(ShareViewer.id).where(ShareViewer.share_id == share.id)))
    rows = select(Mail).where(
        Mail.state == QUEUED, Mail.claim.is_(None), Mail.key.startswith("share viewer ", autoescape=True)
    )
    for mail in session.scalars(rows.order_by(Mail.id).with_for_update(skip_locked=True)):
        named = KEY.match(mail.key)
        if named and named[3] is not None and int(named[1]) in viewers and int(named[3]) == version:
            yield mail, named[2]
