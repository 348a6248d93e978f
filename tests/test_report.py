"""The periodic report: right counts, nothing small to be computed, no text, a whole page."""

import csv
import itertools
import json
import random
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from pengaduan_nlp import files
from pengaduan_nlp.cli import main
from pengaduan_nlp.errors import BundleNotFound, InputError
from pengaduan_nlp.report import DeferredTriage, write_report
from pengaduan_nlp.report.counts import NOWHERE, Counts
from pengaduan_nlp.report.dates import find_date_column, read_day, week_of
from pengaduan_nlp.report.reader import open_source, read_facts
from pengaduan_nlp.report.suppression import Cell, Partition, State, protect
from pengaduan_nlp.report.tables import build

from .conftest import ROOT, TINY

TODAY = date(2026, 11, 24)
COMMENTS = ROOT / "data" / "contoh_komentar.csv"
SECRET = "Budi 081234567890"


def _decision(label):
    return None if label is None else {"label": label, "probability": 0.9}


def _result(kind="pengaduan", **changes):
    """Return what ``to_dict`` gives, as far as it is read."""
    report = kind != "bukan_laporan"
    result = {
        "is_complaint": kind == "pengaduan",
        "kind": _decision(kind),
        "sector": _decision("jalan_jembatan" if report else None),
        "subtopic": _decision("jalan_rusak" if report else None),
        "urgency": _decision("sedang" if report else None),
        "oversight": _decision("tidak" if kind == "pengaduan" else None),
        "reason": _decision(None if report else "pujian"),
        "agencies": [{"id": "dpupr_kabkota", "name": "Dinas PUPR"}] if report else [],
        "level_known": True,
        "places": [],
        "missing": [],
        "questions": [],
        "confidentiality": "terbuka",
        "pii": [],
        "needs_review": False,
    }
    for key in ("sector", "subtopic", "urgency", "oversight", "reason"):
        if key in changes:
            changes[key] = _decision(changes[key])
    return result | changes


def _place(code, name="Jl. Rahasia"):
    return {"code": code, "name": name, "text": name}


def _results():
    bandung = [_place(None), _place("32.73"), _place("33.74")]
    return [
        *[_result(places=bandung, missing=["waktu", "objek"])] * 9,
        *[_result(urgency="darurat", oversight="ya", missing=["waktu"])] * 6,
        *[_result("aspirasi", places=[_place("32")], needs_review=True)] * 7,
        *[_result("permintaan_informasi", places=[_place(None)])] * 5,
        *[_result("bukan_laporan", needs_review=True)] * 8,
        *[_result("bukan_laporan", reason="spam_judol")] * 12,
    ]


def _write(path, results, **columns):
    """Write rows as ``pengaduan triage`` does: nested in jsonl, flat elsewhere."""
    rows = [
        {"komentar": f"{SECRET} {i}", "tanggal": f"2026-11-{1 + i % 20:02}", **columns}
        for i in range(len(results))
    ]
    if path.suffix == ".jsonl":
        merged = [row | {"triage": result} for row, result in zip(rows, results, strict=True)]
        path.write_text("\n".join(map(json.dumps, merged)), encoding="utf-8")
        return str(path)
    merged = [row | files.flatten_dict(result) for row, result in zip(rows, results, strict=True)]
    writer = files.open_writer(str(path), list(merged[0]))
    files.write_all(writer, iter(merged))
    return str(path)


def _counts(path, **options):
    model = DeferredTriage(TINY)
    options = {"text_column": None, "date_column": None, "today": TODAY} | options
    source = open_source(str(path), **options)
    counts = Counts(model.scheme)
    for facts in read_facts(source, model, context={}):
        counts.add(facts)
    return counts, source


def _page(source, target, **options):
    options = {"triage": DeferredTriage(TINY), "today": TODAY} | options
    written = write_report(str(source), str(target), **options)
    return target.read_text(encoding="utf-8"), written


def _figures(table):
    return {
        line.name: line.cell.value if line.cell.shown else line.cell.state.value
        for line in table.visible
    }


