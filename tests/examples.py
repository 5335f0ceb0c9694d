"""How many examples a property is held against: a few in `make test`, many in `make faults`.

A property is marked `property`, so that `make faults` takes it although `make test` has it, too.
"""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings

settings.register_profile("few", deadline=None)
settings.register_profile("many", deadline=None)


def examples(few: int, many: int, *, shrink: bool = True, **more: Any) -> settings:
    """The settings of a property. `shrink=False` where shrinking would take minutes."""
    found = many if settings.get_current_profile_name() == "many" else few
    phases = set(Phase) if shrink else set(Phase) - {Phase.shrink}
    return settings(max_examples=found, deadline=None, phases=phases, **more)
