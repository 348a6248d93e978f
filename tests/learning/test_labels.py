import csv
import json

import pytest

from pengaduan_nlp.errors import InputError, RecordError, SchemeError
from pengaduan_nlp.files import open_writer
from pengaduan_nlp.learning.labels import read_labelled_table
from pengaduan_nlp.learning.spellings import LabelSpellings, match_columns, says_nothing

TEXT = "pak jalan depan pasar rusak parah"


def _write(path, columns, *rows):
    if path.suffix in (".xlsx", ".parquet"):
        pytest.importorskip("openpyxl" if path.suffix == ".xlsx" else "pyarrow")
    writer = open_writer(str(path), columns)
    writer.write([dict(zip(columns, row, strict=True)) for row in rows])
    writer.close()
    return path


def _read(tmp_path, scheme, columns, *rows, **options):
    return read_labelled_table(_write(tmp_path / "t.csv", columns, *rows), scheme, **options)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "jsonl", "parquet"])
def test_every_format_gives_the_same_examples(tmp_path, scheme, suffix):
    path = _write(
        tmp_path / f"t.{suffix}",
        ["id", "komentar", "Klasifikasi", "Sektor"],
        ["a1", TEXT, "Pengaduan", "Jalan dan Jembatan"],
        ["a2", "mantap pak", "BUKAN LAPORAN", None],
    )
    table = read_labelled_table(path, scheme)
    assert [example.labels for example in table.examples] == [
        {"kind": ("pengaduan",), "sector": ("jalan_jembatan",)},
        {"kind": ("bukan_laporan",)},
    ]
    assert [example.id for example in table.examples] == ["a1", "a2"]
    assert table.lines == ([1, 2] if suffix in ("jsonl", "parquet") else [2, 3])
    assert table.problems == []


@pytest.mark.parametrize(
    ("column", "head"),
    [
        ("kind", "kind"), ("klasifikasi", "kind"), ("JENIS", "kind"), ("Jenis Laporan", "kind"),
        ("sektor", "sector"), ("Kategori", "sector"), ("label_sector", "sector"),
        ("Sub-Topik", "subtopic"), ("sub kategori", "subtopic"), ("Urgensi", "urgency"),
        ("prioritas", "urgency"), ("Kadar Pengawasan", "oversight"),
        ("Alasan Bukan Laporan", "reason"), ("alasan", "reason"),
    ],
)  # fmt: skip
def test_columns_are_matched_to_heads(scheme, column, head):
    assert match_columns([column], scheme, where="t").heads == {head: column}


@pytest.mark.parametrize(
    "column", ["predicted_kind", "reason_for_choice", "kind_probability", "catatan", "tanggal"]
)
def test_other_columns_are_no_heads(scheme, column):
    match = match_columns([column], scheme, where="t")
    assert (match.heads, match.misspelled) == ({}, {})


@pytest.mark.parametrize(
    ("head", "written", "slug"),
    [
        ("sector", "jalan_jembatan", "jalan_jembatan"),
        ("sector", "Jalan dan Jembatan", "jalan_jembatan"),
        ("sector", " jalan & jembatan ", "jalan_jembatan"),
        ("sector", "JALAN-JEMBATAN", "jalan_jembatan"),
        ("kind", "Permintaan Informasi", "permintaan_informasi"),
        ("kind", "bukanlaporan", "bukan_laporan"),
        ("oversight", "Belum jelas", "belum_jelas"),
        ("oversight", True, "ya"),
        ("oversight", "FALSE", "tidak"),
    ],
)
def test_labels_are_matched(scheme, head, written, slug):
    assert LabelSpellings(scheme.head(head)).find(written) == slug


@pytest.mark.parametrize(
    ("head", "written", "near"),
    [
        ("sector", "jalan_jembtan", "jalan_jembatan"),
        ("sector", "jalan", "jalan_jembatan"),
        ("urgency", "tingi", "tinggi"),
        ("kind", "pengaduann", "pengaduan"),
    ],
)
def test_unknown_label_says_what_was_meant(scheme, head, written, near):
    with pytest.raises(SchemeError, match=f"unknown label '{written}'.*did you mean '{near}'"):
        LabelSpellings(scheme.head(head)).find(written)


@pytest.mark.parametrize("cell", [None, "", " ", "-", "n/a", "NULL", "nan", float("nan")])
def test_cells_that_say_nothing(cell):
    assert says_nothing(cell)