# counts


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.tsv", "x.xlsx", "x.parquet"])
def test_counts_are_the_same_in_every_format(tmp_path, name):
    counts, source = _counts(_write(tmp_path / name, _results()))
    assert source.results is not None
    assert (counts.rows, counts.review, source.errors) == (47, 15, 0)
    assert counts.labels["kind"]["bukan_laporan"] == 20
    assert counts.labels["urgency"] == {"sedang": 21, "darurat": 6}
    assert counts.labels["oversight"] == {"tidak": 9, "ya": 6}
    assert counts.labels["reason"] == {"pujian": 8, "spam_judol": 12}
    assert counts.topics == {("jalan_jembatan", "jalan_rusak"): 27}
    assert counts.provinces == {"32": 16, NOWHERE: 6, "tanpa_kode": 5}
    assert counts.regencies == {("32", "32.73"): 9, ("32", ""): 7}
    assert counts.missing == {"waktu": 15, "objek": 9}
    assert counts.agencies == {"dpupr_kabkota": 27}
    assert sum(counts.weeks.values()) == 27
    assert counts.days == (date(2026, 11, 1), date(2026, 11, 20))


def test_tables_name_and_share_what_was_counted(tmp_path, scheme):
    counts, _ = _counts(_write(tmp_path / "x.jsonl", _results()))
    report = build(counts, scheme, dated=True)
    assert _figures(report.tables["urgency"]) == {
        "Rendah": 0, "Sedang": 21, "Tinggi": 0, "Darurat": 6,
    }  # fmt: skip
    assert _figures(report.tables["regencies"]) == {"Kota Bandung": 9, "(hanya provinsi)": 7}
    assert _figures(report.tables["agencies"]) == {"Dinas PUPR kab/kota": 27}
    assert (report.emergencies.value, report.oversight.value) == (6, 6)
    assert report.placeless.value == 6


def test_results_of_a_second_triage_are_the_ones_counted(tmp_path):
    path = tmp_path / "x.csv"
    first = _write(tmp_path / "first.csv", [_result()] * 6)
    with open(first, encoding="utf-8") as file:
        old = list(csv.DictReader(file))
    again = files.flatten_dict(_result("bukan_laporan"))
    rows = [row | {f"{name}_pengaduan": value for name, value in again.items()} for row in old]
    files.write_all(files.open_writer(str(path), list(rows[0])), iter(rows))
    assert _counts(path)[0].labels["kind"] == {"bukan_laporan": 6}


def test_a_code_that_a_spreadsheet_shortened_is_understood(tmp_path):
    path = _write(tmp_path / "x.csv", [_result(places=[_place("11.10")])] * 6)
    text = (tmp_path / "x.csv").read_text(encoding="utf-8").replace("11.10", "11.1")
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    assert _counts(path)[0].regencies == {("11", "11.10"): 6}


def test_bad_rows_are_counted_with_those_that_triage_put_aside(tmp_path):
    path = _write(tmp_path / "x.jsonl", [*_results(), _result(sector="jalanan")])
    with open(path, "a", encoding="utf-8") as file:
        file.write('\n{"komentar": "a"}\n{"error": {}}\nbroken\n')
    (tmp_path / "x.jsonl.errors.jsonl").write_text("{}\n{}\n")
    page, written = _page(path, tmp_path / "x.html")
    assert (written.rows, written.errors) == (47, 6)
    assert re.search(r"x\.jsonl:48: unknown label 'jalanan' for head 'sector'", written.causes[0])
    assert "Baris tidak terbaca</dt><dd>6<" in page


# suppression


def _states(partition):
    return [cell.state.value for cell in (partition.whole, *partition.parts)]


@pytest.mark.parametrize(
    ("whole", "parts", "states"),
    [
        (100, [60, 40, 0], "shown shown shown shown"),
        (100, [60, 38, 2], "shown shown closed small"),  # or 2 = 100 - 60 - 38
        (100, [92, 2, 3, 3], "shown shown small small small"),  # 8 in three parts: each 1 to 4
        (100, [92, 4, 4], "shown closed small small"),  # 8 in two parts under 5 is 4 and 4
        (6, [5, 1], "closed shown small"),  # nothing else to close
        (3, [2, 1], "small absent absent"),
        (100, [100], "shown shown"),
    ],
)
def test_small_counts_cannot_be_computed(whole, parts, states):
    partition = Partition(Cell(whole), tuple(map(Cell, parts)))
    protect([partition])
    assert _states(partition) == states.split()


