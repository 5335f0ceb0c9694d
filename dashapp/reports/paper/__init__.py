"""A view on paper: the tiles' own HTML, laid out on A4 by WeasyPrint in a process of its own."""
