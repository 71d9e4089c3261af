"""One run of the profile `pro`, retold from first principles: read it from top to bottom.

A strategy is a genome: one number for each gene. A search draws forty genomes, measures each on
past prices, breeds forty new ones from the best, and repeats this for thirty generations. Nothing
of the package is imported, so `test_retold.py` can compare each row with the package's.
"""

import hashlib
import math
from bisect import bisect_left
from collections import namedtuple
from itertools import accumulate

import numpy as np

# 1. THE SETTINGS: what the profile says, and the defaults of what it leaves out.
POPULATION, GENERATIONS, ATTEMPTS = 40, 30, 8
MAX_RULES, TOURNAMENT, CROSSOVER_RATE, SPREAD, MUTATION_RATE, ETA = 3, 3, 0.9, 0.25, 0.1, 20.0
CAPITAL, FEE, SLIPPAGE, MIN_TRADES, MIN_DAYS, HOLDOUT = 10_000.0, 0.004, 0.0005, 30, 30, 0.3
KINDS = ("rsi_level", "price_vs_sma", "price_vs_ema", "sma_cross", "ema_cross", "volume_vs_sma")
PERIODS, LEVELS = (10, 14, 20, 50, 100, 200), (20, 25, 30, 35, 40, 60, 65, 70, 75, 80)

# 2. THE SPACE: buy when one to three rules hold at once; sell at a stop loss or a take profit.
# A gene is a number from low to high, or a place in its list of values; "text" has no order.
# A gene counts only while its parent has one of the codes it `needs`.
Gene = namedtuple("Gene", "name kind low high values needs", defaults=[(), (0, (1, 2, 3))])
SPACE = [Gene("n_rules", "int", 1, MAX_RULES)]
for k in range(1, MAX_RULES + 1):
    exists = (0, range(k, MAX_RULES + 1))  # rule k exists while n_rules >= k
    is_cross, is_rsi = (len(SPACE), (3, 4)), (len(SPACE), (0,))  # what kind the rule must be
    SPACE += [
        Gene(f"rule{k}_kind", "text", 0, 5, KINDS, exists),
        Gene(f"rule{k}_op", "text", 0, 1, ("above", "below"), exists),
        Gene(f"rule{k}_period", "ordinal", 0, 5, PERIODS, exists),
        Gene(f"rule{k}_slow_period", "ordinal", 0, 5, PERIODS, is_cross),  # the second average
        Gene(f"rule{k}_level", "ordinal", 0, 9, LEVELS, is_rsi),
    ]
SPACE += [Gene("stop_loss_frac", "float", 0.02, 0.05), Gene("take_profit_frac", "float", 0.04, 0.1)]
N_GENES, EMPTY = len(SPACE), [None] * len(SPACE)


def decode(genome):
    """What the codes stand for; None for a gene that does not count."""
    pairs = zip((gene.values for gene in SPACE), genome, strict=True)
    return [code if code is None or not values else values[int(code)] for values, code in pairs]


# 3. CHANCE: each purpose in each generation has a stream of its own, named by a text. Nothing
# depends on who draws first, so any number of workers finds the same genomes.
class Stream(np.random.bit_generator.ISeedSequence):
    def __init__(self, *name):  # seed, purpose, generation, attempt
        text = "evosearch-rng-2:" + ":".join(map(str, name))
        self.words = np.frombuffer(hashlib.sha256(text.encode()).digest(), "<u8").astype(np.uint64)
        self.draw = np.random.Generator(np.random.PCG64DXSM(self)).random

    def generate_state(self, n_words, dtype=np.uint32):
        return self.words


def draw_anew(n, seed, generation, attempt):
    """Genomes from all of the space: immigrants, or the first generation."""
    is_first = generation == 0 and attempt < ATTEMPTS
    draw = Stream(seed, 1 if is_first else 3, generation, attempt).draw
    shares = draw((n, N_GENES))
    if is_first:  # a Latin hypercube: each n-th part of a gene's range is used once, without gaps
        shares = (np.argsort(shares, axis=0, kind="stable") + draw((n, N_GENES))) / n
    return [make_canonical(EMPTY, fill) for fill in np.minimum(shares, 1 - 2**-53).tolist()]


# 4. THE CANONICAL FORM: many genomes mean one strategy, and only one of them is ever measured.
def settle(genome, fill):
    """Empty the genes that do not count, and give each of the others a valid code."""
    genome = list(genome)
    for place, gene in enumerate(SPACE):
        (parent, codes), code, is_whole = gene.needs, genome[place], gene.kind != "float"
        if place and genome[parent] not in codes:
            genome[place] = None
            continue
        if code is None:  # a gene that counts from now on starts at its share of the range
            code = gene.low + fill[place] * (gene.high - gene.low + is_whole)
            code = math.floor(code) if is_whole else code
        code = round(code) if is_whole else code
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
MASK, C1, C2, C3 = 2**64 - 1, 0x87C37B91114253D5, 0x4CF5AD432745937F, 0xFF51AFD7ED558CCD


