"""One prefix of a bucket: a client of it, and its failures in words the lake's readers know.

Credentials, region and endpoint come from where AWS's own tools take them (AWS_ACCESS_KEY_ID, AWS_PROFILE,
instance roles, AWS_ENDPOINT_URL_S3, …); Vitrine has no setting for them.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, SSLError
from botocore.exceptions import ConnectionError as NoConnection

from data.errors import LakeUnavailable, LakeUnreachable
from data.lake.store import S3

#: Files brought or sent at the same time.
AT_ONCE = 8
#: After a failure whoever comes is told so at once for this long, instead of waiting for the same again.
REST_S = 2.0
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_=.-]+(/[A-Za-z0-9_=.-]+)*")
_NOT_THERE = {"404", "NoSuchKey", "NotFound"}


def place_of(url: str) -> tuple[str, str]:
    """(bucket, prefix) of s3://bucket/prefix; raises ValueError with what is wrong."""
    bucket, _, prefix = url.removeprefix(S3).partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("must name a bucket, like s3://bucket/prefix")
    if prefix and (not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise ValueError("must have a prefix of letters, digits, '-', '_', '=', '.' and '/'")
    return bucket, prefix


class NotInBucket(FileNotFoundError):
    """The bucket answers, and the file is not in it."""


class Bucket:
    """A bucket's prefix. Safe for threads."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name, self.prefix = name, prefix
        self._guard = threading.Lock()
        self._out_until, self._out_why = 0.0, ""

    @property
    def place(self) -> str:
        """The address."""
        return f"{S3}{self.name}/{self.prefix}".rstrip("/")

    def key(self, relative: str) -> str:
        """The object's key of a file."""
        return f"{self.prefix}/{relative}" if self.prefix else relative

    @cached_property
    def client(self) -> Any:
        """One for all threads, made when it is first needed.

        Servers other than Amazon's get path-style addresses: few have a name for each bucket.
        """
        with self._guard, self.asking("be reached"):
            session = boto3.session.Session()
            options: dict[str, Any] = {
                "connect_timeout": 3,
                "read_timeout": 20,
                "retries": {"mode": "standard"},
                "max_pool_connections": 2 * AT_ONCE,
                "user_agent_extra": "vitrine",
            }
            client = session.client("s3", config=Config(**options))
            if ".amazonaws.com" not in client.meta.endpoint_url:
                client = session.client("s3", config=Config(**options, s3={"addressing_style": "path"}))
            return client

    def files(self, folder: str) -> Iterator[tuple[str, int, float]]:
        """(relative path, bytes, written at) of every object in a folder."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=self.key(f"{folder}/")
        )
        with self.asking("list files"):
            for page in pages:
                for one in page.get("Contents", ()):
                    relative = one["Key"].removeprefix(f"{self.prefix}/" if self.prefix else "")
                    yield relative, one["Size"], one["LastModified"].timestamp()

    def rested(self) -> None:
        """Forget a failure: the next request is made at once."""
        self._out_until = 0.0

    def heed(self) -> None:
        """Raise what the last failure said, when that was just now."""
        if time.monotonic() < self._out_until:
            raise LakeUnavailable(self._out_why)

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Turn what a server or the network answers into what the lake's readers know."""
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _NOT_THERE and what.startswith("read "):
                raise NotInBucket(errno.ENOENT, "is not in object storage", what[5:]) from error
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise self._unavailable(what, _sentence(code, error, self.name), away=status >= 500) from error
        except (BotoCoreError, Boto3Error, ValueError) as error:  # ValueError: an endpoint that is no address
            why = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
            away = isinstance(error, NoConnection | HTTPClientError) and not isinstance(error, SSLError)
            raise self._unavailable(what, why, away=away) from error

    def _unavailable(self, what: str, why: str, *, away: bool) -> LakeUnavailable:
        said = (
            f"{self.place} cannot {what}: {why}."
            if what == "be reached"
            else (f"Vitrine cannot {what} in {self.place}: {why}.")
        )
        self._out_why, self._out_until = said, time.monotonic() + REST_S
        return LakeUnreachable(said) if away else LakeUnavailable(said)


def _sentence(code: str, error: ClientError, bucket: str) -> str:
    """What a person can act on, for the answers they are likely to meet."""
    known = {
        "NoSuchBucket": f"there is no bucket {bucket}",
        "404": f"there is no bucket {bucket}",
        "AccessDenied": "these credentials do not allow it",
        "403": "these credentials do not allow it",
        "InvalidAccessKeyId": "the server does not know these credentials",
        "SignatureDoesNotMatch": "the secret key is not the one of this access key",
        "ExpiredToken": "the credentials have run out",
    }
    return known.get(code) or str(error.response.get("Error", {}).get("Message") or error).rstrip(".")
