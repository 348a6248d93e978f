"""The report as one HTML page: no script, no link, no comment, no personal data.

Knows how the page reads; every number comes from protected tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape

from ..webpage import document, section
from .charts import bars, drawn, weekly
from .suppression import SMALLEST, Cell, State
from .tables import Report, Table
from .wording import day_name, figure, number, share

_FIRST = 12  # bars of a long table
_ALL = 100  # bars of a table that is drawn whole, hidden lines aside


@dataclass(frozen=True, slots=True)
class About:
    """Where the numbers come from.

    Attributes:
        source: Name of the input file, without its folder.
        model: Name and version of the bundle.
        triaged_before: Whether the file held results already, whose bundle it does not name.
        errors: Rows that could not be used.
        written: Day of the report.
        date_column: Column of the dates; empty without one.
        days: First and last day of the comments.
    """

    source: str
    model: str
    triaged_before: bool
    errors: int
    written: date
    date_column: str
    days: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class _Card:
    """One section: its heading, what its shares are of, its column and most bars (0: every)."""

    title: str
    of: str
    column: str
    limit: int = 0


_CARDS = {
    "kind": _Card("Klasifikasi", "Semua komentar", "Klasifikasi"),
    "urgency": _Card("Urgensi", "Laporan", "Urgensi"),
    "weeks": _Card("Laporan per minggu", "Laporan", "Minggu mulai"),
    "sector": _Card("Sektor", "Laporan", "Sektor", _ALL),
    "subtopic": _Card("Subtopik terbanyak", "Laporan", "Subtopik dan sektor", _FIRST),
    "agencies": _Card("Instansi yang disarankan", "Laporan", "Instansi", _FIRST),
    "provinces": _Card("Provinsi yang disebut", "Laporan", "Provinsi", _ALL),
    "regencies": _Card(
        "Kabupaten/kota yang disebut", "Laporan", "Kabupaten/kota dan provinsi", _FIRST
    ),
    "oversight": _Card("Berkadar pengawasan", "Pengaduan", "Berkadar pengawasan"),
    "missing": _Card("Yang paling sering belum disebut", "Pengaduan", "Belum disebut"),
    "reason": _Card("Alasan bukan laporan", "Komentar yang bukan laporan", "Alasan"),
}
_ROWS = (  # the sections of each row of the page, by column
    (("kind",), ("urgency",)),
    (("weeks",),),
    (("sector",), ("subtopic", "agencies")),
    (("provinces", "reason"), ("regencies", "oversight", "missing")),
)


def render(report: Report, about: About) -> str:
    """Return the page."""
    title = "Laporan berkala: aduan dalam komentar"
    body = f"""<header>
