"""Gazetteer: official totals and names, look-up by code, name and alias, refused tables."""

import csv
import os
from pathlib import Path

import pytest

from pengaduan_nlp.errors import InputError
from pengaduan_nlp.places.gazetteer import Gazetteer

HEADER = "code\tname\tkind\tprovince\taliases\tneighbours\n"
DISTRICTS = "name\tlevel\tregency\n"
SHARED = [
    Path(os.environ["PENGADUAN_SHARED"]) / "gazetteer"
    if "PENGADUAN_SHARED" in os.environ
    else None,
    Path(__file__).resolve().parents[2] / "shared" / "gazetteer",
]


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.load()


@pytest.mark.parametrize(("kind", "total"), [("provinsi", 38), ("kabupaten", 416), ("kota", 98)])
def test_gazetteer_has_the_official_totals(gazetteer, kind, total):
    assert sum(region.kind == kind for region in gazetteer.regions.values()) == total


def test_gazetteer_puts_each_regency_under_the_province_of_its_code(gazetteer):
    assert all(region.code[:2] == region.province for region in gazetteer.regions.values())


def test_gazetteer_shares_26_names_between_a_regency_and_a_city(gazetteer):
    kinds = {}
    for region in gazetteer.regions.values():
        if region.kind != "provinsi":
            kinds.setdefault(region.name, set()).add(region.kind)
    assert sum(len(found) == 2 for found in kinds.values()) == 26


def test_gazetteer_knows_districts_of_every_province(gazetteer):
    assert {entry.code[:2] for entry in gazetteer.districts} == {
        region.code for region in gazetteer.regions.values() if region.kind == "provinsi"
    }


def test_gazetteer_equals_the_official_list_where_it_is_at_hand(gazetteer):
    folder = next((path for path in SHARED if path and path.is_dir()), None)
    if folder is None:
        pytest.skip("no ../shared/gazetteer and no PENGADUAN_SHARED")
    official = {}
    for name in ("provinces.csv", "regencies.csv"):
        with (folder / name).open(encoding="utf-8") as lines:
            official |= {row["code"]: row["name"].upper() for row in csv.DictReader(lines)}
    own = {region.code: region.full_name.upper() for region in gazetteer.regions.values()}
    plain = {code: name.replace(" ADMINISTRASI", "") for code, name in official.items()}
    assert own == plain


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("33.74", "33.74"),
        ("3374", "33.74"),
        ("33", "33"),
        ("Jawa Tengah", "33"),
        ("kab. Bandung", "32.04"),
        ("Kota Bandung", "32.73"),
        ("bandung", "32.73"),
        ("Kota Jakarta Timur", "31.75"),
        ("lamteng", "18.02"),
        ("Pare-Pare", "73.72"),
        ("provinsi gorontalo", "75"),
    ],
)
def test_resolve_reads_codes_names_and_aliases(gazetteer, written, code):
    assert gazetteer.resolve(written).code == code


def test_resolve_suggests_a_near_name(gazetteer):
    with pytest.raises(InputError, match="did you mean 'Bandung'"):
        gazetteer.resolve("Bandunk")


def test_get_refuses_an_unknown_code(gazetteer):
    with pytest.raises(InputError, match=r"no region has the code '99\.99'"):
        gazetteer.get("99.99")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("32\tJawa Barat\tprovinsi\t32\t\t\n32\tBanten\tprovinsi\t32\t\t\n", "stands there twice"),
        ("32.73\tBandung\tkota\t32\t\t\n", "is not the province of its code"),
        ("32\tJawa Barat\tpulau\t32\t\t\n", "needs a code such as"),
        ("32\tJawa Barat\tprovinsi\n", "3 cells, expected 6"),
        (
            "32\tJawa Barat\tprovinsi\t32\t\t\n32.73\tBandung\tkota\t32\t\t32.99\n",
            "neighbour '32.99'",
        ),
    ],
)
def test_parse_refuses_a_bad_row(rows, message):
    with pytest.raises(InputError, match=message):
        Gazetteer.parse(HEADER + rows, DISTRICTS)


def test_parse_refuses_a_wrong_header():
    with pytest.raises(InputError, match=r"gazetteer\.tsv:1: the header must be"):
        Gazetteer.parse("kode\tnama\n", DISTRICTS)


def test_parse_refuses_a_district_of_no_regency():
    rows = HEADER + "32\tJawa Barat\tprovinsi\t32\t\t\n"
    with pytest.raises(InputError, match=r"districts\.tsv:2: .*the code of a regency"):
        Gazetteer.parse(rows, DISTRICTS + "Coblong\tkecamatan\t32.73\n")
