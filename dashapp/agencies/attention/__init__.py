"""Which accounts of an agency need somebody today, and the figures in their list; jobs keep both up to date."""
