"""What a figure is made of: its definition and the rows it counts.

Finding those rows is `data/drilldown/`."""
