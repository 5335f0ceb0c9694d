"""`/settings/audit-log`: who did what, when and from where; searched, and taken away as CSV."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashapp.db.tenants import Workspace
from dashapp.people import audit_log
from dashapp.ui.language.spoken import clock
from dashapp.web.account.keys import search_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import about, settings_page


def layout(visit: Visit) -> Shown:
    """A page of the entries of the place of the address."""
    place = about(visit, "audit.read")
    search = search_of(dict(visit.search))
    zone = place.place.timezone if isinstance(place.place, Workspace) else "UTC"
    with visit.services.reading() as session:
        found = audit_log.find(session, place.place, search)
    entries = [
        {
            "at": _moment(entry.at.astimezone(ZoneInfo(zone))),
            "actor": entry.actor,
            "verb": entry.verb,
            "detail": entry.detail[:300],
            "ip": entry.ip,
            "times": entry.n,
        }
        for entry in found.entries
    ]
    asked = {
        "place": place.ref,
        "search": search.text,
        "from": search.first.isoformat() if search.first else "",
        "to": search.last.isoformat() if search.last else "",
    }
    kept = {name: value for name, value in asked.items() if value}
    older = None if found.older is None else f"{visit.path}?{urlencode({**kept, 'before': found.older})}"
    return settings_page(
        visit,
        "audit-log",
        "settings_audit_log.html",
        place=place,
        entries=entries,
        asked=asked,
        zone=zone,
        older=older,
        newest=None if search.before is None else f"{visit.path}?{urlencode(kept)}",
        export=f"/settings/audit-log.csv?{urlencode(kept)}",
        invitations=f"/settings/invitations.csv?{urlencode({'place': place.ref})}",
    )


def _moment(at: datetime) -> str:
    """With the year: the log has 13 months."""
    return f"{at:%Y-%m-%d} {clock(at.hour, at.minute)}"


PAGE = PageSpec(name="settings-audit-log", path="/settings/audit-log", layout=layout)
