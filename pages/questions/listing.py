"""The questions of a workspace's clients, as its page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.on_tiles import TileQuestion
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing import answering, questions
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from dashapp.views.link_names import LinkNames

_STATES: Final = {
    "waits": later("Waits for an answer"),
    "answered": later("Answered"),
    "closed": later("Closed without an answer"),
}


@dataclass(frozen=True)
class Message:
    """One message of a thread."""

    who: str
    at: str
    text: str
    ours: bool


@dataclass(frozen=True)
class Row:
    """A thread. `link`: the share it was asked through; `open`: unfolded."""

    id: int
    tile: str
    who: str
    link: str
    share_id: int
    when: str
    waits: bool
    state: str
    for_all: bool
    view: str
    messages: Sequence[Message]
    open: bool


def rows_of(session: Session, workspace: Workspace, opened: int | None = None) -> list[Row]:
    """The threads, those that wait first. `opened`: the one an address names."""
    found = answering.questions_of(session, workspace)
    messages = questions.messages_of(session, found)
    ids = {one.viewer_id for one in found if one.viewer_id is not None}
    asked = session.execute(select(ShareViewer.id, ShareViewer.email).where(ShareViewer.id.in_(ids)))
    viewers = {row.id: row.email for row in asked}
    names = LinkNames(session, workspace)
    return [
        _row(workspace, one, messages[one.id], names.of(one.share), viewers.get(one.viewer_id or 0), opened)
        for one in found
    ]


def body(rows: Sequence[Row], told: str = "") -> Markup:
    """The page below its title."""
    return render("ui/questions.html", rows=rows, told=told, longest=answering.LONGEST_ANSWER)


def id_of(text: str) -> int:
    """The id in an address. Raises NotFound for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("There is no such question.")
    return int(text)


def _row(
    workspace: Workspace,
    one: TileQuestion,
    messages: Sequence[questions.QuestionMessage],
    link: str,
    viewer: str | None,
    opened: int | None,
) -> Row:
    zone = workspace.timezone
    who = f"{one.name} ({one.email})" if one.name else one.email
    asked = {
        key: values[0] for key, values in parse_qs(one.period).items() if key in {"period", "from", "to"}
    }
    view = {} if one.view_id is None else {"view": str(one.view_id)}
    return Row(
        id=one.id,
        tile=one.tile_title,
        who=who,
        link=link + (f" · {viewer}" if viewer else ""),
        share_id=one.share_id,
        when=format.moment(one.updated_at, zone),
        waits=one.waits,
        state=say(_STATES[questions.state_of(one, messages)]),
        for_all=one.for_all,
        view=f"/w/{workspace.slug}/analytics?{urlencode({**view, **(asked or {'period': '28'})})}",
        messages=[
            Message(who if m.by_client else m.author, format.moment(m.at, zone), m.text, not m.by_client)
            for m in messages
        ],
        open=opened == one.id or (opened is None and one.waits),
    )
