import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pengaduan_nlp import batch_files, files
from pengaduan_nlp.batch_files import triage_file
from pengaduan_nlp.errors import InputError
from pengaduan_nlp.files import Row, open_rows, open_writer, writers
from pengaduan_nlp.records import (
    AgencySuggestion,
    Comment,
    Decision,
    Details,
    PiiSpan,
    Place,
    TriageResult,
)

ROOT = Path(__file__).parent.parent


def result_of(text: str, comment: Comment | None = None) -> TriageResult:
    is_complaint = "rusak" in text
    probability = 0.5 + len(text) % 50 / 100
    head = Decision("pengaduan" if is_complaint else "bukan_laporan", probability)
    agency = AgencySuggestion("a1", "+Dinas", "kabkota", 0.9, "jalan", "S1")
    first = text.split(" ")[0]
    places = (
        Place(first, 0, len(first), None, first, "jalan", None),
        Place("Tegal", 0, 5, "33.76", "Kota Tegal", "kota", "Jawa Tengah"),
    )
    details = Details(text, text, "", None, None, None, (), "0", "0", comment or Comment(text))
    return TriageResult(
        is_complaint=is_complaint,
        kind=head,
        sector=Decision("jalan", probability) if is_complaint else None,
        subtopic=None,
        urgency=Decision("tinggi" if "parah" in text else "rendah", 0.7) if is_complaint else None,
        oversight=None,
        reason=None if is_complaint else Decision("pujian", 0.9),
        agencies=(agency,) if is_complaint else (),
        level_known=True,
        question=None,
        places=places if is_complaint else (),
        missing=("lokasi",),
        questions=("Di mana?",),
        confidentiality="terbuka",
        pii=(PiiSpan("nik", 0, 3), PiiSpan("nik", 5, 8)),
        needs_review=False,
        details=details,
    )


class FakeTriage:
    """Answers at once, from the words of the text; remembers what it was asked."""

    def __init__(self, version: str = "1", pause: float = 0.0, fail_after: int = 10**9) -> None:
        self.bundle = SimpleNamespace(name="fake", version=version)
        self.asked: list[Comment] = []
        self._pause, self._fail_after = pause, fail_after

    def stream(
        self, comments: Iterable[str | Comment], *, batch_size: int = 64
    ) -> Iterator[tuple[str | Comment, TriageResult]]:
        time.sleep(self._pause)
        for comment in comments:
            assert isinstance(comment, Comment)
            if len(self.asked) >= self._fail_after:
                raise KeyboardInterrupt
            self.asked.append(comment)
            yield comment, result_of(comment.text, comment)


