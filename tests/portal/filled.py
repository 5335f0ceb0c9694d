"""A link to Harbour with e-mails in it, and what a PDF of it says."""

from __future__ import annotations

from typing import Any

import pypdfium2
from werkzeug.test import TestResponse

from data.building import refresh_on_view
from tests.support.portal_house import House


def text_of(answer: TestResponse) -> list[str]:
    """The text of each page of a PDF."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        assert document.count_attachments() == 0
        return [page.get_textpage().get_text_bounded() for page in document]


def filled(house: House, count: int = 12, campaign: str = "Autumn") -> str:
    """The path of a link to Harbour, whose e-mails are sent and folded in; Charlie's Colossus has 900."""
    house.send(house.harbour, "h", count, campaign)
    house.send(house.colossus, "c", 900, "ZZZ-CAMPAIGN")
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    return house.share(house.harbour)[1]


def no_press(*_: Any, **__: Any) -> bytes:
    raise AssertionError("nothing is printed for what is kept")
