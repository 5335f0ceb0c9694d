"""A workbook of some kilobytes that unpacks to gigabytes, or has rows without end, is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from itertools import islice
from pathlib import Path

import openpyxl
import pytest

from dashapp.crm.files.tables import parse_workbook
from dashapp.errors import Refused
from data.errors import NotThisForm
from data.sources.files import bounds, workbook
from data.sources.files.bounds import Bounds
from data.sources.files.reading import Reading

SHEET = "xl/worksheets/sheet1.xml"


def made(**parts: bytes) -> bytes:
    """A workbook with two columns and one row; `parts`: put in the place of its own, or beside them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["event", "occurred_at"])
    sheet.append(["sent", "2026-03-01 10:00"])
    plain = io.BytesIO()
    book.save(plain)
    changed = io.BytesIO()
    names = {name.replace("__", "/").replace("_xml", ".xml"): body for name, body in parts.items()}
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, names.pop(name, None) or old.read(name))
        for name, body in names.items():
            new.writestr(name, body)
    return changed.getvalue()


def sheet_of(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def events(path: Path, body: bytes) -> list[object]:
    path.write_bytes(body)
    return list(workbook.read_workbook(path, Reading()))


def large(n: int) -> bytes:
    return b"<x>" + b" " * n + b"</x>"


HEADER = "".join(
    f'<c r="{cell}" t="inlineStr"><is><t>{name}</t></is></c>'
    for cell, name in (("A1", "event"), ("B1", "occurred_at"))
)


def far(*rows: tuple[int, str]) -> bytes:
    """A sheet whose rows stand far down, or whose cells stand far to the right."""
    made_ = "".join(f'<row r="{row}"><c r="{cell}{row}"><v>1</v></c></row>' for row, cell in rows)
    return sheet_of(f'<row r="1">{HEADER}</row>{made_}')


CASES = {
    "unpacked": (made(xl__worksheets__sheet9_xml=large(101 * 2**20)), "unpacks to more than 1?00? MB"),
    "texts": (made(xl__sharedStrings_xml=large(33 * 2**20)), "unpacks to more than 32 MB"),
    "trees": (made(xl__styles_xml=large(21 * 2**20)), "more formats than a table needs"),
    "parts": (made(**{f"xl__media__{n}": b"x" for n in range(10_001)}), "more formats than a table needs"),
    "rows": (made(xl__worksheets__sheet1_xml=far((10**9, "A"))), "rows, empty"),
    "cells": (made(xl__worksheets__sheet1_xml=far(*((n, "XFD") for n in range(2, 200)))), "cells, empty"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_a_list_of_contacts_without_end_is_refused(kind: str) -> None:
    body, said = CASES[kind]
    assert len(body) < 2_000_000
    with pytest.raises(Refused, match=said):
        parse_workbook(body)


@pytest.mark.parametrize("kind", CASES)
def test_a_file_of_events_without_end_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "OF_EVENTS", bounds.OF_A_PAGE)  # the same bounds, smaller
    body, said = CASES[kind]
    with pytest.raises(NotThisForm, match=said):
        events(tmp_path / "events.xlsx", body)


def test_no_more_is_read_than_is_allowed() -> None:
    read = []

    class Endless:
        def iter_rows(self, values_only: bool) -> object:
            while True:
                read.append(1)
                yield (None, None)

    with pytest.raises(NotThisForm, match="more than 3 rows"):
        list(Bounds(1, 1, 3, 100).rows_of("a.xlsx", Endless()))
    assert len(read) == 4
    assert len(list(islice(Bounds(1, 1, 3, 6).rows_of("a.xlsx", Endless()), 3))) == 3


def test_the_bounds_of_events_hold_every_table_excel_saves() -> None:
    assert bounds.OF_EVENTS.rows == 2**20
    assert bounds.OF_EVENTS.unpacked <= 512 * 2**20


def test_an_ordinary_workbook_is_read(tmp_path: Path) -> None:
    assert parse_workbook(made()) == (
        ["event", "occurred_at"],
        [{"event": "sent", "occurred_at": "2026-03-01 10:00"}],
    )
    assert len(events(tmp_path / "events.xlsx", made())) == 1
