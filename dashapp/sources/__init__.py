"""Webhook sources of a workspace: making, finding, pausing and rotating them.

Reading what they send is `data/sources/`."""
