"""One run of the profile `pro`, retold from first principles: read it from top to bottom.

A strategy is a genome: one number for each gene. A search draws forty genomes, measures each on
past prices, breeds forty new ones from the best, and does so for thirty generations. This file
tells those steps in the order in which they happen. It imports nothing of the package, so it is
also an independent check: `test_retold.py` compares every row that the two produce. It is slow,
and it knows one space and one profile; in all else it is the same search.

    python tests/retold.py bars.csv 7
"""

import csv
import hashlib
import math
import struct
import sys
from bisect import bisect_left
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

import numpy as np

# 1. THE SETTINGS: what the profile says, and the defaults of what it leaves out.
POPULATION, GENERATIONS, ATTEMPTS = 40, 30, 8
TOURNAMENT, CROSSOVER_RATE, SPREAD, MUTATION_RATE, ETA = 3, 0.9, 0.25, 0.1, 20.0
CAPITAL, FEE, SLIPPAGE, MIN_TRADES, HOLDOUT, MIN_DAYS = 10_000.0, 0.004, 0.0005, 30, 0.3, 30
KINDS = ("rsi_level", "price_vs_sma", "price_vs_ema", "sma_cross", "ema_cross", "volume_vs_sma")
PERIODS, MAX_RULES = (10, 14, 20, 50, 100, 200), 3
LEVELS = (20, 25, 30, 35, 40, 60, 65, 70, 75, 80)


# 2. THE SPACE: buy when up to three rules hold at once; sell at a stop loss or a take profit.
class Gene(NamedTuple):
    """One gene. A listed value is coded by its place in the list, so every code is a number."""

    name: str
    kind: str  # "float", "int", "ordinal" (a list with an order) or "text" (a list without)
    low: float
    high: float
    values: tuple = ()
    needs: tuple = (0, (1, 2, 3))  # the gene counts only while that gene has one of those codes


def make_space():
    """The genes in their order: the number of rules, five genes for each rule, two exits."""
    genes = [Gene("n_rules", "int", 1, MAX_RULES)]
    for k in range(1, MAX_RULES + 1):
        exists = (0, range(k, MAX_RULES + 1))  # rule k exists while n_rules >= k
        crosses, levels = (len(genes), (3, 4)), (len(genes), (0,))  # what its kind must be
        for name, kind, values, needs in (
            ("kind", "text", KINDS, exists),
            ("op", "text", ("above", "below"), exists),
            ("period", "ordinal", PERIODS, exists),
            ("slow_period", "ordinal", PERIODS, crosses),  # of the other average
            ("level", "ordinal", LEVELS, levels),  # of the RSI
        ):
            genes.append(Gene(f"rule{k}_{name}", kind, 0, len(values) - 1, values, needs))
    exits = ("stop_loss_frac", 0.02, 0.05), ("take_profit_frac", 0.04, 0.10)  # medium risk
    return genes + [Gene(name, "float", low, high) for name, low, high in exits]


SPACE = make_space()


def decode(genome):
    """What the codes stand for; None for a gene that does not count."""
    return [
        gene.values[int(code)] if gene.values and code is not None else code
        for gene, code in zip(SPACE, genome, strict=True)
    ]


# 3. CHANCE: each purpose in each generation has a stream of its own, named by a text. Nothing
# depends on who draws first, so any number of workers finds the same genomes.
class Seed(np.random.bit_generator.ISeedSequence):
    def __init__(self, name):
        self.words = np.frombuffer(hashlib.sha256(name.encode()).digest(), "<u8").astype(np.uint64)

    def generate_state(self, n_words, dtype=np.uint32):
        return self.words


def make_generator(seed, purpose, generation, attempt):
    """Purpose 1 is the first generation, 2 its children, 3 immigrants."""
    name = f"evosearch-rng-2:{seed}:{purpose}:{generation}:{attempt}"
    return np.random.Generator(np.random.PCG64DXSM(Seed(name)))


