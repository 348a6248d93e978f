import gzip
import io
import json
import sys
from datetime import datetime
from pathlib import Path

import pytest

from pengaduan_nlp import files
from pengaduan_nlp.errors import InputError, MissingDependency
from pengaduan_nlp.files import BadRow, Row, decoding, open_rows, open_writer, writers

ROWS = [
    {"no": "1", "isi": "jalan rusak, pak\nsudah lama", "kota": "Batang"},
    {"no": "2", "isi": 'kata dia "tunggu" 😭', "kota": ""},
    {"no": "3", "isi": "=SUM(1)", "kota": "Tegal"},
]


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def texts(rows: files.Rows) -> list[str]:
    return [row.text for row in rows if isinstance(row, Row)]


def bad(rows: files.Rows) -> list[tuple[int, str, object]]:
    return [(row.line, row.cause, row.raw) for row in rows if isinstance(row, BadRow)]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "jsonl", "parquet", "csv.gz", "jsonl.gz"])
def test_written_rows_are_read_back(tmp_path: Path, suffix: str) -> None:
    path = str(tmp_path / f"a.{suffix}")
    writer = open_writer(path, ["no", "isi", "kota"])
    writer.write(ROWS[:2])
    writer.write(ROWS[2:])
    writer.close()
    rows = open_rows(path)
    assert (rows.columns, rows.text_column, rows.guessed) == (("no", "isi", "kota"), "isi", True)
    values = [{k: v or "" for k, v in row.values.items()} for row in rows if isinstance(row, Row)]
    assert values == ROWS


@pytest.mark.parametrize("suffix", ["csv.gz", "xlsx", "parquet"])
def test_same_rows_give_same_bytes(tmp_path: Path, suffix: str) -> None:
    written = []
    for name in "ab":
        path = tmp_path / f"{name}.{suffix}"
        writer = open_writer(str(path), ["no", "isi", "kota"])
        writer.write(ROWS)
        writer.close()
        written.append(path.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("no,isi\n1,jalan rusak; parah\n", ","),
        ("no;isi\n1;jalan rusak, parah\n", ";"),
        ("sep=;\r\nno;isi\r\n1;jalan rusak, parah\r\n", ";"),
        ("no|isi\n1|jalan, rusak; parah\n", "|"),
        ("no\tisi\n1\tjalan, rusak\n", "\t"),
        ("isi\njalan rusak, parah; sekali\n", ","),
    ],
)
def test_delimiter_is_found(tmp_path: Path, content: str, delimiter: str) -> None:
    rows = open_rows(write(tmp_path / "a.csv", content))
    assert rows.delimiter == delimiter
    assert len(texts(rows)[0]) > 10
    assert bad(open_rows(write(tmp_path / "a.csv", content))) == []


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        ("isi\njalan “rusak” é\n".encode("utf-8-sig"), None),
        ("isi\njalan “rusak” é\n".encode("utf-16"), None),
        ("isi\njalan “rusak” é\n".encode("utf-16-le"), None),
        ("isi\r\njalan “rusak” é\r\n".encode("cp1252"), "cp1252"),
        ("isi\njalan “rusak” é\n".encode().decode("cp1252", "replace").encode(), "mojibake"),
        ("isi\njalan\0 “rusak” é\n".encode(), "NUL"),
    ],
)
def test_encodings(tmp_path: Path, raw: bytes, note: str | None) -> None:
    rows = open_rows(write(tmp_path / "a.csv", raw))
    assert rows.columns == ("isi",)
    if note != "mojibake":
        assert texts(rows) == ["jalan “rusak” é"]
    else:
        assert "“rusak" in texts(rows)[0]
    assert ([note in " ".join(rows.notes)] if note else rows.notes) in ([True], [])


def test_repaired_text_leaves_the_value_unchanged(tmp_path: Path) -> None:
    row = next(iter(open_rows(write(tmp_path / "a.csv", "isi,b\nterima kasih ðŸ™\x8f,1\n"))))
    assert isinstance(row, Row)
    assert (row.text, row.values["isi"]) == ("terima kasih 🙏", "terima kasih ðŸ™\x8f")


