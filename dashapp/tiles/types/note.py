"""Note: a few words of the agency's, plain or in a small safe Markdown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Options, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Label
from dashapp.ui.markdown import markdown, plain
from data.query.ask import Query

LONGEST = 4_000


class NoteOptions(Options):
    """`form` "markdown": headings, lists, bold, italics, code and links; nothing else is ever markup."""

    text: Annotated[
        str,
        Field(max_length=LONGEST),
        Label(
            "Text",
            help="**bold**, *italics*, `code`, # heading, - list, [words](https://address).",
            kind="textarea",
        ),
    ] = ""
    form: Annotated[
        Literal["markdown", "plain"],
        Label("Form", (("markdown", "Markdown"), ("plain", "Plain text"))),
    ] = "markdown"


def queries(options: NoteOptions, page: Page) -> dict[str, Query]:
    """Nothing is asked."""
    return {}


def titled(options: NoteOptions, page: Page) -> str:
    """The title."""
    return page.t("note")


def context(options: NoteOptions, answers: Answers, page: Page) -> Context:
    """Template values; the text is escaped on its way, whatever it says."""
    if not options.text.strip():
        return {"title": titled(options, page), "empty": page.t("note_empty")}
    return {
        "title": titled(options, page),
        "body": markdown(options.text) if options.form == "markdown" else plain(options.text),
    }


TILE = TileType(
    "note",
    "Note",
    NoteOptions,
    queries,
    context,
    "tiles/note.html",
    (4, 2),
    about=About(
        "Note",
        "Your own words beside the figures.",
        "text",
        "text comment heading markdown",
        least=(2, 2),
        most=(12, 8),
        options={"text": "**What happened:** …"},
    ),
    title=titled,
)
