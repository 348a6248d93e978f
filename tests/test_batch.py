import json
import pickle
import shutil

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


@pytest.mark.parametrize("kind", ["table", "record_batch"])
def test_arrow_results_have_types_even_where_all_are_missing(mapper, kind):
    pyarrow = pytest.importorskip("pyarrow")
    batch = getattr(pyarrow, kind)({"id": pyarrow.array([1], pyarrow.int16()), "text": [None]})
    found = mapper(batch)
    assert type(found) is type(batch)
    assert found.schema.field("id").type == pyarrow.int16()
    assert found.column("sector").to_pylist() == [None]
    assert found.schema.field("sector").type == pyarrow.string()
    assert found.schema.field("kind_probability").type == pyarrow.float64()
    assert mapper(batch.slice(0, 0)).schema == found.schema


def test_spark_schema_gains_the_results_and_leaves_the_frames_own():
    class Schema:  # what is used of pyspark's StructType
        def __init__(self, fields):
            self.fields = fields

        def add(self, name, kind):
            self.fields.append((name, kind))

    own = Schema([("text", "string")])
    whole = TriageBatch().spark_schema(own)
    assert own.fields == [("text", "string")]
    assert [name for name, _ in whole.fields] == ["text", *TriageBatch.columns]
    assert dict(whole.fields)["is_complaint"] == "boolean"


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


def _dataset(texts):
    datasets = pytest.importorskip("datasets")
    labels = datasets.ClassLabel(names=["lama", "baru"])
    features = datasets.Features({"text": datasets.Value("string"), "n": labels})
    columns = {"text": texts, "n": [i % 2 for i in range(len(texts))]}
    return datasets.Dataset.from_dict(columns, features=features)


def test_maps_a_dataset(mapper, triage):
    dataset = _dataset(["jalan rusak", None, "mantap pak"])
    found = dataset.map(mapper, batched=True, features=mapper.features(dataset))
    assert found.column_names == ["text", "n", *TriageBatch.columns]
    assert found["kind"][0] == triage.predict("jalan rusak").kind.label
    assert found["reason"][1] == "tidak_terbaca"
    assert found.features["n"].names == ["lama", "baru"]


def test_a_dataset_may_begin_with_a_batch_without_any_report(mapper):
    dataset = _dataset(["", "", "jalan rusak pak", "lampu jalan mati"])
    found = dataset.map(
        mapper, batched=True, batch_size=2, writer_batch_size=2, features=mapper.features(dataset)
    )
    assert found["sector"][:2] == [None, None]
    assert len(found) == 4


def test_a_streamed_dataset_gives_the_same(mapper):
    dataset = _dataset(["jalan rusak", "mantap pak"])
    whole = dataset.map(mapper, batched=True, features=mapper.features(dataset))
    stream = dataset.to_iterable_dataset()
    streamed = stream.map(mapper, batched=True, features=mapper.features(stream))
    assert [row["kind"] for row in streamed] == list(whole["kind"])


def test_a_dataset_is_triaged_by_the_loaded_model_too(triage):
    dataset = _dataset(["jalan rusak", "mantap pak"])

    def add(batch):
        return {"kind": [r.kind.label for r in triage.predict_many(batch["text"])]}

    assert set(dataset.map(add, batched=True)["kind"]) <= set(triage.scheme.head("kind").slugs)


def test_features_are_refused_of_what_has_none(mapper):
    datasets = pytest.importorskip("datasets")
    splits = datasets.DatasetDict(train=_dataset(["a"]))
    with pytest.raises(InputError, match=r"expected a dataset that knows its features.*a split"):
        mapper.features([1])
    with pytest.raises(InputError, match="got DatasetDict"):
        mapper.features(splits)


def test_another_model_in_the_same_folder_is_another_function(tmp_path):
    folder = tmp_path / "bundle"
    shutil.copytree(TINY, folder)
    before = pickle.dumps(TriageBatch(str(folder)))
    assert pickle.dumps(TriageBatch(str(folder))) == before
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | {"version": "9.9.9"}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert pickle.dumps(TriageBatch(str(folder))) != before
