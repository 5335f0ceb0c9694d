"""All jobs: each module of `jobs/catalog/` defines one, in a constant JOB."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from jobs import catalog
from jobs.runtime.job import Job


class BadCatalog(Exception):
    """A module of the catalog has no job, or one whose name is taken: a programming error."""


@cache
def jobs() -> dict[str, Job]:
    """All jobs by name."""
    return collect(catalog)


def collect(package: ModuleType) -> dict[str, Job]:
    """The JOB of every module of a package, by name. Raises BadCatalog."""
    found: dict[str, Job] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        job = getattr(importlib.import_module(f"{package.__name__}.{module}"), "JOB", None)
        if not isinstance(job, Job):
            raise BadCatalog(f"{package.__name__}.{module} has no constant JOB.")
        if job.name in found:
            raise BadCatalog(f"{package.__name__}.{module}: there is a job {job.name!r} already.")
        found[job.name] = job
    return found
