import io
import json
import subprocess
import sys

import pytest

from pengaduan_nlp.cli import main

from .conftest import ROOT, TINY

BUNDLE = ["--bundle", str(TINY)]


def _run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def test_predict_prints_one_answer_a_line(capsys):
    status, out, err = _run(capsys, "predict", "jalan rusak", *BUNDLE)
    assert (status, err) == (0, "")
    assert out.startswith("klasifikasi ")


def test_predict_json_is_the_result(capsys, triage):
    _, out, _ = _run(capsys, "predict", "jalan rusak", "--json", *BUNDLE)
    assert json.loads(out) == triage.predict("jalan rusak").to_dict()


def test_predict_record_is_informal(capsys):
    _, out, _ = _run(capsys, "predict", "jalan rusak", "--record", *BUNDLE)
    assert json.loads(out)["status_formal"] == "informasi_awal"


def test_predict_reads_stdin(capsys, monkeypatch, triage):
    monkeypatch.setattr(sys, "stdin", io.StringIO("jalan rusak"))
    _, out, _ = _run(capsys, "predict", "-", "--json", *BUNDLE)
    assert json.loads(out) == triage.predict("jalan rusak").to_dict()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "x", "--bundle", "nothing"], "no bundle 'nothing'"),
        (["triage", "no.csv", "-o", "o.csv", *BUNDLE], r"no.csv"),
        (["evaluate", "no.jsonl", *BUNDLE], "no.jsonl: does not exist"),
        (["monitor", "no.csv", *BUNDLE], "has no profile.json"),
        (["info", "nothing"], "no bundle 'nothing'"),
        (["predict", "x", "--region", "Semarng", *BUNDLE], "did you mean 'Semarang'?"),
    ],
)
def test_our_errors_are_one_line_on_stderr_and_exit_1(capsys, arguments, message):
    status, out, err = _run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("pengaduan: ")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["foretell"], ["triage", "x.csv"], ["predict"]])
def test_wrong_usage_exits_2(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: pengaduan" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "predict",
        "triage",
        "cases",
        "report",
        "evaluate",
        "monitor",
        "label-check",
        "suggest",
        "train",
        "info",
    ],
)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "an officer decides" in " ".join(capsys.readouterr().out.split())


def test_triage_writes_every_row_and_says_the_column(capsys, tmp_path):
    target = tmp_path / "out.jsonl"
    status, _, err = _run(
        capsys, "triage", ROOT / "data" / "contoh_komentar.csv", "-o", target, *BUNDLE
    )
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert status == 0
    assert len(rows) == 64
    assert rows[0]["id"] == "1"
    assert "komentar" in err


def test_triage_in_a_pipe(tmp_path):
    lines = "\n".join(json.dumps({"text": f"jalan rusak {i}"}) for i in range(5))
    done = subprocess.run(
        [sys.executable, "-m", "pengaduan_nlp", "triage", "-", "-o", "-", *BUNDLE],
        input=lines, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["text"] for row in rows] == [f"jalan rusak {i}" for i in range(5)]
    assert all("kind" in row["triage"] for row in rows)


def test_evaluate_prints_every_head(capsys, tmp_path):
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"text": "jalan rusak", "kind": "pengaduan", "urgency": "sedang"},
        {"text": "mantap pak", "kind": "bukan_laporan"},
    ] * 6
    gold.write_text("\n".join(map(json.dumps, rows)))
    status, out, _ = _run(capsys, "evaluate", gold, *BUNDLE)
    assert status == 0
    assert "complaint_macro_f1" in out
    assert "quadratic_kappa" in out


def test_evaluate_names_line_and_label(capsys, tmp_path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"text": "a", "kind": "pengaduan"}\n{"text": "b", "kind": "keluhan"}\n')
    status, _, err = _run(capsys, "evaluate", gold, *BUNDLE)
    assert status == 1
    assert "gold.jsonl: line 2: column 'kind': unknown label 'keluhan' for head 'kind'" in err


def test_info_verify_counts_the_files(capsys):
    status, out, _ = _run(capsys, "info", TINY, "--verify")
    assert status == 0
    assert "files are as in the manifest" in out


def test_cases_groups_and_writes(capsys, tmp_path):
    source = tmp_path / "in.csv"
    texts = ["jalan Mawar depan SDN 3 Mekar rusak parah pak"] * 3 + ["mantap pak lanjutkan"]
    source.write_text("komentar\n" + "\n".join(texts) + "\n")
    target = tmp_path / "cases.jsonl"
    status, out, err = _run(capsys, "cases", source, "-o", target, *BUNDLE)
    assert status == 0
    cases = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert sum(case["n_comments"] for case in cases) == int(err.split(" cases of ")[1].split()[0])
    assert len(out.splitlines()) == len(cases)
