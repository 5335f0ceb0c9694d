"""Apache Spark as an engine: a session that turns statements of ours into tables on the disk.

pyspark and sqlglot are an optional part of the installation, so nothing but this module and `spark_sql.py`
imports them, and not before Spark was asked for. Everything runs inside the JVM: there is no Python in the workers,
and no row passes through this process.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import EngineFailed, EngineMissing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from data.engines.spark_sql import Macro

LOCAL: Final = "local[*]"
#: A cluster that has no executor for us within this many seconds is as good as none.
EXECUTOR_WAIT_S: Final = 90
CONNECT_WAIT_S: Final = 5
#: Rows of a shuffle's partition, about: small enough to sort in memory, big enough to be worth a task.
PARTITION_ROWS: Final = 500_000
_LAST_LINES: Final = 40


@dataclass
class Spark:
    """An open session. `folder`: where its tables are written, on a disk that every executor sees."""

    session: SparkSession
    folder: Path

    def read(self, paths: Sequence[Path], columns: str) -> DataFrame:
        """Parquet files with these columns (`name type, …`); `_metadata` tells the file."""
        return self.session.read.schema(columns).parquet(*(_pattern(path) for path in paths))

    def given(self, name: str, rows: pa.Table) -> DataFrame:
        """A small table of ours as `name`, sent to every executor when it is joined.

        By way of a file: pyspark's own way runs Python in the workers.
        """
        place = self.folder / f"{name}-{uuid4().hex[:8]}.parquet"
        pq.write_table(rows, place)
        with sentences(f"reading {name}"):
            frame = self.session.read.parquet(_pattern(place)).hint("broadcast")
            frame.createOrReplaceTempView(name)
        return frame

    def table(self, name: str, statement: str, macros: Mapping[str, Macro]) -> Path:
        """Run a statement written for DuckDB, keep its rows as parquet in `folder` and make them the table `name`.

        Written, not only planned: the next statements read it several times, and of a long chain of plans Spark
        would compute the first link at every reading.
        """
        from data.engines.spark_sql import translate

        place = self.folder / name
        with sentences(f"building {name}"):
            frame = self.session.sql(translate(statement, macros))
            frame.write.mode("overwrite").parquet(f"file://{place}")
            self.session.read.schema(frame.schema).parquet(_pattern(place)).createOrReplaceTempView(name)
        return place

    def view(self, name: str, statement: str, macros: Mapping[str, Macro]) -> None:
        """Run a statement written for DuckDB whenever `name` is read."""
        from data.engines.spark_sql import translate

        with sentences(f"building {name}"):
            self.session.sql(translate(statement, macros)).createOrReplaceTempView(name)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The few rows of a statement written for DuckDB; timestamps come as naive UTC."""
        from data.engines.spark_sql import translate

        with sentences("reading"):
            return [tuple(row) for row in self.session.sql(translate(statement)).collect()]

    def forget(self) -> None:
        """Let go of everything that was kept in memory."""
        with sentences("clearing up"):
            self.session.catalog.clearCache()

    def shuffle(self, rows: int) -> int:
        """Cut what follows into partitions fit for so many rows; gives how many."""
        with sentences("starting"):
            cores = int(self.session.sparkContext.defaultParallelism)
            parts = max(cores, -(-rows // PARTITION_ROWS))
            self.session.conf.set("spark.sql.shuffle.partitions", str(parts))
        return parts


@contextmanager
def opened(url: str | None, folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Spark]:
    """Start Spark for the block: in this machine, or as an application of the cluster at `url`.

    `folder` is made and holds its tables and its log. `settings` go before ours. Raises EngineMissing with one
    sentence when a part is not installed, Java does not start, or the cluster does not answer.
    """
    for package in ("pyspark", "sqlglot"):
        if find_spec(package) is None:
            raise EngineMissing(
                f"The Spark engine needs {package}, which is not installed; install Vitrine with the extra 'spark'."
            )
    master = url or LOCAL
    _check_reachable(master)
    folder.mkdir(parents=True, exist_ok=True)
    gateway, session = _start(master, folder, settings or {})
    try:
        if not is_local(master):
            _check_executors(session, master)
        yield Spark(session, folder)
    finally:
        _stop(gateway, session)


def is_local(master: str) -> bool:
    """Whether a master's executors are on this machine and see its files."""
    return master.startswith("local")


def _settings(master: str, folder: Path) -> dict[str, str]:
    own = {
        "spark.master": master,
        "spark.app.name": "vitrine",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Our stamps are UTC without a zone, everywhere.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.compression.codec": "zstd",
        # It would copy the long CASE of local_time into each of the seven branches of cohorts.sql.
        "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.PushProjectionThroughUnion",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    if is_local(master):
        own |= {
            "spark.driver.memory": f"{_memory_mb()}m",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(folder / "shuffle"),
        }
    return own


def _memory_mb() -> int:
    """Half of the machine's memory, between 1 and 16 GB: the JVM is all that works while Spark builds."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(1_024, min(16_384, machine // 2))


def _start(master: str, folder: Path, settings: Mapping[str, str]) -> tuple[Any, SparkSession]:
    """The JVM and a session in it. What they say goes to `folder`/spark.log: people get a sentence."""
    # Its first call imports this and then says that pandas is newer than it knows; no row of ours meets pandas.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import pyspark.testing  # noqa: F401
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

    conf = SparkConf(loadDefaults=False).setAll(list({**_settings(master, folder), **settings}.items()))
    log = folder / "spark.log"
    with log.open("wb") as said:
        try:
            gateway = launch_gateway(conf, {"stdout": said, "stderr": said})
        except (PySparkException, OSError) as error:
            raise EngineMissing(_java_sentence(log)) from error
    try:
        context = SparkContext(conf=conf, gateway=gateway)
        context.setLogLevel("WARN")
        return gateway, SparkSession(context)
    except (Py4JError, PySparkException) as error:
        _stop(gateway, None)
        raise EngineMissing(f"Spark does not start with master '{master}': {_cause(error)}.") from error


def _stop(gateway: Any, session: SparkSession | None) -> None:
    """End the application and its JVM, and let this process start another one."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    try:
        with warnings.catch_warnings():  # of a JVM that died it would say so a second time
            warnings.simplefilter("ignore", RuntimeWarning)
            if session is not None:
                session.stop()
            elif SparkContext._active_spark_context is not None:
                SparkContext._active_spark_context.stop()
        gateway.shutdown()
    except (Py4JError, OSError):
        pass  # the JVM is gone already, which is what was wanted
    finally:
        # pyspark keeps the JVM for the process's life; ours ends with the build.
        SparkContext._gateway = SparkContext._jvm = None
        gateway.proc.stdin.close()
        gateway.proc.wait()


def _java_sentence(log: Path) -> str:
    said = log.read_text(errors="replace")
    if "UnsupportedClassVersionError" in said or "UnsupportedClassVersion" in said:
        return (
            "Spark needs Java 17 or newer, and the `java` found is older; install one or set JAVA_HOME to it."
        )
    if (
        any(words in said for words in ("JAVA_HOME is not set", "not found", "No such file"))
        or not said.strip()
    ):
        return "Spark needs Java 17 or newer, and there is no `java`; install one or set JAVA_HOME to it."
    return f"Spark's Java does not start: {said.strip().splitlines()[-1].rstrip('.')}."


def _check_reachable(master: str) -> None:
    """Whether something listens where the cluster should be; Spark itself would try for minutes."""
    if master.startswith("spark://"):
        places = [urlsplit(f"//{one}") for one in master.removeprefix("spark://").split(",")]
    elif master.startswith("k8s://"):
        address = master.removeprefix("k8s://")
        places = [urlsplit(address if "://" in address else f"https://{address}")]
    else:
        return
    reasons = []
    for place in places:
        try:
            with socket.create_connection((place.hostname, place.port or 443), timeout=CONNECT_WAIT_S):
                return
        except OSError as error:
            reasons.append(error.strerror or str(error))
    raise EngineMissing(
        f"VITRINE_SPARK_URL names {master}, which does not answer ({reasons[0]}); is the cluster running?"
    )


def _check_executors(session: SparkSession, master: str) -> None:
    """Whether the cluster gives us anything to work with, by a job of one row."""
    done = threading.Event()
    failed: list[BaseException] = []

    def probe() -> None:
        try:
            session.range(1).count()
        except Exception as error:  # told below, in the thread that waits
            failed.append(error)
        done.set()

    threading.Thread(target=probe, daemon=True).start()
    if not done.wait(EXECUTOR_WAIT_S):
        session.sparkContext.cancelAllJobs()
        raise EngineMissing(
            f"The Spark cluster at {master} gave no executor within {EXECUTOR_WAIT_S} seconds; "
            "has it workers with free memory?"
        )
    for error in failed:
        raise EngineMissing(f"The Spark cluster at {master} refuses work: {_cause(error)}.") from error


@contextmanager
def sentences(doing: str) -> Iterator[None]:
    """What goes wrong in Spark as one sentence."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException, ConnectionError) as error:
        raise EngineFailed(f"Spark gave up while {doing}: {_cause(error)}.") from error


def _cause(error: BaseException) -> str:
    """The line that says most: of a Java error the innermost cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    said = causes[-1] if causes else (lines[0] if lines else type(error).__name__)
    return said[:300].rstrip(". ")


def _pattern(path: Path) -> str:
    """The pattern that only this path matches: what is read may hold `*`, `[` or `{`, and Spark looks for many."""
    return "file://" + re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path))
