"""The editor's reads: plain results of the views' use cases, ready for JSON.

The browser holds a whole view and sends it with each call. It is not trusted: `view_of` reads it under the stored
form's own rules, and the context says whose views are meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.tiles.forms import BadForm, FormValue, form_fields, parse_form
from dashapp.tiles.gallery import Card
from dashapp.tiles.gallery import gallery as gallery_cards
from dashapp.tiles.registry import own_title
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, say
from dashapp.views import store
from dashapp.views.difference import Change, change_sentences
from dashapp.views.editing.drafts import Saved, Target, target
from dashapp.views.editing.merge import Conflict, conflict_sentence
from dashapp.views.phrases import tile_label, type_label
from dashapp.views.resolve import Resolved, differs_sentence, reset_tile
from dashapp.views.schema import SCHEMA_VERSION, Placed, View, view_of
from dashapp.views.stages import template_for
from pages.editor.context import EditorContext

Answer = dict[str, Any]
#: The panel's field that is no option.
TITLE = "title"
LONGEST_TITLE = 80


def target_at(session: Session, context: EditorContext, view_id: int) -> Target:
    """The view to edit; NotFound when it is not one of the context's place."""
    return target(session, context.place, view_id)


def kind_of(found: Target, context: EditorContext) -> str:
    """ "template", "override" (a template as one workspace changes it) or "own"."""
    if found.is_override:
        return "override"
    return "own" if isinstance(context.place, Workspace) else "template"


def as_json(view: View) -> Answer:
    """A view for the browser."""
    return view.model_dump(mode="json", exclude_none=True)


def one_tile(document: Mapping[str, Any]) -> Placed:
    """A tile the browser sent; Refused with where and why."""
    return view_of({"schema_version": SCHEMA_VERSION, "name": "One tile", "tiles": [dict(document)]}).tiles[0]


def panel(session: Session, context: EditorContext, view_id: int, document: Mapping[str, Any]) -> Answer:
    """The side panel of one tile."""
    found = target_at(session, context, view_id)
    placed = one_tile(document)
    html = render(
        "ui/editor_panel.html",
        label=tile_label(placed, language()),
        kind_label=type_label(placed.type, language()),
        own_title=own_title(placed.type, placed.options, language()),
        title=placed.title or "",
        longest_title=LONGEST_TITLE,
        fields=form_fields(placed.type, language(), placed.options),
        kind=kind_of(found, context),
        campaigns=context.campaigns(),
        others=[(other.id, other.name) for other in siblings(session, context) if other.id != view_id],
        icons=PATHS,
    )
    return {"html": html}


def siblings(session: Session, context: EditorContext) -> Sequence[StoredView]:
    """The views of the context's place."""
    if isinstance(context.place, Workspace):
        return store.list_views(session, context.place)
    return store.list_templates(session, context.place)


def preview(
    session: Session,
    context: EditorContext,
    view_id: int,
    document: Mapping[str, Any],
    form: Mapping[str, FormValue],
) -> Answer:
    """The tile as the form would have it, or a sentence per field that cannot be so."""
    target_at(session, context, view_id)
    placed = one_tile(document)
    said, problems, options = "", dict[str, str](), dict[str, Any]()
    try:
        options = parse_form(placed.type, {key: form[key] for key in form if key != TITLE}, language())
    except BadForm as error:
        problems |= error.problems
    title = form.get(TITLE, "")
    if isinstance(title, str):
        said = title.strip()
    if len(said) > LONGEST_TITLE:
        problems[TITLE] = say("A title can have at most {n} characters.", n=LONGEST_TITLE)
    if problems:
        return {"problems": problems}
    made = placed.model_copy(update={"options": options, "title": said or None})
    tile = {"title": made.title, "options": options}
    own = own_title(made.type, options, language())
    return {"problems": {}, "tile": tile, "own_title": own, "html": context.tile(made)}


def gallery(session: Session, context: EditorContext, view_id: int) -> Answer:
    """Every tile type that may stand here, with figures."""
    found = target_at(session, context, view_id)
    kind = kind_of(found, context)
    cards = [
        _card(context, card)
        for card in gallery_cards(language())
        if kind != "template" or not card.workspace_only
    ]
    return {"html": render("ui/editor_gallery.html", cards=cards)}


def _card(context: EditorContext, card: Card) -> Answer:
    w, h = card.size
    placed = Placed(id="new", type=card.type, x=0, y=0, w=w, h=h, options=card.options)
    return {
        "label": card.label,
        "told": card.told,
        "group": card.group,
        "words": card.words,
        "tile": context.tile(placed),
        "add": json.dumps({"id": "new", "type": card.type, "w": w, "h": h, "options": card.options}),
        "shape": "small" if h <= 2 else "wide" if w > 8 else "middle",
    }


def starter(session: Session, context: EditorContext, view_id: int, key: str) -> Answer:
    """The tiles of one of the starters, for an empty view."""
    target_at(session, context, view_id)
    for start in store.starters():
        if start.key == key:
            return {"view": as_json(start.view), "html": context.tiles(start.view)}
    raise NotFound("There is no such starting point.")


def reset(
    session: Session, context: EditorContext, view_id: int, tile_id: str, document: Mapping[str, Any]
) -> Answer:
    """The view with one tile as the template has it; nothing is saved yet."""
    found = target_at(session, context, view_id)
    if found.workspace is None:
        raise Refused("This view follows no template.")
    view = reset_tile(template_for(session, found.stored, found.workspace.id)[0], view_of(document), tile_id)
    return {"view": as_json(view), "html": context.tiles(view)}


def standing(context: EditorContext, resolved: Resolved | None) -> Answer:
    """What a template says about the tiles of a workspace's version of it: marks by tile, and the hidden ones."""
    if resolved is None:
        return {"marks": {}, "hidden": []}
    marks = {}
    for tile in resolved.tiles:
        differs = differs_sentence(tile, language())
        word = (
            say("Locked")
            if tile.locked
            else {"override": say("Differs"), "added": say("Only here")}.get(tile.source, "")
        )
        marks[tile.placed.id] = {
            "mark": word,
            "differs": differs
            or (say("Only this workspace has this tile.") if tile.source == "added" else ""),
            "fixed": tile.locked,
            "source": tile.source,
        }
    return {
        "marks": marks,
        "hidden": [{"id": tile.id, "label": tile_label(tile, language())} for tile in resolved.hidden],
    }


def saved(context: EditorContext, done: Saved, *, anew: bool = False) -> Answer:
    """The result of a save: the view, what others did meanwhile, and where both changed the same thing.

    The tiles come with it when the browser has not drawn them itself: after a merge, or with `anew`.
    """
    html = context.tiles(done.view) if done.merged or anew else None
    return {
        "view": as_json(done.view),
        "base": done.base,
        "merged": done.merged,
        "who": done.who,
        "others": change_sentences(done.others, language()),
        "conflicts": [
            {"sentence": conflict_sentence(one, language(), done.who), "conflict": asdict(one)}
            for one in done.conflicts
        ],
        "html": html,
        **standing(context, done.resolved),
    }


def differences(changes: Sequence[Change]) -> list[str]:
    """Changes as sentences; one sentence also when there are none."""
    return change_sentences(changes, language()) or [say("Nothing that shows was changed.")]


__all__ = [
    "Answer",
    "Conflict",
    "as_json",
    "differences",
    "gallery",
    "kind_of",
    "one_tile",
    "panel",
    "preview",
    "reset",
    "saved",
    "siblings",
    "standing",
    "starter",
    "target_at",
]
