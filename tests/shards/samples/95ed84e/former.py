"""Problems whose shards stand beside this file, written by evosearch at 95ed84e."""

from evosearch import Int, Problem, Space


class Plain(Problem):
    space = Space(Int("x", 0, 30), Int("y", 0, 30))
    direction = "minimize"
    version = "1"

    def evaluate(self, params):
        return params["x"] + params["y"]


class Scaled(Plain):
    version = "2"

    def __init__(self, k=2):
        self.k = k

    def evaluate(self, params):
        return params["x"] + params["y"] * self.k


class Free(Problem):
    space = Space(Int("x", 0, 30), Int("y", 0, 30))
    direction = "minimize"

    def evaluate(self, params):
        return params["x"] + params["y"]
