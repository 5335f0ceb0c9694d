"""The mart of links in memory: clicks by link, message, lead and day, as arrays of numbers (data/marts/links.sql).

Distinct messages and people of any range come from its rows, for no sum could tell them. Clicks are a few per cent
of the events, and a row knows all a question filters by: nothing else is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cubes.blocks import made, piece_of
from data.cubes.cubes import Mask, Numbers
from data.events.links import link_of
from data.lake.lake import Lake
from data.lake.manifest import Layer

_MART: Final = "links"
#: The columns that are told apart and never shown: no text of theirs is kept.
_COUNTED: Final = ("message_id", "lead")
#: Those a question tells or filters by.
_TOLD: Final = ("url", "campaign", "user", "sender_provider", "recipient_provider")


@dataclass(frozen=True)
class Clicks:
    """Rows of clicks. `codes`: per column a number a row; `texts`: what it stands for, links in their own order.

    `nobody`: rows whose lead is not named. `day`: since 1970. The same clicks may stand in several rows, one a
    layer, with signed counts: only sums mean something.
    """

    codes: dict[str, Numbers]
    texts: dict[str, list[str]]
    nobody: Mask
    machine: Mask
    day: Numbers
    n: Numbers

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        arrays = (*self.codes.values(), self.nobody, self.machine, self.day, self.n)
        texts = sum(len(text) + 60 for some in self.texts.values() for text in some)
        return sum(array.nbytes for array in arrays) + texts

    def distinct(self, name: str, chosen: Mask) -> Numbers:
        """Per link, how many different values of a column its clicks have, among the chosen rows."""
        links, values = (self.codes[one][chosen].astype(np.int64) for one in ("url", name))
        width = int(values.max()) + 1 if values.size else 1
        pairs, places = np.unique(links * width + values, return_inverse=True)
        there = pairs[np.bincount(places, weights=self.n[chosen], minlength=len(pairs)) > 0]
        return np.bincount(there // width, minlength=len(self.texts["url"]))


def load(lake: Lake, workspace_id: int, layers: Sequence[Layer]) -> Clicks:
    """The clicks of these layers. Raises OSError or pyarrow.ArrowException when a file is missing or damaged."""
    key = (lake.root, workspace_id, tuple(one.id for one in layers), _MART)

    def make() -> Clicks:
        lake.store.bring(one.files[_MART].path for one in layers if _MART in one.files)
        pieces = [piece for one in layers if (piece := piece_of(lake, one, _MART, workspace_id)) is not None]
        return of_rows(pa.concat_tables(pieces) if pieces else None)

    found: Clicks = made.get(key, make)
    return found


def of_rows(rows: pa.Table | None) -> Clicks:
    """Arrays of rows of data/marts/links.sql; None: there are none."""
    if rows is None or rows.num_rows == 0:
        names, nothing, none = (*_TOLD, *_COUNTED), np.empty(0, np.int64), np.empty(0, np.bool_)
        return Clicks(
            dict.fromkeys(names, nothing), {name: [] for name in _TOLD}, none, none, nothing, nothing
        )
    coded = {name: rows.column(name).combine_chunks().dictionary_encode() for name in (*_TOLD, *_COUNTED)}
    codes = {name: one.indices.to_numpy() for name, one in coded.items()}
    texts = {name: coded[name].dictionary.to_pylist() for name in _TOLD}
    # One link however it is written: the mart keeps addresses as they came, and here they become one code.
    links = [link_of(url) for url in texts["url"]]
    texts["url"] = sorted(set(links))
    place = {link: code for code, link in enumerate(texts["url"])}
    codes["url"] = np.array([place[link] for link in links], np.int32)[codes["url"]]
    nobody = pc.starts_with(coded["lead"].dictionary, "~").to_numpy(zero_copy_only=False)[codes["lead"]]
    day = rows.column("day").cast(pa.date32()).cast(pa.int32()).to_numpy()
    machine = rows.column("machine").to_numpy()
    return Clicks(codes, texts, nobody, machine, day, rows.column("n").to_numpy())
