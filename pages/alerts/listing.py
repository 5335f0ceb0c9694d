"""The alerts of a workspace as its page lists them, and the form that makes or changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.viewer import Member, Viewer
from dashapp.alerts import store
from dashapp.alerts.measure import THRESHOLDS, Measure, measure_of, stored_measure
from dashapp.alerts.words import WAITS, Figure, days_text, figure_text, limit_text, measured_text
from dashapp.db.base import now
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.languages import LANGUAGES
from dashapp.tiles.base import Page, page_for
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import language, say, say_error
from dashapp.views.phrases import tile_label
from pages.editor.context import view_id_of
from pages.frame.reach import shown_view
from pages.view_controls.controls import read_controls


@dataclass(frozen=True)
class Crossed:
    """A crossing in the history of an alert."""

    when: str
    until: str
    value: str
    told: str
    acknowledged: str


@dataclass(frozen=True)
class Row:
    """One alert. `tone`: of its state: good, bad or flat."""

    id: int
    name: str
    state: str
    tone: str
    figure: str
    limit: str
    value: str
    days: str
    checked: str
    to: str
    silent: str
    acknowledged: str
    may_acknowledge: bool
    active: bool
    tile: str
    history: Sequence[Crossed]
    open: bool


@dataclass(frozen=True)
class Form:
    """The form: `id` 0 makes an alert of the tile in the address. `unit`: of a threshold, "%" or nothing."""

    id: int
    figure: str
    title: str
    counts: bool
    kind: str
    limit: str
    least: int
    recipients: str
    problem: str = ""


def rows_of(session: Session, workspace: Workspace, opened: int | None = None) -> list[Row]:
    """The alerts, newest first. `opened`: the one whose history is unfolded."""
    alerts = store.alerts_of(session, workspace)
    history = store.history_of(session, alerts)
    return [_row(workspace, alert, history[alert.id], opened == alert.id) for alert in alerts]


def body(rows: Sequence[Row], form: Form | None, told: str = "") -> Markup:
    """The page below its title."""
    return render("ui/alerts.html", rows=rows, form=form, told=told, snoozes=store.SNOOZES)


def form_for(
    session: Session, viewer: Viewer, workspace: Workspace, search: Mapping[str, str]
) -> Form | None:
    """The form an address asks for: of a tile, or of an alert to be changed. NotFound for what is not there."""
    if search.get("tile"):
        try:
            measure, title = asked_measure(session, viewer, workspace, search)
        except Refused as error:
            return Form(0, "", "", False, "below", "", 20, "", say_error(error))
        me = viewer.email if isinstance(viewer, Member) else ""
        return Form(0, _measured(workspace, measure), title, measure.counts, "below", "", 20, me)
    if search.get("change"):
        alert = store.alert_of(session, workspace, id_of(search["change"]))
        measure = stored_measure(alert.measure)
        share = alert.kind not in THRESHOLDS or not measure.counts
        limit = alert.limit_value * (100 if share else 1)
        return Form(
            alert.id,
            _measured(workspace, measure),
            alert.name,
            measure.counts,
            alert.kind,
            _typed(limit),
            alert.least,
            ", ".join(alert.recipients),
        )
    return None


def asked_measure(
    session: Session, viewer: Viewer, workspace: Workspace, search: Mapping[str, str]
) -> tuple[Measure, str]:
    """The figure of the tile an address names, under its controls, and what the tile is called. Raises NotFound,
    Refused."""
    view = shown_view(session, viewer, workspace, view_id_of(search)).resolved.view
    placed = next((one for one in view.tiles if one.id == search.get("tile")), None)
    if placed is None:
        raise NotFound("There is no such tile.")
    controls = read_controls(search)
    return measure_of(placed, controls.period, controls.filters), tile_label(placed, language())


def _typed(limit: float) -> str:
    """As the reader would type it: 20, not 20.0; 2,125 in German, where 2.125 is two thousand."""
    if limit == int(limit):
        return str(int(limit))
    return str(round(limit, 6)).replace(".", LANGUAGES[language()].formats.decimal)


def id_of(text: str) -> int:
    """The id in an address. Raises NotFound for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("There is no such alert.")
    return int(text)


def _row(workspace: Workspace, alert: TileAlert, crossings: Sequence[AlertCrossing], opened: bool) -> Row:
    measure, zone = stored_measure(alert.measure), workspace.timezone
    current = next((one for one in crossings if one.ended_at is None), None)
    state, tone = _state(alert, current)
    figure = Figure(alert.seen_value, alert.seen_n, alert.seen_base, alert.seen_before, alert.seen_days)
    silent = alert.snoozed_until is not None and alert.snoozed_until > now()
    acknowledged = ""
    if current is not None and current.acknowledged_at is not None:
        acknowledged = say(
            "{who} looks after it since {when}",
            who=current.acknowledged_by,
            when=format.moment(current.acknowledged_at, zone),
        )
    return Row(
        id=alert.id,
        name=alert.name,
        state=state,
        tone=tone,
        figure=_measured(workspace, measure),
        limit=limit_text(measure, alert.kind, alert.limit_value),
        value="" if alert.seen_value is None else figure_text(measure, alert.kind, figure),
        days=days_text(alert.seen_days),
        checked="" if alert.checked_at is None else format.moment(alert.checked_at, zone),
        to=", ".join(alert.recipients),
        silent=format.moment(alert.snoozed_until, zone) if silent and alert.snoozed_until else "",
        acknowledged=acknowledged,
        may_acknowledge=current is not None and current.acknowledged_at is None,
        active=alert.active,
        tile=_tile_address(workspace, alert, measure),
        history=[_crossed(one, measure, alert.kind, zone) for one in crossings],
        open=opened,
    )


def _state(alert: TileAlert, current: AlertCrossing | None) -> tuple[str, str]:
    if not alert.active:
        return say("Off"), "flat"
    if current is not None:
        return say("Beyond its limit"), "bad"
    if alert.verdict == "within":
        return say("Within its limit"), "good"
    return say(WAITS.get(alert.verdict, WAITS[""])), "flat"


def _crossed(one: AlertCrossing, measure: Measure, kind: str, zone: str) -> Crossed:
    until = say("still so") if one.ended_at is None else format.moment(one.ended_at, zone)
    told = say("none: it was silent") if one.told_at is None else format.moment(one.told_at, zone)
    who = ""
    if one.acknowledged_at is not None:
        who = f"{one.acknowledged_by}, {format.moment(one.acknowledged_at, zone)}"
    figure = Figure(one.value, one.n, one.base, one.before, one.days)
    return Crossed(format.moment(one.began_at, zone), until, figure_text(measure, kind, figure), told, who)


def _measured(workspace: Workspace, measure: Measure) -> str:
    return measured_text(measure, _page(workspace, measure))


def _page(workspace: Workspace, measure: Measure) -> Page:
    return page_for(workspace.name, workspace.timezone, now(), period=measure.period, lang=language())


def _tile_address(workspace: Workspace, alert: TileAlert, measure: Measure) -> str:
    """The tile on its view, under the period that is watched."""
    asked: dict[str, str] = {} if alert.view_id is None else {"view": str(alert.view_id)}
    return f"/w/{workspace.slug}/analytics?{urlencode({**asked, 'period': measure.period})}"
