"""What several tile types share: periods, series, groups, definitions, tables of figures.

No tile type lives here."""
