"""The lake's files in object storage: written through to it, read from copies on this machine.

Any server that speaks S3. Credentials, region and endpoint come from where AWS's own tools take them
(AWS_ACCESS_KEY_ID, AWS_PROFILE, instance roles, AWS_ENDPOINT_URL_S3, …); Vitrine has no setting for them.
"""

from __future__ import annotations

import base64
import errno
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from data import durable
from data.errors import LakeUnavailable
from data.read_cache import GRACE_S, ReadCache
from data.store import S3, Named

logger = logging.getLogger(__name__)

#: The folders of a lake; each is listed on its own, so other things may lie beside them.
FOLDERS = ("segments", "marts")
#: Files brought or sent at the same time.
AT_ONCE = 8
#: After a failure whoever reads is told so at once for this long, instead of waiting for the same again.
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


class S3Store:
    """Files under one prefix of one bucket, with copies in a folder."""

    remote = True

    def __init__(self, bucket: str, prefix: str, cache: ReadCache) -> None:
        self.bucket, self.prefix, self.cache = bucket, prefix, cache
        self.root = cache.root
        self._coming: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._out_until, self._out_why = 0.0, ""
        self._thread = threading.local()

    @classmethod
    def open(cls, url: str, cache: Path, cache_bytes: int, grace_s: float = GRACE_S) -> S3Store:
        """The store of an address; nothing is asked of the server yet."""
        bucket, prefix = place_of(url)
        root = (cache / bucket / prefix).resolve()
        root.mkdir(parents=True, exist_ok=True)
        return cls(bucket, prefix, ReadCache(root, FOLDERS, cache_bytes, grace_s))

    @property
    def place(self) -> str:
        """The address."""
        return f"{S3}{self.bucket}/{self.prefix}".rstrip("/")

    def path(self, relative: str) -> Path:
        """The copy, brought here when there is none."""
        if not self.cache.has(relative):
            self._bring(relative)
        return self.root / relative

    def bring(self, relatives: Iterable[str]) -> None:
        """Bring what is missing, several at a time; when all are through, the first failure is raised."""
        missing = [relative for relative in dict.fromkeys(relatives) if not self.cache.has(relative)]
        if len(missing) == 1:
            self._bring(missing[0])
        elif missing:
            coming = [self._pool.submit(self._bring, relative) for relative in missing]
            wait(coming)
            for one in coming:
                one.result()

    def doubt(self, relatives: Sequence[str]) -> bool:
        """Drop the copies; the next `path` brings them anew, as it does where one was dropped by another."""
        self.cache.drop(relatives)
        return True

    def missing_bytes(self, files: Iterable[tuple[str, int]]) -> int:
        """The bytes of files without a copy."""
        return sum(size for relative, size in files if not self.cache.has(relative))

    @contextmanager
    def writing(self, relative: str) -> Iterator[durable.Written]:
        """Written here, sent with its checksum, and only then a copy under its name."""

        self._heed()

        def send(written: durable.Written) -> None:
            with written.temporary.open("rb") as body, self._asking(f"write {relative}"):
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=self._key(relative),
                    Body=body,
                    ContentLength=written.bytes,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(written.sha256)).decode(),
                    Metadata={"sha256": written.sha256},
                )

        on_its_way = ExitStack()
        with on_its_way:
            written = on_its_way.enter_context(durable.writing(self.root / relative, send))
            yield written
            rest = on_its_way.pop_all()

        def settle() -> None:
            rest.close()
            if not written.dropped:
                self.cache.added(written.bytes)

        sending: list[Future[None]] | None = getattr(self._thread, "sending", None)
        if sending is None:
            settle()
        else:
            sending.append(self._pool.submit(settle))

    @contextmanager
    def together(self) -> Iterator[None]:
        """A file is sent while the next one is made."""
        sending: list[Future[None]] = []
        self._thread.sending = sending
        try:
            yield
        finally:
            self._thread.sending = None
            wait(sending)
        for one in sending:
            one.result()

    def delete(self, relatives: Iterable[str]) -> None:
        """Remove what can be removed just now."""
        paths = list(relatives)
        try:
            self.remove(paths)
        except LakeUnavailable as error:
            logger.warning("%d files are left to be collected as orphans: %s", len(paths), error)

    def older_than(self, folders: Iterable[str], before: float) -> list[str]:
        """By the server's clock, which the grace of whoever asks allows for."""
        return [
            relative for folder in folders for relative, _, written in self._list(folder) if written < before
        ]

    def remove(self, relatives: Sequence[str]) -> None:
        """Remove files and their copies; raises LakeUnavailable when some could not be."""
        for start in range(0, len(relatives), 1_000):
            some = relatives[start : start + 1_000]
            keys = [{"Key": self._key(relative)} for relative in some]
            with self._asking("remove files"):
                said = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True}
                )
            self.cache.drop(some)
            for refused in said.get("Errors", ()):
                raise LakeUnavailable(f"{refused['Key']} cannot be removed: {refused.get('Message')}.")

    def damaged(self, files: Iterable[Named]) -> set[str]:
        """By name and size: that their bytes stay what they were is the server's work."""
        sizes = {relative: size for folder in FOLDERS for relative, size, _ in self._list(folder)}
        return {file.path for file in files if sizes.get(file.path) != file.bytes}

    def answers(self) -> None:
        """One small request."""
        with self._asking("be reached"):
            self._client.head_bucket(Bucket=self.bucket)

    def check(self) -> str:
        """Write, read and delete an object of our own, around the cache."""
        key, body = self._key(f"check-{secrets.token_hex(8)}"), b"Vitrine was here."
        with self._asking("write"):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body)
        with self._asking("read"):
            read = self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        with self._asking("delete"):
            self._client.delete_object(Bucket=self.bucket, Key=key)
        if read != body:
            raise LakeUnavailable(f"{self.place} gives back something else than was written.")
        free = shutil.disk_usage(self.root).free
        return f"copies in {self.root}, {free // 2**20} MB free"

    def _bring(self, relative: str) -> None:
        with self._guard:
            lock = self._coming.setdefault(relative, threading.Lock())
        with lock:  # several viewers of one page want the same file: it comes once
            try:
                if not self.cache.has(relative):
                    self._download(relative)
            except FileNotFoundError:
                raise
            except OSError as error:  # our disk: the file is none the worse for it
                raise LakeUnavailable(
                    f"{relative} cannot be kept in {self.root}: {error.strerror}."
                ) from error
            finally:
                with self._guard:
                    self._coming.pop(relative, None)

    def _download(self, relative: str) -> None:
        self._heed()
        expected: dict[str, Any] = {}

        def verify(written: durable.Written) -> None:
            if written.bytes != expected["bytes"] or written.sha256 != expected["sha256"]:
                raise LakeUnavailable(f"{relative} came incomplete from {self.place}.")

        with durable.writing(self.root / relative, verify) as written, self._asking(f"read {relative}"):
            said = self._client.get_object(Bucket=self.bucket, Key=self._key(relative))
            digest = said["Metadata"].get("sha256")
            if digest is None:
                raise LakeUnavailable(f"{relative} in {self.place} was not written by Vitrine.")
            expected |= {"bytes": said["ContentLength"], "sha256": digest}
            with written.temporary.open("wb") as file:
                shutil.copyfileobj(said["Body"], file, 2**20)
        self.cache.added(written.bytes)

    def _list(self, folder: str) -> Iterator[tuple[str, int, float]]:
        """(relative path, bytes, written at) of every object in a folder."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._key(f"{folder}/")
        )
        with self._asking("list files"):
            for page in pages:
                for one in page.get("Contents", ()):
                    relative = one["Key"].removeprefix(f"{self.prefix}/" if self.prefix else "")
                    yield relative, one["Size"], one["LastModified"].timestamp()

    def _key(self, relative: str) -> str:
        return f"{self.prefix}/{relative}" if self.prefix else relative

    @cached_property
    def _client(self) -> Any:
        """One for all threads. Path-style addresses for servers other than Amazon's: few have a name per bucket."""
        with self._guard, self._asking("be reached"):
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

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="lake")

    def rested(self) -> None:
        """Forget a failure: the next request is made at once."""
        self._out_until = 0.0

    def _heed(self) -> None:
        if time.monotonic() < self._out_until:
            raise LakeUnavailable(self._out_why)

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Turn what a server or the network answers into what the lake's readers know."""
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _NOT_THERE and what.startswith("read "):
                raise FileNotFoundError(errno.ENOENT, "is not in object storage", what[5:]) from error
            raise self._unavailable(what, _sentence(code, error, self.bucket)) from error
        except (BotoCoreError, Boto3Error) as error:
            raise self._unavailable(what, str(error).splitlines()[0].rstrip(".")) from error

    def _unavailable(self, what: str, why: str) -> LakeUnavailable:
        said = (
            f"{self.place} cannot {what}: {why}."
            if what == "be reached"
            else (f"Vitrine cannot {what} in {self.place}: {why}.")
        )
        self._out_why, self._out_until = said, time.monotonic() + REST_S
        return LakeUnavailable(said)


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
