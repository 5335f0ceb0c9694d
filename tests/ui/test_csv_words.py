"""Files in French: every column of every file has its head, and no two have the same."""

from __future__ import annotations

from dashapp.tiles.table import as_csv
from dashapp.ui.language.csv_words import HEADS, in_words
from dashapp.ui.language.say import speaking
from data.drilldown import Coming, Row
from pages.plots.plot import as_csv as as_text


def test_every_column_of_the_rows_behind_a_figure_has_its_head() -> None:
    names = {*Row.__slots__, *Coming.__slots__} - {"at", "messages"} | {"counted_at", "emails"}
    assert names <= set(HEADS)
    assert len(set(HEADS.values())) == len(HEADS), "two columns with one head would become one"


def test_a_file_in_both_languages() -> None:
    rows = [{"part": "now", "key": "part", "n": 1, "rate": 0.5}, {"part": "before", "key": "=x", "n": 2}]
    assert as_csv(rows).decode("utf-8-sig").splitlines() == [
        "part,key,n,rate",
        "now,part,1,0.5",
        "before,'=x,2,",
    ]
    french = ["série,groupe,compté,taux", "période,part,1,0.5", "période précédente,'=x,2,"]
    assert as_csv(rows, "fr").decode("utf-8-sig").splitlines() == french
    assert as_text(rows).splitlines()[0] == "part,key,n,rate"
    with speaking("fr"):
        assert as_text(rows).splitlines() == french
    assert in_words([{"counted": "yes", "lead": "yes"}], "fr") == [
        {"dans le chiffre": "oui", "prospect": "yes"}
    ]
    assert as_csv([], "fr").decode("utf-8-sig") == "série\r\n"
