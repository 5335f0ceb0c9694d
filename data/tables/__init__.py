"""What the data team looks at: rows of marts, statements in SQL, and how much there is.

No figure of a tile is made here."""
