"""The command line with the lake in object storage: it works, and what is wrong is one sentence at the start."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result

from data.sources.providers.canonical import sign
from tests.support.s3_server import ObjectServer

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def bucket(objects: ObjectServer, vitrine: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """The lake of this home is in a bucket of its own."""
    name = objects.bucket()
    monkeypatch.setenv("VITRINE_LAKE_URL", f"s3://{name}/vitrine")
    return name


@pytest.fixture
def loaded(bucket: str, acme: str, answer: Ask, tmp_path: Path) -> str:
    """Two e-mails, one of them opened, in the marts."""
    file = tmp_path / "three.jsonl"
    one = {"occurred_at": "2026-02-02T09:00:00Z", "lead": "guest@client.example"}
    records = [
        {**one, "event": "sent", "message_id": "m1"},
        {**one, "event": "sent", "message_id": "m2"},
        {**one, "event": "opened", "message_id": "m1", "occurred_at": "2026-02-02T10:00:00Z"},
    ]
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    return bucket


def checks(vitrine: Run) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in json.loads(vitrine("doctor", "--json").stdout)["checks"]}


def test_from_a_file_to_a_figure(
    loaded: str, answer: Ask, acme: str, objects: ObjectServer, tmp_path
) -> None:
    told = answer("query", "rate", "--workspace", acme, "--data-type", "open")
    assert (told["n"], told["base"]) == (1, 2)
    keys = objects.keys(loaded)
    assert {key.split("/")[:2][-1] for key in keys} == {"segments", "marts"}
    assert not (tmp_path / "home" / "lake").exists()
    copies = {path.name for path in (tmp_path / "home" / "cache").rglob("*.parquet")}
    assert copies == {key.rpartition("/")[2] for key in keys}


def test_doctor_finds_all_well_and_a_lost_file(loaded: str, vitrine: Run, objects: ObjectServer) -> None:
    found = checks(vitrine)
    assert all(check["ok"] for check in found.values()), found
    assert found["lake"]["found"].startswith(f"s3://{loaded}/vitrine can be written, read and deleted from")
    [lost] = [key for key in objects.keys(loaded) if "/segments/" in key]
    objects.client().delete_object(Bucket=loaded, Key=lost)
    found = checks(vitrine)
    assert [name for name, check in found.items() if not check["ok"]] == ["segments"]
    assert "1 files with 3 events are damaged" in found["segments"]["found"]
    [units] = [key for key in objects.keys(loaded) if "/units-" in key]
    objects.client().put_object(Bucket=loaded, Key=units, Body=b"PAR1 cut short")
    assert [name for name, check in checks(vitrine).items() if not check["ok"]] == ["marts", "segments"]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("serve", "bucket"),
        ("worker", "keys"),
        *(
            pytest.param(*pair, marks=pytest.mark.long)
            for pair in (("serve", "keys"), ("serve", "address"), ("worker", "bucket"), ("worker", "address"))
        ),
    ],
)
def test_what_is_wrong_stops_the_start_with_one_sentence(
    loaded: str, vitrine: Run, monkeypatch: pytest.MonkeyPatch, command: str, wrong: str
) -> None:
    if wrong == "bucket":
        monkeypatch.setenv("VITRINE_LAKE_URL", "s3://nobody-made-this/vitrine")
        sentence = (
            "Vitrine cannot write in s3://nobody-made-this/vitrine: there is no bucket nobody-made-this."
        )
    elif wrong == "keys":
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        sentence = f"Vitrine cannot write in s3://{loaded}/vitrine: Unable to locate credentials."
    else:
        monkeypatch.setenv("VITRINE_LAKE_URL", "s3://Not_A_Bucket")
        sentence = "VITRINE_LAKE_URL is wrong: it must name a bucket, like s3://bucket/prefix."
    result = vitrine(command)
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].startswith(f"Error: {sentence}")
    lake = checks(vitrine)["lake"]
    assert (lake["ok"], bool(lake["todo"])) == (False, True)


@pytest.mark.long
def test_a_server_that_is_away_at_the_start_stops_nobody(
    loaded: str, vitrine: Run, answer: Ask, acme: str, objects: ObjectServer, tmp_path: Path
) -> None:
    """The web server starts, says so, takes Alice's third e-mail, and shows it when the storage is back."""
    at = datetime.now(UTC)
    record = {"event": "sent", "lead": "guest@client.example", "occurred_at": at.isoformat()}
    file = tmp_path / "two.jsonl"
    file.write_text("".join(json.dumps({**record, "message_id": name}) + "\n" for name in ("r1", "r2")))
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    source = answer("source", "create", "--workspace", acme, "--provider", "canonical")
    page = urlsplit(answer("share", "create", "--workspace", acme)["url"]).path
    hook = urlsplit(source["url"]).path
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "serve.log"
    objects.stop()
    try:
        with log.open("wb") as told:
            command = [sys.executable, "-m", "dashapp", "serve", "--port", str(port)]
            server = subprocess.Popen(command, stderr=told, stdout=told)
        try:
            until(lambda: asked(port, "/healthz")[0] == 200)
            status, body = asked(port, "/readyz")
            assert (status, json.loads(body)["ok"], json.loads(body)["lake"]) == (200, True, False)
            said = log.read_text()
            assert f"s3://{loaded}/vitrine: Could not connect to the endpoint URL" in said
            assert "Events are taken meanwhile, and figures already here are shown." in said
            assert not checks(vitrine)["lake"]["ok"]
            third = json.dumps([{**record, "message_id": "r3"}]).encode()
            signed = sign(source["secret"], "msg_3", datetime.now(UTC), third)
            status, body = asked(port, hook, third, signed)
            assert (status, json.loads(body)["new"]) == (200, 1)
            assert sent(port, page) == 2
            objects.start()
            until(lambda: json.loads(asked(port, "/readyz")[1])["lake"])
            until(lambda: sent(port, page) == 3)
        finally:
            server.terminate()
            assert server.wait(timeout=40) == 0
    finally:
        if not objects.answering:
            objects.start()


def until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            if so():
                return
        time.sleep(0.2)
    raise AssertionError("it did not come to that")


def asked(
    port: int, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        kind = {"Content-Type": "application/json"} if body else {}
        connection.request("GET" if body is None else "POST", path, body, {**kind, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def sent(port: int, page: str) -> int:
    """The e-mails of the last 28 days that the portal tells of."""
    status, body = asked(port, f"{page}live")
    assert status == 200
    found = re.search(r'data-tile="sent".*?class="num">([\d,]+)<', body.decode(), re.S)
    return int(found[1]) if found else 0


def test_nothing_is_loaded_at_the_start_that_few_use() -> None:
    """Object storage, workbooks and PDFs: start-up time and memory are for those who use them."""
    import subprocess
    import sys

    asked = (
        "import sys, dashapp.app, jobs.worker, dashapp.doctor; "
        "print(sorted({'boto3', 'botocore', 'openpyxl', 'weasyprint', 'pandas'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
