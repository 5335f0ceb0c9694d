"""Files in French: every column of every file has its head, and no two have the same."""

from __future__ import annotations

from dashapp.languages import LANGUAGES
from dashapp.tiles.table import as_csv
from dashapp.ui.language.catalogue import areas
from dashapp.ui.language.csv_words import head_of, in_words
from dashapp.ui.language.say import speaking
from data.drilldown import Row, UpcomingEmail
from pages.plots.plot import as_csv as as_text


def test_every_column_of_the_rows_behind_a_figure_has_its_head() -> None:
    names = {*Row.__slots__, *UpcomingEmail.__slots__} - {"at", "messages"} | {"counted_at", "emails"}
    for lang in LANGUAGES:
        assert all(f"csv_{name}" in areas("en")["csv_words"] for name in names)
        heads = [text for key, text in areas(lang)["csv_words"].items() if "_is_" not in key]
        assert len(set(heads)) == len(heads), "two columns with one head would become one"
    assert head_of("campaign", "fr") == "campagne"


def test_a_file_in_both_languages() -> None:
    rows = [{"part": "now", "key": "part", "n": 1, "rate": 0.23456}, {"part": "before", "key": "=x", "n": 2}]
    english = [
        "Period,Group,Counted,Rate,Rate (exact)",
        "This period,part,1,23.5%,0.23456",
        "Previous period,'=x,2,,",
    ]
    assert as_csv(rows).decode("utf-8-sig").splitlines() == english
    assert as_text(rows).splitlines() == english
    # A French spreadsheet opens columns at semicolons, and reads a decimal comma.
    french = [
        "période;groupe;compté;taux;taux (exact)",
        "cette période;part;1;23,5\u00a0%;0,23456",
        "période précédente;'=x;2;;",
    ]
    assert as_csv(rows, "fr").decode("utf-8-sig").splitlines() == french
    with speaking("fr"):
        assert as_text(rows).splitlines() == french
    assert in_words([{"counted": "yes", "lead": "yes"}], "fr") == [
        {"dans le chiffre": "oui", "prospect": "yes"}
    ]
    assert as_csv([], "fr").decode("utf-8-sig") == "compté\r\n"


def test_the_question_of_a_line_stands_in_words_and_one_question_for_all_is_left_out() -> None:
    assert in_words([{"part": "now reply", "n": 1}, {"part": "before reply", "n": 2}], "en") == [
        {"Period": "This period, reply", "Counted": 1},
        {"Period": "Previous period, reply", "Counted": 2},
    ]
    assert in_words([{"part": "links", "url": "x"}], "en") == [{"Link": "x"}]


def test_a_negative_number_stays_a_number_with_its_comma() -> None:
    assert as_csv([{"n": -0.5}], "fr").decode("utf-8-sig").splitlines()[1] == "-0,5"


def test_a_german_file_opens_in_a_german_spreadsheet() -> None:
    rows = [{"part": "now", "lead": "ann@acme.example", "rate": 0.23456}, {"part": "before", "n": 1204}]
    assert as_csv(rows, "de").decode("utf-8-sig").splitlines() == [
        "Zeitraum;Lead;Rate;Rate (exakt);Gezählt",
        "Dieser Zeitraum;ann@acme.example;23,5\u00a0%;0,23456;",
        "Vorheriger Zeitraum;;;;1204",
    ]
