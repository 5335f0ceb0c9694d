"""On the sources page: bring in a file. It is looked at first; nothing is taken in before somebody says so.

The parts are HTML (dashapp/ui/templates/upload.html) that `assets/desk_upload.js` fetches and puts in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.intake.uploads import MOST_BYTES, PIECE_BYTES
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import retell, say
from data.events.canonical import EVENTS
from pages.sources.upload_words import FIELDS, decided, event_word, field_word, reference_words, which_order

#: What a file of events cannot do without.
_NEEDED: Final = ("event", "occurred_at")
#: Between two sentences. One that names an option of the command line says nothing to somebody in a browser.
_SENTENCES: Final = re.compile(r"(?<=[.!?;])\s+")


def section(zone: str) -> Component:
    """The card with the place to drop a file; what becomes of the file is shown in it."""
    markup = render(
        "ui/upload.html",
        zone=zone,
        piece=PIECE_BYTES,
        limit=format.integer(MOST_BYTES // 2**20),
        most=MOST_BYTES,
    )
    return Html(markup, className="dk-upload-section")


def working(state: Mapping[str, Any]) -> Markup:
    """While the file is read. How far that is nobody knows before its end, so rows are told."""
    rows = format.integer(int(state.get("rows") or 0))
    if state.get("act") == "take":
        told = say("Taking in the file: {rows} rows so far", rows=rows)
    else:
        told = say("Looking through the file: {rows} rows so far", rows=rows)
    return render("ui/upload_working.html", told=told)


def looked(name: str, result: Mapping[str, Any], zone: str) -> Markup:
    """What would be read, with every choice there is."""
    ok = bool(result.get("ok"))
    reference: Sequence[Sequence[str]] = result.get("reference") or ()
    missing, undecided = result.get("missing") or (), result.get("undecided")
    problem = ""
    if not ok:
        problem = _failure(result)
    elif missing:
        problem = say("Choose below which columns hold what happened and when.")
    elif undecided:
        problem = which_order(undecided)
    settled = ok and not missing and not undecided
    return render(
        "ui/upload_looked.html",
        name=name,
        problem=problem,
        reference=reference_words(reference) if reference else "",
        product=result.get("product") or "",
        summary=_summary(result, zone) if settled and not reference else [],
        notes=[said for kind, values in result.get("decided", ()) if (said := decided(kind, values))],
        choices=_choices(result) if ok and not reference else None,
        first=_first_events(result, zone) if settled else [],
        parked=parked(result) if settled else None,
        take=_take_words(result, bool(reference)) if settled else "",
    )


def taken(name: str, result: Mapping[str, Any], slug: str) -> Markup:
    """The accounting: every row is new, known already, or parked."""
    ok = bool(result.get("ok"))
    return render(
        "ui/upload_taken.html",
        name=name,
        slug=slug,
        problem=plain(result["problem"]) if result.get("problem") else "" if ok else _failure(result),
        figures=_figures(result) if ok else [],
        parked=parked(result) if ok else None,
    )


def plain(why: str) -> str:
    """A reason without the sentences that name options of the command line."""
    said = [part for part in _SENTENCES.split(why) if " --" not in part]
    return retell(" ".join(said).strip().rstrip(";")) if said else say("The file cannot be read.")


def parked(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rows that were or would be parked, with place and reason; None when there are none."""
    rows: Sequence[Mapping[str, str]] = result.get("parked_rows") or ()
    if not rows:
        return None
    more = int(result["parked"]) - len(rows)
    return {
        "title": say("Rows that cannot be read ({n})", n=format.integer(int(result["parked"]))),
        "rows": [(row["where"], plain(row["why"])) for row in rows],
        "more": say("… and {n} more", n=format.integer(more)) if more > 0 else "",
    }


def _failure(result: Mapping[str, Any]) -> str:
    if result.get("kind") == "broken":
        return say("Reading the file was cut off. Try again: what was taken in already counts once.")
    if result.get("kind") == "dates":
        return which_order(result)
    return plain(str(result.get("why") or ""))