def test_bad_label_is_a_problem_with_its_row_and_column(tmp_path, scheme):
    table = _read(
        tmp_path, scheme, ["text", "Kategori", "urgensi"],
        [TEXT, "jalan_jembatan", "rendah"], [TEXT, "jln jembatan", "tinggi"],
    )  # fmt: skip
    (problem,) = table.problems
    assert (problem.line, problem.column, problem.head) == (3, "Kategori", "sector")
    assert problem.suggested == "jalan_jembatan"
    assert table.examples[1].labels == {"urgency": ("tinggi",)}
    with pytest.raises(InputError, match=r"t\.csv: line 3: column 'Kategori': unknown label"):
        table.raise_for_problems()


def test_table_without_problems_passes(tmp_path, scheme):
    _read(tmp_path, scheme, ["text", "kind"], [TEXT, "pengaduan"]).raise_for_problems()


def test_misspelled_column_is_a_problem(tmp_path, scheme):
    table = _read(
        tmp_path, scheme, ["text", "kind", "urgnsi"], [TEXT, "pengaduan", "tinggi"]
    )  # fmt: skip
    assert [(p.line, p.column) for p in table.problems] == [(0, "urgnsi")]
    assert "did you mean head 'urgency'" in table.problems[0].message


def test_two_columns_of_one_head_are_refused(tmp_path, scheme):
    with pytest.raises(InputError, match="'Sektor' and 'sek_tor' both mean head 'sector'"):
        _read(tmp_path, scheme, ["text", "Sektor", "sek_tor"], [TEXT, "desa", "desa"])


def test_better_named_column_wins_and_the_other_is_noted(tmp_path, scheme):
    table = _read(tmp_path, scheme, ["text", "kategori", "sector"], [TEXT, "jalan", "desa"])
    assert table.examples[0].labels == {"sector": ("desa",)}
    assert "column 'kategori' is not read: 'sector' gives 'sector' already" in table.notes


def test_table_without_labels_is_refused(tmp_path, scheme):
    with pytest.raises(InputError, match=r"no column holds labels.*kind \(klasifikasi\)"):
        _read(tmp_path, scheme, ["text", "tanggal"], [TEXT, "2026"])


def test_empty_text_is_a_problem_and_a_blank_row_is_not(tmp_path, scheme):
    table = _read(
        tmp_path, scheme, ["text", "kind"], [TEXT, "pengaduan"], ["", ""], [" ", "pengaduan"],
        ["🙏", "bukan_laporan"],
    )  # fmt: skip
    assert [(p.line, p.message) for p in table.problems] == [(4, "text is empty")]
    assert "blank rows passed over: 1" in table.notes
    assert [example.text for example in table.examples] == [TEXT, "🙏"]


def test_row_with_too_many_fields_is_a_problem(tmp_path, scheme):
    path = tmp_path / "t.csv"
    path.write_text("text,kind\nsatu dua,pengaduan\nx,pengaduan,y\n", encoding="utf-8")
    table = read_labelled_table(path, scheme)
    assert [(p.line, p.column) for p in table.problems] == [(3, "")]
    assert "too many fields" in table.problems[0].message


def test_alternatives_in_a_cell(tmp_path, scheme):
    table = _read(tmp_path, scheme, ["text", "kind"], [TEXT, "pengaduan | aspirasi"])
    assert table.examples[0].labels == {"kind": ("pengaduan", "aspirasi")}


def test_id_source_and_split_are_read(tmp_path, scheme):
    table = _read(
        tmp_path, scheme, ["ID", "text", "kind", "sumber", "split"],
        [7, TEXT, "pengaduan", "gubernur", "test"],
    )  # fmt: skip
    example = table.examples[0]
    assert (example.id, example.source, table.splits) == ("7", "gubernur", ["test"])


def test_guard_against_formulas_is_taken_off(tmp_path, scheme):
    table = _read(tmp_path, scheme, ["text", "kind"], ["'=1+1 pak", "bukan_laporan"])
    assert table.examples[0].text == "=1+1 pak"


