"""How much of somebody's workbook is unpacked and read: a file of some kilobytes can hold a sheet without end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from data.errors import NotThisForm

#: Parts of a workbook that are read row by row; every other one is held as a whole.
_STREAMED: Final = "xl/worksheets/"
_TEXTS: Final = "xl/sharedstrings.xml"
#: Of a part that is held as a tree, such as the styles: in memory it is ten times as large.
_LARGEST_TREE: Final = 20 * 2**20
_MOST_PARTS: Final = 10_000
_MB: Final = 2**20


@dataclass(frozen=True)
class Bounds:
    """Bytes a workbook may unpack to, those of its table of texts, and rows and cells of one sheet.

    Empty rows and cells before the last one count: the reader makes them all.
    """

    unpacked: int
    texts: int
    rows: int
    cells: int

    def check(self, name: str, file: IO[bytes] | Path) -> None:
        """Raise NotThisForm for a workbook that unpacks to more. Raises BadZipFile for what is none.

        The sizes are those of the archive's own list: no part is unpacked beyond the size told there.
        """
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
        whole = sum(part.file_size for part in parts)
        texts = sum(part.file_size for part in parts if part.filename.lower() == _TEXTS)
        trees = sum(
            part.file_size
            for part in parts
            if part.filename.lower().endswith((".xml", ".rels"))
            and part.filename.lower() != _TEXTS
            and not part.filename.lower().startswith(_STREAMED)
        )
        if whole > self.unpacked or texts > self.texts:
            most = (self.unpacked if whole > self.unpacked else self.texts) // _MB
            raise NotThisForm("{name} unpacks to more than {most} MB; save it as CSV.", name=name, most=most)
        if trees > _LARGEST_TREE or len(parts) > _MOST_PARTS:
            raise NotThisForm("{name} holds more formats than a table needs; save it as CSV.", name=name)

    def rows_of(self, name: str, sheet: Any) -> Iterator[tuple[Any, ...]]:
        """The values of an openpyxl sheet, row by row. Raises NotThisForm where there are too many."""
        rows = cells = 0
        for row in sheet.iter_rows(values_only=True):
            rows, cells = rows + 1, cells + len(row)
            if rows > self.rows:
                raise NotThisForm(
                    "{name} has more than {most} rows, empty ones included; save it as CSV.",
                    name=name,
                    most=self.rows,
                )
            if cells > self.cells:
                raise NotThisForm(
                    "{name} has more than {most} cells, empty ones included; save it as CSV.",
                    name=name,
                    most=self.cells,
                )
            yield row


#: Of a file of events, which a process of its own reads: as many rows as Excel has.
OF_EVENTS: Final = Bounds(512 * _MB, 128 * _MB, 1_048_576, 20_000_000)
#: Of a list that a page reads.
OF_A_PAGE: Final = Bounds(100 * _MB, 32 * _MB, 100_001, 2_000_000)