def test_a_closed_count_is_not_the_sum_of_its_own_parts():
    total, few, some, many = Cell(100), Cell(2), Cell(20), Cell(78)
    below = [Partition(some, (Cell(12), Cell(8))), Partition(many, (Cell(70), Cell(8)))]
    protect([Partition(total, (few, some, many)), *below])
    for partition in below:
        if partition.whole.state is State.CLOSED:
            assert State.CLOSED in {cell.state for cell in partition.parts}
    assert State.CLOSED in {some.state, many.state, total.state}


def _possible(partitions, cell):
    """Return every value that a reader must take for possible, found by trying all."""
    cells = list(dict.fromkeys(c for p in partitions for c in (p.whole, *p.parts)))
    ranges = {State.SMALL: range(1, 5), State.CLOSED: range(5, 30)}
    choices = [[c.value] if c.shown else ranges[c.state] for c in cells]
    found = set()
    for values in itertools.product(*choices):
        tried = dict(zip(cells, values, strict=True))
        if all(tried[p.whole] == sum(tried[c] for c in p.parts) for p in partitions):
            found.add(tried[cell])
    return found


@pytest.mark.parametrize("seed", range(40))
def test_every_small_count_could_be_anything_from_1_to_4(seed):
    chance = random.Random(seed)
    inner = [Cell(chance.choice([0, 1, 2, 4, 5, 7])) for _ in range(2)]
    middle = Cell(sum(cell.value for cell in inner))
    others = [Cell(chance.choice([0, 1, 3, 4, 5, 6])) for _ in range(2)]
    whole = Cell(middle.value + sum(cell.value for cell in others))
    partitions = [Partition(whole, (middle, *others)), Partition(middle, tuple(inner))]
    protect(partitions)
    known = [p for p in partitions if State.ABSENT not in {c.state for c in p.parts}]
    for partition in known:
        for cell in (partition.whole, *partition.parts):
            if cell.state is State.SMALL:
                assert _possible(known, cell) == {1, 2, 3, 4}
            elif 0 < cell.value < 5:
                pytest.fail("a small count is shown")


def test_a_page_hides_small_counts_and_what_tells_them(tmp_path, scheme):
    results = [
        *[_result()] * 60,
        *[_result(urgency="tinggi")] * 20,
        *[_result(urgency="darurat", oversight="ya", places=[_place("32.73")])] * 3,
        *[_result("bukan_laporan")] * 50,
    ]
    path = _write(tmp_path / "x.jsonl", results)
    report = build(_counts(path)[0], scheme, dated=True)
    assert _figures(report.tables["urgency"]) == {
        "Rendah": 0, "Sedang": 60, "Tinggi": "closed", "Darurat": "small",
    }  # fmt: skip
    assert report.emergencies.state is State.SMALL
    assert report.tables["regencies"].visible == ()
    page, _ = _page(path, tmp_path / "x.html")
    assert 'Darurat</p><p class="figure">&lt;5<' in page
    assert 'Tinggi</th><td class="n">ditutup</td><td class="n"></td>' in page
    assert "Kota Bandung" not in page


def test_hidden_lines_are_in_no_telling_order(tmp_path, scheme):
    results = [*[_result(sector="sosial")] * 30]
    for n, sector in ((1, "desa"), (4, "pendidikan"), (2, "kesehatan"), (9, "lainnya")):
        results += [_result(sector=sector, subtopic=None)] * n
    report = build(_counts(_write(tmp_path / "x.jsonl", results))[0], scheme, dated=True)
    hidden = [line.name for line in report.tables["sector"].lines if not line.cell.shown]
    assert hidden == sorted(hidden)
    assert len(hidden) >= 3


# dates


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02", "2026-11-02T09:30:00+07:00", "2026-11-01T18:00:00Z", "02/11/2026 10.15",
        "2-11-26", "2026/11/02 10:00", "Senin, 2 November 2026", "2 Nov 2026", "Nov 2, 2026",
        "Mon Nov 02 10:11:12 +0000 2026", 1793584800, "1793584800", 1793584800000, "20261102",
        datetime(2026, 11, 2, 3, tzinfo=UTC), datetime(2026, 11, 2), date(2026, 11, 2),
    ],
)  # fmt: skip
def test_days_are_read_as_exports_write_them(value):
    assert read_day(value) == date(2026, 11, 2)