@pytest.mark.parametrize(
    ("name", "content", "line", "cause", "raw"),
    [
        ("a.csv", b"no,isi\n1,jalan rusak\n2\n", 3, "too few fields: 1 for 2", "2"),
        ("a.csv", b"no,isi\n1,a b,c\n2,jalan\n", 2, "too many fields: 3 for 2", "1,a b,c"),
        ("a.csv", "no,isi\n1,é ü ö\n2,é\n".encode() + b"3,\xff\n", 4, "utf-8", "3,\udcff"),
        ("a.csv", b'no,isi\n1,"jalan rusak\n2,banjir\n', 2, "broken quotes", '1,"jalan rusak'),
        ("a.jsonl", b'{"isi": "a b"}\n{"isi": \n', 2, "not valid JSON", '{"isi":'),
        ("a.jsonl", b'{"isi": "a b"}\n{"isi": null}\n', 2, "is null", {"isi": None}),
        ("a.jsonl", b'{"isi": "a b"}\n{"isi": 3}\n', 2, "is a int, expected text", {"isi": 3}),
        ("a.jsonl", b'{"isi": "a b"}\n{"b": "c"}\n', 2, "is missing", {"b": "c"}),
        ("a.jsonl", b'{"isi": "a b"}\n[1]\n', 2, "expected an object or a string", "[1]"),
        ("a.txt", "jalan é\nbaik\n".encode() + b"\xff\n", 3, "utf-8", "\udcff"),
    ],
)
def test_bad_row_is_yielded(
    tmp_path: Path, name: str, content: bytes, line: int, cause: str, raw: object
) -> None:
    path = write(tmp_path / name, content)
    found = bad(open_rows(path))
    assert [(item[0], item[2]) for item in found] == [(line, raw)]
    assert cause in found[0][1]
    assert len(texts(open_rows(path))) >= 1


def test_unclosed_quote_costs_one_row(tmp_path: Path) -> None:
    lines = "".join(f"{i},keluhan nomor {i}\n" for i in range(3, 5000))
    rows = open_rows(write(tmp_path / "a.csv", f'no,isi\n2,"rusak\n{lines}'))
    assert len(texts(rows)) == 4997


@pytest.mark.parametrize(
    ("name", "line", "text"),
    [
        ("a.csv", '1,"kata "pak" RT",x', 'kata pak" RT"'),
        ("a.tsv", '1\t"belum\tx', '"belum'),
        ("a.csv", '1,"dua\nbaris",x', "dua\nbaris"),
    ],
)
def test_quotes_are_read_leniently(tmp_path: Path, name: str, line: str, text: str) -> None:
    mark = "\t" if name == "a.tsv" else ","
    header = mark.join(["no", "isi", "kota"])
    assert texts(open_rows(write(tmp_path / name, f"{header}\n{line}\n"))) == [text]


def test_lines_are_counted_over_quoted_newlines(tmp_path: Path) -> None:
    rows = open_rows(write(tmp_path / "a.csv", 'no,isi\n1,"a\nb"\n\n2\n'))
    assert [row.line for row in rows] == [2, 5]


def test_half_an_emoji_is_replaced_and_noted(tmp_path: Path) -> None:
    lines = '{"isi": "rusak \\ud83d"}\n"parah \\ud83d\\ude2d"\n'
    rows = open_rows(write(tmp_path / "a.jsonl", lines), text_column="isi")
    assert texts(rows) == ["rusak \ufffd", "parah 😭"]
    assert "half a character" in rows.notes[0]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        (["Judul", "Isi Aduan"], ["Jalan rusak parah sekali ya", "pak jalan rusak"], "Isi Aduan"),
        (["id", "KOMENTAR", "text"], ["a1", "pak jalan rusak", "video pak"], "KOMENTAR"),
        (["comments", "comment_text"], ["12", "pak jalan rusak"], "comment_text"),
        (["url", "x"], ["https://tiktok.com/@gub/video/7234567890123", "rusak pak"], "x"),
        (["tanggal", "x"], ["2026-01-01 10:00:00", "rusak pak"], "x"),
        (["caption", "message"], ["video pak gub hari ini", "rusak pak"], "message"),
    ],
)
def test_text_column_is_guessed(
    tmp_path: Path, columns: list[str], row: list[str], expected: str
) -> None:
    rows = open_rows(write(tmp_path / "a.tsv", "\t".join(columns) + "\n" + "\t".join(row) + "\n"))
    assert (rows.text_column, rows.guessed) == (expected, True)


