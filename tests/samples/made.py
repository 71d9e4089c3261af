"""A person's own problems, of which the samples hold shards. Never change them."""

from evosearch import Categorical, Float, Int, Problem, Space


class Made(Problem):
    """States its version."""

    version = "1"
    space = Space(Float("x", -1, 1), Int("k", 0, 9), Categorical("c", ["a", "b"]))
    direction = "minimize"
    metrics = ("objective", "n_steps")
    int_metrics = frozenset({"n_steps"})

    def __init__(self, shift: float = 0.0):
        self.shift = shift

    def evaluate(self, params):
        """Fails for one value, to have failed rows too."""
        if params["k"] == 7 and params["c"] == "b":
            raise ValueError("seven b")
        return {"objective": abs(params["x"]) + params["k"] + self.shift, "n_steps": params["k"]}


class Unversioned(Problem):
    """States no version."""

    space = Space(Int("k", 0, 9))
    direction = "minimize"

    def evaluate(self, params):
        """Ten values in all."""
        return float(params["k"])