def make_word(value):
    if isinstance(value, str):
        return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "big")
    return int(np.float64(value).view(np.uint64))


def rotate(word, bits):
    return (word << bits | word >> 64 - bits) & MASK


def mix(word):
    for factor in (C3, 0xC4CEB9FE1A85EC53):
        word = (word ^ word >> 33) * factor & MASK
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
    h1, h2 = mix(h1 + h2 & MASK), mix(h1 + 2 * h2 & MASK)
    return h1 + h2 & MASK, h1 + 2 * h2 & MASK


# 6. INDICATORS: the value at a bar uses that bar and earlier ones, so nothing looks ahead.
def average(values, period):
    """The mean of the last `period` values; NaN before there are so many."""
    # A price is a whole multiple of 2**-60, and whole numbers add up without rounding: a price
    # that equals its average is neither above it nor below it.
    sums = [0, *accumulate(map(int, (values * 2.0**60).tolist()))]
    means = [(sums[k] - sums[k - period]) / (period << 60) for k in range(period, len(sums))]
    return np.array([math.nan] * (period - 1) + means)


def average_exponentially(values, period):
    """A mean that forgets: each value moves it by 2 / (period + 1) of their distance."""
    alpha = 2.0 / (period + 1)
    return np.array([*accumulate(values.tolist(), lambda last, new: last + alpha * (new - last))])


def compute_rsi(close, period):
    """100 when all recent moves went up, 0 when all went down, 50 without any."""
    moves = np.diff(close, prepend=close[0])
    gains, losses = (average(np.maximum(side, 0.0), period) for side in (moves, -moves))
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100.0 - 100.0 / (1.0 + gains / losses)
    return np.where(np.isnan(index), 50.0, index)


# 7. SIGNALS: a strategy wants to buy at the bars at which all of its rules hold.
def find_truth(bars, kind, op, period, slow_period, level):
    """Where a rule holds; a comparison with an average that is not known yet is false."""
    left = bars["volume" if kind == "volume_vs_sma" else "close"]
    mean = average_exponentially if "ema" in kind else average
    right = mean(left, period)
    if kind == "rsi_level":
        left, right = compute_rsi(left, period), level
    elif kind.endswith("cross"):
        left, right = right, mean(left, slow_period)
    return left > right if op == "above" else left < right


def find_signals(bars, genome, truths):
    """Where all rules of a genome hold; a rule is worked out once, for all that have it."""
    values = decode(genome)
    rules = [tuple(values[first : first + 5]) for first in range(1, 1 + 5 * int(genome[0]), 5)]
    truths.update((rule, find_truth(bars, *rule)) for rule in rules if rule not in truths)
    return np.logical_and.reduce([truths[rule] for rule in rules])


# 8. THE BACKTEST: a signal is seen at a close and acted on at the next open, because the price
# that made it is gone by then. Each trade takes all cash; its fees come on top.
def backtest(bars, signals, stop_loss, take_profit):
    """Trades, net profit, daily Sharpe ratio and deepest drawdown; and the bars of each trade."""
    opens, highs, lows = (bars[name].tolist() for name in ("open", "high", "low"))
    n_bars, close, equity = len(bars), bars["close"], np.full(len(bars), CAPITAL)
    buys, cash, bar, trades = np.flatnonzero(signals[:-1]).tolist(), CAPITAL, 0, []
    while cash > 0 and (n_past := bisect_left(buys, bar)) < len(buys):
        bar = entry_bar = buys[n_past] + 1
        entry = opens[bar] * (1 + SLIPPAGE)
        stop, target = entry * (1 - stop_loss), entry * (1 + take_profit)
        while bar < n_bars and lows[bar] > stop and highs[bar] < target:
            bar += 1
        if bar == n_bars:  # still held at the end: sold at the last close
            bar = n_bars - 1
            price = close[bar] * (1 - SLIPPAGE)
        elif lows[bar] <= stop:  # a bar that touches both is taken for the worse
            price = min(opens[bar], stop) * (1 - SLIPPAGE)  # prices may jump past the stop
        else:
            price = max(opens[bar], target)  # a limit order does not slip
        quantity, fee, proceeds = cash / entry, cash * FEE, cash / entry * price
        equity[entry_bar:bar] = quantity * close[entry_bar:bar] - fee
        cash += proceeds - proceeds * FEE - cash - fee
        equity[bar:] = cash
        trades.append((entry_bar, bar))
    daily = equity[np.append(bars["day"][1:] != bars["day"][:-1], True)]  # at each day's last bar
    returns = daily / np.append(CAPITAL, daily[:-1]) - 1.0
    is_defined = len(returns) >= MIN_DAYS and returns.min() < returns.max()
    sharpe = returns.mean() / returns.std(ddof=1) if is_defined else math.nan
    peaks = np.maximum.accumulate(np.maximum(equity, CAPITAL))
    return (len(trades), cash - CAPITAL, sharpe, ((peaks - equity) / peaks).max()), trades


