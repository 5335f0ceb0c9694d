"""The same two agencies as in tests/web, with forms to fill in and mails to read."""

from tests.support.world import alice, app, browser, client, make_app, running, world, world_template

__all__ = ["alice", "app", "browser", "client", "make_app", "running", "world", "world_template"]
