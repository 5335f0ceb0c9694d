"""The lines of a timeline as its tile and its endless list show them."""
