"""Files of events and reference data on their way in: one use case for the command line and the desk.

How a file is read is `data/sources/files/`; where events become ours is `data/intake/`."""
