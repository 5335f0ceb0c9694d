"""The lines of a timeline tile, opened: their events, the actions behind them, and older lines, as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.tiles.base import Page
from dashapp.tiles.frame import page_of as tile_page
from dashapp.tiles.registry import tile_types
from dashapp.tiles.types.timeline import TimelineOptions, line_of, queries
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import day, integer
from dashapp.ui.language.texts import has_words
from dashapp.views.schema import View
from data.answers.timeline import MOST_EVENTS
from data.errors import BadQuery
from data.events.replies import SENTIMENTS
from data.lake import reply_overrides
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.reply_overrides import Reply
from data.query import timeline
from data.query.ask import Query
from data.scope import Scope
from pages.listing import reply
from pages.view_controls.controls import Controls, page_of

#: Older lines that come at a time.
OLDER = 30
_NO_LINE = "There is no such line."


@dataclass(frozen=True)
class Lines:
    """One timeline tile under the controls of its page."""

    lake: Lake
    scope: Scope
    workspace: Workspace
    page: Page
    query: Query

    def older(self, after: str) -> dict[str, Any]:
        """The lines after a place, and the place after them. Raises Refused for a place that is none."""
        try:
            found = timeline.older(self.lake, self.scope, self.workspace.id, self.query, after, OLDER)
        except BadQuery as error:
            raise Refused(str(error)) from error
        rows = [line_of(group, self.page) for group in found["groups"]]
        return {
            "html": str(render("tiles/timeline_rows.html", rows=rows, t=self.page.t, page=self.page)),
            "after": found["after"],
        }

    def events(self, channel: str, action: str, event: str) -> str:
        """The events of a line, newest first, with what was said. Raises NotFound when there are none."""
        found = timeline.group(self.lake, self.scope, self.workspace.id, self.query, channel, action, event)
        if not found["events"]:
            raise NotFound(_NO_LINE)
        left = found["total"] - len(found["events"])
        changed = {}
        if event == "replied":
            with read_only(self.lake.engine).connect() as connection:
                ids = [one["event_id"] for one in found["events"]]
                changed = reply_overrides.last_of(connection, self.workspace.id, ids)
        return str(
            render(
                "ui/timeline_events.html",
                events=[self._event(one, event, changed) for one in found["events"]],
                choices=self._choices() if event == "replied" and channel == "email" else [],
                codes=set(SENTIMENTS),
                left=say("The {n} newest are listed.", n=integer(MOST_EVENTS)) if left > 0 else "",
            )
        )

    def _choices(self) -> list[tuple[str, str]]:
        return [(category, self._named(category)) for category in SENTIMENTS]

    def _named(self, category: str) -> str:
        key = f"reply_{category}"
        return self.page.t(key) if has_words(key) else category.replace("_", " ").capitalize()

    def reply_of(self, channel: str, action: str, event_id: str) -> tuple[str, Reply]:
        """The category a reply has now, and where it lies. Raises NotFound when it is none of this scope's."""
        found = timeline.group(
            self.lake, self.scope, self.workspace.id, self.query, channel, action, "replied"
        )
        one = next((one for one in found["events"] if one["event_id"] == event_id), None)
        if one is None or one["stamped"] is None:
            raise NotFound(_NO_LINE)
        at = datetime.fromisoformat(one["stamped"])
        return str(one["category"]), Reply(event_id, one["message_id"], at)

    def _event(
        self, one: dict[str, Any], event: str, changed: Mapping[str, tuple[str, datetime]]
    ) -> dict[str, Any]:
        category = one["category"]
        named = self._named(str(category))
        who, when = changed.get(one["event_id"], ("", None))
        return {
            "event_id": one["event_id"],
            "code": category,
            "changed": say("changed by {who}, {day}", who=who, day=day(when.date())) if when else "",
            "at": one["at"],
            "text": one["text"] or "",
            "more": reply.more(one["event_id"], len(one["text"] or ""), one["text_length"]),
            "url": one["url"] or "",
            "category": ""
            if event != "replied"
            else say("Not classified")
            if category == "(none)"
            else named,
            "tone": one["sentiment"] or "",
        }

    def action(self, channel: str, name: str) -> str:
        """The action behind a line. Raises NotFound when there is none."""
        found = timeline.action(self.lake, self.scope, self.workspace.id, self.query, channel, name)
        if found is None:
            raise NotFound(_NO_LINE)
        rows = [
            (say("Type"), self.page.t(f"channel_{found['channel']}")),
            (say("Subject"), found["subject"]),
            (say("Campaign"), found["campaign"]),
            (say("Step"), found["step"]),
            (say("Variation"), found["variation"]),
            (say("Sender"), found["sender"]),
            (say("User"), found["user"]),
            (say("Note"), found["note"]),
        ]
        shown: list[tuple[str, str | Markup]] = [
            (label, value) for label, value in rows if value not in (None, "", "(none)")
        ]
        return str(
            render(
                "ui/timeline_action.html",
                at=found["at"],
                rows=shown,
                bounced=found["bounced"],
                lead=found["lead"],
                contacts_at=self.page.contacts_at,
                t=self.page.t,
            )
        )


def of(
    lake: Lake,
    scope: Scope,
    workspace: Workspace,
    view: View,
    controls: Controls,
    tile: str,
    contacts_at: str | None,
) -> Lines:
    """The lines of a timeline tile of `view`. NotFound when it has none of that id.

    `contacts_at`: where names lead.
    """
    placed = next((one for one in view.tiles if one.id == tile and one.type == "timeline"), None)
    if placed is None:
        raise NotFound("There is no such tile.")
    options = tile_types()["timeline"].options.model_validate(placed.options)
    assert isinstance(options, TimelineOptions)
    page = page_of(
        controls,
        workspace.name,
        workspace.timezone,
        now(),
        opens=True,
        contacts_at=contacts_at,
    )
    page = tile_page(options, page)
    query = page.filters.narrow(queries(options, page)["timeline"])
    return Lines(lake, scope, workspace, page, query)
