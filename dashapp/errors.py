"""The few kinds of error a person meets. Each is one response and one exit code; the message is a sentence."""

from __future__ import annotations


class VitrineError(Exception):
    """Base: `str(error)` is a sentence for the person who can act."""

    status = 500
    exit_code = 1


class BadSetting(VitrineError):
    """A setting or environment variable is unusable; the start stops and names it."""


class Refused(VitrineError):
    """The input is of the wrong form or out of its limits."""

    status = 400
    exit_code = 1


class NotFound(VitrineError):
    """What is asked for is not there, or not the caller's: both look the same.

    `agency_id` and `workspace_id`: whose it is, when it is there. They are for the audit trail alone and never
    reach the caller.
    """

    status = 404
    exit_code = 1

    def __init__(
        self, message: str, *, agency_id: int | None = None, workspace_id: int | None = None
    ) -> None:
        super().__init__(message)
        self.agency_id = agency_id
        self.workspace_id = workspace_id


class NotAllowed(VitrineError):
    """The caller may see this but not do that to it."""

    status = 403
    exit_code = 1


class Conflict(VitrineError):
    """It was done already, or somebody else was first."""

    status = 409


class TooMany(VitrineError):
    """A limit on attempts is used up; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(VitrineError):
    """Our own fault for now (database locked, disk full): the sender should come again."""

    status = 503
