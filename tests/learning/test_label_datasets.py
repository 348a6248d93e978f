import csv

import pytest

datasets = pytest.importorskip("datasets")

from pengaduan_nlp.errors import InputError  # noqa: E402
from pengaduan_nlp.learning.labels import (  # noqa: E402
    read_labelled_dataset,
    read_labelled_table,
)

COLUMNS = {
    "komentar": ["pak jalan rusak parah", "mantap pak", "semoga ada taman", "lampu mati"],
    "Klasifikasi": ["Pengaduan", "BUKAN LAPORAN", None, "pengaduan | aspirasi"],
    "sektor": ["Jalan dan Jembatan", "", "", "-"],
    "id": ["a1", "a2", "a3", "a4"],
    "split": ["train", "train", "validation", ""],
}


def _read(columns, scheme, **options):
    return read_labelled_dataset(datasets.Dataset.from_dict(columns), scheme, **options)


def test_a_dataset_gives_what_the_same_file_gives(tmp_path, scheme):
    path = tmp_path / "dataset.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*COLUMNS.values(), strict=True))
    table, found = read_labelled_table(path, scheme), _read(COLUMNS, scheme)
    assert found.examples == table.examples
    assert found.columns == table.columns == {"kind": "Klasifikasi", "sector": "sektor"}
    assert found.splits == table.splits
    assert found.lines == [1, 2, 3, 4]
    assert not found.problems


def test_class_labels_count_by_their_names(scheme):
    kinds = datasets.ClassLabel(names=["bukan_laporan", "pengaduan"])
    features = datasets.Features({"text": datasets.Value("string"), "kind": kinds})
    columns = {"text": ["jalan rusak", "mantap", "entah"], "kind": [1, 0, -1]}
    dataset = datasets.Dataset.from_dict(columns, features=features)
    table = read_labelled_dataset(dataset, scheme)
    assert [e.labels for e in table.examples] == [
        {"kind": ("pengaduan",)}, {"kind": ("bukan_laporan",)}, {}
    ]  # fmt: skip


def test_lists_of_alternatives_and_tensor_formats_are_read(scheme):
    columns = {"text": ["jalan rusak"], "kind": [["pengaduan", "aspirasi"]]}
    dataset = datasets.Dataset.from_dict(columns).with_format("numpy")
    table = read_labelled_dataset(dataset, scheme)
    assert table.examples[0].labels == {"kind": ("pengaduan", "aspirasi")}


def test_mojibake_is_repaired_as_in_files(scheme):
    table = _read({"text": ["jalan rusak â€œlagiâ€\x9d"], "kind": ["pengaduan"]}, scheme)
    assert table.examples[0].text == "jalan rusak “lagi”"


def test_what_is_not_understood_is_a_problem_with_its_position(scheme):
    columns = {"text": ["jalan rusak", None], "kind": ["pengaduann", "pengaduan"]}
    table = _read(columns, scheme, name="comments/train")
    assert [(p.line, p.column) for p in table.problems] == [(1, "kind"), (2, "text")]
    with pytest.raises(InputError, match="comments/train: line 1: column 'kind': unknown label"):
        table.raise_for_problems()


def test_the_text_column_can_be_named(scheme):
    columns = {"isi": ["jalan rusak"], "kind": ["pengaduan"]}
    assert _read(columns, scheme, text_column="isi").examples[0].text == "jalan rusak"


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"isi": ["a"], "kind": ["pengaduan"]}, {}, "dataset: no column of the comments"),
        ({"text": ["a"], "kind": ["b"]}, {"text_column": "tekst"}, "did you mean 'text'"),
        ({"text": ["a"], "n": [1]}, {}, "dataset: no column holds labels"),
    ],
)
def test_unusable_columns_are_refused(scheme, columns, options, message):
    with pytest.raises(InputError, match=message):
        _read(columns, scheme, **options)


def test_what_is_no_split_is_refused(scheme):
    split = datasets.Dataset.from_dict({"text": ["a"], "kind": ["pengaduan"]})
    with pytest.raises(InputError, match=r"several splits \('train'\); choose one"):
        read_labelled_dataset(datasets.DatasetDict(train=split), scheme)
    with pytest.raises(InputError, match=r"expected a datasets\.Dataset, got str"):
        read_labelled_dataset("a.csv", scheme)


def test_a_streamed_split_is_read(scheme):
    stream = datasets.Dataset.from_dict(COLUMNS).to_iterable_dataset()
    assert len(read_labelled_dataset(stream, scheme).examples) == 4
