"""Erasing a person for good: who may ask for it, what goes from which table, the job's steps, and the proof.

What goes from the lake is `data/building/erasing.py`.
"""
