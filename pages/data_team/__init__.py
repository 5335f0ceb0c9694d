"""The data team's pages, `/data` and `/data/tables`.

What they read is `dashapp/data_team/` and `data/tables/`."""
