"""The few kinds of error a person meets. Each is one response and one exit code; the message is a sentence."""

from __future__ import annotations

from collections.abc import Mapping


class VitrineError(Exception):
    """Base: `str(error)` is a sentence for the person who can act, in English.

    `sentence` and `values` are the same before it is filled in, to be said in another language (`say_error`):
    `Refused("A link shows at most {most} views.", most=12)`. A number is written as each language writes it; a
    value that is a sentence of ours, or an error, is translated too.
    """

    status = 500
    exit_code = 1

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        super().__init__(filled(sentence, values))
        self.sentence, self.values = sentence, values


def filled(sentence: str, values: Mapping[str, object]) -> str:
    """A sentence with its values, in English: thousands have a comma."""
    if not values:
        return sentence
    return sentence.format(**{name: f"{v:,}" if type(v) is int else str(v) for name, v in values.items()})


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
        self,
        sentence: str,
        /,
        *,
        agency_id: int | None = None,
        workspace_id: int | None = None,
        **values: object,
    ) -> None:
        super().__init__(sentence, **values)
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

    def __init__(self, sentence: str, /, retry_after: int, **values: object) -> None:
        super().__init__(sentence, **values)
        self.retry_after = retry_after


class Busy(VitrineError):
    """Our own fault for now (database locked, disk full): the sender should come again."""

    status = 503
