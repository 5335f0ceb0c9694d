"""Plain pages with a form that works without JavaScript, and reading what such a form sends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from flask import Response, current_app, g, make_response, redirect, render_template, request, session
from markupsafe import Markup
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dashapp.errors import Refused
from dashapp.ui.language.say import language, say
from dashapp.web.look import dressed
from dashapp.web.middleware.gate import Gate
from dashapp.web.middleware.headers import page_csp, script_page_csp

WRONG_FORM = "The form is not complete. Go back and fill it in again."


def _typed(value: str) -> str:
    if "\0" in value:  # no one can type it, and PostgreSQL takes it in no text
        raise ValueError("holds a NUL")
    return value


#: What people type: texts of a bounded length.
Line = Annotated[str, Field(max_length=300), AfterValidator(_typed)]
Secret = Annotated[str, Field(max_length=1000), AfterValidator(_typed)]


class Form(BaseModel):
    """Base of every form: its fields, each sent once, as text; nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    csrf_token: Annotated[str, Field(max_length=500)] = ""


FormT = TypeVar("FormT", bound=Form)


def read_form(model: type[FormT]) -> FormT:
    """The form that was sent. Raises Refused (400) for a field sent twice, as an array, unknown or missing."""
    values = {name: sent[0] for name, sent in request.form.lists() if len(sent) == 1}
    if len(values) != len(request.form):
        raise Refused(WRONG_FORM)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Refused(WRONG_FORM) from error


@dataclass(frozen=True)
class Input:
    """One input of a form."""

    name: str
    label: str
    type: str = "text"
    value: str = ""
    autocomplete: str = "off"
    hint: str = ""
    inputmode: str = ""
    maxlength: int = 254


@dataclass(frozen=True)
class FormPage:
    """A page in the middle of the screen: a heading, a form, ways on. Without `button` it has no form."""

    heading: str
    lead: str = ""
    action: str = ""
    button: str = ""
    inputs: Sequence[Input] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
    body: Markup = field(default_factory=Markup)
    #: A file of assets/ that the page needs.
    script: str = ""


def form_page(page: FormPage, *, error: str = "", status: int = 200) -> Response:
    """The page as a response."""
    g.nonce = secrets.token_urlsafe(16)
    body = render_template(
        "form_page.html",
        page=page,
        error=error,
        say=say,
        language=language(),
        nonce=g.nonce,
        **dressed(),
    )
    response = make_response(body, status)
    csp = script_page_csp if page.script else page_csp
    response.headers["Content-Security-Policy"] = csp(g.nonce)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def notice(text: str, *, bad: bool = False) -> None:
    """Say something on the next page of the desk that is shown."""
    session["notice"] = ["bad" if bad else "good", text]


def pop_notice() -> tuple[str, str] | None:
    """("good" or "bad", the text) of what is to be said, once."""
    said = session.get("notice")
    if said is None:
        return None
    del session["notice"]
    return said[0], said[1]


def back_to(path: str) -> Response:
    """The answer to a form that did its work: the page it was on, or the next one."""
    return make_response(redirect(path, 303))


def the_gate() -> Gate:
    """The gate of this app."""
    gate = current_app.extensions["vitrine_gate"]
    assert isinstance(gate, Gate)
    return gate
