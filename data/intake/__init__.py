"""Taking events in: the inbox, the keys of what is known, parked records and their replay.

It ends where an event is durable; moving it into segments is `data/lake/`."""
