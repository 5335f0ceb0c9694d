"""Every figure and every rate on every surface: whatever is declared is answered, opened, shown and written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashapp.cli.figure_text import text_of
from dashapp.languages import LANGUAGES
from dashapp.tiles.base import page_for
from dashapp.tiles.options import METRICS, named
from dashapp.tiles.parts.rates import POLARITY
from dashapp.tiles.registry import tile_types
from dashapp.tiles.render import render_tile
from dashapp.tiles.table import as_text, rows_of
from dashapp.ui.language.catalogue import by_key
from dashapp.ui.language.say import speaking
from dashapp.views.schema import Placed
from dashapp.web.api.openapi import document
from dashapp.web.styleguide import samples
from data.drilldown import behind
from data.figures.registry import figures, rates
from data.figures.rows import Upcoming
from data.metrics import describe
from data.question import NAMES, Query
from pages.plots.cells import cells_of
from pages.plots.plot import explore
from tests.tiles.test_tiles_with_real_answers import NOW, _House

#: Figures nothing opens of: people by name, and one campaign's report, whose parts are figures of their own.
CLOSED = {"hot_leads", "timeline", "campaign_report", "audience"}
LANGS = list(LANGUAGES)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> _House:
    return _House(Path(tmp_path_factory.mktemp("every")))


def _query(name: str, **more: Any) -> Query:
    """A question about Harbour; hours and links are asked about more than the last days."""
    campaign = {"campaign": "Autumn"} if figures()[name].needs_campaign else {}
    return Query.model_validate({"name": name, "as_of": NOW, **campaign, **more})


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_it_is_asked_and_written_by_the_command_line(house: _House, name: str) -> None:
    query = _query(name)
    answer = house.ask(**query.model_dump(by_alias=True, exclude_unset=True))
    lines = text_of(query, answer).splitlines()
    assert lines[0].startswith(f"{name} of ")
    assert len(lines) > 4
    assert describe(query).formula in lines[-1] or describe(query).formula in lines[-2]


def test_what_opens_are_the_rows_it_counts(house: _House, name: str) -> None:
    """The number in each row of the table is that of the rows its cell opens, and of their base."""
    query = _query(name)
    figure = figures()[name]
    answer = house.ask(**query.model_dump(by_alias=True, exclude_unset=True))
    opened = 0
    for row in rows_of(answer):
        for column, cell in cells_of("now", query, row).items():
            told = behind(house.lake, house.scope, house.harbour, query, cell.partition("|")[2])
            expected = row.get(column) if figure.cells is not None and figure.cells.columns else row.get("n")
            if column == "held_back":
                assert told.held is not None
            elif expected is not None and not (isinstance(figure.behind, Upcoming) and column == "rate"):
                assert told.n == expected, (cell, column)
                assert told.base is None or row.get("base") in {None, told.base}
            opened += 1
        if opened > 40:
            break
    assert bool(opened) == (name not in CLOSED)


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_explored_and_taken_away_in_every_language(name: str, lang: str) -> None:
    query = _query(name).model_copy(update={"as_of": None})
    answer = samples.answer(query)
    rows = list(rows_of(answer))
    page = page_for("Harbour", "Europe/Berlin", samples.AS_OF, lang=lang)
    with speaking(lang):
        explored = explore({"now": answer}, {"now": query}, page)
        heads = as_text(rows, lang).splitlines()[0].lstrip("\ufeff")
    assert len(explored.rows) == len(rows)
    assert heads
    if lang != "en":
        raw = {column for row in rows for column in row} & set(heads.replace(";", ",").split(","))
        assert raw <= {"base", "total", "score", "contacts", "action"}, "a head that is nobody's language"


def test_its_sample_has_the_form_of_its_answer(house: _House, name: str) -> None:
    query = _query(name)
    real = house.ask(**query.model_dump(by_alias=True, exclude_unset=True))
    made = samples.answer(query)
    assert set(made) == set(real) - {"held_back", "restated"}
    empty = samples.nothing({"now": query})["now"]
    assert set(empty) == set(made)


@pytest.mark.parametrize("data_type", list(rates()))
class TestEveryRate:
    """One declaration, and it is everywhere."""

    def test_its_cohorts_its_first_week_and_its_total_agree(self, house: _House, data_type: str) -> None:
        """All of Harbour's e-mails were sent within the last 12 weeks, so the grid's bases add up to the rate's."""
        whole = house.ask(name="rate", data_type=data_type)
        grid = house.ask(name="cohort", data_type=data_type)["rows"]
        assert sum(row["base"] for row in grid) == whole["base"] > 0
        reached = [max(c["n"] for c in row["cells"] if c["n"] is not None) for row in grid if row["base"]]
        assert sum(reached) == whole["n"]
        week1 = house.ask(name="week1", data_type=data_type)
        assert [one["n"] for one in week1["points"]] == [row["cells"][0]["n"] for row in grid]

    @pytest.mark.parametrize("attribution", ["email", "lead"])
    @pytest.mark.parametrize("engagement", ["human", "all"])
    def test_its_rows_are_its_n_and_its_base(
        self, house: _House, data_type: str, attribution: str, engagement: str
    ) -> None:
        options = {"data_type": data_type, "attribution": attribution, "engagement": engagement}
        answer = house.ask(name="rate", **options)
        query = _query("rate", **options)
        for part in ("n", "base"):
            told = behind(house.lake, house.scope, house.harbour, query, "", part=part, limit=1_000)  # type: ignore[arg-type]
            assert (told.n, told.base) == (answer["n"], answer["base"])
            assert len(told.rows) == answer[part]

    def test_it_is_in_every_menu_and_every_document(self, data_type: str) -> None:
        assert data_type in dict(METRICS)
        assert data_type in POLARITY
        assert f"'{data_type}'" in str(document("https://vitrine.example"))

    @pytest.mark.parametrize("lang", LANGS)
    def test_every_tile_of_rates_shows_it(self, house: _House, data_type: str, lang: str) -> None:
        page = page_for("Harbour", "Europe/Madrid", NOW, period="28", lang=lang, surface="portal")
        assert named(METRICS, lang)[data_type]
        shown = 0
        for kind, options in _choosing(data_type):
            html = str(
                render_tile(
                    Placed(id="one", type=kind, x=0, y=0, w=6, h=4, options=options), page, house.answers
                )
            )
            assert "could not be" not in html
            names = {
                by_key(lang)[data_type],
                by_key(lang)[f"count_{data_type}"],
                named(METRICS, lang)[data_type],
            }
            assert any(one.lower() in html.lower() for one in names), kind
            shown += 1
        assert shown >= 4


def _choosing(data_type: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tile types that let people choose one rate, with it chosen."""
    for name, kind in sorted(tile_types().items()):
        for option in ("metric", "data_type"):
            if option in kind.options.model_fields and name != "goal":
                yield name, {option: data_type}
