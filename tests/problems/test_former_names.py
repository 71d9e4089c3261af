"""Fingerprints of users' problems that use ours: the same wherever our own files lie.

The digests were made before the rooms moved. A change here means that shards of before no longer
merge with those of today: never refresh one, but give `former.py` the lasting name.
"""

import json
import tomllib

import pyarrow.parquet as pq
import pytest

import evosearch
from evosearch.problems import load_problem
from evosearch.problems.identity.fingerprint import identify
from evosearch.provenance import compute_fingerprint

_STAR = "from evosearch import *\n"
_TRADING = (
    "from evosearch.problems import load_problem\n"
    'Base = type(load_problem("trading", {"data": "sample:ibm-daily"}))\n'
)


def _write(measure, before="", made="", head=_STAR):
    return f"""{head}{before}
class P(Problem):
    space = Space(Float("x", -1, 1))
    direction = "minimize"
    def __init__(self):
        self.made = ({made})
    def evaluate(self, params):
        return {measure}
"""


CASES = {
    "genes": (
        _write(
            "len(ALL) + len(Space(Int('y', 0, 1))) + Ordinal('o', [1, 2]).n_values",
            "ALL = [Float('a', 0, 1), Categorical('c', ['x']), Boolean('b'), Batch, Problem]\n",
        ),
        "03837fd991555514c40467f0dd576e74",
    ),
    "held": (
        _write(
            "1.0",
            "import enum\nclass E(enum.Enum):\n    A = Float\nclass Mine(Float):\n    pass\n",
            "Float('q', 0, 1), E.A, Mine('z', 0, 1), {Int: Space}, UnorderedBlocks('n', [['a']])",
        ),
        "f4891ec1316b8f480cab148e806e72d6",
    ),
    "package": (
        _write(
            "evosearch.Float('y', 0, 1).high",
            "M = evosearch\n",
            "evosearch",
            f"import evosearch\n{_STAR}",
        ),
        "5865e7ff10dadf7d1a3429b19719e722",
    ),
    "declared version": (
        _write("1.0", made="Float('q', 0, 1), Float").replace(
            "    space", "    version = '1'\n    space"
        ),
        "b8aebf2cb5d3ee3f579f5a59d565a7b0",
    ),
    "methods": (
        _write("F()", "def F(g=Float('z', 0, 1), k=Space.encode):\n    return 1.0\n"),
        "a14be17e5f81f6469098981dbd483949",
    ),
    "compiled": (
        _write(
            "helper(1.0)",
            "import numba\nK = 3.0\n@numba.njit\ndef helper(x):\n    return x * K\n",
            "Float",
        ),
        "ef099f90f3c9772e93f5e9107dcf30b1",
    ),
    "nested searches": (
        _write("float(callable(run) and callable(merge))", made="run, top"),
        "86b692f34674cfa8fd2fb22828fd3a36",
    ),
    "bases": (
        "from evosearch.problems.analytic import Sphere\nclass P(Sphere):\n    extra = 2\n",
        "04d173532367926f72582c242cf7795e",
    ),
    "trading as a base": (
        f'{_TRADING}class P(Base):\n    def __init__(self):\n        super().__init__("sample:ibm-daily")\n',
        "21dcf297031dd0128b8d25b27a694d51",
    ),
    "trading held": (
        _TRADING + _write("1.0", made='Base, Base("sample:ibm-daily"), Base.evaluate_batch'),
        "aa3624768a9d21de22ccb520dc58ac01",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_move_of_our_files_changes_no_fingerprint(case, tmp_path):
    text, fingerprint = CASES[case]
    (tmp_path / "own.py").write_text(text)
    problem = load_problem("own.py:P", {}, (tmp_path,))
    assert compute_fingerprint(identify(problem, (tmp_path,)).parts) == fingerprint


def test_shards_call_a_built_in_problem_by_its_name(tmp_path):
    problem = load_problem("trading", {"data": "sample:ibm-daily"})
    found = evosearch.run(
        problem=problem, population=4, generations=1, seed=1, backend="serial", results=tmp_path
    )
    text = pq.read_metadata(found.paths[0]).metadata[b"evosearch"]
    recorded = json.loads(text)
    (profile,) = recorded["profiles"].values()
    assert tomllib.loads(profile)["problem"] == {"name": "trading"}
    assert {*recorded["problem"]["formerly"]} == {
        "67d6d2808e0c6f8702bfbf92722851ff",
        "cfdcb04c5cde2256b3b31380b5b7e36c",
    }
    assert b"trading.problem" not in text
