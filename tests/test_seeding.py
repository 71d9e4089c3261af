import numpy as np
import pytest

from evosearch.seeding import MAX_SEED, Purpose, draw_seed, make_generator


def test_streams_are_the_same_for_ever():
    # People's seeds must find the same strategies next year.
    drawn = make_generator(1, Purpose.CHILDREN, 7, 2).random(3)
    assert drawn.tolist() == GOLDEN


def test_every_part_of_the_name_makes_another_stream():
    base = (1, Purpose.CHILDREN, 3, 0)
    names = [base, (2, *base[1:]), (1, Purpose.IMMIGRANTS, 3, 0), (1, Purpose.CHILDREN, 4, 0),
             (1, Purpose.CHILDREN, 3, 1), (MAX_SEED, *base[1:]),
             (2**64 + 1, *base[1:]), (2**127 + 1, *base[1:])]  # fmt: skip
    first = [make_generator(*name).random() for name in names]
    assert len(set(first)) == len(first)
    assert make_generator(*base).random() == first[0]


def test_a_long_stream_does_not_run_into_its_neighbours():
    long = make_generator(1, Purpose.CHILDREN, 3).random(10_000)
    for other in (
        make_generator(1, Purpose.CHILDREN, 3, 1),
        make_generator(1, Purpose.CHILDREN, 4),
    ):
        assert not np.isin(other.random(1000), long).any()


def test_drawn_seeds_are_short_and_differ():
    drawn = {draw_seed() for _ in range(100)}
    assert len(drawn) == 100
    assert max(drawn) < 2**48


@pytest.mark.parametrize("seed", [0, 2**64, MAX_SEED])
def test_seeds_may_be_long(seed):
    assert 0 <= make_generator(seed, Purpose.INITIAL, 0).random() < 1


GOLDEN = [0.9089200114523891, 0.800429188066111, 0.5569937189610364]
