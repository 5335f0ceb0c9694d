"""`/styleguide/mails`: every mail about somebody's own account, as it looks, as text, in each language.

A mail's page has inline styles, as mail programs want them: it is shown in a document of its own whose policy
allows those and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, request
from markupsafe import Markup

from dashapp.db.tenants import DEFAULT_BRAND
from dashapp.errors import NotFound, Refused
from dashapp.languages import DEFAULT, NAMES, supported
from dashapp.ui import people_mails
from dashapp.ui.brand import check_hex
from dashapp.ui.language.say import say, speaking
from dashapp.ui.letters import Letter

blueprint = Blueprint("styleguide_mails", __name__, url_prefix="/styleguide/mails")
_AT = "https://reports.example.com"
_TOKEN = "made-up-token-of-a-preview"  # noqa: S105 - opens nothing
Look = dict[str, str]

MAILS: dict[str, Callable[[Look], Letter]] = {
    "sign-up": lambda look: people_mails.confirmation(f"{_AT}/signup/{_TOKEN}"),
    "known-address": lambda look: people_mails.known(_AT, look),
    "reset": lambda look: people_mails.reset(f"{_AT}/reset/{_TOKEN}", look),
    "new-address": lambda look: people_mails.email_link(f"{_AT}/email/{_TOKEN}", "alice@north.example", look),
    "address-changed": lambda look: people_mails.changed(
        say("Your account has a new e-mail address"), _AT, look
    ),
    "password-changed": lambda look: people_mails.changed(say("Your password was changed"), _AT, look),
    "factor-changed": lambda look: people_mails.changed(
        say("The second factor of your account was changed"), _AT, look
    ),
}


@blueprint.get("")
def index() -> Response:
    """The list."""
    rows = Markup("").join(
        Markup("<li>{}: {}</li>").format(
            name,
            Markup(" · ").join(
                Markup(
                    '<a href="/styleguide/mails/{}?lang={}">{}</a> <a href="?text={}&lang={}">text</a>'
                ).format(name, lang, label, name, lang)
                for lang, label in NAMES.items()
            ),
        )
        for name in MAILS
    )
    asked = request.args.get("text", "")
    text = Markup("<pre>{}</pre>").format(_letter(asked).text) if asked in MAILS else Markup("")
    page = Markup(
        '<!doctype html><html lang="en"><title>Mails</title><h1>Mails</h1><ul>{}</ul>{}</html>'
    ).format(rows, text)
    return make_response(page)


@blueprint.get("/<name>")
def mail(name: str) -> Response:
    """One mail as a page. `?lang=fr&brand=d92d20&sender=North`."""
    response = make_response(_letter(name).html)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


@dataclass(frozen=True)
class Preview:
    """A letter, written while its language was spoken."""

    text: str
    html: str


def _letter(name: str) -> Preview:
    if name not in MAILS:
        raise NotFound("There is no such mail.")
    lang = supported(request.args.get("lang")) or DEFAULT
    try:
        brand = check_hex(request.args.get("brand", DEFAULT_BRAND))
    except Refused:
        brand = DEFAULT_BRAND
    with speaking(lang):
        letter = MAILS[name]({"sender": request.args.get("sender", "Vitrine")[:120], "brand": brand})
        return Preview(letter.text, letter.html)
