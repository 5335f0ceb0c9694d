"""The desk in French: what Alice reads after she chose it, page by page, has no English left in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.jobs import JobRun
from dashapp.db.tenants import User
from data.events.canonical import canonical_many
from tests.callbacks.test_cells import told
from tests.support.share_form import share

__all__ = ["told"]

HARBOUR = "/w/harbour-coffee/analytics"
#: Words no French page has. Names people gave are taken out first.
ENGLISH = re.compile(
    r"\b(Share|Save|Cancel|Settings|Delete|View|Workspaces?|Edit|Close|Copy|Add|Password|Open|Reply|Name|Search|"
    r"Days?|Period|Undo|Publish|Filter|Draft|Template|Tile|Figures?|Made|Nothing|Show|Choose|Connect|Data|"
    r"the|of|is|are|and|with|no|not|this|yet|you|your|from|by|to|in|all|rows?|days?|shown)\b"
)
NAMES = (
    "Harbour Coffee",
    "Pine Dental",
    "North",
    "alice@north.example",
    "America/New_York",
    "New York",
    "vitrine workspace create",
    # What Amazon's console, which is in English for most, calls its own buttons.
    "Add destination",
    "Publish to Amazon SNS topic",
)
#: What of a component a person sees or hears.
SEEN = {"children", "title", "placeholder", "aria-label", "label", "html", "alt"}


def _texts(found: Any, key: str = "children") -> Iterator[str]:
    if isinstance(found, str):
        if key in SEEN:
            yield from _markup(found) if "<" in found else [found]
    elif isinstance(found, list):
        for one in found:
            yield from _texts(one, key)
    elif isinstance(found, dict):
        for name, one in found.items():
            yield from _texts(one, "children" if name in {"props", "options"} else name)


def _markup(html: str) -> Iterator[str]:
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    yield from re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html)
    yield from re.sub(r"<[^>]*>", "\n", html).split("\n")


def english(answer: Any) -> list[str]:
    """The texts of an answer in which an English word stands."""
    found = []
    for text in _texts(answer):
        bare = text
        for name in NAMES:
            bare = bare.replace(name, "")
        if ENGLISH.search(bare):
            found.append(text.strip())
    return found


def speak(who: Any, lang: str, at: str = "/") -> Any:
    return who.post("/language", data={"language": lang, "next": at})


@pytest.fixture
def amelie(alice: Any) -> Any:
    """Alice, after choosing French."""
    answer = speak(alice, "fr", HARBOUR)
    assert answer.status_code == 303
    assert answer.headers["Location"] == HARBOUR
    return alice


@pytest.mark.parametrize(
    ("path", "search"),
    [
        ("/", ""),
        (HARBOUR, "?period=7"),
        (HARBOUR, "?from=2026-10-09&to=2026-10-01"),
        ("/w/harbour-coffee/explore", "?tile=reply"),
        ("/w/harbour-coffee/explore", "?tile=trend"),
        ("/w/harbour-coffee/explore", "?tile=cohort"),
        ("/w/harbour-coffee/sources", ""),
        ("/analytics", "?agency=north"),
        ("/data", "?agency=north"),
        ("/data/tables", "?agency=north"),
        ("/w/colossus/analytics", ""),
    ],
)
def test_a_page_in_french_has_no_english_in_it(amelie: Any, call: Any, path: str, search: str) -> None:
    answer = call(amelie, "url", path, search).json["response"]
    assert english(answer) == []


def test_the_same_page_in_english_is_full_of_it(alice: Any, call: Any) -> None:
    assert len(english(call(alice, "url", HARBOUR, "?period=7").json["response"])) > 15


def test_the_editor_speaks_french(amelie: Any, call: Any) -> None:
    made = call(amelie, "view-act", {"op": "new", "name": "Vue", "at": 1}, HARBOUR, "").json
    go = made["response"]["view-acted"]["data"]["go"]
    path, search = go.split("?")
    view_id = int(re.search(r"view=(\d+)", search).group(1))  # type: ignore[union-attr]
    shown = call(amelie, "url", path, f"?{search}").json["response"]
    assert english(shown) == []
    for op in ("gallery", "history", "review"):
        asked = {"op": op, "n": 1, "view_id": view_id}
        told = call(amelie, "editor-ask", asked, path, f"?{search}").json["response"]["editor-asked"]["data"]
        assert english(told) == [], op
    tile = {"id": "a", "type": "kpi", "x": 0, "y": 0, "w": 3, "h": 2, "options": {}}
    asked = {"op": "panel", "n": 2, "view_id": view_id, "tile": tile}
    panel = call(amelie, "editor-ask", asked, path, f"?{search}").json["response"]["editor-asked"]["data"]
    assert english(panel) == []


def test_a_refusal_is_told_in_french(amelie: Any, call: Any) -> None:
    answer = share(amelie, call, HARBOUR, password="short").json["response"]
    assert "Le mot de passe d’un lien compte de" in json.dumps(answer, ensure_ascii=False)
    refused = call(
        amelie, "view-act", {"op": "delete", "view_id": 999, "and_links": False, "at": 1}, HARBOUR, ""
    )
    assert refused.status_code == 404
    assert english(refused.json["detail"]) == []


def test_a_figure_opened_and_its_file_are_french(amelie: Any, call: Any, told: None) -> None:
    asked = {"op": "show", "tile": "reply", "cell": "now|", "part": "base", "at": 1}
    shown = call(amelie, "cell-asked", asked, HARBOUR, "").json["response"]["cell-answered"]["data"]
    assert english(shown["html"].replace("=Founders", "")) == []
    assert english(shown["title"]) == []
    file = {"tile": "reply", "cell": "now|", "part": "base", "at": 1}
    text = call(amelie, "cell-file", file, HARBOUR, "").json["response"]["cell-filed"]["data"]["text"]
    assert text.splitlines()[0].startswith("prospect;campagne;étape;")
    assert text.count(";oui") == 1


def test_what_the_machinery_wrote_is_told_in_french(amelie: Any, call: Any, running: Any, world: Any) -> None:
    """A parked record, a run that failed, and a check, as they are stored in English."""
    harbour, at = world.ids["harbour"], datetime.now(UTC)
    events, bad = canonical_many([{"event": "sentt"}, {"event": "opened", "occurred_at": "x"}], at)
    running.inbox.put(harbour, None, events, received_at=at, parked=bad)
    with running.session() as session:
        detail = "took in 5 events; a check failed, the version before stays"
        run = {"job": "refresh-marts", "tenant": harbour, "slot": "s", "origin": "person", "detail": detail}
        session.add(JobRun(**run, state="done", queued_at=at, due_at=at, finished_at=at))
    shown = json.dumps(call(amelie, "url", "/data", "?agency=north").json["response"], ensure_ascii=False)
    assert "événement 'sentt' inconnu" in shown
    assert "5 événements intégrés\u202f; un contrôle a échoué" in shown
    assert english(json.loads(shown)) == []


def test_the_document_says_its_language_and_brings_the_scripts_words(amelie: Any, browser: Any) -> None:
    page = amelie.get("/").text
    assert '<html lang="fr"' in page
    assert "Aller au contenu" in page
    words = json.loads(re.search(r'id="dk-words">(.*?)</script>', page, re.DOTALL).group(1))  # type: ignore[union-attr]
    assert words["Link copied"] == "Lien copié"
    charlies = browser("charlie").get("/").text
    assert '<html lang="en"' in charlies
    assert "dk-words" not in charlies


def test_the_choice_is_the_persons_in_every_browser(amelie: Any, browser: Any, running: Any) -> None:
    assert '<html lang="fr"' in browser("alice").get("/").text
    assert '<html lang="en"' in browser("bob").get("/").text
    with running.reading() as session:
        kept = dict(session.execute(select(User.email, User.language)).all())
    assert kept["alice@north.example"] == "fr"
    assert {lang for email, lang in kept.items() if email != "alice@north.example"} == {None}
    speak(amelie, "en")
    assert '<html lang="en"' in amelie.get("/", headers={"Accept-Language": "fr"}).text


def test_without_a_choice_the_browser_decides(alice: Any, call: Any) -> None:
    assert '<html lang="de"' in alice.get("/", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
    assert '<html lang="fr"' in alice.get("/", headers={"Accept-Language": "fr-CA,en;q=0.5"}).text
    assert '<html lang="en"' in alice.get("/", headers={"Accept-Language": "it"}).text


@pytest.mark.parametrize("lang", ["", "it", "FR", "fr\u0000", "<b>"])
def test_no_other_language_is_taken(alice: Any, lang: str) -> None:
    assert speak(alice, lang).status_code == 400
    assert '<html lang="en"' in alice.get("/").text


def test_the_choice_leads_nowhere_else_and_wants_the_token(alice: Any, client: Any) -> None:
    assert speak(alice, "fr", "https://evil.example/").headers["Location"] == "/"
    assert alice.client.post("/language", data={"language": "en"}).status_code == 400
    assert client.post("/language", data={"language": "fr"}).status_code in {400, 401, 302}


def test_the_log_in_offers_both_and_the_browser_remembers(client: Any) -> None:
    page = client.get("/login", headers={"Accept-Language": "en"}).text
    assert ">Log in</button>" in page
    assert "/login?lang=fr" in page
    french = client.get("/login?lang=fr").text
    assert '<html lang="fr"' in french
    assert "Se connecter" in french
    assert english(french) == []
    again = client.get("/login", headers={"Accept-Language": "en"}).text
    assert "Se connecter" in again


def test_an_error_page_in_french(amelie: Any) -> None:
    answer = amelie.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert english(answer.text) == []
