"""TriageBatch under a real Ray Data: same results, one load a worker, a killed worker."""

import importlib.util
import os

import pytest

from pengaduan_nlp.batch import TriageBatch

from ..conftest import TINY
from .conftest import differences, read_folder
from .workers import Counted, DiesOnce

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore"),  # Ray's own
    pytest.mark.skipif(
        not importlib.util.find_spec("ray"), reason="needs Ray: pip install -e '.[cluster-test]'"
    ),
]
N_BLOCKS = 8
BATCH = 15  # two batches a block


@pytest.fixture(scope="module")
def ray():
    import ray

    ray.init(
        num_cpus=3,  # two workers, and a slot for reading and writing
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
        object_store_memory=100_000_000,
        _node_ip_address="127.0.0.1",
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()


@pytest.fixture
def dataset(ray, rows):
    return ray.data.from_items(rows, override_num_blocks=N_BLOCKS)


@pytest.mark.parametrize("batch_format", ["pyarrow", "pandas", "numpy"])
def test_results_are_those_of_one_process(dataset, expected, batch_format):
    mapper = TriageBatch(str(TINY))
    found = dataset.map_batches(mapper, batch_format=batch_format, batch_size=BATCH).take_all()
    assert not differences(found, expected)


def test_an_actor_pool_loads_the_model_once_a_worker(ray, dataset, expected):
    found = dataset.map_batches(
        Counted,
        fn_constructor_args=[str(TINY)],
        batch_format="pyarrow",
        batch_size=BATCH,
        compute=ray.data.ActorPoolStrategy(size=2),
        num_cpus=1,
    ).take_all()
    workers = {row["pid"] for row in found}
    assert os.getpid() not in workers
    assert len(workers) <= 2
    assert {row["loads"] for row in found} == {1}
    assert not differences(found, expected)


@pytest.mark.parametrize("actors", [False, True], ids=["tasks", "actors"])
def test_a_killed_worker_is_replaced(ray, dataset, expected, tmp_path, actors):
    mark = tmp_path / "died"
    settings = {"mark": str(mark), "at": 100}
    mapper = DiesOnce(str(TINY), **settings)
    options = {}
    if actors:
        mapper = DiesOnce
        options = {
            "fn_constructor_args": [str(TINY)],
            "fn_constructor_kwargs": settings,
            "compute": ray.data.ActorPoolStrategy(size=2),
            "num_cpus": 1,
        }
    found = dataset.map_batches(
        mapper, batch_format="pyarrow", batch_size=BATCH, **options
    ).take_all()
    assert mark.exists(), "no worker died"
    assert not differences(found, expected)


def test_example_triages_a_folder(ray, folder, expected, tmp_path, example):
    target = tmp_path / "results"
    example.triage_with_ray(folder, target, example.Settings(str(TINY), "text", 2))
    assert not differences(read_folder(target), expected)
