import re
from html.parser import HTMLParser

import pytest

from pengaduan_nlp.evaluation import Answers, WorstErrors, render, slices_of
from pengaduan_nlp.examples import Example
from pengaduan_nlp.webpage import data_table

PHONE, NIK, MAIL = "081234567890", "3374012345678901", "budi.santoso@contoh.id"
VOID = {"meta", "link", "br", "rect", "line", "wbr"}


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def examples():
    kinds = ["pengaduan", "aspirasi", "permintaan_informasi", "bukan_laporan"]
    found = []
    for i in range(80):
        kind = kinds[i % 4]
        labels = {"kind": (kind,)} | ({} if i % 4 == 3 else {"urgency": ("tinggi",)})
        text = f"<b>jalan</b> rusak {i} hubungi {PHONE} NIK {NIK} surel {MAIL}"
        found.append(Example(text, labels, f"s{i % 2}"))
    return found


@pytest.fixture(scope="module")
def answers(triage, examples):
    return Answers.of(triage, examples)


@pytest.fixture(scope="module")
def page(answers, examples, scheme):
    slices = slices_of(examples, scheme)
    report = answers.report(slices=slices, n_resamples=30)
    compared = answers.compare(answers, n_resamples=30, slices=slices)
    return render(
        report, answers, examples, source="a&<b>.csv", comparison=(compared, answers),
    )  # fmt: skip


def test_the_page_holds_no_raw_personal_data(page):
    assert "[TELEPON]" in page
    for secret in (PHONE, NIK, MAIL, "budi.santoso"):
        assert secret not in page


def test_texts_can_be_left_out(answers, examples):
    report = answers.report(n_resamples=10)
    page = render(report, answers, examples, errors=WorstErrors(with_text=False))
    assert "rusak" not in page
    assert "[TELEPON]" not in page
    assert "no text of comments" in page


def test_the_page_is_well_formed_and_escapes(page):
    parser = _Tags()
    parser.feed(page)
    assert not parser.open
    assert len(parser.ids) == len(set(parser.ids))
    assert "<b>jalan" not in page
    assert "a&amp;&lt;b&gt;.csv" in page


def test_the_page_loads_nothing_and_fits_a_phone(page):
    assert "http" not in page.replace("http-equiv", "")
    assert not re.search(r"url\(|@import|<script|<img|<link", page)
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page
    tables = len(re.findall("<table", page))
    assert len(re.findall('class="wide"', page)) == tables  # each scrolls inside its own place


def test_wide_tables_become_lines_on_a_phone_with_the_names_of_columns():
    columns, long = ("head", "gold", "n", "comment"), "jalan rusak " * 10
    table = data_table("Errors", columns, [("kind", "bukan_laporan", "7", long)], n_names=2)
    assert '<table class="stack">' in table
    assert '<td data-of="gold">bukan_<wbr>laporan</td><td class="n" data-of="n">7</td>' in table
    assert '<td class="long">jalan' in table  # a text needs no name
    narrow = data_table("Counts", ("label", "n"), [("kind", "7")])
    assert "stack" not in narrow
    assert "data-of" not in narrow


@pytest.mark.parametrize(
    "part",
    [
        "Confusion matrix", "Reliability", "Risk and coverage", "Most confident errors",
        "By source", "Differences", "May the second replace the first? no", "95 % interval",
    ],
)  # fmt: skip
def test_the_page_has_all_parts(page, part):
    assert part in page


def test_the_worst_errors_come_first(answers, examples):
    page = render(answers.report(n_resamples=10), answers, examples)
    errors = page[page.index('id="errors-h"') :]
    shown = [
        float(p)
        for p in re.findall(r'<th scope="row"[^>]*>kind</th><td[^>]*>([\d.]+)</td>', errors)
    ]
    assert shown == sorted(shown, reverse=True)
    assert 1 <= len(shown) <= WorstErrors().per_head
