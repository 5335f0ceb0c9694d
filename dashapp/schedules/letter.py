"""The mail of a report: as text and as a page, in the schedule's language, with the recipient's own links."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule, SentReport
from dashapp.db.tenants import Workspace
from dashapp.mail import outbox
from dashapp.reports.mail import HALF
from dashapp.schedules.frozen import Facts, Tile
from dashapp.schedules.recipients import Recipient, choice_url
from dashapp.sharing.viewers import viewer_url
from dashapp.ui.brand import brand_vars
from dashapp.ui.environment import render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import language, say, speaking

#: Campaigns named one by one; more are counted.
_MOST_NAMES = 3


def send_to(
    session: Session,
    settings: Settings,
    schedule: Schedule,
    sent: SentReport,
    recipient: Recipient,
    *,
    again: str = "",
) -> bool:
    """Put one recipient's mail into the outbox; False when it is there already. `again`: makes it a new one."""
    facts = Facts.read(sent.facts)
    workspace = session.get_one(Workspace, schedule.workspace_id)
    live = viewer_url(settings, recipient.viewer)
    ways = {
        "frozen": f"{live}sent/{sent.run_id}/",
        "live": live,
        "choice": choice_url(settings, recipient.row),
    }
    with speaking(facts.lang):
        return outbox.put(
            session,
            key=f"schedule run {sent.run_id}: {recipient.row.id}{f' again {again}' if again else ''}",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            to=recipient.viewer.email,
            from_name=outbox.sender_name(facts.agency),
            subject=subject_of(facts),
            text=text_of(facts, ways),
            html=page_of(facts, ways),
            bundle_id=sent.bundle_id,
            unsubscribe=ways["choice"],
        )


def subject_of(facts: Facts) -> str:
    """One line."""
    if facts.has_views:
        said = say("{workspace}: report for {period}", workspace=facts.workspace, period=facts.period)
    else:
        said = say("{workspace}: campaign report, {name}", workspace=facts.workspace, name=facts.period)
    line = "".join(c if c.isprintable() else " " for c in said)
    return line if len(line) <= outbox.LONGEST_SUBJECT else f"{line[: outbox.LONGEST_SUBJECT - 1]}…"


def text_of(facts: Facts, ways: dict[str, str]) -> str:
    """The whole report as text."""
    head = [facts.workspace, _span(facts), facts.fresh, *([facts.only] if facts.only else [])]
    tiles = []
    for section in facts.sections:
        if len(facts.sections) > 1:
            tiles.append("\n".join([section.title.upper(), section.sub]))
        tiles += ["\n".join([tile.title, *(f"  {line}" for line in tile.lines)]) for tile in section.tiles]
    last = [
        say("This report as of its sending: {url}", url=ways["frozen"]),
        say("The report as it is now: {url}", url=ways["live"]),
        say("How often you get this report, or not at all: {url}", url=ways["choice"]),
    ]
    text = "\n\n".join(
        ["\n".join(head), *([facts.message] if facts.message else []), *tiles, "\n".join(last)]
    )
    return f"{text[: outbox.LONGEST_TEXT - 1]}\n"


def page_of(facts: Facts, ways: dict[str, str]) -> str:
    """The report as a page: its pictures are parts of the mail, nothing is fetched for it."""
    page = _page_of(facts, ways, lambda tile: ". ".join([tile.title, *tile.lines]))
    # Where there are very many tiles, the figures of their pictures are in the mail's text and its document alone.
    return page if len(page) <= outbox.LONGEST_TEXT else _page_of(facts, ways, lambda tile: tile.title)


def _page_of(facts: Facts, ways: dict[str, str], alt: Callable[[Tile], str]) -> str:
    colours = brand_vars(facts.brand)["light"]
    return str(
        render(
            "schedules/mail.html",
            facts=facts,
            ways=ways,
            language=language(),
            span=_span(facts),
            sections=[(one, figures_of(one.tiles), rows_of(one.tiles)) for one in facts.sections],
            alt=alt,
            brand=colours["--brand"],
            on_brand=colours["--on-brand"],
        )
    )


def figures_of(tiles: Sequence[Tile]) -> list[tuple[str, str]]:
    """(title, figure) of the tiles that say one first."""
    return [(tile.title, tile.lines[0]) for tile in tiles if tile.lines and tile.lines[0][0].isdigit()]


def rows_of(tiles: Sequence[Tile]) -> list[list[Tile]]:
    """The tiles in lines: two narrow ones stand beside one another."""
    rows: list[list[Tile]] = []
    for tile in tiles:
        if tile.width == HALF and rows and len(rows[-1]) == 1 and rows[-1][0].width == HALF:
            rows[-1].append(tile)
        else:
            rows.append([tile])
    return rows


def narrowed_words(share: Share) -> str:
    """What a share's figures are narrowed to; "" for all there is."""
    parts = []
    if share.campaigns is not None:
        names = share.campaigns
        parts.append(
            say("Only {names}", names=", ".join(names))
            if len(names) <= _MOST_NAMES
            else say("{n} campaigns only", n=len(names))
        )
    if share.since is not None:
        parts.append(say("from {day} on", day=spoken.day(share.since)))
    return ", ".join(parts)


def _span(facts: Facts) -> str:
    return f"{facts.period}, {facts.compared}" if facts.compared else facts.period
