"""A real S3 server (moto's) on a port of this machine, which can be counted, stopped, started and made to fail.

What it holds stays in memory while it is stopped, as an outage leaves a real one's.
"""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

KEYS = {"AWS_ACCESS_KEY_ID": "alice", "AWS_SECRET_ACCESS_KEY": "north", "AWS_DEFAULT_REGION": "eu-west-3"}


class ObjectServer:
    """`asked`: every request that came, as (method, key). `breaks` says of a request whether it fails half-way."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.breaks: Callable[[str, str], bool] = lambda method, key: False
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer | None = None
        self._stopped = False
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """What AWS's own tools need to find it."""
        return {
            **KEYS,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_MAX_ATTEMPTS": "2",
        }

    @property
    def answering(self) -> bool:
        """Whether it is not stopped."""
        return not self._stopped

    def start(self) -> None:
        """Answer, on the same port as before."""
        self._server = make_server(
            "127.0.0.1", self.port, self._answer, threaded=True, request_handler=_Quiet
        )
        self.port = self._server.server_port
        self._stopped = False
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and break those that are open."""
        assert self._server is not None
        self._stopped = True
        self._server.shutdown()
        self._server.server_close()

    def bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"lake-{uuid4().hex[:12]}"
        self.client().create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
        )
        return name

    def client(self) -> Any:
        """A client of the test's own."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id="bob",
            aws_secret_access_key="north",
        )

    def keys(self, bucket: str) -> dict[str, int]:
        """(key, bytes) of what is in a bucket."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}

    def counts(self) -> Counter[str]:
        """How often each method was asked for since `asked` was last cleared."""
        return Counter(method for method, _ in self.asked)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, key = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, key))
        if self._stopped or self.breaks(method, key):
            size = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"].read(size // 2)
            raise ConnectionResetError("half of it was read")
        if "CONTENT_LENGTH" in environ:  # moto leaves bodies unread now and then, which ends the connection
            environ["wsgi.input"] = io.BytesIO(
                environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
            )
        return self._app(environ, start_response)  # type: ignore[no-any-return]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: a broken request is the test's doing."""

    def log_error(self, *args: object) -> None:
        """Nor here."""