def _mapping(tmp_path, text):
    path = tmp_path / "mapping.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_mapping_reads_a_foreign_label_set(tmp_path, scheme):
    mapping = _mapping(
        tmp_path,
        "head\tlabel\tslug\n# ours\nkategori\tInfrastruktur; jalan\tjalan_jembatan\n"
        "urgency\t1\tDarurat\nsector\tlain\t\n",
    )
    table = _read(
        tmp_path, scheme, ["text", "Kategori", "Prioritas"],
        [TEXT, "infrastruktur; JALAN", 1], [TEXT, "Lain", 1.0], [TEXT, "desa", ""],
        mapping=mapping,
    )  # fmt: skip
    assert [example.labels for example in table.examples] == [
        {"sector": ("jalan_jembatan",), "urgency": ("darurat",)},
        {"urgency": ("darurat",)},
        {"sector": ("desa",)},
    ]
    assert table.problems == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sektr\tx\tdesa", r"mapping\.tsv:1: unknown head 'sektr'"),
        ("sector\tx\tjalan_jembtan", r"mapping\.tsv:1: unknown label.*did you mean"),
        ("sector", r"mapping\.tsv:1: 1 fields"),
        ("sector\tx\tdesa\nsector\tX\tlainnya", r"mapping\.tsv:2: label 'X'.*mapped twice"),
    ],
)
def test_wrong_mapping_is_refused(tmp_path, scheme, line, message):
    with pytest.raises(RecordError, match=message):
        _read(
            tmp_path, scheme, ["text", "kind"], [TEXT, "aspirasi"],
            mapping=_mapping(tmp_path, line),
        )  # fmt: skip


def test_missing_mapping_is_refused(tmp_path, scheme):
    with pytest.raises(InputError, match=r"no such file.*expected a TSV"):
        _read(tmp_path, scheme, ["text", "kind"], [TEXT, "aspirasi"], mapping=tmp_path / "no.tsv")


def _task(*annotations, **data):
    results = [
        {
            "was_cancelled": False,
            "result": [
                {
                    "from_name": head, "to_name": "text", "type": "choices",
                    "value": {"choices": [label]},
                }
                for head, label in annotation.items()
            ],
        }
        for annotation in annotations
    ]  # fmt: skip
    return {"id": 5, "data": {"text": TEXT, **data}, "annotations": results, "predictions": []}


EXPORTS = {
    "label_studio": [_task({"kind": "pengaduan", "sector": "Jalan dan Jembatan"})],
    "label_studio_min": [
        {"id": 5, "text": TEXT, "kind": "pengaduan", "sector": {"choices": ["jalan_jembatan"]},
         "annotator": 1, "annotation_id": 3, "lead_time": 2.5}
    ],
    "argilla": [
        {"id": "5", "fields": {"text": TEXT}, "suggestions": {"kind": {"value": "aspirasi"}},
         "responses": {"kind": [{"value": "pengaduan", "user_id": "u"}],
                       "sector": [{"value": "jalan_jembatan", "user_id": "u"}]}}
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_annotation_tools_are_read(tmp_path, scheme, name):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(EXPORTS[name]), encoding="utf-8")
    table = read_labelled_table(path, scheme)
    (example,) = table.examples
    assert (example.text, example.id, table.problems) == (TEXT, "5", [])
    assert example.labels == {"kind": ("pengaduan",), "sector": ("jalan_jembatan",)}


def test_disagreeing_annotators_are_a_problem(tmp_path, scheme):
    path = tmp_path / "export.json"
    task = _task({"kind": "pengaduan", "urgency": "tinggi"}, {"kind": "aspirasi"})
    path.write_text(json.dumps([task]), encoding="utf-8")
    table = read_labelled_table(path, scheme)
    assert table.examples[0].labels == {"urgency": ("tinggi",)}
    assert [(p.line, p.column) for p in table.problems] == [(1, "kind")]
    assert "annotators disagree (pengaduan, aspirasi)" in table.problems[0].message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON"),
        ('{"a": 1}', "not a list of tasks"),
        ('[{"id": 1, "kind": "aspirasi"}]', "no column of the comments"),
    ],
)
def test_broken_exports_are_refused(tmp_path, scheme, content, message):
    path = tmp_path / "export.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_labelled_table(path, scheme)


def test_excel_csv_of_an_indonesian_office_is_read(tmp_path, scheme):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(
            [["No", "Isi Laporan", "Klasifikasi"], [1, TEXT, "Pengaduan"]]
        )
    table = read_labelled_table(path, scheme)
    assert table.text_column == "Isi Laporan"
    assert table.examples[0].labels == {"kind": ("pengaduan",)}
