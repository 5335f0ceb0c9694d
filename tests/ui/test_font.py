"""The font that is served: tabular figures line digits up and leave the words between them alone."""

from __future__ import annotations

from fontTools.ttLib import TTFont

from dashapp.ui.environment import ASSETS, FONT_FILE


def test_tabular_figures_widen_digits_and_signs_and_no_punctuation_or_space() -> None:
    font = TTFont(ASSETS / FONT_FILE)
    layout, widths = font["GSUB"].table, font["hmtx"]
    tabular: dict[str, str] = {}
    for record in layout.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in layout.LookupList.Lookup[index].SubTable:
                    tabular.update(table.mapping)
    names = font.getBestCmap()
    digits = [names[ord(digit)] for digit in "0123456789"]
    assert len({widths[tabular[name]][0] for name in digits}) == 1
    assert set(tabular) == {*digits, names[ord("+")], names[0x2212]}
