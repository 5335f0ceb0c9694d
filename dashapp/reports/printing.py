"""Sections as one document, or as pictures with their figures as text for a mail; the press does the work."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

from dashapp.reports.mail import MailReport, MailSection, mail_tile
from dashapp.reports.paper import press
from dashapp.reports.paper.document import PaperFrame, PaperPart, mail_job, pdf_job
from dashapp.reports.section import Section, numbered

#: Of processor time for the pictures of one section of a mail; each job has the press's own limit besides.
SECTION_SECONDS: Final = 60


def pdf_of(frame: PaperFrame, sections: Sequence[Section]) -> bytes:
    """All sections on A4, one after the other. Raises Busy and Unavailable, as press.py."""
    return press.run(pdf_job(frame, _parts(sections)))


def mail_of(frame: PaperFrame, sections: Sequence[Section], *, pdf: bool = True) -> MailReport:
    """Every tile as a picture with its figures as text, and with `pdf` the whole on A4.

    The tiles of the n-th section have ids that begin with "n-". Raises Busy and Unavailable. Whether it may be
    sent is `doubts_of` (mail.py).
    """
    widths = {
        f"{number}-{tile}": width
        for number, section in enumerate(sections, 1)
        for tile, width in section.widths.items()
    }
    job = mail_job(frame, _parts(sections), widths, pdf=pdf)
    printed = json.loads(press.run(job, SECTION_SECONDS * max(1, len(sections))))
    found = []
    for number, section in enumerate(sections, 1):
        tiles = []
        for tile in section.tiles:
            key = f"{number}-{tile.id}"
            tiles.append(mail_tile(tile, key, b64decode(printed["pictures"][key]), widths[key]))
        found.append(MailSection(section.title, section.sub, tuple(tiles)))
    return MailReport(tuple(found), b64decode(printed["pdf"]) if pdf else None)


def _parts(sections: Sequence[Section]) -> list[PaperPart]:
    return [
        PaperPart(section.title, section.sub, numbered(section.paper, number))
        for number, section in enumerate(sections, 1)
    ]
