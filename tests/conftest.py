"""What the tests share: the tiny bundle, comments, and a guard against the network."""

import socket
from pathlib import Path

import pytest

from pengaduan_nlp.scheme import LabelScheme

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "data" / "tiny"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError(f"a test reached for the network: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture(scope="session")
def scheme():
    return LabelScheme.load(TINY / "scheme.json")


@pytest.fixture(scope="session")
def triage():
    from pengaduan_nlp import Triage

    return Triage.load(TINY)


@pytest.fixture(scope="session")
def comments():
    return [
        "pak jalan dpn SDN 3 Mekar ancur, kmrn ada anak jatoh",
        "mantap pak lanjutkan 🙏🔥",
        "min syarat bikin KIA apa aja ya?",
        "aik PAM lah lime ari dak idup di Air Itam",
        "dalan desaku ajur pak, wis limang taun ora disenggol",
        "𝗦𝗟𝗢𝗧 gacor depo 10k WD cair cek bio",
        "BANJIR UDAH SEPINGGANG DI GG 3 ADA LANSIA BLM DIEVAKUASI TOLONG",
        "semoga ada taman baca di kecamatan kami",
    ]
