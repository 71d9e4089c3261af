"""The limit of open files: as many as the system lets us have, never fewer than before."""

import pytest

from evosearch.system.open_files import allow_open_files, count_openable

pytestmark = pytest.mark.posix


@pytest.fixture
def limits(monkeypatch):
    """A limit, soft and hard, that a test may set, and what was asked for."""
    resource = pytest.importorskip("resource")
    found = {"now": (256, 4096), "asked": []}

    def ask(kind, wanted):
        found["asked"].append(wanted)
        if found.get("refuses"):
            raise found["refuses"]
        found["now"] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda kind: found["now"])
    monkeypatch.setattr(resource, "setrlimit", ask)
    return found


def test_the_soft_limit_rises_to_the_hard_one(limits):
    allow_open_files()
    assert limits["now"] == (4096, 4096)
    allow_open_files()
    assert len(limits["asked"]) == 1


@pytest.mark.parametrize("hard", [10**6, "infinity"])
def test_no_more_is_asked_for_than_macos_gives(limits, hard):
    import resource

    hard = resource.RLIM_INFINITY if hard == "infinity" else hard
    limits["now"] = (256, hard)
    allow_open_files()
    assert limits["now"] == (10_240, hard)


def test_it_is_never_lowered(limits):
    import resource

    for soft in (20_000, 10_240, resource.RLIM_INFINITY):
        limits["now"] = (soft, resource.RLIM_INFINITY)
        allow_open_files()
    assert limits["asked"] == []


@pytest.mark.parametrize("error", [ValueError("too many"), OSError(22, "Invalid argument")])
def test_a_system_that_refuses_goes_on_as_before(limits, error):
    limits["refuses"] = error
    allow_open_files()
    assert limits["asked"] and limits["now"] == (256, 4096)


def test_it_is_really_raised():
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
        few = count_openable()
        allow_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 200
        assert count_openable() > few
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
