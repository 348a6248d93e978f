"""Triage a folder of jsonl files with Spark Structured Streaming or Ray Data.

Install: pip install 'pengaduan-nlp[cluster]'; Spark needs Java 17 or newer.

Run:
    python stream_folder.py --engine spark IN OUT --checkpoint DIR    # what is new, exactly once
    python stream_folder.py --engine spark IN OUT --checkpoint DIR --follow    # until stopped
    python stream_folder.py --engine ray IN OUT                       # the whole folder
    python stream_folder.py --measure                                 # scaling.json, scaling.md

Both write a folder of jsonl: every row with its result columns. The same code runs on a cluster:
start it with ``spark-submit`` or ``ray job submit`` with ``--cluster``, where the package is
installed on every machine and IN, OUT and DIR are on storage that all of them see.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pengaduan_nlp import PengaduanError
from pengaduan_nlp.batch import TriageBatch
from pengaduan_nlp.errors import InputError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
BATCH_SIZE = 1024  # rows a call; what Triage sorts by length together
ATTEMPTS = 4  # of a Spark task whose worker died; Ray tries without end


@dataclass(frozen=True, slots=True)
class Settings:
    """What the job is, on either engine.

    Attributes:
        bundle: Name or folder of the model.
        text_column: Column with the comments.
        workers: Processes that triage, one core each; on a cluster of Spark the cluster decides.
    """

    bundle: str = "triage"
    text_column: str = "text"
    workers: int = 2

    def mapper(self) -> dict[str, Any]:
        """Return the arguments of ``TriageBatch``."""
        return {"bundle": self.bundle, "text_column": self.text_column}


def triage_with_spark(
    spark: Any,
    source: Path,
    target: Path,
    checkpoint: Path,
    settings: Settings,
    *,
    follow: bool = False,
) -> None:
    """Triage the files of a folder that the checkpoint does not know yet.

    Args:
        spark: A ``SparkSession``.
        source: Folder of jsonl; new files must appear whole, by a rename.
        target: Folder of results; its ``_spark_metadata`` says which of its files count.
        checkpoint: Folder where Spark keeps what is done; belongs to this source and target.
        settings: The job.
        follow: Wait for more files instead of returning.
    """
    # Inferred once, so that a job can start on any columns; a file that lacks one has nulls.
    schema = spark.read.json(str(source)).schema
    mapper = TriageBatch(**settings.mapper())
    results = (
        spark.readStream.schema(schema)
        .json(str(source))
        .mapInPandas(mapper, mapper.spark_schema(schema))
    )
    trigger = {"processingTime": "10 seconds"} if follow else {"availableNow": True}
    query = (
        results.writeStream.format("json")
        .option("path", str(target))
        .option("ignoreNullFields", "false")
        .option("checkpointLocation", str(checkpoint))
        .trigger(**trigger)
        .start()
    )
    query.awaitTermination()


def triage_with_ray(source: Path, target: Path, settings: Settings) -> None:
    """Triage all files of a folder on the Ray that is running."""
    import ray

    (
        ray.data.read_json(str(source))
        .map_batches(
            TriageBatch,
            fn_constructor_kwargs=settings.mapper(),
            batch_format="pyarrow",
            batch_size=BATCH_SIZE,
            compute=ray.data.ActorPoolStrategy(size=settings.workers),
            num_cpus=1,
        )
        .write_json(str(target), force_ascii=False)
    )


def triage_alone(source: Path, target: Path, settings: Settings) -> None:
    """Triage all files of a folder in this process, without an engine: what engines add to."""
    mapper = TriageBatch(**settings.mapper())
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.json*")):
        with path.open(encoding="utf-8") as lines, (target / path.name).open("w") as out:
            rows = [json.loads(line) for line in lines]
            for start in range(0, len(rows), BATCH_SIZE):
                part = rows[start : start + BATCH_SIZE]
                names = list(dict.fromkeys(name for row in part for name in row))
                batch = {name: [row.get(name) for row in part] for name in names}
                out.writelines(_lines(mapper(batch)))


def _lines(batch: dict[str, list[Any]]) -> Iterator[str]:
    for values in zip(*batch.values(), strict=True):
        yield json.dumps(dict(zip(batch, values, strict=True)), ensure_ascii=False) + "\n"


def _spark_session(workers: int, on_cluster: bool) -> Any:
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("pengaduan_nlp")
    if not on_cluster:
        builder = builder.master(f"local[{workers},{ATTEMPTS}]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.log.level", "ERROR")
    return builder.config(
        "spark.sql.execution.arrow.maxRecordsPerBatch", str(BATCH_SIZE)
    ).getOrCreate()


def _start_ray(workers: int, on_cluster: bool) -> None:
    import ray

    if on_cluster:
        ray.init(address="auto")
    else:  # one core more than workers: reading and writing need a slot of their own
        ray.init(num_cpus=workers + 1, include_dashboard=False, log_to_driver=False)


def run(arguments: argparse.Namespace) -> None:
    """Run the job that the arguments describe and print what it took."""
    settings = Settings(arguments.bundle, arguments.text_column, arguments.workers)
    source, target = arguments.source, arguments.target
    started = time.monotonic()
    if arguments.engine == "spark":
        if arguments.checkpoint is None:
            raise InputError("--engine spark needs --checkpoint DIR: there it keeps what is done")
        session = _spark_session(arguments.workers, arguments.cluster)
        ready = time.monotonic()
        triage_with_spark(
            session, source, target, arguments.checkpoint, settings, follow=arguments.follow
        )
    elif arguments.engine == "ray":
        _start_ray(arguments.workers, arguments.cluster)
        ready = time.monotonic()
        triage_with_ray(source, target, settings)
    else:
        ready = started
        triage_alone(source, target, settings)
    took = {"engine_start_s": ready - started, "job_s": time.monotonic() - ready}
    print(json.dumps({name: round(value, 3) for name, value in took.items()}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", metavar="IN", nargs="?", type=Path, help="folder of jsonl files")
    parser.add_argument("target", metavar="OUT", nargs="?", type=Path, help="folder of results")
    parser.add_argument("--engine", choices=["spark", "ray", "alone"], default="spark")
    parser.add_argument("--workers", type=int, default=2, help="processes that triage (default: 2)")
    parser.add_argument("--bundle", default="triage", help="name or folder of the model")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--checkpoint", type=Path, help="folder where Spark keeps what is done")
    parser.add_argument("--follow", action="store_true", help="Spark: wait for more files")
    parser.add_argument("--cluster", action="store_true", help="use the cluster it was started on")
    parser.add_argument("--measure", action="store_true", help="measure scaling here, write tables")
    parser.add_argument(
        "--data", type=Path, default=CHECKOUT / "data" / "comments.jsonl",
        help="comments for --measure",
    )  # fmt: skip
    return parser


def main() -> int:
    """Run the job, or measure."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.measure:
        import scaling  # the module beside this script

        print(scaling.write(Path(__file__), arguments.bundle, arguments.data))
        return 0
    if arguments.source is None or arguments.target is None:
        parser.error("IN and OUT are needed, unless --measure is given")
    try:
        run(arguments)
    except PengaduanError as error:
        print(f"stream_folder.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