def csv_of(path: Path, n_rows: int = 500) -> str:
    lines = [f'{i},"jalan rusak{" parah" * (i % 3 == 0)}\nke {i}",é{i}' for i in range(n_rows)]
    lines[7::50] = ["satu kolom saja"] * len(lines[7::50])
    path.write_text("no,komentar,sector\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def read(path: str) -> list[dict[str, object]]:
    return [row.values for row in open_rows(path, text_column="komentar") if isinstance(row, Row)]


def test_a_pipe_gets_each_batch_before_the_next_is_read() -> None:
    command = [sys.executable, "-m", "pengaduan_nlp", "triage", "-", "-o", "-", "--batch-size", "2"]
    tiny = ["--bundle", "tests/data/tiny", "--text-column", "text"]
    with subprocess.Popen(
        [*command, *tiny], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for start in (0, 2, 4):
            for i in (start, start + 1):
                process.stdin.write(json.dumps({"text": f"jalan rusak {i}"}) + "\n")
            process.stdin.flush()  # stdin stays open: nothing but the batch can bring the answers
            answers = [json.loads(process.stdout.readline()) for _ in range(2)]
            assert [answer["text"][-1] for answer in answers] == [str(start), str(start + 1)]
        process.stdin.close()
        assert process.stdout.read() == ""
    assert process.returncode == 0


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "xlsx", "parquet", "csv.gz", "jsonl.gz"])
def test_file_keeps_order_columns_and_bad_rows(tmp_path: Path, suffix: str) -> None:
    source, target = csv_of(tmp_path / "in.csv"), tmp_path / f"out.{suffix}"
    seen: list[tuple[int, int | None]] = []
    summary = triage_file(
        FakeTriage(), source, str(target), batch_size=4, progress=lambda *a: seen.append(a)
    )
    rows = read(str(target))
    assert [row["no"] for row in rows] == [row["no"] for row in read(source)]
    assert rows[0]["sector"] == "é0"  # the input's own column
    if "jsonl" in suffix:
        assert rows[0]["triage"]["sector"]["label"] == "jalan"
    else:
        assert list(rows[0]) == [
            "no", "komentar", "sector", "is_complaint", "kind", "kind_probability",
            "sector_pengaduan", *list(files.RESULT_TYPES)[4:],
        ]  # fmt: skip
        assert rows[0]["sector_pengaduan"] == "jalan"
    errors = [json.loads(x) for x in Path(f"{target}.errors.jsonl").read_text().splitlines()]
    assert errors[0]["raw"] == "satu kolom saja"
    assert "too few fields" in errors[0]["cause"]
    assert (summary.rows, summary.errors, summary.complaints) == (490, 10, 490)
    assert (summary.urgency["tinggi"] + summary.urgency["rendah"], summary.skipped) == (490, 0)
    assert seen[-1] == (500, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["in.csv", target.name, f"{target.name}.errors.jsonl"]
    )


