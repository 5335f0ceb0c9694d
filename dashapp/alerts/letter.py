"""The mail of an alert: which figure, how it stands to its limit, and the way there."""

from __future__ import annotations

from dashapp.alerts.judging import Reading
from dashapp.alerts.measure import stored_measure
from dashapp.alerts.words import Figure, days_text, figure_text, limit_text, measured_text
from dashapp.db.base import now
from dashapp.db.on_tiles import TileAlert
from dashapp.db.tenants import Workspace
from dashapp.mail.outbox import LONGEST_SUBJECT
from dashapp.sharing.opening import dress_of
from dashapp.tiles.base import page_for
from dashapp.ui.language.say import language, say
from dashapp.ui.letters import Letter

#: What the picture of the tile is called in the mail.
PICTURE = "tile.png"


def letter_of(
    alert: TileAlert,
    reading: Reading,
    workspace: Workspace,
    public_url: str | None,
    *,
    pictured: bool = False,
) -> Letter:
    """What the mail says, in the language spoken now. `pictured`: it carries the tile as a picture."""
    measure = stored_measure(alert.measure)
    page = page_for(workspace.name, workspace.timezone, now(), period=measure.period, lang=language())
    figure = Figure(reading.value, reading.n, reading.base, reading.before, reading.days)
    limit = limit_text(measure, alert.kind, alert.limit_value)
    shown = figure_text(measure, alert.kind, figure)
    dress = dress_of(workspace)
    subject = say("{workspace}: {name} {limit}", workspace=workspace.name, name=alert.name, limit=limit)
    buttons = (
        () if public_url is None else ((say("Open the alert"), alert_url(alert, workspace, public_url)),)
    )
    return Letter(
        "".join(c if c.isprintable() else " " for c in subject)[:LONGEST_SUBJECT],
        (
            say("{figure}: {value}.", figure=measured_text(measure, page), value=shown),
            say("The alert watches for: {limit}.", limit=limit),
            say(
                "Judged over {days}: e-mails too young to be judged are left out, and figures that are held back "
                "never raise an alert.",
                days=days_text(reading.days),
            ),
        ),
        buttons,
        say(
            "You get one mail when the limit is crossed, and none while it stays so. {who} set up this alert and "
            "can change who gets it.",
            who=alert.created_by,
        ),
        sender=dress.name,
        brand=dress.brand,
        picture=PICTURE if pictured else "",
        pictured=f"{alert.name}: {shown}",
    )


def alert_url(alert: TileAlert, workspace: Workspace, public_url: str) -> str:
    """The alert on the desk."""
    return f"{public_url}/w/{workspace.slug}/alerts?alert={alert.id}"