def _summary(result: Mapping[str, Any], zone: str) -> list[str]:
    said = [
        say(
            "{readable} of {read} rows can be taken in.",
            readable=format.integer(result["readable"]),
            read=format.integer(result["read"]),
        )
    ]
    if result.get("first_at"):
        first, last = (
            format.moment(datetime.fromisoformat(result[at]), zone) for at in ("first_at", "last_at")
        )
        said.append(say("They happened between {first} and {last}.", first=first, last=last))
    counts = result.get("counts") or {}
    if counts:
        said.append(" · ".join(f"{format.integer(n)} {event_word(name)}" for name, n in counts.items()))
    return said


def _choices(result: Mapping[str, Any]) -> dict[str, Any]:
    asked: Mapping[str, Any] = result.get("asked") or {}
    columns: Sequence[Mapping[str, Any]] = result.get("columns") or ()
    fields: Mapping[str, str] = result.get("fields") or {}
    samples = {one["name"]: ", ".join(one["samples"]) for one in columns}
    rows = []
    for name in FIELDS:
        chosen = fields.get(name, "")
        options = [("", say("Not in this file")), *((one["name"], one["name"]) for one in columns)]
        if chosen and chosen not in samples:
            options.append((chosen, chosen.removeprefix(":")))
        rows.append(
            {
                "field": name,
                "label": field_word(name),
                "needed": name in _NEEDED,
                "options": options,
                "chosen": chosen,
                "sample": samples.get(chosen, ""),
            }
        )
    sheets: Sequence[str] = result.get("sheets") or ()
    return {
        "dates": asked.get("dates") or "",
        "orders": [
            ("", say("Decided from the file")),
            ("dmy", say("Day first: 31/12/2026")),
            ("mdy", say("Month first: 12/31/2026")),
            ("ymd", say("Year first: 2026-12-31")),
        ],
        "timezone": asked.get("timezone", "UTC"),
        "sheets": sheets if len(sheets) > 1 else (),
        "sheet": asked.get("sheet") or (sheets[0] if sheets else ""),
        "rows": rows,
        "open": bool(result.get("missing")),
        "kinds": result.get("kinds") or (),
        "kinds_open": any(not event for _, event in result.get("kinds") or ()),
        "events": [("", say("Leave parked")), *((name, event_word(name)) for name in sorted(EVENTS))],
    }


def _first_events(result: Mapping[str, Any], zone: str) -> list[tuple[str, str, str, str]]:
    return [
        (
            format.moment(datetime.fromisoformat(str(one["occurred_at"])), zone),
            event_word(str(one["event"])),
            str(one["lead"] or "–"),
            str(one["campaign"] or "–"),
        )
        for one in result.get("first_events") or ()
    ]


def _take_words(result: Mapping[str, Any], reference: bool) -> str:
    if reference:
        return say("Take in this file")
    readable = int(result["readable"])
    if readable == 1:
        return say("Take in 1 event")
    return say("Take in {n} events", n=format.integer(readable)) if readable else ""


def _figures(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    clashes = int(result.get("clashes") or 0)
    rows = [
        (say("Read"), result["read"], ""),
        (
            say("New"),
            result["new"],
            say("{n} of them bring an id another event has; both are kept.", n=format.integer(clashes))
            if clashes
            else "",
        ),
        (
            say("Known already"),
            result["duplicate"],
            say("Taken in before; counted once.") if result["duplicate"] else "",
        ),
        (
            say("Parked"),
            result["parked"],
            say("Kept with the reason, to be mended on the Data page.") if result["parked"] else "",
        ),
    ]
    if result.get("unattributed"):
        rows.append(
            (
                say("Belong to no e-mail"),
                result["unattributed"],
                say("Reload this page to assign them to the e-mails they answer."),
            )
        )
    return [(label, format.integer(int(n)), note) for label, n, note in rows]
