"""The demo agencies: people, plans, journeys and events, made the same way at every start.

Starting them is `vitrine demo` (`dashapp/cli/commands/demo.py`)."""
