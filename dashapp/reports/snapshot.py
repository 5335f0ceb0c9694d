"""A workspace as a report sees it, read once: how it looks, what may be read of it, and where its figures stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.sharing.opening import Dress, dress_of
from dashapp.tiles.base import Page, page_for, since_last_event
from dashapp.tiles.frame import complete_words, doubts
from dashapp.tiles.periods import chosen_period, complete_to
from data.building import refresh_on_view
from data.cubes.workspace_state import WorkspaceState
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.query.snapshot import WorkspaceSnapshot, workspace_snapshot
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`workspace`: its name. `logo`: the agency's, as PNG, where it was asked for. `at`: the moment of reading.

    `seen`: the published version with its corrections, so that every figure of the report is of one version.
    """

    workspace_id: int
    slug: str
    workspace: str
    timezone: str
    dress: Dress
    scope: Scope
    seen: WorkspaceSnapshot
    at: datetime
    logo: bytes | None = None
    #: What came in later than this cannot be missed; None: `at`.
    asked: datetime | None = None

    @property
    def state(self) -> WorkspaceState:
        """Where the figures stand."""
        return self.seen.state

    def page(self, *, days: tuple[date, date] | None = None, **controls: Any) -> Page:
        """The page under these controls (fields of tiles/base.py Page); `days` in place of a declared period."""
        return page_at(self.workspace, self.state, self.at, days, asked=self.asked, **controls)

    def fresh(self, page: Page) -> tuple[str, bool]:
        """("Data complete to 28 Oct, today until 14:05", whether that calls for a warning)."""
        return fresh_words(page, self.state.last_event_at)


def take(
    session: Session,
    workspace: Workspace,
    scope: Scope,
    *,
    dress: Dress | None = None,
    logo: bool = False,
    pending: bool = True,
    asked: datetime | None = None,
) -> Snapshot:
    """The snapshot in the session's own transaction. Raises NotInScope.

    `dress`: how it looks, where that is known already; `logo`: with the agency's. `pending`: for views with tiles
    that are counted from events. `asked`: when what waited then was begun to be taken in.
    """
    at = now()
    agency = workspace.managing_agency if logo else None
    return Snapshot(
        workspace.id,
        workspace.slug,
        workspace.name,
        workspace.timezone,
        dress or dress_of(workspace),
        scope,
        workspace_snapshot(session.connection(), scope.require(workspace.id), at, pending=pending),
        at,
        None if agency is None else agency.logo,
        asked,
    )


def seen_up_to_date(lake: Lake, session: Session, workspace_id: int) -> WorkspaceSnapshot:
    """What is published of a workspace, with what waits taken in before (for a while, at most).

    Where nothing waits, which is nearly always, it is read in the session's own transaction. Raises NotInScope.
    """
    seen = workspace_snapshot(session.connection(), workspace_id, now(), pending=True)
    if not seen.state.waiting:
        return seen
    refresh_on_view.ensure(lake, workspace_id, refresh_on_view.VIEWER_WAIT_S)
    with read_only(lake.engine).begin() as connection:  # the session goes on seeing the moment it began at
        return workspace_snapshot(connection, workspace_id, now(), pending=True)


def page_at(
    workspace: str,
    state: WorkspaceState,
    at: datetime,
    days: tuple[date, date] | None = None,
    *,
    asked: datetime | None = None,
    **controls: Any,
) -> Page:
    """The page of a workspace at a moment. `asked`: events acknowledged later are not missed."""
    held_back = state.held_back(asked=asked or at)
    told = since_last_event(state.last_event_at, at, state.timezone, held_back)
    page = page_for(workspace, state.timezone, at, **{**told, **controls})
    return page if days is None else replace(page, period=chosen_period(*days, page.today))


def fresh_words(page: Page, last: datetime | None) -> tuple[str, bool]:
    """The line that says what a page's figures are complete to, and whether it calls for a warning.

    `last`: the latest event counted.
    """
    doubtful = " ".join(doubts(page))
    complete = complete_to(last, page.as_of, page.timezone)
    if complete is None:
        return doubtful or page.t("no_data_yet"), page.held
    told = doubtful or complete_words(complete, page.timezone, page.lang, twelve=page.twelve)
    return told, page.stale is not None or page.behind is not None or page.held or page.doubted
