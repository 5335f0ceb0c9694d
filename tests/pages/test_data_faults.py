"""Why a run failed, in the reader's language: our sentences translated, foreign ones below a sentence of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dashapp.access.viewer import Member
from dashapp.db.engine import make_engine
from dashapp.db.jobs import JobRun
from dashapp.ui.language.say import speaking
from data.errors import DamagedFile, LakeUnreachable
from data.lake.store import FolderStore
from jobs.intake.poison import NotTheEvents
from jobs.runtime.executor import sentence
from pages.data_team import page as data_desk
from pages.data_team.faults import fault
from pages.frame.page_spec import Visit
from tests.support.data_house import CANARY, dead_letter
from tests.support.world import app, browser, make_app, running, world, world_template

__all__ = ["app", "browser", "make_app", "running", "world", "world_template"]

LOST = "segments/7.parquet cannot be read; its workspaces keep their figures. Restore it from a backup."


def both(detail: str) -> tuple[str, str, str]:
    """(what is said in English, in French, the technical text)."""
    english = fault(detail)
    with speaking("fr"):
        french = fault(detail)
    assert english.technical in ("", french.technical)
    return english.said, french.said, french.technical


def test_what_is_no_exception_is_told_as_before() -> None:
    done = "took in 12 events; a check failed, the version before stays"
    assert both(done)[0] == done
    assert both(done)[1].startswith("12 événements intégrés")
    english, french, technical = both("the worker ended, or hung, at every try")
    assert (french, technical) == ("l’exécuteur s’est arrêté, ou bloqué, à chaque essai", "")
    assert english == "the worker ended, or hung, at every try"
    assert both("") == ("", "", "")


@pytest.mark.parametrize(
    ("error", "french"),
    [
        (
            DamagedFile(LOST),
            "segments/7.parquet ne peut pas être lu\u202f; ses espaces de travail gardent leurs chiffres. "
            "Restaurez-le d’une sauvegarde.",
        ),
        (
            LakeUnreachable("Vitrine cannot read marts/1 in s3://north: these credentials do not allow it."),
            "Vitrine ne peut pas lire marts/1 dans s3://north\u202f: ces identifiants ne le permettent pas.",
        ),
        (
            NotTheEvents("over 20 events cannot be built"),
            "plus de 20 événements ne peuvent pas être construits",
        ),
    ],
)
def test_our_own_errors_are_sentences_in_both_languages(error: Exception, french: str) -> None:
    assert both(sentence(error)) == (str(error), french, "")


def test_one_of_ours_that_has_no_french_is_not_passed_off_as_french() -> None:
    said = "LakeUnavailable: The lake is on holiday."
    assert fault(said).said == "The lake is on holiday."
    with speaking("fr"):
        assert fault(said).technical == said
        assert fault(said).said == "L’exécution a échoué\u202f; les détails sont ci-dessous."


def _cannot_open(folder: Path) -> Exception:
    with pytest.raises(OperationalError) as caught, make_engine(f"sqlite:///{folder}/no/such/v.db").connect():
        pass
    return caught.value


def _no_table(folder: Path) -> Exception:
    engine = make_engine(f"sqlite:///{folder}/v.db")
    with pytest.raises(OperationalError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    return caught.value


@pytest.mark.parametrize(
    ("error", "english", "french"),
    [
        (
            OSError(28, "No space left on device"),
            "There is no space left on the disk.",
            "Il n’y a plus de place sur le disque.",
        ),
        (
            FileNotFoundError(2, "No such file or directory", "/x"),
            "A file could not be read or written.",
            "Un fichier n’a pas pu être lu ou écrit.",
        ),
        (MemoryError("4 GB"), "There was not enough memory.", "La mémoire n’a pas suffi."),
        (_cannot_open, "The database could not be reached.", "La base de données n’a pas répondu."),
        (_no_table, "The database could not be used.", "La base de données n’a pas pu être utilisée."),
        (
            ZeroDivisionError("division by zero"),
            "The run failed; the details are below.",
            "L’exécution a échoué\u202f; les détails sont ci-dessous.",
        ),
    ],
)
def test_foreign_errors_stand_below_a_sentence(error: Any, english: str, french: str, tmp_path: Path) -> None:
    """The errors are real ones, told as the ledger tells them."""
    detail = sentence(error if isinstance(error, Exception) else error(tmp_path))
    assert both(detail) == (english, french, detail)


def test_a_real_lake_that_cannot_be_written_is_told_in_french(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file is where the folder should be")
    with pytest.raises(Exception, match="cannot be written") as caught:
        FolderStore(tmp_path / "lake").check()
    with speaking("fr"):
        found = fault(sentence(caught.value))
    assert (found.said.split(" dans ")[0], found.technical) == ("Impossible d’écrire", "")


def test_the_page_tells_a_failed_run_and_marks_the_technical_line_as_english(
    running: Any, world: Any
) -> None:
    with Session(running.engine) as session, session.begin():
        session.execute(delete(JobRun))
    full = "OSError: [Errno 28] No space left on device: '/lake/marts/1.parquet'"
    dead_letter(running, world.ids["harbour"], full)
    dead_letter(running, world.ids["colossus"], f"OSError: {CANARY}")
    with Session(running.engine) as session, session.begin():
        lost = {
            "tenant": world.ids["harbour"],
            "slot": "x",
            "origin": "person",
            "state": "queued",
            "tries": 2,
        }
        at = datetime(2026, 10, 1, tzinfo=UTC)
        row = JobRun(job="refresh-marts", detail=f"DamagedFile: {LOST}", queued_at=at, due_at=at, **lost)
        session.add(row)
    member = Member(world.ids["alice"], "alice@x.example", "", {world.ids["north"]: "owner"})
    with speaking("fr"):
        shown = data_desk.layout(Visit(running, member, "/data", {"agency": "north"})).content
    found = shown.to_plotly_json()
    assert CANARY not in str(found)
    lines = [one for one in _all(shown) if getattr(one, "className", "") == "dd-technical"]
    assert [(one.children, one.to_plotly_json()["props"]["lang"]) for one in lines] == [(full, "en")] * 2
    spans = [one.children for one in _all(shown) if isinstance(getattr(one, "children", None), str)]
    assert spans.count("Il n’y a plus de place sur le disque.") == 2, (
        "the dead letter, and the run in the list"
    )
    assert sum(one.startswith("segments/7.parquet ne peut pas être lu") for one in spans) == 1


def _all(component: Any) -> list[Any]:
    """The component and all within it."""
    children = getattr(component, "children", None)
    within = children if isinstance(children, list | tuple) else [children]
    return [component, *(one for child in within if hasattr(child, "to_plotly_json") for one in _all(child))]
