"""Building marts: incremental refresh, full build, merging, rechecks, and failures.

The SQL that derives them is `data/marts/`."""
