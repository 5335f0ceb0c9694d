"""Which role may do what: one table. A verb that no role has here is allowed to nobody."""

from __future__ import annotations

from dashapp.access.viewer import Anonymous, Guest, Member, Service, Viewer

_LOOK = frozenset({"workspace.read"})
#: Who works on a workspace also sees what is not its client's: views in the making, and who of the team sends.
_TEAM = _LOOK | {"team.read", "events.read", "task.work", "contact.read"}
_ANALYSE = _TEAM | {"view.edit", "share.manage"}
_MANAGE = _ANALYSE | {"source.manage", "workspace.edit", "workspace.enable", "contact.edit"}
_RUN = _MANAGE | {"workspace.people", "contact.erase"}
_TEMPLATES = frozenset({"agency.read", "template.edit"})
_DATA = frozenset({"data.read", "data.manage"})
_SETTINGS = frozenset({"key.manage", "audit.read", "billing.read"})
_IN_ALL = frozenset({"agency.edit", "agency.members", "agency.accounts", "workspace.create"})
_ADMIN = _RUN | _TEMPLATES | _DATA | _SETTINGS | _IN_ALL

#: role in an agency -> verbs, in the agency and in each workspace it manages; of a member: in those given to them
AGENCY_VERBS: dict[str, frozenset[str]] = {
    "owner": _ADMIN | {"agency.delete"},
    "admin": _ADMIN,
    "manager": _MANAGE | _TEMPLATES,
    "member": _ANALYSE | {"agency.read"},
}
#: what a member of an agency may do in it as such, whatever accounts were given to them
_IN_THE_AGENCY = frozenset({"agency.read"})

#: role in one workspace -> verbs there; a member reads what they sent themselves (access/scopes.py)
WORKSPACE_VERBS: dict[str, frozenset[str]] = {
    "owner": _RUN | _SETTINGS | {"workspace.link"},
    "admin": _RUN | _SETTINGS | {"workspace.link"},
    "manager": _MANAGE | _SETTINGS,
    "member": _TEAM | {"contact.edit"},
    "client": _LOOK,
}

#: what everybody who has logged in may do, whatever their roles: look where they may go, begin an agency
PERSONAL_VERBS = frozenset({"account.own"})
#: what a share link allows
GUEST_VERBS = frozenset({"portal.read"})
#: what the command line and API keys may do where they may do anything
SERVICE_VERBS = _ADMIN
#: what a key that only reads may do
READING_VERBS = _TEAM

VERBS: frozenset[str] = frozenset().union(
    *AGENCY_VERBS.values(), *WORKSPACE_VERBS.values(), PERSONAL_VERBS, GUEST_VERBS
)


def allowed(viewer: Viewer, verb: str, agency_id: int | None, workspace_id: int | None = None) -> bool:
    """Whether `viewer` may do `verb` in this agency, or in this workspace, which `agency_id` manages.

    The caller gives the workspace's managing agency (None: nobody) from its row, never what a browser says.
    Raises ValueError on a verb that is not in the table: a misspelt one must not pass for "nobody may".
    """
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not a verb of access/policy.py")
    match viewer:
        case Member():
            if verb in PERSONAL_VERBS or through_agency(viewer, verb, agency_id, workspace_id):
                return True
            if workspace_id is None:
                return False
            return verb in WORKSPACE_VERBS.get(viewer.workspace_roles.get(workspace_id, ""), frozenset())
        case Guest():
            return (
                verb in GUEST_VERBS and viewer.agency_id == agency_id and viewer.workspace_id == workspace_id
            )
        case Service():
            if viewer.read_only and verb not in READING_VERBS:
                return False
            if viewer.workspace_id is not None:
                return verb in SERVICE_VERBS and viewer.workspace_id == workspace_id
            return verb in SERVICE_VERBS and agency_id is not None and viewer.agency_id == agency_id
        case Anonymous():
            return False


def through_agency(member: Member, verb: str, agency_id: int | None, workspace_id: int | None = None) -> bool:
    """Whether `member` may do it by their role in the agency, whatever their role in the workspace."""
    if agency_id is None:
        return False
    role = member.agency_roles.get(agency_id, "")
    if verb not in AGENCY_VERBS.get(role, frozenset()):
        return False
    if role != "member" or agency_id in member.all_accounts or verb in _IN_THE_AGENCY:
        return True
    return workspace_id is not None and (agency_id, workspace_id) in member.given


def anywhere(viewer: Viewer, verb: str) -> bool:
    """Whether the viewer has `verb` in any place: a first, coarse look before a place is named."""
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not a verb of access/policy.py")
    if not isinstance(viewer, Member):
        return False
    if verb in PERSONAL_VERBS:
        return True
    return any(verb in AGENCY_VERBS.get(role, frozenset()) for role in viewer.agency_roles.values()) or any(
        verb in WORKSPACE_VERBS.get(role, frozenset()) for role in viewer.workspace_roles.values()
    )
