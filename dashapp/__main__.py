"""`python -m dashapp …` is `vitrine …`."""

from __future__ import annotations

from dashapp.cli import main

if __name__ == "__main__":
    main(prog_name="vitrine")