@pytest.mark.parametrize("value", ["", None, True, 12, "kemarin", "32/11/2026", "2026-13-01", []])
def test_other_values_are_no_days(value):
    assert read_day(value) is None


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"tanggal": "2026-11-02", "text": "a"}, "tanggal"),
        ({"updated_at": "2026-11-02", "Created At": "2026-11-02"}, "Created At"),
        ({"tanggal_lahir": "2001-11-02"}, None),
        ({"waktu": "sore", "create_time": 1793584800}, "create_time"),
        ({"text": "2026-11-02"}, None),
    ],
)
def test_the_date_column_is_guessed_by_name_and_values(row, name):
    found = find_date_column(list(row), [row])
    assert (found.name if found else None) == name


def test_month_before_day_is_noticed():
    rows = [{"date": "11/02/2026"}, {"date": "11/25/2026"}]
    column = find_date_column(["date"], rows)
    assert column.day(rows[0], date(2026, 12, 1)) == date(2026, 11, 2)


def test_days_in_the_future_are_not_believed():
    column = find_date_column(["date"], [{"date": "2026-11-02"}])
    assert column.day({"date": "2026-11-30"}, TODAY) is None


def test_a_week_starts_on_monday():
    assert week_of(date(2026, 11, 8)) == date(2026, 11, 2)


def test_weeks_without_reports_are_zero_and_old_ones_summed(tmp_path, scheme):
    path = tmp_path / "x.jsonl"
    days = ["2026-11-02"] * 6 + ["2026-10-19"] * 6 + ["2020-01-01"] * 6 + ["entah"] * 6
    rows = [{"komentar": "a", "tanggal": day, "triage": _result()} for day in days]
    path.write_text("\n".join(map(json.dumps, rows)))
    figures = _figures(build(_counts(path)[0], scheme, dated=True).tables["weeks"])
    assert list(figures.items())[-4:] == [
        ("19 Okt 2026", 6), ("26 Okt 2026", 0), ("2 Nov 2026", 6), ("(tanpa tanggal)", 6),
    ]  # fmt: skip
    assert next(iter(figures.items())) == ("sebelum 3 Nov 2025", 6)


# the page


class _Checked(HTMLParser):
    """Fails where tags do not nest; keeps ids and attributes."""

    VOID = ("meta", "rect", "line", "circle")

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.seen, self.pairs = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]
        self.pairs += attributes
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in self.VOID
        self.pairs += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return _page(_write(folder / "hasil.jsonl", _results()), folder / "x.html")[0]


def test_the_page_is_well_formed(page):
    parser = _Checked()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    named = [v for k, v in parser.pairs if k == "aria-labelledby"]
    assert {name for value in named for name in value.split()} <= set(parser.ids)
    assert parser.seen.count("svg") == parser.seen.count("table") == 11


def test_the_page_links_to_nothing_and_runs_nothing(page):
    parser = _Checked()
    parser.feed(page)
    assert not {"script", "link", "a", "img", "iframe", "use", "image"} & set(parser.seen)
    assert not {"src", "href", "action", "onload"} & {name for name, _ in parser.pairs}
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_says_where_it_comes_from_and_what_it_is_not(page):
    for text in (
        "hasil.jsonl", "tiny 0.0.1", "24 Nov 2026", "1 Nov 2026 – 20 Nov 2026", "UU 25/2009",
        "bukan cerminan penduduk", "saran model", "informasi awal", "prefers-color-scheme: dark",
        "@media print", "width=device-width",
    ):  # fmt: skip
        assert text in page


def test_the_page_holds_no_text_and_no_name_of_a_place_below_a_regency(page):
    assert not [word for word in (SECRET, "Budi", "0812", "Rahasia") if word in page]


@pytest.mark.parametrize("column", ["kind", "agency_1", "place_codes", "missing", "places"])
def test_text_in_a_result_column_does_not_reach_the_page(tmp_path, column):
    flat = files.flatten_dict(_result())
    rows = [flat | {"komentar": "a"}] * 6 + [flat | {"komentar": "a", column: SECRET}] * 6
    path = tmp_path / "x.csv"
    files.write_all(files.open_writer(str(path), list(rows[0])), iter(rows))
    assert "Budi" not in _page(path, tmp_path / "x.html")[0]


def test_names_from_outside_are_escaped(tmp_path):
    path = _write(tmp_path / "a&<b>.jsonl", _results())
    page, _ = _page(path, tmp_path / "x.html")
    assert "a&amp;&lt;b&gt;.jsonl" in page
    assert "<b>.jsonl" not in page