# 4. THE CANONICAL FORM: many genomes mean one strategy, and only one of them is ever measured.
def settle(genome, fill):
    """Empty the genes that do not count, and give each of the others a valid code."""
    genome = list(genome)
    for place, gene in enumerate(SPACE):
        parent, codes = gene.needs
        if place and genome[parent] not in codes:
            genome[place] = None
            continue
        code, is_whole = genome[place], gene.kind != "float"
        if code is None:  # a gene that counts from now on starts at its share of the range
            code = gene.low + fill[place] * (gene.high - gene.low + is_whole)
            code = math.floor(code) if is_whole else code
        elif is_whole:
            code = round(code)
        genome[place] = code = float(min(max(code, gene.low), gene.high))
        if gene.name.endswith("slow_period"):  # it must exceed the period, one place before it
            fast, slow = sorted((genome[place - 1], code))
            if fast == slow:
                fast, slow = (fast, slow + 1) if slow < gene.high else (fast - 1, slow)
            genome[place - 1 : place + 1] = fast, slow
    return genome


def make_canonical(genome, fill):
    """Sort the rules and drop repeats: "A and B" is "B and A", and "A and A" is "A"."""
    genome = settle(genome, fill)
    values, rules = decode(genome), {}
    for first in range(1, 1 + 5 * int(genome[0]), 5):
        order = tuple(-1 if value is None else value for value in values[first : first + 5])
        rules[order] = genome[first : first + 5]
    codes = [code for order in sorted(rules) for code in rules[order]]
    return [float(len(rules)), *codes, *[None] * (5 * MAX_RULES - len(codes)), *genome[-2:]]


# 5. THE IDENTITY: 128 bits made of names and values, never of codes. A strategy has one id in
# every profile, so runs of many profiles can be merged. The hash is MurmurHash3 (x64, 128 bits).
MASK, C1, C2 = 2**64 - 1, 0x87C37B91114253D5, 0x4CF5AD432745937F


def make_word(value):
    if isinstance(value, str):
        return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "big")
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def rotate(word, bits):
    return (word << bits | word >> 64 - bits) & MASK


