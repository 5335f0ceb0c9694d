"""A mail to one person, as text and as a page: a subject, paragraphs, buttons, under a name and a colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashapp.ui.brand import brand_vars
from dashapp.ui.environment import render
from dashapp.ui.language.say import language

#: The colour of mails that are of no agency.
VITRINE = "#0f766e"


@dataclass(frozen=True)
class Letter:
    """What a mail says. `buttons`: (label, address). `sender`: whose name is on it. `small`: under the card."""

    subject: str
    paragraphs: Sequence[str]
    buttons: Sequence[tuple[str, str]] = ()
    small: str = ""
    sender: str = "Vitrine"
    brand: str = VITRINE

    @property
    def text(self) -> str:
        """As plain text."""
        ways = [f"{label}: {url}" for label, url in self.buttons]
        return "\n\n".join([*self.paragraphs, *ways, *([self.small] if self.small else [])]) + "\n"

    @property
    def html(self) -> str:
        """As a page of its own: no picture, script or style sheet is fetched for it."""
        colours = brand_vars(self.brand)["light"]
        return str(
            render(
                "ui/letter.html",
                letter=self,
                language=language(),
                brand=colours["--brand"],
                on_brand=colours["--on-brand"],
            )
        )
