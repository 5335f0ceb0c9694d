"""The read-only grid puts tiles exactly where the editor had them."""

from __future__ import annotations

from types import SimpleNamespace

from dashapp.tiles.placement import place_classes


def box(name: str, x: int, y: int, h: int) -> SimpleNamespace:
    return SimpleNamespace(id=name, x=x, y=y, h=h)


def test_a_tall_tile_stands_beside_two_short_ones() -> None:
    # heights at which something begins or ends: 0, 2, 4 -> grid rows 1, 2
    tiles = [box("tall", 0, 0, 4), box("upper", 6, 0, 2), box("lower", 6, 2, 2)]
    assert place_classes(tiles) == {"tall": "x0 r1 s2", "upper": "x6 r1 s1", "lower": "x6 r2 s1"}


def test_a_hole_on_the_left_stays_a_hole() -> None:
    assert place_classes([box("right", 9, 0, 2)]) == {"right": "x9 r1 s1"}


def test_tiles_that_start_at_different_heights_span_what_lies_between() -> None:
    # edges 0, 2, 3, 5, 6 -> rows 1..4; b begins at 2 (row 2), ends at 5 (row 4)
    tiles = [box("a", 0, 0, 3), box("b", 6, 2, 3), box("c", 0, 3, 3)]
    assert place_classes(tiles) == {"a": "x0 r1 s2", "b": "x6 r2 s2", "c": "x0 r3 s2"}


def test_no_tiles_no_places() -> None:
    assert place_classes([]) == {}
