"""One file a revision, each made to run in the one transaction of `upgrade`."""
