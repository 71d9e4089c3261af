"""What a user's objective prints is kept, out of the way, and said where."""

from tests import runs


def test_what_workers_print_is_kept_and_named_and_nothing_else_stays(tmp_path):
    project = runs.make_project(tmp_path, backend="processes")
    quiet = runs.evosearch(project, "run", "-p", "made")
    assert quiet.returncode == 0, quiet.stderr
    assert not (project / "results" / ".evosearch").exists()

    made = (project / "made.py").read_text()
    loud = made.replace(
        '        if params["k"] == 7',
        '        print("k is", params["k"])\n        if params["k"] == 7',
    )
    (project / "made.py").write_text(loud)
    result = runs.evosearch(project, "run", "-p", "made")
    assert result.returncode == 0, result.stderr
    assert "k is" not in result.stdout + result.stderr
    (log,) = (project / "results").glob(".evosearch/logs/*/worker-0.log")
    assert str(log.parent.relative_to(project)) in result.stdout
    assert "k is 3" in log.read_text()
    # A finished run is not taken for an interrupted one because of it.
    assert "interrupted" not in runs.evosearch(project, "status").stdout
