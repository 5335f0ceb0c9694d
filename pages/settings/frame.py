"""What every settings page has: the way between them, the last notice, the place it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from dashapp.access import policy
from dashapp.access.places import Choice, choices_of, place_of, ref_of
from dashapp.access.scopes import agencies_of
from dashapp.access.viewer import Member, Viewer
from dashapp.db.tenants import DEFAULT_BRAND, Agency, Workspace
from dashapp.errors import NotFound
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say
from dashapp.web.forms import pop_notice
from pages.frame.page_spec import Shown, Visit
from pages.frame.parts import brand_style

#: name → (what it is called, its address, what one must be allowed somewhere to see the way to it)
TABS = {
    "account": (later("Account"), "/settings/account", None),
    "roles": (later("Roles"), "/settings/roles", None),
    "workspace": (later("Workspace"), "/settings/workspace", "workspace.edit"),
    "fields": (later("Custom fields"), "/settings/fields", "workspace.edit"),
    "api-keys": (later("API keys"), "/settings/api-keys", "key.manage"),
    "audit-log": (later("Audit log"), "/settings/audit-log", "audit.read"),
    "billing": (later("Billing"), "/settings/billing", "billing.read"),
}


@dataclass(frozen=True)
class About:
    """The place a page is about, and those there are to choose from."""

    place: Agency | Workspace
    ref: str
    choices: Sequence[Choice]


def about(visit: Visit, verb: str, *, workspaces: bool = False) -> About:
    """The place of the address (`?place=`), else the viewer's first. Raises NotFound when it is not theirs.

    `workspaces`: only workspaces have such a page; without an address it is that of the one looked at last.
    """
    with visit.services.reading() as session:
        choices = choices_of(session, visit.viewer, verb)
        if workspaces:
            choices = [choice for choice in choices if choice.ref.startswith("workspace:")]
            choices = _last_first(session, visit.viewer, choices)
        asked = visit.search.get("place") or (choices[0].ref if choices else "")
        if not asked:
            raise NotFound("There is nothing here.")
        place = place_of(session, visit.viewer, asked, verb)
    ref = ref_of(place)
    if all(choice.ref != ref for choice in choices):
        choices = [*choices, Choice(ref, place.name)]
    return About(place, ref, choices)


def _last_first(session: Session, viewer: Viewer, choices: Sequence[Choice]) -> list[Choice]:
    last_id = viewer.last_workspace_id if isinstance(viewer, Member) else None
    last = None if last_id is None else session.get(Workspace, last_id)
    return sorted(choices, key=lambda choice: last is None or choice.ref != ref_of(last))


def settings_page(
    visit: Visit, tab: str, template: str, *, place: About | None = None, **context: object
) -> Shown:
    """A settings page from its template."""
    heading = say(TABS[tab][0])
    content = Html(
        render(
            f"ui/{template}",
            heading=heading,
            tabs=[
                {"label": say(label), "href": href, "current": name == tab}
                for name, (label, href, verb) in TABS.items()
                if verb is None or policy.anywhere(visit.viewer, verb)
            ],
            notice=pop_notice(),
            csrf=generate_csrf(),
            about=place,
            path=visit.path,
            icons=PATHS,
            **context,
        ),
        className="dk-wrap dk-narrow dk-settings",
    )
    brand = _brand(visit, None if place is None else place.place)
    return Shown(say("Settings") + " · " + heading, html.Div([brand_style(brand), content]))


def _brand(visit: Visit, place: Agency | Workspace | None) -> str:
    """The colour of the place a page is about; of one's own pages that of the workspace looked at last."""
    viewer = visit.viewer
    with visit.services.reading() as session:
        wanted = place.id if isinstance(place, Workspace) else None
        if place is None and isinstance(viewer, Member):
            wanted = viewer.last_workspace_id
        workspace = None if wanted is None else session.get(Workspace, wanted)
        if workspace is not None and policy.allowed(
            viewer, "workspace.read", workspace.managing_agency_id, workspace.id
        ):
            return dress_of(workspace).brand
        agency = place if isinstance(place, Agency) else next(iter(agencies_of(session, viewer)), None)
        return DEFAULT_BRAND if agency is None else agency.brand
