"""Before and after a template changes: whom it touches, some workspaces first, all of them, and undo for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.workspaces import workspaces_of
from dashapp.db.reports import StoredView, ViewOverride
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Busy, NotFound, Refused
from dashapp.ui.language.texts import words
from dashapp.views import revisions
from dashapp.views.difference import Change, differences
from dashapp.views.editing.publishing import BUSY, publish_body
from dashapp.views.editing.share_links import ShareLink, links_showing
from dashapp.views.editing.targets import Target
from dashapp.views.overrides import Override, dump_override
from dashapp.views.phrases import tile_label
from dashapp.views.resolve import Problem
from dashapp.views.schema import View, parse_view
from dashapp.views.stages import Rollout, rollout_of, rollout_to, template_for, version_for
from dashapp.views.store import default_view_ids, resolved_text

#: What changes, which overrides become idle, which become unusable.
_Effect = tuple[tuple[Change, ...], tuple[str, ...], tuple[Problem, ...]]
_NOTHING = dump_override(Override())


@dataclass(frozen=True, slots=True)
class Touched:
    """A workspace in which a changed template looks different, or whose override it affects.

    `idle`: labels of tiles whose override would make no difference any more; `links`: the open ones showing it.
    """

    id: int
    slug: str
    name: str
    is_default: bool
    changes: tuple[Change, ...]
    idle: tuple[str, ...]
    problems: tuple[Problem, ...]
    links: tuple[ShareLink, ...]

    def idle_sentences(self, lang: str = "en") -> list[str]:
        """Of each override that would make no difference any more."""
        return [words(lang)("idle", label=label) for label in self.idle]


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would do. `untouched`: names of workspaces that stay as they are; `links`: open ones."""

    changes: tuple[Change, ...]
    workspaces: tuple[Touched, ...]
    untouched: tuple[str, ...]
    links: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A rollout under way: who sees `version`, who still sees `previous_version`; (id, name) each."""

    version: int
    previous_version: int
    workspaces: tuple[tuple[int, str], ...]
    waiting: tuple[tuple[int, str], ...]


def preview(session: Session, template: StoredView, new: View) -> Preview:
    """Whom `new`, published to all in place of what each workspace sees now, would touch."""
    agency = session.get_one(Agency, _agency_id(template))
    bodies = _overrides(session, template)
    defaults = default_view_ids(session, agency)
    links: dict[int, list[ShareLink]] = {}
    for link in links_showing(session, template):
        if link.state == "active":
            links.setdefault(link.workspace_id, []).append(link)
    plain: dict[int, tuple[Change, ...]] = {}
    seen: dict[int, View] = {}
    touched, untouched = [], []
    for workspace in _workspaces(session, agency.id):
        version = version_for(template, workspace.id)
        if version not in seen:
            seen[version] = template_for(session, template, workspace.id)[0]
        now = seen[version]
        body = bodies.get(workspace.id)
        if body is None:  # most: as all others without an override
            if version not in plain:
                plain[version] = differences(now, new)
            changes, idle, problems = _unaltered(plain[version])
        else:
            changes, idle, problems = _under(now, new, body)
        if not changes and not idle and not problems:
            untouched.append(workspace.name)
            continue
        touched.append(
            Touched(
                id=workspace.id,
                slug=workspace.slug,
                name=workspace.name,
                is_default=defaults.get(workspace.id) == template.id,
                changes=changes,
                idle=idle,
                problems=problems,
                links=tuple(links.get(workspace.id, ())) if changes else (),
            )
        )
    count = sum(len(one.links) for one in touched)
    return Preview(differences(parse_view(template.body), new), tuple(touched), tuple(untouched), count)


def preview_sentences(found: Preview, lang: str = "en") -> list[str]:
    """The preview to read: the counts, then each workspace, then overrides that make no difference."""
    t = words(lang)
    different = [one for one in found.workspaces if one.changes]
    if not different:
        said = [t("rollout_none")]
    else:
        said = [t("rollout_workspaces", n=len(different)), t("rollout_links", n=found.links)]
    said += [t("rollout_one", name=one.name, n=len(one.changes), links=len(one.links)) for one in different]
    said += [t("rollout_idle", name=one.name, label=label) for one in found.workspaces for label in one.idle]
    return said + [t("rollout_untouched", name=name) for name in found.untouched]


def stage_of(session: Session, template: StoredView) -> Stage | None:
    """The rollout under way; None when all workspaces see the newest version."""
    rollout = rollout_of(template)
    if rollout is None:
        return None
    everyone = [(one.id, one.name) for one in _workspaces(session, _agency_id(template))]
    return Stage(
        version=template.version,
        previous_version=rollout.previous,
        workspaces=tuple(one for one in everyone if one[0] in rollout.workspaces),
        waiting=tuple(one for one in everyone if one[0] not in rollout.workspaces),
    )


def extend(session: Session, template: StoredView, workspace_ids: Iterable[int], actor: str) -> None:
    """Show the newest version to further workspaces; the last one ends the rollout."""
    rollout = _running(template)
    chosen = {*rollout.workspaces, *workspace_ids}
    # Workspaces of the stage that are gone meanwhile do not stand in the way.
    known = {one.id for one in _workspaces(session, _agency_id(template))}
    if not set(workspace_ids) <= known:
        raise NotFound("There is no such workspace.")
    _set(session, template, rollout_to(session, template, rollout.previous, chosen & known), actor)


def finish(session: Session, template: StoredView, actor: str) -> None:
    """Show the newest version to all."""
    _running(template)
    _set(session, template, None, actor)


def undo(session: Session, template: StoredView, actor: str) -> int:
    """For all workspaces back to what they saw before the newest version, as a new version; its number.

    While a rollout is under way that is what those outside of it still see.
    """
    rollout = rollout_of(template)
    before = rollout.previous if rollout is not None else template.version - 1
    body = revisions.body_of_version(session, template, before) if before >= 1 else None
    if body is None:
        raise Refused("There is no earlier version of this template.")
    made = publish_body(session, Target(template), actor, f"undo:{before}", lambda state: body)
    _note(session, template, actor, f"undone to version {before}")
    return made


def _unaltered(changes: tuple[Change, ...]) -> _Effect:
    return changes, (), ()


def _under(now: View, new: View, body: str) -> _Effect:
    """What changes under an override, what of it becomes idle, and what becomes unusable."""
    old, then = resolved_text(now, body), resolved_text(new, body)
    labels: Mapping[str, str] = {tile.id: tile_label(tile) for tile in new.tiles}
    idle = tuple(labels[key] for key in then.idle if key not in old.idle)
    problems = tuple(one for one in then.problems if one not in old.problems)
    return differences(old.view, then.view), idle, problems


def _overrides(session: Session, template: StoredView) -> dict[int, str]:
    rows = session.execute(
        select(ViewOverride.workspace_id, ViewOverride.body).where(
            ViewOverride.view_id == template.id, ViewOverride.version > 0
        )
    )
    return {row.workspace_id: row.body for row in rows if row.body != _NOTHING}


def _workspaces(session: Session, agency_id: int) -> Sequence[Workspace]:
    return workspaces_of(session, agency_id)


def _agency_id(template: StoredView) -> int:
    assert template.agency_id is not None, "only an agency's template is rolled out"
    return template.agency_id


def _running(template: StoredView) -> Rollout:
    rollout = rollout_of(template)
    if rollout is None:
        raise Refused("All workspaces already see the newest version.")
    return rollout


def _set(session: Session, template: StoredView, rollout: Rollout | None, actor: str) -> None:
    """Compare-and-set: a version published meanwhile has a rollout of its own."""
    done = session.execute(
        update(StoredView)
        .where(
            StoredView.id == template.id,
            StoredView.version == template.version,
            StoredView.rollout == template.rollout,
        )
        .values(rollout=None if rollout is None else rollout.model_dump_json())
        .execution_options(synchronize_session=False)
    )
    session.refresh(template)
    if getattr(done, "rowcount", 0) != 1:
        raise Busy(BUSY)
    _note(session, template, actor, "all" if rollout is None else f"{len(rollout.workspaces)} workspaces")


def _note(session: Session, template: StoredView, actor: str, detail: str) -> None:
    audit.record(
        session, actor, "view.rollout", agency_id=template.agency_id, detail=f"view {template.id}: {detail}"
    )
