"""Backup and restore: the whole installation as one folder; only here is known what a backup must hold."""
