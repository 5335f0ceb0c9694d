"""Files of events: one module a format, and what all share (encoding, columns, dates, foreign exports).

Not here: webhooks (the modules beside this folder), and reference data (data/plans), which reads through FILES.
"""

from data.sources.files.reading import DATE_ORDERS, Options, Reading
from data.sources.files.registry import FILES, has_events, read, read_table

__all__ = ["DATE_ORDERS", "FILES", "Options", "Reading", "has_events", "read", "read_table"]
