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
from dashapp.reports.report import Report
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
class Facts:
    """What stands around the tiles, in the language of the report. `compared`, `only`: "" without.

    `campaigns`, `since`, `masked`: the scope it was made under; `view_id`: the view of the share it shows.
    """

    workspace: str
    agency: str
    brand: str
    footer: str
    logo: bool
    pdf: bool
    view: str
    period: str
    to: str
    compared: str
    fresh: str
    only: str
    message: str
    lang: str
    timezone: str
    tiles: tuple[Tile, ...]
    campaigns: tuple[str, ...] | None
    since: str | None
    masked: bool
    view_id: int | None

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Facts:
        """As they were stored."""
        tiles = tuple(Tile(**{**tile, "lines": tuple(tile["lines"])}) for tile in stored["tiles"])
        campaigns = None if stored["campaigns"] is None else tuple(stored["campaigns"])
        return cls(**{"view_id": None, **stored, "tiles": tiles, "campaigns": campaigns})


def freeze(
    session: Session,
    run: ScheduleRun,
    share: Share,
    report: Report,
    mail: MailReport,
    view: str,
    view_id: int | None,
    only: str,
    message: str,
) -> SentReport:
    """Keep what a run sends, within the caller's transaction."""
    shot, page, scope = report.snapshot, report.page, report.snapshot.scope
    facts = Facts(
        workspace=shot.workspace,
        agency=shot.dress.name,
        brand=shot.dress.brand,
        footer=shot.dress.footer,
        logo=shot.logo is not None,
        pdf=mail.pdf is not None,
        view=view,
        period=page.period.dates(page.lang),
        to=page.period.to.isoformat(),
        compared=page.compared,
        fresh=shot.fresh(page)[0],
        only=only,
        message=message,
        lang=page.lang,
        timezone=page.timezone,
        tiles=tuple(Tile(tile.id, tile.title, tile.lines, tile.width) for tile in mail.tiles),
        campaigns=None if scope.campaigns is None else tuple(sorted(scope.campaigns)),
        since=None if scope.since is None else scope.since.isoformat(),
        masked=scope.masked,
        view_id=view_id,
    )
    sent = SentReport(
        run_id=run.id,
        share_id=share.id,
        bundle_id=bundles.bundle(session, _parts(shot.logo, mail)),
        as_of=shot.at,
        facts=asdict(facts),
        body=zlib.compress(report.grid().encode()),
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
    """Whether the share shows today all that was sent: its view, its campaigns and days, and people as openly."""
    facts = Facts.read(sent.facts)
    shown = None if facts.campaigns is None else frozenset(facts.campaigns)
    since = None if facts.since is None else date.fromisoformat(facts.since)
    narrower = (
        facts.view_id not in guest.views
        or (scope.campaigns is not None and (shown is None or not shown <= scope.campaigns))
        or (scope.since is not None and (since is None or since < scope.since))
        or (scope.masked and not facts.masked)
    )
    return not narrower


def grid_of(sent: SentReport) -> str:
    """The tiles as HTML, as they were."""
    return zlib.decompress(sent.body).decode()
