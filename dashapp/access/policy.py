"""Which role may do what: one table. A verb that no role has here is allowed to nobody."""

from __future__ import annotations

from dashapp.access.viewer import Anonymous, Guest, Member, Service, Viewer

_LOOK = frozenset({"workspace.read"})
_ANALYSE = _LOOK | {"events.read", "contact.read", "view.edit", "share.manage"}
_MANAGE = _ANALYSE | {"source.manage", "workspace.edit", "contact.edit"}
_TEMPLATES = frozenset({"agency.read", "template.edit"})
_DATA = frozenset({"data.read", "data.manage"})
_ADMIN = _MANAGE | _TEMPLATES | _DATA | {"agency.edit", "agency.members", "workspace.create"}

#: role in an agency -> verbs, in the agency and in each of its workspaces
AGENCY_VERBS: dict[str, frozenset[str]] = {
    "owner": _ADMIN | {"agency.delete"},
    "admin": _ADMIN,
    "manager": _MANAGE | _TEMPLATES,
    "analyst": _ANALYSE | {"agency.read"},
}

#: role in one workspace -> verbs there
WORKSPACE_VERBS: dict[str, frozenset[str]] = {
    "manager": _MANAGE,
    "member": _LOOK | {"events.read", "contact.read", "contact.edit"},
    "client": _LOOK,
}

#: what a share link allows
GUEST_VERBS = frozenset({"portal.read"})
#: what the command line and API keys may do where they may do anything
SERVICE_VERBS = _ADMIN

VERBS: frozenset[str] = frozenset().union(*AGENCY_VERBS.values(), *WORKSPACE_VERBS.values(), GUEST_VERBS)


def allowed(viewer: Viewer, verb: str, agency_id: int, workspace_id: int | None = None) -> bool:
    """Whether `viewer` may do `verb` in this agency, or in this workspace of it.

    The caller gives the workspace's true agency (from its row); what a browser says is never passed here.
    Raises ValueError on a verb that is not in the table: a misspelt one must not pass for "nobody may".
    """
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not a verb of access/policy.py")
    match viewer:
        case Member():
            if verb in AGENCY_VERBS.get(viewer.agency_roles.get(agency_id, ""), frozenset()):
                return True
            if workspace_id is None:
                return False
            return verb in WORKSPACE_VERBS.get(viewer.workspace_roles.get(workspace_id, ""), frozenset())
        case Guest():
            return (
                verb in GUEST_VERBS and viewer.agency_id == agency_id and viewer.workspace_id == workspace_id
            )
        case Service():
            if viewer.workspace_id is not None:
                return verb in SERVICE_VERBS and viewer.workspace_id == workspace_id
            return verb in SERVICE_VERBS and viewer.agency_id == agency_id
        case Anonymous():
            return False


def anywhere(viewer: Viewer, verb: str) -> bool:
    """Whether the viewer has `verb` in any place: a first, coarse look before a place is named."""
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not a verb of access/policy.py")
    if not isinstance(viewer, Member):
        return False
    return any(verb in AGENCY_VERBS.get(role, frozenset()) for role in viewer.agency_roles.values()) or any(
        verb in WORKSPACE_VERBS.get(role, frozenset()) for role in viewer.workspace_roles.values()
    )
