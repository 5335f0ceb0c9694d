"""An agency's pages: its accounts, its people, its name and brand, and beginning one."""
