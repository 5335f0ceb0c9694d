"""The list of scheduled reports: a new one for the link of the address."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from callbacks.guard import Caller, Guard
from callbacks.schedules.form import Form, states, wanted_of
from callbacks.shares.form import Path
from dashapp.errors import Refused
from dashapp.schedules import keeping
from dashapp.services import Services
from dashapp.sharing import links
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import say
from pages.frame.address import slug_at
from pages.frame.page_spec import query_of
from pages.schedules import page
from pages.shares.share import share_id_of, told


class Create(Form):
    """The create button was pressed. `search`: names the link."""

    search: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "share.manage" in the workspace of the address."""

    @guard.callback(
        Output("plan-made", "children"),
        Output("schedules-list", "children"),
        Input("plan-create", "n_clicks"),
        State("url", "pathname"),
        *states("plan"),
        State("url", "search"),
        verb="share.manage",
        args=Create,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("plan-create", "disabled"), True, False)],
    )
    def _create(caller: Caller, asked: Create) -> Any:
        return create(caller, asked)


def create(caller: Caller, asked: Create) -> tuple[Component, Any]:
    """One schedule for one press, or why not."""
    workspace, _ = caller.workspace(slug_at(asked.path, "schedules"))
    share = links.share_of(caller.session, workspace, share_id_of(query_of(asked.search).get("share", "")))
    try:
        with caller.session.begin_nested():
            made = keeping.create(
                caller.session,
                caller.services.settings,
                workspace,
                share,
                wanted_of(asked),
                actor=caller.viewer.actor,
            )
    except Refused as error:
        return told(str(error), problem=True), no_update
    done = told(say("The schedule is made."))
    way = link_to([say("Open it")], f"/w/{workspace.slug}/schedules/{made.id}", "dk-text-link")
    done.children = [done.children, " ", way]
    return done, page.listing(page.rows_of(caller.session, workspace), workspace.slug)
