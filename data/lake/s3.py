"""The lake's files in object storage: written through to it, read from copies on this machine.

Any server that speaks S3. A file is in the bucket before the transaction that names it, so no reader meets a name
without its file; what was sent for a publication that failed is collected as an orphan.
"""

from __future__ import annotations

import base64
import logging
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from data.errors import LakeUnavailable
from data.lake import durable
from data.lake.bucket import AT_ONCE, Bucket, NotInBucket, place_of
from data.lake.copies import GRACE_S, ReadCache
from data.lake.store import Named

logger = logging.getLogger(__name__)

#: The folders of a lake; each is listed on its own, so other things may lie beside them.
FOLDERS = ("segments", "marts")


class S3Store:
    """Files under one prefix of one bucket, with copies in a folder."""

    remote = True

    def __init__(self, bucket: Bucket, cache: ReadCache) -> None:
        self.bucket, self.cache, self.root = bucket, cache, cache.root
        self._coming: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._thread = threading.local()

    @classmethod
    def open(cls, url: str, cache: Path, cache_bytes: int, grace_s: float = GRACE_S) -> S3Store:
        """The store of an address; nothing is asked of the server yet."""
        bucket = Bucket(*place_of(url))
        root = (cache / bucket.name / bucket.prefix).resolve()
        root.mkdir(parents=True, exist_ok=True)
        return cls(bucket, ReadCache(root, FOLDERS, cache_bytes, grace_s))

    @property
    def place(self) -> str:
        """The address."""
        return self.bucket.place

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
        self.bucket.heed()

        def send(written: durable.Written) -> None:
            with written.temporary.open("rb") as body, self.bucket.asking(f"write {relative}"):
                self.bucket.client.put_object(
                    Bucket=self.bucket.name,
                    Key=self.bucket.key(relative),
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
            relative
            for folder in folders
            for relative, _, written in self.bucket.files(folder)
            if written < before
        ]

    def remove(self, relatives: Sequence[str]) -> None:
        """Remove files and their copies; raises LakeUnavailable when some could not be."""
        for start in range(0, len(relatives), 1_000):
            some = relatives[start : start + 1_000]
            keys = [{"Key": self.bucket.key(relative)} for relative in some]
            with self.bucket.asking("remove files"):
                said = self.bucket.client.delete_objects(
                    Bucket=self.bucket.name, Delete={"Objects": keys, "Quiet": True}
                )
            self.cache.drop(some)
            for refused in said.get("Errors", ()):
                raise LakeUnavailable(f"{refused['Key']} cannot be removed: {refused.get('Message')}.")

    def damaged(self, files: Iterable[Named]) -> set[str]:
        """By name and size: that their bytes stay what they were is the server's work."""
        sizes = {relative: size for folder in FOLDERS for relative, size, _ in self.bucket.files(folder)}
        return {file.path for file in files if sizes.get(file.path) != file.bytes}

    def answers(self) -> None:
        """One small request."""
        with self.bucket.asking("be reached"):
            self.bucket.client.head_bucket(Bucket=self.bucket.name)

    def check(self) -> str:
        """Write, read and delete an object of our own, around the cache."""
        key, body = self.bucket.key(f"check-{secrets.token_hex(8)}"), b"Vitrine was here."
        with self.bucket.asking("write"):
            self.bucket.client.put_object(Bucket=self.bucket.name, Key=key, Body=body)
        with self.bucket.asking("read"):
            read = self.bucket.client.get_object(Bucket=self.bucket.name, Key=key)["Body"].read()
        with self.bucket.asking("delete"):
            self.bucket.client.delete_object(Bucket=self.bucket.name, Key=key)
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
            except NotInBucket:
                raise
            except OSError as error:  # our disk: the file is none the worse for it
                raise LakeUnavailable(
                    f"{relative} cannot be kept in {self.root}: {error.strerror}."
                ) from error
            finally:
                with self._guard:
                    self._coming.pop(relative, None)

    def _download(self, relative: str) -> None:
        self.bucket.heed()
        expected: dict[str, Any] = {}

        def verify(written: durable.Written) -> None:
            if written.bytes != expected["bytes"] or expected["sha256"] not in (None, written.sha256):
                raise LakeUnavailable(f"{relative} came incomplete from {self.place}.")

        with durable.writing(self.root / relative, verify) as written, self.bucket.asking(f"read {relative}"):
            said = self.bucket.client.get_object(Bucket=self.bucket.name, Key=self.bucket.key(relative))
            # A file put there by other means, such as a lake moved from a folder, has no checksum with it.
            expected |= {"bytes": said["ContentLength"], "sha256": said["Metadata"].get("sha256")}
            with written.temporary.open("wb") as file:
                shutil.copyfileobj(said["Body"], file, 2**20)
        self.cache.added(written.bytes)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="lake")
