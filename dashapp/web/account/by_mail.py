"""What sign-up, a lost password and a new address share: a link by mail, and the button behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashapp.people import one_time
from dashapp.people.one_time import Purpose
from dashapp.services import services
from dashapp.ui.language.say import say
from dashapp.web.forms import FormPage, form_page


def check_your_mail(lead: str, link: tuple[str, str]) -> Any:
    """The page after a form that sends a link: the same whether or not one was sent. `link`: (words, address)."""
    return form_page(FormPage(say("Check your mail"), lead, links=(link,)))


def confirm_by_button(
    kind: Purpose, token: str, heading: str, lead: Callable[[str], str], action: str, button: str
) -> Any:
    """The page behind the link, with a button: programs that open the links of mails confirm nothing.

    `lead`: what it says of the address. Raises NotFound for a link that is over.
    """
    with services().reading() as session:
        email = one_time.find(session, kind, token).email
    return form_page(FormPage(heading, lead(email), action=action, button=button))
