"""Every tile says how it counts in the catalog's own words, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from dashapp.languages import LANGUAGES
from dashapp.tiles.base import page_for
from dashapp.tiles.parts.definition import defined
from dashapp.tiles.registry import tile_types
from tests.tiles.canned import AS_OF, answers

CHOSEN: dict[str, dict[str, Any]] = {
    "cohort": {"data_type": "click", "clock": "elapsed", "engagement": "all"},
    "week1": {"data_type": "reply", "attribution": "lead"},
    "kpi": {"metric": "negative_reply", "attribution": "lead"},
    "goal": {"metric": "bounce", "attribution": "email"},
}
FIGURES = sorted(set(tile_types()) - {"note", "tasks_due"})


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("name", FIGURES)
def test_a_tile_counts_as_the_catalog_says(name: str, lang: Any) -> None:
    kind = tile_types()[name]
    options = kind.options.model_validate(CHOSEN.get(name, {}))
    page = page_for("Harbour", "Europe/Madrid", AS_OF, lang=lang)
    queries = kind.queries(options, page)
    found = kind.context(options, answers(queries), page)
    said = " ".join(text for _, text in found["how"])
    told = [defined(query, lang, "Europe/Madrid") for query in queries.values()]
    assert any(one.formula in said for one in told)
    assert any(one.dates in said for one in told)
    assert any(one.caveat in said for one in told)
