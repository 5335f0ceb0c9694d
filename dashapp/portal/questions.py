"""Questions about a tile, `/p/<token>/tiles/<tile>/questions`: the tile, what was asked and answered, and a form.

A page of its own, fetched when somebody wants it: the report stays as small as it is. The rules are the report's: a
link that does not work, or whose view has no such tile, has no such page.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from markupsafe import Markup

from dashapp.db.shares import ShareViewer
from dashapp.errors import NotFound, Refused, TooMany
from dashapp.portal.asked import asked_for
from dashapp.portal.entering import entered, looked_at, not_found_pages
from dashapp.portal.inline import QUESTIONS, inline
from dashapp.portal.openings import note_file
from dashapp.portal.report import Look, report_of
from dashapp.portal.responses import guarded
from dashapp.seats import ANSWER, seated_as
from dashapp.services import services
from dashapp.sharing import questions
from dashapp.sharing.questions import About, Asked, Thread
from dashapp.ui import question_mails
from dashapp.ui.environment import asset_url, render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import say, say_error, speaking
from dashapp.views.phrases import tile_label
from dashapp.views.schema import Placed

blueprint = Blueprint("portal_questions", __name__, url_prefix="/p/<token>")
not_found_pages(blueprint)
#: A field that people do not see; programs that fill in everything do.
TRAP = "website"


@blueprint.get("/tiles/<tile>/questions")
@blueprint.get("/views/<int:view>/tiles/<tile>/questions")
def page(token: str, tile: str, view: int | None = None) -> Response:
    """The tile with its threads, and the form."""
    return _shown(_seen(token, view), tile, view is not None)


@blueprint.post("/tiles/<tile>/questions")
@blueprint.post("/views/<int:view>/tiles/<tile>/questions")
def ask(token: str, tile: str, view: int | None = None) -> Response:
    """Keep a question and tell the team; then back to the page, with the asker's thread."""
    seen = _seen(token, view)
    known, tab = services(), view is not None
    placed, _ = _drawn(seen, tile)
    if request.form.get(TRAP):
        return _back(seen, "")  # nobody is told, and the program does not learn why
    try:
        questions.count_question(known, seen.link.id, request.remote_addr or "")
        asked = Asked(
            text=request.form.get("text", "")[: 50 * questions.LONGEST_TEXT],
            email=request.form.get("email", "")[:500],
            name=request.form.get("name", "")[:500],
            thread=request.form.get("thread", "")[:100],
        )
        about = About(tile, tile_label(placed, seen.page.lang), seen.link.view_id, tab, seen.page.address)
        with known.session() as session:
            question = questions.ask(
                session, known.settings, seen.link, about, asked, seen.page.lang, ip=request.remote_addr or ""
            )
            question_mails.tell_team(session, known.settings, question, asked.text)
    except (Refused, TooMany) as refused:
        response = _shown(seen, tile, tab, problem=refused)
        response.status_code = refused.status
        if isinstance(refused, TooMany):
            response.headers["Retry-After"] = str(refused.retry_after)
        return response
    note_file(seen.link, f"question {tile}")
    return _back(seen, questions.thread_token(known.settings, question))


def _seen(token: str, view: int | None) -> Look:
    """The page this link shows now. Raises NotFound where it shows no view, or takes no questions."""
    link, stands = entered(token, view)
    if not link.shows_views or not link.questions:
        raise NotFound("There is no such page.")
    return looked_at(link, stands, tab=view is not None)


def _back(seen: Look, thread: str) -> Response:
    said = {"asked": "1", **({"thread": thread} if thread else {})}
    return guarded(make_response(redirect(f"questions?{seen.page.address}&{urlencode(said)}", 303)))


def _shown(seen: Look, tile: str, tab: bool, problem: Refused | TooMany | None = None) -> Response:
    placed, drawn = _drawn(seen, tile)
    asked = request.args.get("thread", "")[:100]
    link, known = seen.link, services()
    with known.reading() as session:
        threads = questions.threads_for(session, link, tile, link.view_id, asked)
        viewer = None if link.viewer_id is None else session.get(ShareViewer, link.viewer_id)
    dressed = inline(QUESTIONS, link.dress.brand)
    with speaking(seen.page.lang):
        body = render(
            "portal/questions.html",
            lang=seen.page.lang,
            theme=asked_for(link).theme,
            t=seen.page.t,
            inline=dressed,
            agency=link.dress,
            root="../../../../" if tab else "../../",
            workspace=link.workspace,
            title=tile_label(placed, seen.page.lang),
            back=f"../../?{seen.page.address}#t-{tile}",
            grid=Markup('<div class="grid one">{}</div>').format(drawn),
            threads=[_told(thread, seen) for thread in threads],
            asked=request.args.get("asked") == "1" and not problem,
            problem=say_error(problem) if problem else "",
            filled=request.form if problem else {"email": viewer.email if viewer is not None else ""},
            trap=TRAP,
            longest=questions.LONGEST_TEXT,
            words=_words(link.dress.name),
            script=asset_url("portal.js"),
        )
    return guarded(Response(body, content_type="text/html; charset=utf-8"), dressed, forms=True)


def _drawn(seen: Look, tile: str) -> tuple[Placed, Markup]:
    """The tile as the share shows it. Raises NotFound."""
    guest = seen.reader.reading.guest
    with services().seats.seat(seated_as(guest.agency_id, guest.workspace_id), ANSWER):
        return report_of(seen).tile(tile)


def _told(thread: Thread, seen: Look) -> dict[str, object]:
    """A thread as the template shows it. Who asked is named to themselves alone."""
    own = services().settings
    return {
        "mine": thread.mine,
        "token": questions.thread_token(own, thread.question) if thread.mine else "",
        "messages": [
            {
                "text": one.text,
                "by_client": one.by_client,
                "who": (thread.question.name or thread.question.email if thread.mine else say("A client"))
                if one.by_client
                else seen.link.dress.name,
                "at": spoken.moment(one.at, seen.page.timezone),
            }
            for one in thread.messages
        ],
        "state": questions.state_of(thread.question, thread.messages),
    }


def _words(agency: str) -> dict[str, str | dict[str, str]]:
    return {
        "back": say("Back to the report"),
        "heading": say("Ask about this tile"),
        "told": say("{agency} answers by e-mail. No account is needed.", agency=agency),
        "name": say("Your name (optional)"),
        "email": say("Your e-mail address"),
        "text": say("Your question"),
        "send": say("Send question"),
        "more": say("Write more"),
        "reply": say("Your message"),
        "sent": say("Thank you. {agency} has your question and answers by e-mail.", agency=agency),
        "threads": say("Questions and answers"),
        "states": {
            "waits": say("Not answered yet"),
            "closed": say("{agency} closed this question without an answer.", agency=agency),
        },
        "trap": say("Leave this field empty"),
    }
