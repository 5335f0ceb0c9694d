"""What a run sent, kept as it was: what the mail's link "as of" shows, and what one more person is sent.

It is shown only to whoever may see as much through the share today: a share that was narrowed since shows less.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.viewer import Guest
from dashapp.db.reports import Share
from dashapp.db.schedules import ScheduleRun, SentReport
from dashapp.errors import NotFound
from dashapp.mail import bundles
from dashapp.mail.posting import Part
from dashapp.reports.mail import MailReport
from dashapp.schedules.content import MailedContent
from dashapp.schedules.shows import is_view, may_show, view_key
from data.scope import Scope

#: The names of a bundle's parts.
PDF, LOGO = "report.pdf", "logo.png"
NO_REPORT = "There is no such report."


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of a mail: its picture is the bundle's part "<id>.png"."""

    id: str
    title: str
    lines: tuple[str, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Section:
    """A view or campaign report of a mail; its heading is shown where there are several."""

    title: str
    sub: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands around the tiles, in the language of the report. `compared`, `only`: "" without.

    `period`: the days, or the campaigns where no view is among it. `campaigns`, `since`, `masked`: the scope it was
    made under; `shows`: the keys of what it shows (shows.py).
    """

    workspace: str
    agency: str
    brand: str
    footer: str
    logo: bool
    pdf: bool
    period: str
    to: str
    compared: str
    fresh: str
    only: str
    message: str
    lang: str
    timezone: str
    sections: tuple[Section, ...]
    campaigns: tuple[str, ...] | None
    since: str | None
    masked: bool
    shows: tuple[str, ...]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """All of its tiles."""
        return tuple(tile for section in self.sections for tile in section.tiles)

    @property
    def has_views(self) -> bool:
        """Whether a view is among it, so that it is about days."""
        return any(is_view(key) for key in self.shows)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Facts:
        """As they were stored; what was sent before a mail had sections is one of one view."""
        stored = dict(stored)
        view, tiles, view_id = stored.pop("view", ""), stored.pop("tiles", ()), stored.pop("view_id", None)
        stored.setdefault("sections", [{"title": view, "sub": "", "tiles": tiles}])
        stored.setdefault("shows", [view_key(view_id)])
        stored["sections"] = tuple(
            Section(one["title"], one["sub"], tuple(_tile(tile) for tile in one["tiles"]))
            for one in stored["sections"]
        )
        stored["shows"] = tuple(stored["shows"])
        stored["campaigns"] = None if stored["campaigns"] is None else tuple(stored["campaigns"])
        return cls(**stored)


def _tile(stored: dict[str, Any]) -> Tile:
    return Tile(**{**stored, "lines": tuple(stored["lines"])})


def freeze(
    session: Session, run: ScheduleRun, share: Share, content: MailedContent, mail: MailReport, message: str
) -> SentReport:
    """Keep what a run sends, within the caller's transaction."""
    shot, page, scope = content.snapshot, content.page, content.snapshot.scope
    facts = Facts(
        workspace=shot.workspace,
        agency=shot.dress.name,
        brand=shot.dress.brand,
        footer=shot.dress.footer,
        logo=shot.logo is not None,
        pdf=mail.pdf is not None,
        period=content.period,
        to=page.period.to.isoformat(),
        compared=page.compared if content.has_views else "",
        fresh=shot.fresh(page)[0],
        only=content.only,
        message=message,
        lang=page.lang,
        timezone=page.timezone,
        sections=tuple(
            Section(
                one.title,
                one.sub,
                tuple(Tile(tile.id, tile.title, tile.lines, tile.width) for tile in one.tiles),
            )
            for one in mail.sections
        ),
        campaigns=None if scope.campaigns is None else tuple(sorted(scope.campaigns)),
        since=None if scope.since is None else scope.since.isoformat(),
        masked=scope.masked,
        shows=content.keys,
    )
    sent = SentReport(
        run_id=run.id,
        share_id=share.id,
        bundle_id=bundles.bundle(session, _parts(shot.logo, mail)),
        as_of=shot.at,
        facts=asdict(facts),
        body=zlib.compress(content.html().encode()),
    )
    session.add(sent)
    session.flush()
    return sent


def _parts(logo: bytes | None, mail: MailReport) -> Sequence[Part]:
    parts = [Part(f"{tile.id}.png", "image/png", tile.picture, inline=True) for tile in mail.tiles]
    if logo is not None:
        parts.append(Part(LOGO, "image/png", logo, inline=True))
    if mail.pdf is not None:
        parts.append(Part(PDF, "application/pdf", mail.pdf))
    return parts


def sent_of(session: Session, run_id: int) -> SentReport | None:
    """What a run sent; None when it sent nothing."""
    return session.scalars(select(SentReport).where(SentReport.run_id == run_id)).one_or_none()


def sent_to_guest(session: Session, guest: Guest, scope: Scope, run_id: int) -> SentReport:
    """What a run of the guest's share sent, if the share still shows as much. Raises NotFound."""
    found = sent_of(session, run_id)
    if found is None or found.share_id != guest.share_id or not still_shown(found, guest, scope):
        raise NotFound(NO_REPORT)
    return found


def still_shown(sent: SentReport, guest: Guest, scope: Scope) -> bool:
    """Whether the share shows today all that was sent: views, reports, campaigns and days, and people as openly."""
    facts = Facts.read(sent.facts)
    shown = None if facts.campaigns is None else frozenset(facts.campaigns)
    since = None if facts.since is None else date.fromisoformat(facts.since)
    narrower = (
        not all(may_show(key, guest, scope.campaigns) for key in facts.shows)
        or (scope.campaigns is not None and (shown is None or not shown <= scope.campaigns))
        or (scope.since is not None and (since is None or since < scope.since))
        or (scope.masked and not facts.masked)
    )
    return not narrower


def grid_of(sent: SentReport) -> str:
    """The tiles as HTML, as they were."""
    return zlib.decompress(sent.body).decode()
