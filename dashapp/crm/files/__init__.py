"""Contacts and tasks as files: tables of CSV and Excel read and written, their rows checked and kept."""
