"""The campaigns of a workspace as a list of flows. Their figures in full are the analytics page's."""