<h1>{title}</h1>
<p class="lead">Bahan evaluasi berkala pelayanan publik menurut UU 25/2009.</p>
{_meta(report, about)}
</header>
{_caveats(report)}
{_tiles(report)}
{"".join(_row(row, report) for row in _ROWS)}
{_footer(about)}"""
    return document(title, body, language="id")


def _meta(report: Report, about: About) -> str:
    period = "tidak ada kolom tanggal"
    if about.date_column:
        period = "tidak ada tanggal yang terbaca"
    if about.days:
        period = " – ".join(dict.fromkeys(day_name(day) for day in about.days))
    entries = {
        "Periode": period,
        "Berkas masukan": about.source,
        "Komentar dihitung": figure(report.total),
        "Baris tidak terbaca": number(about.errors),
        "Nama label dari" if about.triaged_before else "Model": about.model,
        "Dibuat": day_name(about.written),
    }
    if about.date_column:
        entries["Kolom tanggal"] = about.date_column
    parts = (f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in entries.items())
    return f'<dl class="meta">{"".join(parts)}</dl>'


def _caveats(report: Report) -> str:
    review = figure(report.review)
    doubtful = f" {review} komentar ditandai perlu ditinjau." if report.review.shown else ""
    items = (
        "<b>Komentar bukan cerminan penduduk.</b> Orang tanpa akun, tanpa internet, atau yang "
        "tidak berkomentar tidak terhitung. Wilayah dengan sedikit komentar belum tentu sedikit "
        "masalahnya.",
        f"<b>Semua angka adalah saran model</b>, belum diperiksa petugas.{doubtful}",
        "Yang dihitung komentar, bukan orang dan bukan kejadian: satu kejadian bisa ditulis "
        "berkali-kali.",
        "Komentar belum menjadi pengaduan resmi. Statusnya informasi awal sampai penulisnya atau "
        "petugas mengajukannya.",
    )
    return (
        '<aside class="note" aria-label="Cara membaca"><h2>Baca ini dulu</h2>'
        f"<ul>{_items(items)}</ul></aside>"
    )


def _tiles(report: Report) -> str:
    total, reports, complaints = report.total, report.reports, report.complaints
    tiles: tuple[tuple[str, Cell, Cell | None, str], ...] = (
        ("Komentar", total, None, "yang dihitung"),
        ("Laporan", reports, total, "dari komentar"),
        ("Pengaduan", complaints, total, "dari komentar"),
        ("Darurat", report.emergencies, reports, "dari laporan"),
        ("Berkadar pengawasan", report.oversight, complaints, "dari pengaduan"),
        ("Perlu ditinjau", report.review, total, "dari komentar"),
        ("Tanpa tempat", report.placeless, reports, "dari laporan"),
    )
    parts = []
    for label, cell, whole, of in tiles:
        part = share(cell, whole) if whole else ""
        under = f"{part} {of}" if part or whole is None else of
        parts.append(
            f'<li><p class="label">{label}</p><p class="figure">{escape(figure(cell))}</p>'
            f'<p class="of">{escape(under.strip())}</p></li>'
        )
    return f'<ul class="tiles" aria-label="Ringkasan">{"".join(parts)}</ul>'


def _row(columns: Iterable[Iterable[str]], report: Report) -> str:
    parts = (
        f'<div class="column">{"".join(_card(name, report.tables[name], report) for name in names)}'
        "</div>\n"
        for names in columns
    )
    return f'<div class="row">\n{"".join(parts)}</div>\n'


def _card(name: str, table: Table, report: Report) -> str:
    card = _CARDS[name]
    body = _empty(name, table, report) or _chart(name, table) + _data(card, table)
    return section(name, card.title, f"{card.of}: {figure(table.whole)}", body)


def _empty(name: str, table: Table, report: Report) -> str:
    """Return why a section has nothing to show; empty where it has something."""
    if name == "weeks" and not report.dated:
        return '<p class="more">Tidak ada kolom tanggal yang dikenali dalam berkas.</p>'
    if table.whole.state in (State.SMALL, State.ABSENT):
        return f'<p class="more">Terlalu sedikit untuk dirinci (&lt;{SMALLEST}).</p>'
    if table.whole.value == 0 or not table.visible:
        return '<p class="more">Tidak ada.</p>'
    return ""


def _chart(name: str, table: Table) -> str:
    card = _CARDS[name]
    if name == "weeks":
        weeks = [line for line in table.visible if not line.aside]
        chart = weekly(table, name=name, title=card.title) if weeks else ""
        hidden = any(not line.cell.shown for line in weeks)
        more = f"Titik kosong: &lt;{SMALLEST} atau ditutup." if hidden else ""
    else:
        strong = table.lines[-1].name if name == "urgency" else ""
        n_drawn, n_lines = len(drawn(table, card.limit)), len(table.visible)
        chart = bars(table, name=name, title=card.title, limit=card.limit, strong=strong)
        chart = chart if n_drawn else ""
        left_out = f"{n_drawn} dari {n_lines} baris; semuanya ada di tabel."
        more = left_out if n_drawn < n_lines else ""
    return chart + (f'<p class="more">{more}</p>' if more else "")


def _data(card: _Card, table: Table) -> str:
    rows = []
    for line in table.visible:
        group = f'<span class="of">{escape(line.group)}</span>' if line.group else ""
        part = share(line.cell, table.whole)
        rows.append(
            f'<tr><th scope="row">{escape(line.name)}{group}</th>'
            f'<td class="n">{escape(figure(line.cell))}</td><td class="n">{escape(part)}</td></tr>'
        )
    return (
        f"<details><summary>Tabel: {card.title}</summary>"
        f'<table><caption>{card.title}</caption><thead><tr><th scope="col">{card.column}</th>'
        '<th scope="col" class="n">Jumlah</th><th scope="col" class="n">Bagian</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></details>"
    )


def _footer(about: About) -> str:
    items = [
        f"<b>&lt;{SMALLEST}</b>: kurang dari {SMALLEST}, disembunyikan agar tidak menunjuk orang. "
        f"<b>ditutup</b>: {SMALLEST} atau lebih, disembunyikan karena angka &lt;{SMALLEST} lain "
        "dapat dihitung darinya. Rincian di bawah angka yang disembunyikan tidak ditampilkan.",
        "<b>Laporan</b>: pengaduan, aspirasi, dan permintaan informasi. "
        "<b>Berkadar pengawasan</b>: menduga penyimpangan oleh aparat; dugaan, bukan temuan.",
        "Tempat: yang pertama disebut dalam komentar dan punya kode wilayah. Instansi: saran "
        "pertama saja.",
        "Komentar yang ditandai darurat sudah harus ditangani saat masuk; laporan ini bukan "
        "layanan darurat. Hubungi 112 atau 110.",
    ]
    if about.date_column:
        items.append(
            "Minggu mulai hari Senin, waktu Indonesia barat (WIB), menurut tanggal komentar, bukan "
            "tanggal kejadian. Minggu pertama dan terakhir bisa tidak penuh."
        )
    if about.triaged_before:
        items.append(
            "Berkas masukan sudah berisi hasil triase; versi model yang membuatnya tidak tercatat "
            "di dalamnya."
        )
    items.append("Laporan ini tidak memuat isi komentar, nama akun, atau data pribadi.")
    return f"<footer><h2>Catatan</h2><ul>{_items(items)}</ul></footer>"


def _items(items: Iterable[str]) -> str:
    return "".join(f"<li>{item}</li>" for item in items)