def name_trades(trades):
    """53 bits for all trades of a strategy: two with the same trades are one idea."""
    word = 0x9E3779B97F4A7C15
    for entry_bar, exit_bar in trades:
        word = (word ^ (entry_bar << 32 | exit_bar)) * C3 & MASK
        word ^= word >> 32
    return mix(word) >> 11


# 9. FITNESS AND RANK: few trades prove nothing, so a strategy with fewer than thirty is
# infeasible and ranks behind all that are not, the nearest to thirty first.
def measure(bars, genome, genome_id, truths):
    """One row of the result; its first item is its rank, in which smaller is better."""
    signals, split = find_signals(bars, genome, truths), len(bars) - round(len(bars) * HOLDOUT)
    inside, trades = backtest(bars[:split], signals[:split], *genome[-2:])
    outside, later = backtest(bars[split:], signals[split:], *genome[-2:])  # decides nothing
    trades_id = name_trades(trades + [(split + entry, split + exit) for entry, exit in later])
    n_trades, _, fitness, _ = inside
    violation = max(0.0, MIN_TRADES - n_trades) / MIN_TRADES + math.isnan(fitness)
    rank = (1, violation, genome_id) if violation else (0, -fitness, genome_id)  # never a tie
    return rank, genome, fitness, violation, inside, outside, trades_id


# 10. BREEDING: two parents that won tournaments, a mixture of both, a few small changes.
def cross(mother, father, draws):
    """A child: numbers between its parents or a little beyond, the rest from either of them."""
    child = list(mother)
    for place, (a, b) in enumerate(zip(mother, father, strict=True)):
        if draws[0] >= CROSSOVER_RATE or a == b:
            continue
        child[place] = b if draws[place + 1] < 0.5 else a
        if not SPACE[place].values and a is not None and b is not None:
            child[place] = a + (draws[place + 1] * (1.0 + 2.0 * SPREAD) - SPREAD) * (b - a)
    return child


def mutate(genome, draws):
    """One gene in ten moves: mostly a little, so that what is good stays near."""
    genome = list(genome)
    for place, (gene, code, draw) in enumerate(zip(SPACE, genome, draws, strict=True)):
        if draw >= MUTATION_RATE or code is None:
            continue
        share = draw / MUTATION_RATE  # a draw below the rate is uniform below it: used again
        step = math.pow(2 * min(share, 1 - share), 1 / (ETA + 1)) - 1
        moved = code + (step if share < 0.5 else -step) * (gene.high - gene.low)
        edge = min(max(moved, gene.low), gene.high)
        moved = 2 * edge - moved if moved != edge else moved
        if gene.kind == "text":  # it has no neighbours: any other value
            moved = (code + 1 + math.floor(share * gene.high)) % (gene.high + 1)
        elif gene.kind != "float" and round(moved) == code:  # a whole number moves by at least one
            moved = code + (1 if (share >= 0.5 or code == gene.low) and code < gene.high else -1)
        genome[place] = moved
    return genome


def breed(parents, n, seed, generation, attempt):
    """Children of ranked parents, a few more than asked for: some are copies of their mother."""
    draw, n = Stream(seed, 2, generation, attempt).draw, n + n // 50 + 1
    # Parents stand best first, so the winner of a tournament is its smallest draw.
    winners = (draw((TOURNAMENT, 2, n)).min(axis=0) * len(parents)).astype(int)
    crossing, moving = draw((n, 1 + N_GENES)).tolist(), draw((n, N_GENES)).tolist()
    for mother, father, first, second in zip(*winners, crossing, moving, strict=True):
        yield make_canonical(mutate(cross(parents[mother], parents[father], first), second), second)


# 11. THE SEARCH: no genome is measured twice, so 1,200 evaluations are 1,200 strategies.
def search(bars, truths, seed):
    """All rows in the order of measuring; bars have a day; rules in `truths` are used again."""
    rows, elite, seen = [], [], set()
    for generation in range(GENERATIONS):
        parents, children, attempt = [row[1] for row in elite], [], 0
        while (n := POPULATION - len(children)) and attempt < 2 * ATTEMPTS:
            name = seed, generation, attempt
            is_bred = parents and attempt < ATTEMPTS  # if that finds too little: immigrants
            for genome in breed(parents, n, *name) if is_bred else draw_anew(n, *name):
                genome_id = identify(genome)
                if genome_id not in seen and len(children) < POPULATION:
                    seen.add(genome_id)
                    children.append(measure(bars, genome, genome_id, truths))
            attempt += 1
        rows += children
        elite = sorted(elite + children)[:POPULATION]  # of both, so the best is never lost
    return rows
