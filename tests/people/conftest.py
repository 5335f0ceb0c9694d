"""The same two agencies as in tests/web, with forms to fill in and mails to read."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "web"))
sys.path.insert(0, str(Path(__file__).parent))

from world import alice, app, browser, client, make_app, running, world, world_template

__all__ = ["alice", "app", "browser", "client", "make_app", "running", "world", "world_template"]
