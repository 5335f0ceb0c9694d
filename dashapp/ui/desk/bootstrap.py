"""Bootstrap, of which only what the desk shows is sent: a tenth of it.

`python -m dashapp.ui.desk.bootstrap` makes `assets/vendor/bootstrap.used.css` from `bootstrap.min.css`, to
be run when Bootstrap, or what is used of it, changes. A test makes it again and compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[3] / "assets" / "vendor"
FULL, USED = VENDOR / "bootstrap.min.css", VENDOR / "bootstrap.used.css"
#: What `dbc.Modal`, `dbc.Select` and `dbc.Input` put into the document. All else has classes of our own.
CLASSES = frozenset(
    {
        "fade",
        "form-control",
        "form-select",
        "modal",
        "modal-backdrop",
        "modal-body",
        "modal-content",
        "modal-dialog",
        "modal-dialog-centered",
        "modal-dialog-scrollable",
        "modal-static",
        "show",
    }
)
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_VARIABLE = re.compile(r"var\((--bs-[\w-]+)")


def main() -> None:
    """Write the file anew."""
    USED.write_text(used(FULL.read_text(), "".join(path.read_text() for path in _ours())))


def used(css: str, ours: str) -> str:
    """The rules of `css` whose classes are all in CLASSES, and the variables that they or `ours` read."""
    head = css[: css.index("*/") + 2]
    kept = "".join(_kept(css.removeprefix(head)))
    # A variable may be read by another one only, which goes first.
    while (shorter := _without_unread(kept, ours)) != kept:
        kept = shorter
    note = "/* Only what is used: made by `python -m dashapp.ui.desk.bootstrap`. */"
    return f"{head}\n{note}\n{_without_empty(kept)}\n"


def _kept(css: str) -> Iterator[str]:
    for head, body in rules(css):
        if head.startswith(("@media", "@supports")):
            inner = "".join(_kept(body))
            if inner:
                yield f"{head}{{{inner}}}"
        elif not head.startswith("@"):
            selectors = [one for one in _split(head) if set(_CLASS.findall(one)) <= CLASSES]
            if selectors:
                yield f"{','.join(selectors)}{{{body}}}"


def rules(css: str) -> Iterator[tuple[str, str]]:
    """The rules of a minified style sheet without comments: (selectors or at-rule, what its braces hold)."""
    at = 0
    while (opened := css.find("{", at)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:opened].strip(), css[opened + 1 : end - 1]
        at = end


def _split(selectors: str) -> list[str]:
    """At the commas outside of brackets."""
    return re.split(r",(?![^(\[]*[)\]])", selectors)


def _without_unread(css: str, ours: str) -> str:
    read = set(_VARIABLE.findall(css + ours))
    return re.sub(r"(--bs-[\w-]+):[^;{}]*;?", lambda found: found[0] if found[1] in read else "", css)


def _without_empty(css: str) -> str:
    while (shorter := re.sub(r"[^{}]+\{\}", "", css)) != css:
        css = shorter
    return css


def _ours() -> list[Path]:
    return sorted(VENDOR.parent.glob("*.css"))


if __name__ == "__main__":
    main()
