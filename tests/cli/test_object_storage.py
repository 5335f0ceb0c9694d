"""The command line with the lake in object storage: it works, and what is wrong is one sentence at the start."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.s3_server import ObjectServer

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


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("wrong", ["bucket", "keys", "endpoint", "address"])
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
    elif wrong == "endpoint":
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        sentence = f"Vitrine cannot write in s3://{loaded}/vitrine: Could not connect to the endpoint URL"
    else:
        monkeypatch.setenv("VITRINE_LAKE_URL", "s3://Not_A_Bucket")
        sentence = "VITRINE_LAKE_URL is wrong: it must name a bucket, like s3://bucket/prefix."
    result = vitrine(command)
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].startswith(f"Error: {sentence}")
    lake = checks(vitrine)["lake"]
    assert (lake["ok"], bool(lake["todo"])) == (False, True)


def test_a_folder_loads_nothing_of_object_storage() -> None:
    """Start-up time and memory are for those who use it."""
    import subprocess
    import sys

    asked = (
        "import sys, dashapp.app, jobs.worker, dashapp.doctor; print([m for m in sys.modules if 'boto' in m])"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
