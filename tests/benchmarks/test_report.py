import json
import sys

from benchmarks.__main__ import run_script
from benchmarks.harness import Row, save
from benchmarks.report import write


def make_row(name, ratio):
    row = Row(name, f"Title of {name}", "What was measured.", ["", "seconds"])
    row.add("evosearch | alone", "1.5 s")
    row.claim("1.5 s", "peer 3 s", ratio, ">= 2 x", at_least=2.0)
    row.notes.append("A note.")
    row.pictures.append("growth.svg")
    return row


def test_a_missed_target_stands_in_the_report_as_missed(tmp_path):
    save(make_row("row01", 2.5), tmp_path)
    save(make_row("row02", 1.5), tmp_path)
    lines = write(tmp_path, tmp_path).read_text(encoding="utf-8").splitlines()
    first, second = (line for line in lines if line.startswith("| [0"))
    assert first.endswith("| 1.5 s | peer 3 s | 2.5 x | >= 2 x | held |")
    assert second.endswith("| 1.5 s | peer 3 s | 1.5 x | >= 2 x | **not held** |")


def test_a_failed_peer_stands_in_the_report_with_its_reason(tmp_path):
    row = make_row("row01", None)
    row.fail("peer", ImportError("No module named 'peer'"))
    save(row, tmp_path)
    text = write(tmp_path, tmp_path).read_text(encoding="utf-8")
    assert "| peer | - | - | **failed**: ImportError: No module named 'peer' |" in text
    assert "- peer failed: ImportError: No module named 'peer'" in text


def test_tables_notes_and_pictures_of_a_row_are_shown(tmp_path):
    save(make_row("row01", 2.5), tmp_path)
    text = write(tmp_path, tmp_path).read_text(encoding="utf-8")
    assert "| evosearch \\| alone | 1.5 s |" in text
    assert "![Title of row01](growth.svg)" in text
    assert "- A note." in text
    assert "## 1 Title of row01" in text and "(#1-title-of-row01)" in text


def test_a_row_measured_on_a_busy_machine_says_so(tmp_path):
    path = save(make_row("row01", 2.5), tmp_path)
    plain = json.loads(path.read_text(encoding="utf-8"))
    for load, is_busy in ((0.0, False), (2.0 * plain["machine"]["cores"], True)):
        path.write_text(json.dumps(plain | {"load_before": load}), encoding="utf-8")
        text = write(tmp_path, tmp_path).read_text(encoding="utf-8")
        assert ("busy machine" in text) is is_busy


def test_measuring_one_row_again_keeps_the_others(tmp_path):
    for name, ratio in (("row01", 2.5), ("row02", 2.5), ("row02", 1.0)):
        save(make_row(name, ratio), tmp_path)
    text = write(tmp_path, tmp_path).read_text(encoding="utf-8")
    assert text.count("## ") == 2
    assert text.count("| held |") == text.count("| **not held** |") == 1


def test_a_script_that_breaks_or_hangs_leaves_a_result_that_says_so(tmp_path):
    broken = [sys.executable, "-c", "raise SystemExit(3)"]
    hangs = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert not run_script(broken, "row01", tmp_path, 300.0, quick=True)
    assert not run_script(hangs, "row02", tmp_path, 0.5, quick=True)
    text = write(tmp_path, tmp_path).read_text(encoding="utf-8")
    assert "the script itself failed: ended with exit code 3" in text
    assert "the script itself failed: took longer than 0.5 s" in text


def test_a_script_that_ends_well_is_believed(tmp_path):
    assert run_script([sys.executable, "-c", ""], "row01", tmp_path, 300.0, quick=True)
    assert not list(tmp_path.iterdir())
