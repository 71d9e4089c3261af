import json
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from evosearch.errors import SpaceError
from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Float("x", 2, 1), "above high"),
        (lambda: Float("x", math.nan, 1), "finite"),
        (lambda: Float("x", 0, math.inf), "finite"),
        (lambda: Float("x", -1.7e308, 1.7e308), "overflows"),
        (lambda: Float("x", 0, 1, log=True), "log scale needs low > 0"),
        (lambda: Float("2x", 0, 1), "column name"),
        (lambda: Int("k", 0.5, 2), "whole numbers"),
        (lambda: Int("k", 0, 2**60), "2**53"),
        (lambda: Int("k", True, 2), "finite number"),
        (lambda: Ordinal("o", [1, 1, 2]), "twice"),
        (lambda: Ordinal("o", [2, 1]), "ascend"),
        (lambda: Ordinal("o", ["a"]), "numbers only"),
        (lambda: Ordinal("o", []), "no values"),
        (lambda: Categorical("c", [1, 2]), "choices must be texts"),
    ],
)
def test_contradictory_gene_is_refused_with_its_name_and_reason(make, says):
    with pytest.raises(SpaceError, match="(?s)Gene name|Gene") as caught:
        make()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("gene", "inside", "outside"),
    [
        (Float("x", -1, 1), [-1, 0.5, 1, np.float64(0.1)], [1.1, "1", None, True, math.nan]),
        (Int("k", -3, 3), [-3, 0, 3.0, np.int64(2)], [3.5, 4, "2", False]),
        (Ordinal("o", [1, 2.5, 10]), [1, 2.5, 10.0], [2, "1", True]),
        (Categorical("c", ["a", "b"]), ["a", "b"], ["c", 0, None]),
        (Boolean("b"), [True, False, np.True_], [0, 1, "true"]),
    ],
)
def test_encode_takes_the_values_of_a_gene_and_no_others(gene, inside, outside):
    for value in inside:
        code = gene.encode(value)
        assert gene.decode(np.array([code]))[0] == value
    for value in outside:
        with pytest.raises(SpaceError, match=gene.name):
            gene.encode(value)


def test_negative_zero_is_the_same_value_as_zero():
    assert math.copysign(1, Float("x", -1, 1).encode(-0.0)) == 1


def test_covering_stretches_just_far_enough():
    assert Float("x", 0, 1).covering([1.5]).domain == ("float", 0, 1.5, False)
    assert Ordinal("o", [1, 5]).covering([3]).values == (1, 3, 5)
    with pytest.raises(SpaceError):
        Int("k", 0, 3).covering([1.5])
    with pytest.raises(SpaceError):
        Categorical("c", ["a"]).covering(["b"])


def test_messages_about_long_lists_stay_short():
    values = list(range(50_000))
    with pytest.raises(SpaceError) as refused:
        Ordinal("x", values).encode(0.5)
    assert str(refused.value) == (
        "x = 0.5: expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... 49999 (50,000 values)."
    )
    for mistaken, words in (
        (lambda: Ordinal("x", [*values, 7]), "lists a value twice: 7."),
        (lambda: Ordinal("x", [*values, -1]), "values must ascend, got -1 after 49999."),
        (lambda: Categorical("x", [*map(str, values), 7]), "must be texts, got 7."),
    ):
        with pytest.raises(SpaceError, match=re.escape(words)) as refused:
            mistaken()
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize("odd", [True, np.bool_(True), "1", None, [1], math.nan, 1 + 0j, {}])
def test_what_is_no_number_is_none_of_an_ordinal_genes_values(odd):
    with pytest.raises(SpaceError, match="expected one of 1, 2"):
        Ordinal("x", [1, 2]).encode(odd)


@pytest.mark.parametrize("equal", [2, 2.0, np.int64(2), np.float32(2), Fraction(2), Decimal(2)])
def test_a_number_is_known_however_it_is_written(equal):
    assert Ordinal("x", [1, 2]).encode(equal) == 1.0


def test_numbers_of_numpy_are_recorded_as_plain_ones():
    genes = [
        Ordinal("x", np.arange(3)),
        Ordinal("y", np.linspace(0, 1, 3, dtype=np.float32), when={"x": np.int64(1)}),
        Ordinal("z", np.linspace(0, 1, 3)),
        Boolean("b", when={"x": list(np.arange(2))}),
    ]
    for gene in genes:
        assert json.loads(json.dumps(gene.to_dict())) == gene.to_dict()
        assert {type(value) for value in gene.to_dict()["values"]} <= {int, float, bool}
