"""Who does something to a workspace's contacts, and within what."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member
from dashapp.crm import contacts as people
from dashapp.services import Services

VERB = "contact.edit"
Answer = dict[str, Any]


@dataclass(frozen=True)
class Doing:
    """Who does something where; `writing()` opens a transaction and checks the right anew in it."""

    services: Services
    viewer: Member
    slug: str
    ip: str

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that writes."""
        return self.services.session()

    def actor(self, session: Session, verb: str = VERB) -> people.Actor:
        """The viewer within their scope. Raises NotFound when they may not."""
        workspace, scope = scope_for_workspace(session, self.viewer, self.slug, verb)
        return people.Actor(self.viewer.actor, workspace, scope, self.ip)
