"""Addresses made from names, whatever letters they are written in."""

from __future__ import annotations

import pytest

from dashapp.slugs import free_slug, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme & Co", "acme-co"),
        ("Łódź Søndergård", "lodz-sondergard"),
        ("Straße Ærø İzmir", "strasse-aero-izmir"),
        ("ÉLODIE’S  œuvre", "elodie-s-oeuvre"),
        ("株式会社", "workspace"),
        ("--- !", "workspace"),
        ("a" * 49 + " b", "a" * 49),
    ],
)
def test_a_slug_is_the_name_in_plain_letters(name: str, slug: str) -> None:
    assert slug_of(name, "workspace") == slug


def test_a_taken_slug_gets_the_first_free_number() -> None:
    assert free_slug("acme", {"acme", "acme-2", "acme-4"}) == "acme-3"
    assert free_slug("acme", {"acme"}) == "acme-2"
    assert free_slug("acme", {"acme-2"}) == "acme"
