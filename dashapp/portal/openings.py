"""How often links were opened: counted in memory, written together a moment later, never while a page waits.

An opening counts for its link and its viewer, in the audit trail (one entry a link, address and hour, with a count)
and in the share's log of what was looked at. Programs that look at a link before a person does (chat previews, mail
gateways) stand in the log as previews, and count nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from flask import current_app, request

from dashapp.access import audit
from dashapp.access.deferred import Deferred
from dashapp.access.scopes import scope_for_share
from dashapp.access.trail import Count, Occurrence, together, write_counts
from dashapp.access.trail import grouped as group_of
from dashapp.access.viewer import guest_actor
from dashapp.db.base import now
from dashapp.portal.previews import is_persons
from dashapp.services import Services, services
from dashapp.sharing import links
from dashapp.sharing.opening import Opening
from dashapp.sharing.rotation import note_old_opened, old_id_of
from dashapp.sharing.view_log import Device, Look, device_of, network_of, write_log
from dashapp.sharing.viewers import note_viewer_opened

#: Openings are in the database this long after they happened; a process killed loses no more than that.
DELAY_S = 0.5
VERB = "share.open"
#: Addresses of one link that get an entry of their own in one write; the rest is counted in one entry.
MOST_ADDRESSES = 50
FURTHER = "further addresses"
#: How a line of the log about a file begins.
FILE_LINE = "file "
_OPENINGS = "vitrine_portal_openings"


class Openings:
    """Counts openings for one app. Safe for threads; what is left is written when the process ends."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: Deferred[tuple[int, int, int, str], Count] = Deferred(
            self._write, together, what="openings of links", delay_s=DELAY_S
        )
        self._looks: Deferred[Look, Count] = Deferred(
            self._write_looks, together, what="lines of a share's log", delay_s=DELAY_S
        )

    def note(self, link: Opening, ip: str, *, what: str = "", device: Device = "desktop") -> None:
        """One opening of a link from an address, now. Does not touch the database."""
        self.note_look(link, ip, what=what, device=device)
        if device == "preview":
            return
        at = now()
        self._waiting.add((link.id, link.agency_id, link.workspace_id, ip), Count(1, at, at))

    def note_look(self, link: Opening, ip: str, *, what: str, device: Device) -> None:
        """What was looked at or taken, for the share's log alone. Does not touch the database."""
        at = now()
        seen = Look(link.id, link.viewer_id, what, device, network_of(ip), link.via)
        self._looks.add(seen, Count(1, at, at))

    def flush(self) -> None:
        """Write what was counted. A database that cannot is asked again."""
        self._waiting.flush()
        self._looks.flush()

    def _write_looks(self, counts: Mapping[Look, Count]) -> None:
        """The log's lines, and how often each viewer opened. A flood of networks is cut short."""
        networks: dict[int, set[str]] = defaultdict(set)
        lines: dict[Look, tuple[int, datetime, datetime]] = {}
        viewers: dict[int, Count] = {}
        old_links: dict[int, Count] = {}
        for look, count in counts.items():
            if look.device != "preview" and not look.what.startswith(FILE_LINE):
                _add(viewers, look.viewer_id, count)
                _add(old_links, old_id_of(look.via), count)
            networks[look.share_id].add(look.ip)
            if len(networks[look.share_id]) <= MOST_ADDRESSES:
                lines[look] = (count.n, count.first, count.last)
        with self._services.session() as session:
            write_log(session.connection(), lines)
            for viewer_id, count in viewers.items():
                note_viewer_opened(session, viewer_id, count.n, count.last)
            for old_id, count in old_links.items():
                note_old_opened(session, old_id, count.n, count.last)

    def _write(self, counts: Mapping[tuple[int, int, int, str], Count]) -> None:
        by_share: dict[int, Count] = {}
        addresses: dict[int, set[str]] = defaultdict(set)
        groups: dict[tuple[Occurrence, int], Count] = {}
        for (share_id, agency_id, workspace_id, ip), count in counts.items():
            by_share[share_id] = together(by_share[share_id], count) if share_id in by_share else count
            listed = len(addresses[share_id]) < MOST_ADDRESSES
            addresses[share_id].add(ip)
            what = Occurrence(
                guest_actor(share_id),
                VERB,
                agency_id,
                workspace_id,
                f"share {share_id}" if listed else FURTHER,
                ip if listed else "",
            )
            key = group_of(what, count.first)
            groups[key] = together(groups[key], count) if key in groups else count
        with self._services.session() as session:
            for share_id, count in by_share.items():
                links.note_opened(session, share_id, count.n, count.last)
            write_counts(session.connection(), groups)


def _add(counts: dict[int, Count], key: int | None, count: Count) -> None:
    if key is not None:
        counts[key] = together(counts[key], count) if key in counts else count


def openings() -> Openings:
    """The counter of openings of the current app."""
    found = current_app.extensions.get(_OPENINGS)
    if found is None:
        found = current_app.extensions.setdefault(_OPENINGS, Openings(services()))
    assert isinstance(found, Openings)
    return found


def note_opening(link: Opening, what: str = "") -> None:
    """Put this request into the share's log; a person's counts as an opening, a program's does not."""
    openings().note(link, request.remote_addr or "", what=what, device=_device())


def note_file(link: Opening, name: str) -> None:
    """Put a file that was taken into the share's log; it is no opening."""
    openings().note_look(link, request.remote_addr or "", what=f"{FILE_LINE}{name}", device=_device())


def note_taken(link: Opening, name: str, detail: str) -> None:
    """A file is taken: a line of the share's log, and an entry of the audit trail each time.

    A request for its headers alone takes nothing. Raises NotFound when the link ended meanwhile.
    """
    if request.method == "HEAD":
        return
    note_file(link, name)
    with services().session() as session:
        guest = scope_for_share(session, link)[0]
        audit.record(
            session,
            guest.actor,
            "report.take",
            agency_id=guest.agency_id,
            workspace_id=guest.workspace_id,
            detail=detail,
            ip=request.remote_addr or "",
        )


def _device() -> Device:
    agent = request.headers.get("User-Agent", "")
    return device_of(agent) if is_persons(request.headers) else "preview"
