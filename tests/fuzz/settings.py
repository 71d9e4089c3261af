"""How long to fuzz: EVOSEARCH_FUZZ_EXAMPLES examples of each kind, other ones each time.

Without it 300, the same ones each time: what a change did must not hide behind luck.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

N_EXAMPLES = int(os.environ.get("EVOSEARCH_FUZZ_EXAMPLES", "300"))
fuzzing = settings(
    max_examples=N_EXAMPLES,
    derandomize="EVOSEARCH_FUZZ_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def damaged(draw, whole, tokens=(), n_most=4):
    """Bytes with a few things done to them, as disks, editors and copies do."""
    raw = bytearray(whole)
    for _ in range(draw(st.integers(1, n_most))):
        kind = draw(st.sampled_from(["flip", "cut", "zero", "insert", "drop", "repeat", "token"]))
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        size = draw(st.sampled_from([1, 1, 1, 2, 8, 64, 512]))
        if kind == "flip" and raw:
            raw[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del raw[at:]
        elif kind == "zero":
            raw[at : at + size] = bytes(len(raw[at : at + size]))
        elif kind == "insert":
            raw[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "drop":
            del raw[at : at + size]
        elif kind == "repeat":
            raw[at:at] = raw[at : at + size]
        elif tokens:
            raw[at : at + draw(st.integers(0, 6))] = draw(st.sampled_from(tokens))
    return bytes(raw)
