"""What the form of `/settings/workspace` does: a workspace's name and time zone."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from dashapp.access import current
from dashapp.access.places import ref_of
from dashapp.access.scopes import scope_for_workspace
from dashapp.agencies.workspace_settings import General, change_general
from dashapp.errors import Refused
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.own import me
from dashapp.web.forms import Form, Line, back_to, notice, read_form

blueprint = Blueprint("workspace_settings", __name__)
VERB = "workspace.edit"


class _General(Form):
    workspace: Annotated[str, Field(max_length=60)]
    name: Line
    timezone: Line
    was_name: Line
    was_timezone: Line


@blueprint.post("/account/workspace")
def save() -> Any:
    """Save both, for whoever may change the workspace; what was refused is said on the page."""
    sent = read_form(_General)
    was, wanted = General(sent.was_name, sent.was_timezone), General(sent.name, sent.timezone)
    try:
        with services().session() as session:
            workspace, _ = scope_for_workspace(session, current.viewer(), sent.workspace, VERB)
            target = f"/settings/workspace?place={ref_of(workspace)}"
            another_zone = change_general(session, workspace, was, wanted, actor=me().email)
    except Refused as error:
        notice(say_error(error), bad=True)
        return back_to(target)
    notice(say("Saved. The figures are counted anew.") if another_zone else say("Saved."))
    return back_to(target)
