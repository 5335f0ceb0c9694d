"""What can be asked: one declaration a figure and one a rate. Everything else about a name is read from there.

Declarations are plain data and pure functions. Computing answers is `data/query/` and `data/answers/`; showing them
is `dashapp/`.
"""
