"""A tile's answers as one plot and one table, whatever the tile type draws them as.

The page that shows them is `pages/explore/`."""
