"""What happened, as one canonical event: its fields, times, replies, machines and mail providers.

Reading a provider's own form is `data/sources/`; keeping events is `data/intake/`."""
