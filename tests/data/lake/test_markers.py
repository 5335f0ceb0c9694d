"""An erased person is found in texts wherever they are named, and nobody else whose address or name is longer."""

from __future__ import annotations

from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.lake.erased import GONE, Erased, digest
from data.lake.markers import Marker, Person

KEY = b"k" * 32
ANN = Person(1, ("ann@x.example", "customer-10042"), ("Ann Lee", "+49 30 555 1234"), KEY)
HERS = (
    ("ann@x.example", GONE),
    ("Write to ann@x.example.", f"Write to {GONE}."),
    ("<ann@x.example>, 'ANN@x.example'", f"<{GONE}>, '{GONE}'"),
    ("ann@x.example,ann@x.example", f"{GONE},{GONE}"),
    ("联系ann@x.example的", f"联系{GONE}的"),
    ("\u00a0ann@x.example\u00a0", f"\u00a0{GONE}\u00a0"),
    ("https://a.example/?to=ann%40x.example&n=1", f"https://a.example/?to={GONE}&n=1"),
    ("https://a.example/?next=%3Fto%3Dann%40x.example%26n", f"https://a.example/?next=%3Fto%3D{GONE}%26n"),
    ('{"text": "Hello,\\nann@x.example\\tand"}', f'{{"text": "Hello,\\n{GONE}\\tand"}}'),
    ("\\u003cann@x.example\\u003e", f"\\u003c{GONE}\\u003e"),
    ("ann@x.example-77 and ann@x.example_77", f"{GONE}-77 and {GONE}_77"),
    ("Ann Lee's, by Ann%20Lee", f"{GONE}'s, by {GONE}"),
    ("call +49 30 555 1234 now", f"call {GONE} now"),
    ("/c/YW5uQHguZXhhbXBsZQ/open", f"/c/{GONE}/open"),
    ("customer-10042: yes", f"{GONE}: yes"),
)
SOMEBODY_ELSES = (
    "joann@x.example",
    "jo.ann@x.example",
    "jo_ann@x.example",
    "jo-ann@x.example",
    "jo+ann@x.example",
    "o'ann@x.example",
    "jöann@x.example",
    "https://a.example/?to=jo%2Bann%40x.example",
    "https://a.example/?to=o%27ann%40x.example",
    "ann@x.examples",
    "ann@x.example.org",
    "ann@x.example-shop.org",
    "Joann Lee and Ann Leeds",
    "+49 30 555 12345",
    "customer-100421",
    "old-customer-10042",
    "customer-10042.b",
    "/c/Ym9iYW5uQHguZXhhbXBsZQ/open",  # base64 of bobann@x.example, which ends like that of ann@x.example
)


def _among(marker: Marker, texts: list[str]) -> list[bool]:
    return marker.among(pa.chunked_array([pa.array(texts, pa.string())])).to_pylist()


@pytest.mark.parametrize(("text", "stays"), HERS)
def test_what_names_her_is_found_and_replaced(text: str, stays: str) -> None:
    assert ANN.clean(text) == stays
    assert _among(ANN.in_texts, [text]) == [True]
    assert not ANN.in_texts.search(stays)


@pytest.mark.parametrize("text", SOMEBODY_ELSES)
def test_what_names_somebody_else_stays_to_the_letter(text: str) -> None:
    assert ANN.clean(text) == text
    assert _among(ANN.in_texts, [text]) == [False]
    assert not ANN.addresses.search(text)


def test_a_namesake_is_found_by_the_name_and_not_by_the_address() -> None:
    assert ANN.in_texts.search("Ann Lee")
    assert not ANN.addresses.search("Ann Lee")


@pytest.mark.parametrize(
    "id_", ["ann@x.example-77", "sent-ann@x.example", "sent.ann@x.example.1", "m:ann@x.example"]
)
def test_an_id_made_of_her_address_is_another_one_wherever_it_stands(id_: str) -> None:
    event = {"lead": None, "event_id": id_, "raw": f'{{"id": "{id_}"}}'}
    cleaned = ANN.clean_event(event)
    assert cleaned["event_id"].startswith("erased-")
    assert "ann@" not in cleaned["raw"]
    assert ANN.clean_event(event) == cleaned
    assert _among(ANN.in_ids, [id_, cleaned["event_id"]]) == [True, False]


@pytest.mark.parametrize("id_", ["joann@x.example-77", "ann@x.examples-77", "m-1"])
def test_an_id_made_of_another_address_stays(id_: str) -> None:
    event: dict[str, Any] = {"lead": "joann@x.example", "event_id": id_, "raw": f'{{"id": "{id_}"}}'}
    assert ANN.clean_event(event) == event


PIECES = ("ann@x.example", "ann%40x.example", "Ann Lee", "a", "ö", "联", "'", "%27", "%2B", "%3D", "\\n", "\n",
          ".", "-", "_", "+", "7", " ", ".org", "\\u003c", "\u00a0")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_what_a_file_is_searched_for_is_what_is_replaced_in_it(text: str) -> None:
    """Else an erasure would begin again for ever."""
    for marker in (ANN.in_texts, ANN.addresses, ANN.in_ids):
        assert _among(marker, [text]) == [marker.search(text)]
    assert not ANN.in_texts.search(ANN.clean(text))


def _mask(text: str) -> str:
    return Erased(KEY, 1, [digest(KEY, 1, "ann@x.example"), digest(KEY, 1, "jo+b@x.example")]).mask_text(text)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Hello,\\nann@x.example", f"Hello,\\n{GONE}"),
        ("?next=%3Fto%3Dann%40x.example", f"?next=%3Fto%3D{GONE}"),
        ("'ann@x.example', %27ann@x.example%27", f"'{GONE}', %27{GONE}%27"),
        ("?to=jo%2Bb%40x.example", f"?to={GONE}"),
        *product(("o'ann@x.example", "o%27ann%40x.example", "joann@x.example", "ann@x.example.org"), [None]),
    ],
)
def test_what_comes_in_later_is_searched_by_whole_addresses(text: str, stays: str | None) -> None:
    assert _mask(text) == (text if stays is None else stays)
