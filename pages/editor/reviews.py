"""The editor's dialogs about versions: what publishing would change and where, and what was published before."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.ui.environment import render
from dashapp.ui.language.say import language, say
from dashapp.ui.language.spoken import integer, moment
from dashapp.views.difference import change_sentences
from dashapp.views.editing import drafts as editing
from dashapp.views.editing import rollout
from dashapp.views.editing.drafts import Target
from dashapp.views.editing.rollout import Stage, Touched
from dashapp.views.editing.share_links import links_showing
from dashapp.views.resolve import problem_sentence
from pages.editor.answers import Answer, differences, kind_of, target_at
from pages.editor.context import EditorContext

#: Versions whose differences are told; older ones stay, and can be had by restoring step by step.
MOST_VERSIONS = 30
#: Links that are named when a view they show is published.
MOST_NAMED = 5


def history(session: Session, context: EditorContext, view_id: int) -> Answer:
    """The versions, newest first: who, when, what changed."""
    found = target_at(session, context, view_id)
    versions = editing.history(session, found)[:MOST_VERSIONS]
    first = min((version.version for version in versions), default=0)
    rows = [
        {
            "number": version.version,
            "current": version.current,
            "by": version.by or "–",
            "at": moment(version.at, context.preview.timezone),
            "note": editing.note_text(version.note, language()),
            "changes": differences(editing.version_changes(session, found, version.version))
            if version.version > first
            else [say("The first version.")],
        }
        for version in versions
    ]
    template = kind_of(found, context) == "template"
    staged = rollout.stage_of(session, found.stored) if template else None
    html = render(
        "ui/editor_history.html",
        versions=rows,
        stage=stage_sentence(staged) if staged else None,
        undo=template and len(rows) > 1,
    )
    return {"html": html}


def stage_sentence(stage: Stage) -> str:
    """How far a template's version has come."""
    have = ", ".join(name for _, name in stage.workspaces)
    left = len(stage.waiting)
    waits = (
        say("1 workspace is still") if left == 1 else say("{left} workspaces are still", left=integer(left))
    )
    return say(
        "Version {version} is live in {have}; {waits} on version {previous_version}.",
        version=stage.version,
        have=have,
        waits=waits,
        previous_version=stage.previous_version,
    )


def review(session: Session, context: EditorContext, view_id: int) -> Answer:
    """What publishing the draft would change, and for a template which workspaces and open links it touches."""
    found = target_at(session, context, view_id)
    open_now = editing.open_editing(session, found)
    html = render(
        "ui/editor_review.html",
        changes=change_sentences(open_now.changes, language()),
        rollout=_rollout(session, found, open_now) if kind_of(found, context) == "template" else None,
        links=_links(session, found),
    )
    return {"html": html}


def _links(session: Session, found: Target) -> str:
    """Which open share links show the view: their readers see the change as soon as it is published."""
    shown = [link for link in links_showing(session, found.stored) if link.state == "active"]
    count, names = len(shown), [link.name for link in shown if link.name]
    named = " " + say("With a name: {names}.", names=_some(names)) if names else ""
    if count == 0:
        return say("No open share link shows this view.")
    if count == 1:
        return say("1 open share link shows this view: its readers see the change at once.") + named
    told = say("{n} open share links show this view: their readers see the change at once.", n=integer(count))
    return told + named


def _some(names: list[str]) -> str:
    """The first names, and that there are more."""
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def _rollout(session: Session, found: Target, open_now: editing.Editing) -> Answer:
    seen = rollout.preview(session, found.stored, open_now.view)
    return {
        "sentences": _reach(seen),
        "touched": [
            {
                "id": space.id,
                "name": space.name,
                "told": _told(space),
                "sentences": [
                    *change_sentences(space.changes, language()),
                    *space.idle_sentences(language()),
                    *[problem_sentence(problem, language()) for problem in space.problems],
                ],
            }
            for space in seen.workspaces
        ],
    }


def _reach(seen: rollout.Preview) -> list[str]:
    count, links, others = len(seen.workspaces), seen.links, len(seen.untouched)
    said = (
        say("1 workspace looks")
        if count == 1
        else say("{n} workspaces look", n=integer(count))
        if count
        else say("No workspaces look")
    )
    told = {0: say("no open share link shows it"), 1: say("1 open share link shows it")}
    shown = told.get(links, say("{links} open share links show it", links=integer(links)))
    rest = [
        say("{n} stay as they are: {names}", n=integer(others), names=", ".join(seen.untouched[:5]))
        + ("…" if others > 5 else ".")
    ]
    return [say("{said} different; {shown}.", said=said, shown=shown), *(rest if others else [])]


def _told(space: Touched) -> str:
    links = len(space.links)
    open_links = {0: say("no open link"), 1: say("1 open link")}.get(
        links, say("{links} open links", links=integer(links))
    )
    return f"{say('default view') + ', ' if space.is_default else ''}{open_links}"


def place_name(context: EditorContext) -> str:
    """How people call the place."""
    return context.place.name
