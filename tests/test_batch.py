import pickle

import pytest

from pengaduan_nlp import InputError
from pengaduan_nlp.batch import TriageBatch

from .conftest import TINY

BATCH = {"id": [1, 2, 3], "text": ["jalan rusak", None, "mantap pak"]}


@pytest.fixture(scope="module")
def mapper():
    return TriageBatch(str(TINY))


def test_mapping_keeps_its_columns_and_gains_results(mapper, triage):
    found = mapper(BATCH)
    assert found["id"] == [1, 2, 3]
    assert list(found)[2:] == list(TriageBatch.columns)
    assert found["kind"][0] == triage.predict("jalan rusak").kind.label


def test_missing_text_counts_as_empty(mapper):
    assert mapper(BATCH)["reason"][1] == "tidak_terbaca"


def test_arrow_table_gives_a_table(mapper):
    pyarrow = pytest.importorskip("pyarrow")
    found = mapper(pyarrow.table(BATCH))
    assert found.column("kind").to_pylist() == mapper(BATCH)["kind"]
    assert found.column_names[:2] == ["id", "text"]


def test_pandas_frame_gives_a_frame(mapper):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(BATCH, index=[7, 8, 9])
    found = mapper(frame)
    assert list(found.index) == [7, 8, 9]
    assert list(found["kind"]) == mapper(BATCH)["kind"]
    assert "kind" not in frame


def test_iterator_of_batches_gives_an_iterator(mapper):
    found = mapper(iter([BATCH, BATCH]))
    assert next(found) == mapper(BATCH)
    assert len(list(found)) == 1


def test_pickle_carries_settings_and_no_model(mapper):
    data = pickle.dumps(mapper)
    assert len(data) < 1000
    assert pickle.loads(data)(BATCH) == mapper(BATCH)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"texts": ["a"]}, r"no column 'text'; did you mean 'texts'\?"),
        ({"text": ["a"], "kind": [1]}, "columns kind exist already"),
        (["jalan rusak"], "must be a pandas DataFrame.*got list"),
    ],
)
def test_unusable_batches_are_refused(mapper, batch, message):
    with pytest.raises(InputError, match=message):
        mapper(batch)
