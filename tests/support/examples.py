"""How many examples a property is held against: a few in `make test`, many in `make faults`.

What is marked `more` is in both.
"""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings

settings.register_profile("few", deadline=None)
settings.register_profile("many", deadline=None)


def many() -> bool:
    """Whether this is `make faults`."""
    return settings.get_current_profile_name() == "many"


def examples(few: int, more: int, *, shrink: bool = True, **others: Any) -> settings:
    """The settings of a property. `shrink=False` where shrinking would take minutes."""
    found = more if many() else few
    phases = set(Phase) if shrink else set(Phase) - {Phase.shrink}
    return settings(max_examples=found, deadline=None, phases=phases, **others)