def mix(word):
    word = (word ^ word >> 33) * 0xFF51AFD7ED558CCD & MASK
    word = (word ^ word >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return word ^ word >> 33


def identify(genome):
    """The id of a canonical genome, as its high and its low half."""
    h1 = h2 = length = 0
    for name, value in sorted(zip((gene.name for gene in SPACE), decode(genome), strict=True)):
        if value is not None:
            h1 ^= rotate(make_word(name) * C1 & MASK, 31) * C2 & MASK
            h1 = (rotate(h1, 27) + h2) * 5 + 0x52DCE729 & MASK
            h2 ^= rotate(make_word(value) * C2 & MASK, 33) * C1 & MASK
            h2 = (rotate(h2, 31) + h1) * 5 + 0x38495AB5 & MASK
            length += 16
    h1, h2 = h1 ^ length, h2 ^ length
    h1 = h1 + h2 & MASK
    h1, h2 = mix(h1), mix(h1 + h2 & MASK)
    return h1 + h2 & MASK, h1 + 2 * h2 & MASK


# 6. INDICATORS: the value at a bar uses that bar and earlier ones, so nothing looks ahead.
def average(values, period):
    """The mean of the last `period` values; NaN before there are so many.

    Whole multiples of 2**-60 add up without rounding, and the mean is rounded once. So a price
    that equals its average is neither above it nor below it.
    """
    sums = [0, *accumulate(int(value * 2.0**60) for value in values)]
    means = [(sums[k] - sums[k - period]) / (period << 60) for k in range(period, len(sums))]
    return np.array([math.nan] * (period - 1) + means)


def average_exponentially(values, period):
    """A mean that forgets: each value moves it by 2 / (period + 1) of their distance."""
    alpha = 2.0 / (period + 1)
    return np.array([*accumulate(values, lambda last, value: last + alpha * (value - last))])


def compute_rsi(close, period):
    """100 when all recent moves went up, 0 when all went down, 50 without any."""
    moves = np.diff(close, prepend=close[0])
    gains, losses = (average(np.maximum(side, 0.0), period) for side in (moves, -moves))
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100.0 - 100.0 / (1.0 + gains / losses)
    return np.where(np.isnan(index), 50.0, index)


# 7. SIGNALS: a strategy wants to buy at the bars at which all of its rules hold.
class Market:
    """The bars of a file, and the truth of every rule that a strategy has asked for."""

    def __init__(self, path):
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        self.n_bars, self.truths = len(rows), {}
        self.days = np.array([row["timestamp"][:10] for row in rows])
        names = ("open", "high", "low", "close", "volume")
        self.arrays = {name: np.array([float(row[name]) for row in rows]) for name in names}
        self.open, self.high, self.low, *_ = (self.arrays[name].tolist() for name in names)

    def find_truth(self, kind, op, period, slow_period, level):
        """Where a rule holds; a comparison with an average that is not known yet is false."""
        left = self.arrays["volume" if kind == "volume_vs_sma" else "close"]
        measure = average_exponentially if "ema" in kind else average
        right = measure(left, period)
        if kind == "rsi_level":
            left, right = compute_rsi(left, period), level
        elif kind.endswith("cross"):
            left, right = right, measure(left, slow_period)
        return left > right if op == "above" else left < right

    def find_signals(self, genome):
        values, found = decode(genome), np.ones(self.n_bars, bool)
        for first in range(1, 1 + 5 * int(genome[0]), 5):
            rule = tuple(values[first : first + 5])
            if rule not in self.truths:
                self.truths[rule] = self.find_truth(*rule)
            found &= self.truths[rule]
        return found


# 8. THE BACKTEST: a signal is seen at a close and acted on at the next open, because the close
# that made it is gone by then. All cash goes into each trade; fees come on top.
def backtest(market, begin, end, signals, stop_loss, take_profit):
    """Trades, profit, daily Sharpe ratio and deepest drawdown over bars in [begin, end)."""
    close, equity = market.arrays["close"], np.full(end - begin, CAPITAL)
    buys = np.flatnonzero(signals[begin : end - 1]).tolist()
    cash, bar, n_trades = CAPITAL, 0, 0
    while cash > 0 and (next_buy := bisect_left(buys, bar)) < len(buys):
        entry_bar = bar = begin + buys[next_buy] + 1
        entry = market.open[bar] * (1 + SLIPPAGE)
        stop, target = entry * (1 - stop_loss), entry * (1 + take_profit)
        while bar < end and market.low[bar] > stop and market.high[bar] < target:
            bar += 1
        if bar == end:  # still held at the end: sold at the last close
            bar = end - 1
            price = close[bar] * (1 - SLIPPAGE)
        elif market.low[bar] <= stop:  # where a bar touches both, the worse is assumed
            price = min(market.open[bar], stop) * (1 - SLIPPAGE)  # a gap falls through the stop
        else:
            price = max(market.open[bar], target)  # a limit order does not slip
        quantity, fee = cash / entry, cash * FEE
        proceeds = quantity * price
        equity[entry_bar - begin :] = quantity * close[entry_bar:end] - fee
        cash += proceeds - proceeds * FEE - cash - fee
        bar -= begin
        equity[bar:] = cash
        n_trades += 1
    peaks = np.maximum.accumulate(np.maximum(equity, CAPITAL))
    is_last = np.append(market.days[begin + 1 : end] != market.days[begin : end - 1], True)
    daily = equity[is_last]
    returns = daily / np.append(CAPITAL, daily[:-1]) - 1.0
    has_sharpe = len(returns) >= MIN_DAYS and returns.min() < returns.max()
    sharpe = returns.mean() / returns.std(ddof=1) if has_sharpe else math.nan
    return n_trades, cash - CAPITAL, sharpe, ((peaks - equity) / peaks).max()


# 9. FITNESS AND RANK: few trades prove nothing, so a strategy with fewer than thirty is
# infeasible and ranks behind all that are not, the nearest to thirty first.
def measure(market, genome, genome_id, generation, index):
    """One row of the result: what a genome earned before the hold-out, and in it."""
    signals, split = market.find_signals(genome), market.n_bars - round(market.n_bars * HOLDOUT)
    inside = backtest(market, 0, split, signals, *genome[-2:])
    # The newest bars are measured too and decide nothing: they show what was only luck.
    outside = backtest(market, split, market.n_bars, signals, *genome[-2:])
    n_trades, _, fitness, _ = inside
    violation = max(0.0, MIN_TRADES - n_trades) / MIN_TRADES + math.isnan(fitness)
    rank = (1, violation, genome_id) if violation else (0, -fitness, genome_id)  # never a tie
    return rank, genome, generation, index, fitness, violation, inside, outside


# 10. BREEDING: two parents that won tournaments, a mixture of both, a few small changes.
def cross(mother, father, draws):
    """A child: numbers between its parents or a little beyond, the rest from either of them."""
    if draws[0] >= CROSSOVER_RATE:
        return list(mother)
    child = []
    for gene, a, b, draw in zip(SPACE, mother, father, draws[1:], strict=True):
        if a == b:
            child.append(a)
        elif gene.values or a is None or b is None:
            child.append(b if draw < 0.5 else a)
        else:
            child.append(a + (draw * (1.0 + 2.0 * SPREAD) - SPREAD) * (b - a))
    return child


def mutate(genome, draws):
    """One gene in ten moves: mostly a little, so that what is good stays near."""
    genome = list(genome)
    for place, (gene, code, draw) in enumerate(zip(SPACE, genome, draws, strict=True)):
        if draw >= MUTATION_RATE or code is None:
            continue
        share = draw / MUTATION_RATE  # below the rate a draw is still uniform: used twice
        if gene.kind == "text":  # any other value
            genome[place] = (code + 1 + math.floor(share * gene.high)) % (gene.high + 1)
            continue
        step = math.pow(2 * min(share, 1 - share), 1 / (ETA + 1)) - 1
        moved = code + (step if share < 0.5 else -step) * (gene.high - gene.low)
        moved = 2 * gene.low - moved if moved < gene.low else moved
        moved = 2 * gene.high - moved if moved > gene.high else moved
        if gene.kind != "float" and round(moved) == code:  # a whole number moves by one at least
            is_up = (share >= 0.5 or code == gene.low) and code < gene.high
            moved = code + (1 if is_up else -1)
        genome[place] = moved
    return genome


def breed(parents, n, seed, generation, attempt):
    """Some children more than asked for: a few are copies of their mothers."""
    n += n // 50 + 1
    rng, shape = make_generator(seed, 2, generation, attempt), (n, len(SPACE))
    # Parents stand best first, so the winner of a tournament is its smallest draw.
    winners = (rng.random((TOURNAMENT, 2, n)).min(axis=0) * len(parents)).astype(int)
    crossing, mutation = rng.random((n, 1 + len(SPACE))).tolist(), rng.random(shape).tolist()
    for mother, father, first, second in zip(*winners, crossing, mutation, strict=True):
        yield make_canonical(mutate(cross(parents[mother], parents[father], first), second), second)


def draw_first(n, seed, attempt):
    """A Latin hypercube: each gene's range is cut into n parts, each used once, without gaps."""
    rng, shape = make_generator(seed, 1, 0, attempt), (n, len(SPACE))
    parts = np.argsort(rng.random(shape), axis=0, kind="stable")
    for shares in np.minimum((parts + rng.random(shape)) / n, 1 - 2**-53).tolist():
        yield make_canonical([None] * len(SPACE), shares)


def draw_immigrants(n, seed, generation, attempt):
    for shares in make_generator(seed, 3, generation, attempt).random((n, len(SPACE))).tolist():
        yield make_canonical([None] * len(SPACE), shares)


# 11. THE SEARCH: no genome is measured twice, so 1,200 evaluations are 1,200 strategies.
def propose(parents, known, seed, generation):
    """Forty genomes that are new to the run, with their ids."""
    found = {}
    for attempt in range(2 * ATTEMPTS):
        n = POPULATION - len(found)
        if attempt >= ATTEMPTS:  # breeding finds nothing new any more: draw from all of the space
            source = draw_immigrants(n, seed, generation, attempt)
        elif parents:
            source = breed(parents, n, seed, generation, attempt)
        else:
            source = draw_first(n, seed, attempt)
        for genome in source:
            genome_id = identify(genome)
            if genome_id not in known and len(found) < POPULATION:
                known.add(genome_id)
                found[genome_id] = genome
    return found


def search(market, seed):
    """All rows of a run, in the order in which they were measured."""
    rows, elite, known = [], [], set()
    for generation in range(GENERATIONS):
        proposed = propose([row[1] for row in elite], known, seed, generation)
        children = [
            measure(market, genome, genome_id, generation, index)
            for index, (genome_id, genome) in enumerate(proposed.items())
        ]
        rows += children
        # Parents and children compete for forty places, so the best is never lost.
        elite = sorted(elite + children)[:POPULATION]
    return rows


if __name__ == "__main__":
    for row in sorted(search(Market(sys.argv[1]), int(sys.argv[2])))[:10]:
        print(row)