@pytest.mark.parametrize(
    ("name", "content", "column", "message"),
    [
        ("a.csv", "aduan,keluhan\na b,c d\n", None, "aduan, keluhan all could.*--text-column"),
        ("a.csv", "x,y\nsatu dua tiga,satu dua tiga\n", None, "x, y all could.*--text-column"),
        ("a.csv", "x,y\n1,2\n", None, "do not look like text.*--text-column"),
        ("a.csv", "no,komentar\n1,a b\n", "comentar", "did you mean 'komentar'"),
        ("a.csv", "no,isi\n1,a b\n", "q", r"no column 'q' \(columns: no, isi\)"),
        ("a.csv", "1,jalan rusak pak\n2,banjir\n", None, "looks like data.*header"),
        ("a.csv", "", None, "is empty; expected"),
        ("a.csv", "\n\n", None, "is empty; expected"),
        ("a.jsonl", "halo\n", None, "line 1: not valid JSON"),
        ("a.doc", "x", None, r"unknown format '.doc'; expected .csv"),
        ("a.xlsx.gz", "x", None, "unknown format"),
        ("a.xlsx", "no zip", None, "cannot be read as xlsx.*save or download"),
        ("a.parquet", "no parquet", None, "cannot be read as parquet"),
        ("a.csv.gz", "no gzip", None, "cannot be read as csv"),
    ],
)
def test_unusable_file_is_an_input_error(
    tmp_path: Path, name: str, content: str, column: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        open_rows(write(tmp_path / name, content), text_column=column)


@pytest.mark.parametrize(("name", "message"), [("no.csv", "does not exist"), ("d.csv", "a folder")])
def test_missing_file_and_folder(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(InputError, match=message):
        open_rows(str(tmp_path / name))


def test_truncated_gzip_is_an_input_error(tmp_path: Path) -> None:
    data = gzip.compress(b"isi\n" + b"".join(b"keluhan %d\n" % i for i in range(9000)))
    with pytest.raises(InputError, match="cannot be read as csv"):
        texts(open_rows(write(tmp_path / "a.csv.gz", data[: len(data) // 2])))


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str
) -> None:
    for name in ("openpyxl", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    path = write(tmp_path / f"a.{suffix}", "x")
    with pytest.raises(MissingDependency, match=r"pip install 'pengaduan-nlp\[files\]'"):
        open_rows(path)
    with pytest.raises(MissingDependency, match=r"pip install 'pengaduan-nlp\[files\]'"):
        open_writer(path, ["a"])


def test_empty_and_repeated_column_names_are_renamed(tmp_path: Path) -> None:
    rows = open_rows(write(tmp_path / "a.csv", "isi,,isi\na b,c,d\n"), text_column="isi")
    assert rows.columns == ("isi", "column_2", "isi_2")
    assert "renamed" in rows.notes[0]


class Pipe(io.BytesIO):
    """A pipe that fails when read further than its last line."""

    def __next__(self) -> bytes:
        line = super().readline()
        if not line:
            raise AssertionError("read ahead")
        return line


def test_stdin_is_not_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(b'\xef\xbb\xbf{"isi": "satu", "n": 1}\n{"isi": "dua"}\n')
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": pipe})())
    rows = iter(open_rows("-"))
    assert [next(rows).line, next(rows).line] == [1, 2]
    with pytest.raises(AssertionError, match="read ahead"):
        next(rows)


def test_file_is_read_lazily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", "isi\n" + "jalan rusak\n" * 5000)
    n_read = 0
    plain = decoding._decoded

    def counting(rows: files.Rows):
        nonlocal n_read
        for line in plain(rows):
            n_read += 1
            yield line

    monkeypatch.setattr(decoding, "_decoded", counting)
    next(iter(open_rows(path)))
    assert n_read < 2 * files.SAMPLE


def test_parquet_is_read_by_batches(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    writer = open_writer(path, ["isi", "n", "at"])
    writer.write([{"isi": "jalan rusak", "n": i, "at": datetime(2026, 1, 1)} for i in range(3000)])
    writer.close()
    rows = open_rows(path)
    values = [row.values for row in rows if isinstance(row, Row)]
    assert (rows.total, len(values)) == (3000, 3000)
    assert values[2999] == {"isi": "jalan rusak", "n": 2999, "at": datetime(2026, 1, 1)}


def test_parquet_type_change_is_an_input_error(tmp_path: Path) -> None:
    writer = open_writer(str(tmp_path / "a.parquet"), ["n"])
    writer.write([{"n": 1}])
    with pytest.raises(InputError, match="column 'n' is int64"):
        writer.write([{"n": "satu"}])
    writer.close()


def test_xlsx_keeps_formulas_as_text_and_long_numbers_whole(tmp_path: Path) -> None:
    path = str(tmp_path / "a.xlsx")
    writer = open_writer(path, ["isi", "nik", "at", "no"])
    row = {"isi": "=HYPERLINK(1)\x07", "nik": 3374010101010001, "at": datetime(2026, 1, 2), "no": 7}
    writer.write([row])
    writer.close()
    (read,) = open_rows(path)
    assert isinstance(read, Row)
    assert read.values == {**row, "isi": "=HYPERLINK(1)", "nik": "3374010101010001"}


def test_too_long_sheet_and_cell_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "XLSX_ROWS", 3)
    writer = open_writer(str(tmp_path / "a.xlsx"), ["isi"])
    with pytest.raises(InputError, match="32,767"):
        writer.write([{"isi": "a" * 40_000}])
    with pytest.raises(InputError, match=r"a sheet of xlsx holds 2"):
        writer.write([{"isi": "a"}] * 3)
    writer.close()


def test_text_is_not_a_target(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no columns for results"):
        open_writer(str(tmp_path / "a.txt"), ["a"])


def test_stdout_stays_open(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    writer = open_writer("-", ["isi"])
    writer.write([{"isi": "é", "x": [1]}])
    writer.close()
    assert json.loads(capsysbinary.readouterr().out) == {"isi": "é", "x": [1]}
    assert not sys.stdout.closed


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ((), "kind"),
        (("kind",), "kind_pengaduan"),
        (("kind", "kind_pengaduan"), "kind_pengaduan_pengaduan"),
    ],
)
def test_colliding_name_gets_a_suffix(taken: tuple[str, ...], expected: str) -> None:
    assert files.free_name("kind", taken) == expected
