"""Marts derived by Spark are those of DuckDB: row by row, byte by byte, and under every refresh that follows.

Two lakes with the same workspaces take in the same events: the worked example, and random ones in
two time zones (in `make faults`, four). One is built by Spark, the other by DuckDB.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.building import build, merging
from data.building.spark import MARTS, SparkBuilder, spark_builder
from data.errors import DamagedFile, EngineFailed, EngineMissing
from data.lake import backlog, manifest
from data.lake.lake import open_lake
from data.lake.s3 import S3Store
from tests.support.examples import many
from tests.support.history import worked_example
from tests.support.history.seeded_events import deliveries
from tests.support.product import Product
from tests.support.s3_server import ObjectServer

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none")

ALL_ZONES = ("Australia/Lord_Howe", "America/New_York", "Europe/Berlin", "Asia/Kolkata")
ZONES = ALL_ZONES if many() else ALL_ZONES[:2]
#: A small lake is all planning and warming up: the JVM is told not to optimise what runs once.
SMALL = {
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@dataclass
class Twins:
    """The same events in two lakes: `by_spark` was built by Spark, `by_duckdb` by DuckDB."""

    by_spark: Product
    by_duckdb: Product
    workspaces: list[int]
    builder: SparkBuilder


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    products = [Product.open(Path(tmp_path_factory.mktemp(name))) for name in ("by spark [1]", "by_duckdb")]
    by_spark, by_duckdb = products
    workspaces = _take_in(by_spark)
    assert _take_in(by_duckdb) == workspaces
    with spark_builder(by_spark.lake, "local[2]", SMALL) as builder:
        done = build.refresh(by_spark.lake, full=True, builder=builder)
        assert done.workspaces == len(workspaces)
        by_duckdb.rebuild(workspaces)
        yield Twins(by_spark, by_duckdb, workspaces, builder)


def _take_in(product: Product) -> list[int]:
    """The workspaces, with two deliveries each."""
    workspaces = [product.workspace(timezone) for timezone in (worked_example.TIMEZONE, *ZONES)]
    drawn = [deliveries(seed, messages=60) for seed in range(len(ZONES))]
    product.take_in_all(
        {workspaces[0]: worked_example.events()}
        | {id_: parts[0] for id_, parts in zip(workspaces[1:], drawn, strict=True)}
    )
    product.take_in_all({id_: parts[1] for id_, parts in zip(workspaces[1:], drawn, strict=True)})
    return workspaces


def _files(product: Product, workspaces: list[int]) -> list[dict[str, Path]]:
    """The files of the layers these workspaces are made of, in order."""
    with manifest.read_only(product.lake.engine).begin() as connection:
        states = manifest.current(connection, workspaces)
    layers = {one.id: one for state in states.values() for one in state.layers}
    return [
        {mart: product.lake.path(file.path) for mart, file in layers[id_].files.items()}
        for id_ in sorted(layers)
    ]


def _digests(product: Product, workspaces: list[int]) -> list[dict[str, str]]:
    return [
        {mart: hashlib.sha256(path.read_bytes()).hexdigest() for mart, path in files.items()}
        for files in _files(product, workspaces)
    ]


@pytest.mark.parametrize("mart", MARTS)
def test_every_row_is_duckdbs(twins: Twins, mart: str) -> None:
    (spark,), (duckdb,) = (_files(one, twins.workspaces) for one in (twins.by_spark, twins.by_duckdb))
    found, expected = pq.read_table(spark[mart]), pq.read_table(duckdb[mart])
    assert found.schema.equals(expected.schema)
    assert expected.num_rows > 0
    rows: list[Any] = found.to_pylist()
    for number, (row, other) in enumerate(zip(rows, expected.to_pylist(), strict=True)):
        assert row == other, f"row {number} of {mart}"
    workspaces = set(found.column("workspace_id").to_pylist())
    assert workspaces >= set(twins.workspaces[1:]), "each of the random workspaces has rows of every mart"


def test_the_files_have_the_same_bytes(twins: Twins) -> None:
    assert _digests(twins.by_spark, twins.workspaces) == _digests(twins.by_duckdb, twins.workspaces)


@dataclass(frozen=True)
class OutOfRoom(SparkBuilder):
    """All copies of segments are dropped, as another process may do it, before Spark reads any."""

    store: S3Store | None = None

    def _load(self, *given: Any) -> None:
        assert self.store is not None
        self.store.cache.drop([f"{path.relative_to(self.store.root)}" for path in self._copies(self.store)])
        assert not list(self._copies(self.store))
        super()._load(*given)

    @staticmethod
    def _copies(store: S3Store) -> Iterator[Path]:
        return (store.root / "segments").rglob("*.parquet")


@pytest.mark.long  # a build of its own
def test_a_lake_in_object_storage_is_built_from_copies(
    twins: Twins, objects: ObjectServer, tmp_path: Path
) -> None:
    """On a machine that has no copy yet and loses those it brings: the same bytes, in the bucket too."""
    url = f"s3://{objects.bucket()}/lake"
    product = Product.open(tmp_path)
    engine = product.lake.engine
    product.lake = open_lake(engine, S3Store.open(url, tmp_path / "first", 2**30))
    assert _take_in(product) == twins.workspaces
    second = S3Store.open(url, tmp_path / "second [2]", 2**30)
    product.lake = open_lake(engine, second)
    folder = second.root / "spill" / "spark-test"
    folder.mkdir(parents=True)
    objects.asked.clear()
    spark = replace(twins.builder.spark, folder=folder)
    done = build.refresh(product.lake, full=True, builder=OutOfRoom(spark, store=second))
    assert done.workspaces == len(twins.workspaces)
    brought = {key for method, key in objects.asked if method == "GET" and "/segments/" in key}
    assert len(brought) == 2, "each segment is a file of its own"
    assert not list(folder.glob("segments-*"))
    product.lake = open_lake(engine, S3Store.open(url, tmp_path / "third", 2**30))
    assert _digests(product, twins.workspaces) == _digests(twins.by_duckdb, twins.workspaces)


def test_a_cluster_elsewhere_does_not_see_the_copies(objects: ObjectServer, tmp_path: Path) -> None:
    """Told at once: no Java is started, and nothing is asked of the bucket or the cluster."""
    store = S3Store.open(f"s3://{objects.bucket()}/lake", tmp_path / "cache", 2**30)
    lake = open_lake(Product.open(tmp_path).lake.engine, store)
    objects.asked.clear()
    with (
        pytest.raises(EngineMissing, match=r"^The executors of spark://far:7077 .*unset VITRINE_SPARK_URL"),
        spark_builder(lake, "spark://far:7077"),
    ):
        pass
    assert objects.asked == []


def test_the_worked_example_is_answered_from_what_spark_built(twins: Twins) -> None:
    """docs/numbers.md: m1 and m6 were answered; of seven e-mails one bounced."""
    workspace = twins.workspaces[0]
    reply = twins.by_spark.ask(workspace, {"name": "rate", "data_type": "reply"}, worked_example.AS_OF)
    bounce = twins.by_spark.ask(workspace, {"name": "rate", "data_type": "bounce"}, worked_example.AS_OF)
    assert (reply["n"], reply["base"]) == (2, 6)
    assert (bounce["n"], bounce["base"]) == (1, 7)


def test_what_the_manifest_says_is_the_same(twins: Twins) -> None:
    told = []
    for product in (twins.by_spark, twins.by_duckdb):
        with manifest.read_only(product.lake.engine).begin() as connection:
            states = manifest.current(connection, twins.workspaces)
            assert backlog.pending(connection, twins.workspaces, full=False) == {}
        told.append(
            [
                (
                    one.workspace_id,
                    one.events,
                    one.last_event_at,
                    one.last_received_at,
                    one.format,
                    one.layers[0].rows,
                )
                for one in states.values()
            ]
        )
    assert told[0] == told[1]


def test_the_stored_digest_is_duckdbs_for_any_text(twins: Twins) -> None:
    from data.engines.duckdb import cursor

    statement = (
        "SELECT text, (md5_number_lower(text) >> 1)::BIGINT AS combo FROM "
        "(SELECT concat_ws(chr(31), 'fine', 'Été', n::VARCHAR, chr(30)) AS text "
        "FROM (SELECT unnest(range(2000)) AS n))"
    )
    connection = cursor(twins.by_duckdb.lake.root)
    expected = connection.execute(statement).fetchall()
    connection.close()
    assert sum(number > 2**62 for _, number in expected) > 500, "the highest bit is used"
    spark = statement.replace("unnest(range(2000))", "unnest(generate_series(0, 1999))")
    assert sorted(twins.builder.spark.rows(spark)) == sorted(expected)


@pytest.mark.long  # a build of its own
def test_a_damaged_segment_leaves_its_workspace_as_it_was(twins: Twins) -> None:
    """Spark meets an unreadable file: Alice's workspace keeps its figures, Charlie's is built, and we are told."""
    product = twins.by_spark
    alice, charlie = product.workspace("UTC"), product.workspace("Asia/Kolkata")
    product.take_in(alice, worked_example.events())
    product.take_in(charlie, worked_example.events()[:5])
    with manifest.read_only(product.lake.engine).begin() as connection:
        (path,) = backlog.pending(connection, [alice], full=True)[alice].paths
        before = manifest.current(connection, [alice, charlie])
    product.lake.path(path).write_bytes(b"PAR1 not any more PAR1")
    with pytest.raises(DamagedFile, match="cannot be read; its workspaces keep their figures"):
        build.refresh(product.lake, [alice, charlie], full=True, builder=twins.builder)
    with manifest.read_only(product.lake.engine).begin() as connection:
        after = manifest.current(connection, [alice, charlie])
    assert after[alice].version == before[alice].version
    assert after[charlie].version == before[charlie].version + 1


def test_duckdb_refreshes_go_on_from_what_spark_built(twins: Twins) -> None:
    """Last, for it changes both lakes: late events, replies and repeats on top; then everything merged."""
    for product in (twins.by_spark, twins.by_duckdb):
        product.take_in_all(
            {id_: deliveries(seed, messages=60)[2] for seed, id_ in enumerate(twins.workspaces[1:])}
        )
    found = _digests(twins.by_spark, twins.workspaces)
    assert len(found) == 2
    assert found == _digests(twins.by_duckdb, twins.workspaces)
    for product in (twins.by_spark, twins.by_duckdb):
        merging.merge_layers(product.lake, twins.workspaces, everything=True)
    merged = _digests(twins.by_spark, twins.workspaces)
    assert merged == _digests(twins.by_duckdb, twins.workspaces)
    assert merged != found


@pytest.mark.long  # a build of its own
def test_a_dying_spark_is_one_sentence_and_publishes_nothing(twins: Twins) -> None:
    """Last of all: the JVM is killed. The session's end, in the fixture, must bear that too."""
    from pyspark import SparkContext

    with manifest.read_only(twins.by_spark.lake.engine).begin() as connection:
        before = manifest.current(connection, twins.workspaces)
    gateway: Any = SparkContext._gateway
    gateway.proc.kill()
    with pytest.raises(EngineFailed, match=r"^Spark gave up while \w+.*\.$"):
        build.refresh(twins.by_spark.lake, twins.workspaces, full=True, builder=twins.builder)
    with manifest.read_only(twins.by_spark.lake.engine).begin() as connection:
        assert manifest.current(connection, twins.workspaces) == before
