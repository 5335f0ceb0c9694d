"""Reference data: campaigns, steps, journeys and mailboxes that are planned, read and kept.

What will go out because of them is `data/answers/future.py`."""
