"""What can go wrong in the data core. Each message is one sentence for the person who can act."""

from __future__ import annotations

#: Said of work that needs more memory, or more disk, than there is.
NO_MEMORY = (
    "There is too little memory for this just now; choose one workspace or fewer days, or try again later."
)
NO_DISK = "There is too little room on the server's disk for this file just now; try again later."


class DataError(Exception):
    """Base of everything the data core raises on purpose; `str(error)` may be shown to a person.

    `sentence` and `values`: the same before it is filled in, for other languages, as in `dashapp.errors`.
    """

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        written = {name: f"{v:,}" if type(v) is int else str(v) for name, v in values.items()}
        super().__init__(sentence.format(**written) if written else sentence)
        self.sentence, self.values = sentence, values


class BadQuery(DataError):
    """A query names something that does not exist or is out of its limits (exit 2, HTTP 400)."""


class NotInScope(DataError):
    """The workspace is not in the caller's Scope (HTTP 404: the same as what is not there)."""


class BadSignature(DataError):
    """A webhook's signature is missing, wrong or too old (HTTP 401)."""


class NotThisForm(DataError):
    """A webhook body is not of that provider's form (HTTP 400)."""


class Unreadable(NotThisForm):
    """It is of this form, but goes beyond what is read of one (too deep, too many parts): it is parked."""


class BadRecord(DataError):
    """One record cannot become an event; it is parked with this reason, the others go on."""


class DamagedFile(DataError):
    """A parquet file the manifest names cannot be read; the previous version is served."""


class Replaced(DamagedFile):
    """A file was replaced by a newer version while it was read; nothing is damaged, and asking again helps."""


class LakeUnavailable(DataError):
    """The lake's files are out of reach just now; they are not damaged, and nothing was lost (HTTP 503)."""


class LakeUnreachable(LakeUnavailable):
    """Its server does not answer, as opposed to refusing us: waiting helps."""


class InboxBusy(DataError):
    """The inbox cannot take events just now (locked, disk full): nothing was kept, send again (HTTP 503)."""


class OutOfRoom(DataError):
    """Too little memory or disk for this just now; nothing is damaged (HTTP 503)."""


class EngineMissing(DataError):
    """The engine asked for cannot be started or reached: nothing was built, nothing published."""


class EngineFailed(DataError):
    """An engine other than DuckDB gave up on a statement; what was published before stays."""
