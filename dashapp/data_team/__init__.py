"""What `/data` reads and does on behalf of an agency's data team.

Its pages are `pages/data_team/`."""
