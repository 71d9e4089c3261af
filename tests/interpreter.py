"""Trades a strategy from what `evosearch show` says of it in English, and from nothing else.

Of the line of parameters only stop and target are read, which the words round.
"""

import json
import math
import re
from itertools import accumulate, pairwise


def find(pattern, text, default=None):
    """The number in a sentence."""
    found = re.search(pattern, text, re.MULTILINE)
    return float(found[1].replace(",", "")) if found else default


def mean(values, n):
    """Of n bars each; None before there are n."""
    sums = [math.fsum(values[bar - n + 1 : bar + 1]) for bar in range(n - 1, len(values))]
    return [None] * min(n - 1, len(values)) + [total / n for total in sums]


def follow(side, close, volume):
    """One side of a comparison at each bar."""
    named = re.match(r"(?:the )?(RSI|[a-z ]*average[a-z ]*) of ([\d,]+) bar", side)
    if not named:
        return {"close": close, "volume": volume}.get(side) or [float(side)] * len(close)
    kind, n = named[1], int(named[2].replace(",", ""))
    if kind in ("average", "average volume"):
        return mean(close if kind == "average" else volume, n)
    if kind == "exponential average":
        return list(accumulate(close, lambda last, price: last + (price - last) * 2 / (n + 1)))
    moves = [0.0, *(b - a for a, b in pairwise(close))]
    ups, downs = (mean([max(sign * move, 0.0) for move in moves], n) for sign in (1, -1))
    both = zip(ups, downs, strict=True)
    return [100 - 100 / (1 + up / down) if down else 100.0 if up else 50.0 for up, down in both]


def trade(text, bars):
    """The trades of each part: bars of entry and exit, their prices, profit."""
    opens, highs, lows, close, volume = (column.tolist() for column in bars)
    said = re.search(r"^Buy at the (open|close) of .*? close(?: of a bar)?, (.*)\.$", text, re.M)
    late, signals = said[1] == "open", [True] * len(close)  # a signal is filled one bar late
    for rule in re.split(r" and (?=the )", said[2]):
        left, op, right = re.fullmatch(r"the (.+?) is (above|below) (.+)", rule).groups()
        sides = (follow(side, close, volume) for side in (left, right))
        for bar, (a, b) in enumerate(zip(*sides, strict=True)):
            signals[bar] &= None not in (a, b) and (a > b if op == "above" else a < b)
    params = json.loads(re.search(r"^params +(.*)$", text, re.M)[1])
    fee, slip = (find(rf"{name} is ([\d.,]+) %", text) / 100 for name in ("fee", "lippage"))
    share, amount = find(r"puts in ([\d.,]+) %", text), find(r"puts in ([\d.,]+);", text)
    trail, first = find(r"less ([\d.,]+) % of its", text), find(r"first (\d+) bars", text, 0)
    split, parts = len(close) - int(find(r"last ([\d,]+) bars are the hold-out", text, 0)), []
    for begin, end in [(0, split), (split, len(close))]:
        cash, held, trades, free = find(r"begins.* with ([\d.,]+),", text), None, [], begin + late
        for bar in range(begin, end):
            paid, is_last = amount or cash * share / 100, bar == end - 1
            may_buy = not held and bar >= max(free, first + late) and (late or not is_last)
            if may_buy and signals[bar - late] and cash > (paid * (1 + fee) if amount else 0):
                price = opens[bar] * (1 + slip) if late else close[bar]
                held, stop = (bar, price, paid), price * (1 - params["stop_loss_frac"])
                distance, target = price - stop, price * (1 + params["take_profit_frac"])
            if not held or bar + late == held[0]:
                continue
            if trail and bar > held[0]:
                stop = max(stop, close[bar - late] - distance * trail / 100)
            if lows[bar] <= stop:
                sold = min(opens[bar], stop) * (1 - slip) if late else stop
            elif highs[bar] >= target:
                sold = max(opens[bar], target) if late else target
            elif late and is_last:
                sold = close[bar] * (1 - slip)
            else:
                continue
            profit = held[2] / held[1] * sold * (1 - fee) - held[2] * (1 + fee)
            trades.append((held[0], bar, held[1], sold, profit))
            cash, held, free = cash + profit, None, bar + 1
        parts.append(trades)
    return parts
