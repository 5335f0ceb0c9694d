"""What one mail of a schedule holds: its sections, made from one snapshot, with all they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.db.tenants import Workspace
from dashapp.reports.mail import Doubt, MailReport, doubts_of
from dashapp.reports.printing import mail_of
from dashapp.reports.report import Report, paper_frame
from dashapp.reports.section import Section, campaign_section, campaigns_section, numbered
from dashapp.reports.snapshot import Snapshot
from dashapp.schedules import shows
from dashapp.tiles.base import Page
from dashapp.ui.environment import render
from dashapp.ui.language.say import say, speaking
from dashapp.views.names import view_name
from dashapp.views.schema import View, fingerprint
from dashapp.views.store import resolve
from data.lake.lake import Lake
from data.query.ask import Query, ask_all

#: Campaigns named one by one in the subject; more are counted.
_MOST_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view with its name."""

    name: str
    view: View


def views_of(session: Session, workspace: Workspace, keys: Sequence[str]) -> dict[str, NamedView]:
    """The views among these keys, as the workspace shows them. Raises NotFound."""
    found = {}
    for key in keys:
        if shows.is_view(key):
            stored, view = resolve(session, workspace, shows.view_of(key))
            found[key] = NamedView(stored.name, view)
    return found


class MailedContent:
    """The sections of a mail under one page's period and language. `only`: what they are narrowed to, in words."""

    def __init__(
        self,
        lake: Lake,
        snapshot: Snapshot,
        page: Page,
        keys: Sequence[str],
        views: dict[str, NamedView],
        only: str,
    ) -> None:
        self.snapshot, self.page, self.keys, self.only = snapshot, page, tuple(keys), only
        self._lake, self._views = lake, views
        self._reports = {
            key: Report(lake, snapshot, one.view, page, view_name=one.name, only=only)
            for key, one in views.items()
        }
        self._sections: list[Section] | None = None

    @property
    def has_views(self) -> bool:
        """Whether a view is among it, so that it is about days."""
        return bool(self._views)

    @property
    def sections(self) -> list[Section]:
        """Made once, in the mail's language. Raises NotInScope.

        The list of campaigns is left out where there is no campaign: whoever sends none is no fault of the report.
        """
        if self._sections is None:
            with speaking(self.page.lang):
                made = [(key, self._section(key)) for key in self.keys]
            lists = {key for key in self.keys if not shows.is_view(key) and shows.campaign_of(key) is None}
            kept = [section for key, section in made if section.tiles or key not in lists]
            self._sections = kept or [section for _, section in made]
        return self._sections

    def _section(self, key: str) -> Section:
        if key in self._reports:
            return self._reports[key].section()
        campaign = shows.campaign_of(key)
        if campaign is None:
            return campaigns_section(self._lake, self.snapshot)
        return campaign_section(self._lake, self.snapshot, campaign)

    @property
    def period(self) -> str:
        """What the mail is about: the days, or the campaigns where it shows no view."""
        if self.has_views:
            return self.page.period.dates(self.page.lang)
        titles = [section.title for section in self.sections]
        if len(titles) <= _MOST_NAMES:
            return ", ".join(titles)
        with speaking(self.page.lang):
            return say("{n} campaigns", n=len(titles))

    def doubt(self) -> tuple[Doubt, str] | None:
        """(why it must not be sent, what that is about); None when it may. One section is enough."""
        for section in self.sections:
            found = doubts_of(self.page, section.tiles)
            if found is not None:
                return found[0], found[1] or (section.title if found[0] == "empty" else "")
        return None

    def is_ripe(self) -> bool:
        """Whether what comes after the e-mails of the period has, for the most part, come."""
        queries = [query for report in self._reports.values() for query in report.queries]
        kinds = sorted({query.data_type for query in queries if query.name == "rate"}) or ["reply"]
        days = self.page.period.range_options()
        asked = {kind: Query(name="rate", data_type=kind, marks=True, **days) for kind in kinds}
        shot = self.snapshot
        answers = ask_all(self._lake, shot.scope, shot.workspace_id, asked, shot.seen)
        return not any(answer["progress"]["whole"] for answer in answers.values())

    def mark(self) -> str:
        """Differs when events came in, something was corrected or planned, or a view or the scope was changed."""
        seen, scope = self.snapshot.seen, self.snapshot.scope
        narrowed = (sorted(scope.campaigns or ()), scope.campaigns is None, scope.since, scope.masked)
        views = [fingerprint(one.view) for one in self._views.values()]
        told = tuple(seen.corrected)
        counted = (seen.current.events, seen.current.last_received_at, seen.state.plans)
        return blake2b(
            repr((*counted, told, self.keys, views, narrowed)).encode(), digest_size=16
        ).hexdigest()

    def mail(self, *, pdf: bool) -> MailReport:
        """As pictures, text and with `pdf` on A4. Raises Busy and Unavailable."""
        with speaking(self.page.lang):
            names = [view_name(one.name, self.page.lang) for one in self._views.values()]
            view = names[0] if len(self.sections) == 1 and names else ""
            about = "" if self.has_views else say("Campaign report")
            frame = paper_frame(self.snapshot, self.page, view=view, only=self.only, about=about)
            return mail_of(frame, self.sections, pdf=pdf)

    def html(self) -> Markup:
        """All sections as a page shows them, with headings where there are several."""
        parts = [
            (
                section.title,
                section.sub,
                numbered(section.grid, number) if len(self.sections) > 1 else section.grid,
            )
            for number, section in enumerate(self.sections, 1)
        ]
        return render("schedules/sections.html", parts=parts)
