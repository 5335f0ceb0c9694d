"""The end of `serve` and `worker` when something outlasts their drain.

When Python takes itself apart, a thread that is inside DuckDB finds no interpreter to come back to: it is unwound
through C++ that must not be unwound, and the process aborts ("terminate called without an active exception", exit
134). Nothing is gained by that: whatever such a thread has under way counts for nothing until its commit, and is
done again by somebody else, as after a kill. So the process ends at once instead, as a stop that went well.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

log = logging.getLogger("vitrine")


def end_despite(at_work: Sequence[str]) -> None:
    """End this process with exit code 0 if threads of these names are still at work; else do nothing."""
    if not at_work:
        return
    log.warning(
        "Ends while %s still at work.",
        f"{at_work[0]} is" if len(at_work) == 1 else f"{len(at_work)} threads are",
    )
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
