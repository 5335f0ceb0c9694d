"""The fixtures are in world.py, which tests/security uses too."""

from tests.support.world import alice, app, browser, client, make_app, running, world, world_template

__all__ = ["alice", "app", "browser", "client", "make_app", "running", "world", "world_template"]