KILLED = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from test_batch_files import FakeTriage
from pengaduan_nlp.batch_files import triage_file
triage_file(FakeTriage(pause=0.05), {source!r}, {target!r}, batch_size=1)
"""


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "xlsx", "parquet", "csv.gz"])
def test_killed_run_resumes_to_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    source = csv_of(tmp_path / "in.csv", 1500)
    whole, target = str(tmp_path / f"whole.{suffix}"), str(tmp_path / f"out.{suffix}")
    triage_file(FakeTriage(), source, whole, batch_size=1)
    code = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"), source=source, target=target)
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while _journal_rows(target) < 64 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = _journal_rows(target)
    assert 64 <= done < 1500
    with open(f"{target}.partial", "ab") as partial:  # what was written and not yet recorded
        partial.write(b"half a r")
    triage = FakeTriage()
    summary = triage_file(triage, source, target, batch_size=1)
    assert (summary.skipped, summary.rows, summary.errors) == (done, 1470, 30)
    assert len(triage.asked) < 1470
    for end in ("", ".errors.jsonl"):
        assert Path(target + end).read_bytes() == Path(whole + end).read_bytes()


def _journal_rows(target: str) -> int:
    try:
        return json.loads(Path(f"{target}.progress.json").read_text())["done"]["read"]
    except FileNotFoundError:
        return 0


def interrupted(tmp_path: Path) -> tuple[str, str]:
    source, target = csv_of(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    with pytest.raises(KeyboardInterrupt):
        triage_file(FakeTriage(fail_after=200), source, target, batch_size=4)
    assert _journal_rows(target) == 192
    return source, target


@pytest.mark.parametrize("change", ["bundle", "source", "batch_size", "context", "text_column"])
def test_journal_of_other_work_is_refused(tmp_path: Path, change: str) -> None:
    source, target = interrupted(tmp_path)
    options: dict = {"batch_size": 4}
    if change == "source":
        csv_of(tmp_path / "in.csv", 501)
        change = "size"
    options |= {"batch_size": {"batch_size": 8}, "context": {"context": {"region": "33"}},
                "text_column": {"text_column": "sector"}}.get(change, {})  # fmt: skip
    triage = FakeTriage(version="2" if change == "bundle" else "1")
    with pytest.raises(InputError, match=f"{change} was .*--no-resume"):
        triage_file(triage, source, target, **options)
    assert triage_file(triage, source, target, resume=False, **options).skipped == 0


@pytest.mark.parametrize("lost", ["partial", "errors.jsonl", "progress.json"])
def test_lost_side_file_starts_again(tmp_path: Path, lost: str) -> None:
    source, target = interrupted(tmp_path)
    Path(f"{target}.{lost}").unlink()
    summary = triage_file(FakeTriage(), source, target, batch_size=4)
    assert (summary.skipped, summary.rows, len(read(target))) == (0, 490, 490)


def test_damaged_journal_is_an_input_error(tmp_path: Path) -> None:
    source, target = interrupted(tmp_path)
    Path(f"{target}.progress.json").write_text("{")
    with pytest.raises(InputError, match=r"not a journal.*--no-resume"):
        triage_file(FakeTriage(), source, target, batch_size=4)


def test_finished_target_is_refused_unless_overwritten(tmp_path: Path) -> None:
    source, target = csv_of(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    Path(target).write_text("mine")
    with pytest.raises(InputError, match=r"exists already.*--overwrite"):
        triage_file(FakeTriage(), source, target)
    triage_file(FakeTriage(), source, target, overwrite=True)
    assert len(read(target)) == 490


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("in.csv", {}, "is the input itself"),
        ("out.txt", {}, "no columns for results"),
        ("out.doc", {}, "unknown format"),
        ("no/out.csv", {}, "there is no folder"),
        ("out.csv", {"batch_size": 0}, "batch_size must be"),
        ("out.csv", {"context": {"akun": "x"}}, r"unknown context \['akun'\]; known: id"),
    ],
)
def test_unusable_settings(tmp_path: Path, target: str, options: dict, message: str) -> None:
    source = csv_of(tmp_path / "in.csv")
    with pytest.raises(InputError, match=message):
        triage_file(FakeTriage(), source, str(tmp_path / target), **options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_columns_become_context(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    lines = [
        {"komentar": "a b", "id": "k1", "Tanggal": "2026-01-01", "kanal": "tiktok", "akun": " "},
        {"komentar": "c d", "id": 7, "wilayah": "33.76", "parent": "video"},
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    triage = FakeTriage()
    triage_file(triage, str(source), str(tmp_path / "o.csv"), context={"account": "gubernur"})
    assert triage.asked == [
        Comment("a b", "k1", "2026-01-01", "tiktok", "gubernur"),
        Comment("c d", None, None, None, "gubernur", "33.76", "video"),
    ]


def test_late_key_of_jsonl_becomes_a_column(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    lines = [{"komentar": "jalan rusak"}] * 60 + [{"komentar": "a b", "suka": 3}]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for suffix in ("csv", "parquet", "xlsx"):
        triage_file(FakeTriage(), str(source), str(tmp_path / f"o.{suffix}"))
        assert str(read(str(tmp_path / f"o.{suffix}"))[60]["suka"]) == "3"


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_types_are_kept_from_file_to_file(tmp_path: Path, kind: str) -> None:
    from datetime import datetime

    source, target = str(tmp_path / f"in.{kind}"), str(tmp_path / f"out.{kind}")
    rows = [{"komentar": "rusak", "n": 1, "at": datetime(2026, 1, 2, 3)}, {"komentar": "b", "n": 2}]
    writer = open_writer(source, ["komentar", "n", "at"])
    writer.write(rows)
    writer.close()
    triage_file(FakeTriage(), source, target)
    assert [{k: r[k] for k in ("komentar", "n", "at")} for r in read(target)] == read(source)
    assert read(target)[0]["is_complaint"] is True


def test_too_many_rows_for_xlsx_keep_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "XLSX_ROWS", 490)
    target = tmp_path / "out.xlsx"
    with pytest.raises(InputError, match=r"holds 489 .* kept as jsonl in .*out.xlsx.partial"):
        triage_file(FakeTriage(), csv_of(tmp_path / "in.csv"), str(target))
    assert len(Path(f"{target}.partial").read_text().splitlines()) == 490
    assert not target.exists()


@pytest.mark.parametrize(("mark", "target"), [(";", "o.csv"), (";", "o.tsv"), ("|", "o.csv")])
def test_delimiter_of_the_input_is_kept_in_csv(tmp_path: Path, mark: str, target: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"no{mark}komentar\n1{mark}jalan rusak\n")
    triage_file(FakeTriage(), str(source), str(tmp_path / target))
    expected = "\t" if target == "o.tsv" else mark
    assert (tmp_path / target).read_text().startswith(f"no{expected}komentar{expected}is_complaint")


def test_tsv_becomes_a_csv_with_commas(tmp_path: Path) -> None:
    source = tmp_path / "in.tsv"
    source.write_text("no\tkomentar\n1\tjalan rusak\n")
    triage_file(FakeTriage(), str(source), str(tmp_path / "o.csv"))
    assert (tmp_path / "o.csv").read_text().startswith("no,komentar,is_complaint")


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_pipe_answers_every_line_in_place(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    pipe(monkeypatch, b'{"isi": "jalan rusak", "triage": 1}\nno json\n"parah"\n')
    summary = triage_file(FakeTriage(), "-", "-", text_column="isi", batch_size=2)
    lines = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert (lines[0]["triage"], lines[0]["triage_pengaduan"]["is_complaint"]) == (1, True)
    assert (lines[1]["error"]["line"], lines[1]["error"]["raw"]) == (2, "no json")
    assert lines[2]["isi"] == "parah"
    assert (summary.rows, summary.errors) == (2, 1)


def test_late_key_of_a_pipe_goes_to_the_errors_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pipe(monkeypatch, b'{"komentar": "a b"}\n{"komentar": "c d", "suka": 3}\n')
    triage_file(FakeTriage(), "-", str(tmp_path / "o.csv"))
    assert [row["komentar"] for row in read(str(tmp_path / "o.csv"))] == ["a b", "c d"]
    error = json.loads((tmp_path / "o.csv.errors.jsonl").read_text())
    assert (error["line"], error["raw"]["suka"]) == (2, 3)


def test_input_is_read_chunk_by_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_read = 0
    triage = FakeTriage()
    plain = files.Rows._checked

    def counting(self: files.Rows, item: object) -> object:
        nonlocal n_read
        n_read += 1
        assert n_read - len(triage.asked) <= 2 * 16 + 10  # a chunk, and the bad rows
        return plain(self, item)

    monkeypatch.setattr(files.Rows, "_checked", counting)
    triage_file(triage, csv_of(tmp_path / "in.csv"), str(tmp_path / "o.csv"), batch_size=2)
    assert n_read == 500


def test_all_rows_bad_still_ends_with_a_header(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("no,komentar\nx\ny\n")
    for suffix in ("csv", "xlsx", "parquet"):
        summary = triage_file(FakeTriage(), str(source), str(tmp_path / f"o.{suffix}"))
        assert (summary.rows, summary.errors) == (0, 2)
        assert open_rows(str(tmp_path / f"o.{suffix}"), text_column="komentar").columns[:2] == (
            "no",
            "komentar",
        )


def test_module_does_not_load_a_model() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pengaduan_nlp.batch_files; "
    code += "print({'numpy', 'openpyxl', 'pyarrow', 'onnxruntime'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert batch_files.__doc__


def test_flat_result_has_all_columns_and_no_formula() -> None:
    flat = files.flatten(result_of("=jalan rusak"))
    assert list(flat) == list(files.RESULT_TYPES)
    assert (flat["kind"], flat["agency_1"], flat["agency_1_name"]) == ("pengaduan", "a1", "'+Dinas")
    assert flat["places"] == "'=jalan; Kota Tegal"
    assert (flat["place_codes"], flat["pii"], flat["reason"]) == ("33.76", "nik", None)
    for name, kind in files.RESULT_TYPES.items():
        assert flat[name] is None or type(flat[name]) is kind
