"""People's names in the place of their addresses, wherever a list of people is shown to who may see contacts.

A rendered page names people by the id their events have and is kept as long as nothing happens. Names are put in
when it is sent: one statement for all people of a page, and a name that was changed just now is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Final

from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm.folding import name_of
from dashapp.db.contacts import Contact, ContactKey

#: A link to a person's card (dashapp/tiles/templates/person.html, dashapp/ui/templates/cell_rows.html).
_PERSON: Final = re.compile(r'(<a(?=[^>]* data-lead="([^"]*)")[^>]*>)[^<]*(?=</a>)')


def named(session: Session, workspace_id: int, html: str) -> Markup:
    """The HTML with names for addresses, as in the list of contacts; the address stays in the link's title."""
    leads = {unescape(found[2]) for found in _PERSON.finditer(html)}
    names = names_of(session, workspace_id, leads) if leads else {}

    def put(found: re.Match[str]) -> str:
        lead = unescape(found[2])
        return f"{found[1]}{escape(name_of(names.get(lead, ''), lead))}"

    return Markup(_PERSON.sub(put, html))  # noqa: S704  rendered by us, and every name is escaped


def names_of(session: Session, workspace_id: int, leads: Iterable[str]) -> dict[str, str]:
    """The names of these leads of a workspace, of those that have one."""
    rows = session.execute(
        select(ContactKey.key, Contact.name)
        .join(Contact, Contact.id == ContactKey.contact_id)
        .where(
            ContactKey.workspace_id == workspace_id,
            ContactKey.key.in_(set(leads)),
            Contact.workspace_id == workspace_id,
            Contact.name != "",
            Contact.deleted_at.is_(None),
        )
    )
    return {row[0]: row[1] for row in rows}
