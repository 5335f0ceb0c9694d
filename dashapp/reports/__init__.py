"""A report without HTTP: a snapshot of a workspace, and a view of it as HTML, PDF, CSV, pictures and mail.

Portal, desk, files and background jobs all render through here. No Flask: who may see what was decided before, and
comes in as a scope; caches and addresses belong to the callers.
"""