# raw comments and the whole way


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_raw_comments_give_the_page_of_their_triaged_file(tmp_path, suffix):
    triaged = tmp_path / f"hasil.{suffix}"
    bundle = ["--bundle", str(TINY)]
    assert main(["triage", str(COMMENTS), "-o", str(triaged), *bundle]) == 0
    raw, written = _page(COMMENTS, tmp_path / "raw.html")
    stored, _ = _page(triaged, tmp_path / "stored.html")
    assert (written.rows, written.triaged_before) == (64, False)
    assert "text column guessed: 'komentar'" in written.notes
    assert "date column guessed: 'tanggal'" in written.notes
    start, end = '<ul class="tiles"', "<footer>"
    assert raw.split(start)[1].split(end)[0] == stored.split(start)[1].split(end)[0]


def test_no_comment_of_a_raw_file_is_in_the_page(tmp_path):
    page, _ = _page(COMMENTS, tmp_path / "x.html")
    with COMMENTS.open(encoding="utf-8") as file:
        texts = [row["komentar"] for row in csv.DictReader(file)]
    assert not [text for text in texts if len(text) > 8 and text[:20] in page]


def test_nothing_is_stored_but_the_page(tmp_path):
    _page(COMMENTS, tmp_path / "x.html")
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_the_same_file_gives_the_same_page(tmp_path):
    path = _write(tmp_path / "x.jsonl", _results())
    assert _page(path, tmp_path / "a.html")[0] == _page(path, tmp_path / "b.html")[0]


def test_progress_is_told(tmp_path):
    path = _write(tmp_path / "x.jsonl", [_result()] * 2100)
    seen = []
    _page(path, tmp_path / "x.html", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1024, None), (2048, None)]


def test_a_crash_leaves_the_old_page_and_nothing_else(tmp_path, monkeypatch):
    path = _write(tmp_path / "x.jsonl", _results())
    target = tmp_path / "x.html"
    target.write_text("old")

    def crash(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        _page(path, target, overwrite=True)
    assert target.read_text() == "old"
    assert not (tmp_path / "x.html.partial").exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("x.pdf", r"x\.pdf: a report is a web page; choose a name that ends in \.html"),
        ("no/x.html", "there is no folder"),
        ("old.html", "exists already; choose another -o, or pass --overwrite"),
    ],
)
def test_unusable_targets_are_refused_first(tmp_path, target, message):
    (tmp_path / "old.html").write_text("old")
    with pytest.raises(InputError, match=message):
        _page(tmp_path / "missing.csv", tmp_path / target)


def test_lost_result_columns_are_named(tmp_path):
    flat = files.flatten_dict(_result())
    del flat["places"], flat["missing"]
    path = tmp_path / "x.csv"
    files.write_all(files.open_writer(str(path), list(flat)), iter([flat] * 6))
    with pytest.raises(InputError, match="without the columns places, missing"):
        _page(path, tmp_path / "x.html")


def test_an_unknown_date_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no column 'tangal'; did you mean 'tanggal'\? .*--date"):
        _page(COMMENTS, tmp_path / "x.html", date_column="tangal")


def test_a_file_without_usable_rows_is_an_error(tmp_path):
    path = _write(tmp_path / "x.jsonl", [_result(sector="jalanan")] * 3)
    with pytest.raises(InputError, match=r"none of its 3 rows could be used; first: .*:1: unknown"):
        _page(path, tmp_path / "x.html")


def test_a_missing_model_is_an_error(tmp_path):
    path = _write(tmp_path / "x.jsonl", _results())
    with pytest.raises(BundleNotFound, match="no bundle 'nothing'"):
        _page(path, tmp_path / "x.html", triage=DeferredTriage("nothing"))


def test_the_command_writes_the_page_and_says_what_it_did(tmp_path, capsys):
    path = _write(tmp_path / "x.jsonl", _results())
    target = tmp_path / "x.html"
    assert main(["report", path, "-o", str(target), "--bundle", str(TINY)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "47 comments, already triaged" in err
    assert "date column guessed: 'tanggal'" in err
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_table_is_read_without_a_text_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    rows = files.open_table(str(path))
    assert [row.values for row in rows] == [{"a": "1", "b": "2"}]
    with pytest.raises(InputError, match="which column holds the comments"):
        files.open_rows(str(path))
