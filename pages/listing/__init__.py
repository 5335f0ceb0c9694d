"""The desk's one list (columns that sort, rows to select, pages by key), and what people's statuses are called.

What is listed is each page's own."""
