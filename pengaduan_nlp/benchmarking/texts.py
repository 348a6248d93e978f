"""Which comments a benchmark reads: real ones where there are any, each only once.

Knows nothing about what reads them.
"""

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..files import Row, open_rows

_CHECKOUT = Path(__file__).parent.parent.parent
_CANDIDATES = (
    _CHECKOUT.parent / "shared" / "labelled" / "triage_comments.jsonl",
    _CHECKOUT / "data" / "contoh_komentar.csv",
)
# For an installation without a checkout; written for this project.
_PACKAGED = (
    "pak jalan dpn SDN 3 Mekar ancur, kmrn ada anak jatoh",
    "mantap pak lanjutkan 🙏🔥",
    "min syarat bikin KIA apa aja ya?",
    "lampu jalan di Gg Melati RT 04 mati udah 2 bulan, rawan begal kalo malem. tolong diperbaiki",
    "sehat selalu bapak gubernur",
    "sampah di belakang pasar ga diangkut2 dr minggu kemaren, baunya sampe ke rumah warga",
    "slot gacor depo 10k WD cair cek bio",
    "pungli di loket masih ada, diminta 150 ribu biar cepet. katanya gratis tapi kok bayar ya pak, "
    "saya udah bolak balik tiga kali dari desa ongkosnya mahal",
    "semoga ada taman baca di kecamatan kami",
    "banjir lagi di perumahan kami, air masuk rumah selutut, ada lansia belum dievakuasi",
    "lagunya judulnya apa min",
    "air PDAM keruh dan bau, sudah lapor lewat aplikasi tapi tidak ada balasan sampai sekarang",
)


def read_texts(source: str | None, n_rows: int) -> tuple[list[str], str]:
    """Return ``n_rows`` different comments and where they are from.

    Args:
        source: A file of comments; the project's real comments, its example file or a list inside
            the package when ``None``, whichever is there first.
        n_rows: Number of comments; where a source has fewer, they come again with another ending,
            so that no cache can answer them.

    Raises:
        InputError: If ``n_rows`` is not positive, or the file is unusable or empty.
    """
    if n_rows < 1:
        raise InputError(f"rows must be at least 1, got {n_rows}")
    found = [str(path) for path in _CANDIDATES if path.is_file()]
    source = source or (found[0] if found else None)
    if source is None:
        return _varied(_PACKAGED, n_rows), "comments inside the package"
    rows = open_rows(source)
    texts = list(dict.fromkeys(row.text for row in rows if isinstance(row, Row)))
    if not texts:
        raise InputError(f"{source}: no comments; pass a file that has a column of them")
    return _varied(texts, n_rows), Path(source).name


def _varied(texts: Sequence[str], n_rows: int) -> list[str]:
    """Return texts from all over the list; from the second round on with a counting ending."""
    if len(texts) >= n_rows:
        step = len(texts) / n_rows
        return [texts[int(i * step)] for i in range(n_rows)]
    return [
        f"{texts[i % len(texts)]} ke {i // len(texts)}" if i >= len(texts) else texts[i]
        for i in range(n_rows)
    ]
