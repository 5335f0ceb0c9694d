"""`/settings/roles`: who may do what, read from the very table that decides it (`dashapp/access/policy.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashapp.access.policy import AGENCY_VERBS, WORKSPACE_VERBS
from dashapp.db.tenants import AGENCY_ROLES, WORKSPACE_ROLES
from dashapp.ui.language.say import later, say
from dashapp.ui.letters import ROLES
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import settings_page

#: What each verb lets one do, in the order they are shown.
WORDS: Mapping[str, str] = {
    "workspace.read": later("See figures, views and campaigns"),
    "team.read": later("See views in the making and who of the team sends"),
    "events.read": later("See single events and what people wrote"),
    "contact.read": later("See contacts and deals"),
    "contact.edit": later("Change contacts and deals"),
    "contact.erase": later("Erase a person for good"),
    "task.work": later("Work on tasks"),
    "view.edit": later("Edit views"),
    "share.manage": later("Make and manage share links"),
    "source.manage": later("Connect and manage sources"),
    "workspace.edit": later("Change the workspace’s settings and fields"),
    "workspace.enable": later("Switch a workspace on and off"),
    "workspace.people": later("Invite people to a workspace and change their roles"),
    "workspace.link": later("Let an agency manage the workspace, and end that"),
    "key.manage": later("Make and end API keys"),
    "audit.read": later("Read the audit log"),
    "billing.read": later("See plan and usage"),
    "agency.read": later("See the agency’s accounts"),
    "template.edit": later("Edit the agency’s templates"),
    "workspace.create": later("Make workspaces"),
    "agency.accounts": later("Invite, tag and unlink accounts"),
    "agency.members": later("Invite people to the agency and change their roles"),
    "agency.edit": later("Change the agency’s name, logo and colour"),
    "agency.delete": later("Close the agency"),
    "data.read": later("See the data team’s pages"),
    "data.manage": later("Mend data and run jobs"),
}


def layout(visit: Visit) -> Shown:
    """Both tables. They name no person and no place: everybody may read them."""
    return settings_page(
        visit,
        "roles",
        "settings_roles.html",
        tables=[
            _table(
                say("In an agency"),
                say("And in every account it manages; a member in the accounts given to them."),
                AGENCY_ROLES,
                AGENCY_VERBS,
            ),
            _table(
                say("In a workspace"),
                say("A member sees what they sent themselves; the others see all of it."),
                WORKSPACE_ROLES,
                WORKSPACE_VERBS,
            ),
        ],
    )


def _table(
    name: str, note: str, roles: Sequence[str], verbs: Mapping[str, frozenset[str]]
) -> dict[str, object]:
    used = frozenset().union(*verbs.values())
    return {
        "name": name,
        "note": note,
        "roles": [say(ROLES[role]) for role in roles],
        "rows": [
            (say(words), [verb in verbs[role] for role in roles])
            for verb, words in WORDS.items()
            if verb in used
        ],
    }


PAGE = PageSpec(name="settings-roles", path="/settings/roles", layout=layout)
