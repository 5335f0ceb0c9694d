"""Work on a stranger's text is linear: ten times the text, some ten times the work, never a hundred."""

from __future__ import annotations

import ast
import gc
import time
from pathlib import Path

import pytest

from tests.security.outside_readers import COMPOUND, NOT_OUTSIDE, READERS, WHOLE, Reader, hard_texts

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = 5_000, 50_000
#: What a square law makes of ten times the text is a hundred times the work; a straight line ten times.
MOST_TIMES = 35
#: Less than this is too little to tell a law from the machine's noise: seconds of this thread's processor.
NOTHING = 0.03


def work(read: Reader, text: str, tries: int) -> float:
    """Seconds of processor the reading took, at the least of some tries."""
    taken = []
    gc.disable()  # its rounds grow with all there is, not with the text
    try:
        for _ in range(tries):
            began = time.thread_time()
            read(text)
            taken.append(time.thread_time() - began)
    finally:
        gc.enable()
    return min(taken)


def too_dear(read: Reader, small: str, large: str) -> str | None:
    """What is wrong, or None. Only what looks wrong is measured with care."""
    if (took := work(read, large, 1)) < NOTHING:
        return None
    if took <= MOST_TIMES * work(read, small, 1):
        return None
    few, many = work(read, small, 5), work(read, large, 2)
    if many < NOTHING or many <= MOST_TIMES * few:
        return None
    return f"{len(large)} characters take {many:.3f} s, {len(small)} take {few:.4f}"


def wrong(module: str, every: int = 1) -> dict[str, str]:
    """What is too dear of a module's readers, by text."""
    found = {}
    for number, ((name, small), (_, large)) in enumerate(
        zip(hard_texts(SMALL), hard_texts(LARGE), strict=True)
    ):
        for read in READERS[module] if number % every == 0 else ():
            if (why := too_dear(read, small, large)) is not None:
                found[name] = why
    return found


@pytest.mark.parametrize("module", [name for name in sorted(READERS) if READERS[name]])
def test_ten_times_the_text_is_not_a_hundred_times_the_work(module: str) -> None:
    assert wrong(module, every=13 if module.endswith(WHOLE) else 2 if module.endswith(COMPOUND) else 1) == {}


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.parametrize("module", [name for name in sorted(READERS) if name.endswith((*WHOLE, *COMPOUND))])
def test_nor_through_a_whole_delivery(module: str) -> None:
    assert wrong(module) == {}


def test_a_square_law_is_seen() -> None:
    """The measure itself: reading that looks back at everything for each character."""
    why = too_dear(lambda text: [text[:at].count("x") for at in range(len(text))], "a" * 3_000, "a" * 30_000)
    assert why is not None


def test_every_module_that_reads_what_comes_from_outside_is_registered() -> None:
    missing = []
    for path in sorted((ROOT / "data").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module in READERS or module in NOT_OUTSIDE:
            continue
        if module.startswith("data.sources."):
            missing.append(module)
    assert missing == []
    known = {*READERS, *NOT_OUTSIDE}
    places = [ROOT / name.replace(".", "/") for name in known]
    assert all(place.with_suffix(".py").exists() or (place / "__init__.py").exists() for place in places)


def test_what_the_readers_import_is_registered() -> None:
    """A module of ours with patterns, or with Python's own parsers, that a reader uses is a reader."""
    unknown = set()
    for module in READERS:
        path = ROOT / f"{module.replace('.', '/')}.py"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("data"):
                for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                    other = ROOT / f"{name.replace('.', '/')}.py"
                    if other.exists() and _parses(other):
                        unknown.add(name)
    assert unknown - set(READERS) - set(NOT_OUTSIDE) == set()


def test_no_reader_hands_a_strangers_header_to_pythons_mail_parser() -> None:
    """`email` takes quadratic time over one header, and recurses over brackets; a date of 100 characters is all."""
    allowed = {("data.sources.headers", "email.utils")}
    found = set()
    for path in sorted((ROOT / "data").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found |= {(module, name) for name in names if name.split(".")[0] in ("email", "mailbox", "cgi")}
    assert found == allowed


def _parses(path: Path) -> bool:
    """Whether a file compiles patterns or parses formats."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import) and {alias.name for alias in node.names} & {"re", "csv", "html"}:
            return True
    return False
