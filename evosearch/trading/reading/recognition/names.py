"""Column names: which role each may have, in several spellings and languages."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRICE_WORDS = {
    "open": "open o opening opn apertura abertura eroffnung eroeffnung eroffnungskurs "
    "eroeffnungskurs eroffn ouverture ouv erster first openen",
    "high": "high h hi highest max maximum maximo maxima alto hoch hochst hoechst hochstkurs "
    "hoechstkurs tageshoch haut massimo hoog",
    "low": "low l lo lowest min minimum minimo minima bajo baixo tief tiefst tiefstkurs "
    "tagestief bas laag",
    "close": "close c closing cls cierre fechamento schluss schlusskurs cloture "
    "chiusura sluiten slot",
}
_STRONG = {word: role for role, words in _PRICE_WORDS.items() for word in words.split()}
# A close only where nothing is called so.
_WEAK = _words("last price ultimo letzter letzte zuletzt dernier kurs precio settle")
_NEUTRAL = _words("price px prices precio precios kurs preis rate bar day daily value de")
_NO_PRICE = _words(
    "time interest int openint change chg pct percent avg average vwap count ma sma ema limit date "
    "timestamp volume vol adj adjusted prev previous ratio range upper lower band ajustado "
    "bereinigt var zeit hora fecha trades trade weighted diff spread"
)
_ADJUSTED = _words("adj adjusted ajustado bereinigt")
_VOLUME = _words("volume vol volumen v volumes vols quantity qty stuck umsatz")
_PLAIN_VOLUME = _words("base real traded trade share shares total day daily units asset contracts")
_NO_VOLUME = _words(
    "ma sma ema weighted avg average change quote taker ccy currency buy sell count delta profile "
    "turnover oscillator osc price adj adjusted implied iv"
)
# What is paid with: of two volumes the other one counts what was bought.
_MONEY = _words("usd usdt usdc busd fdusd tusd eur gbp jpy krw try brl aud cad chf")
_TICKS = _words("tickvol ticks tickvolume tickqty")
_TIME = _words(
    "time timestamp date datetime ts unix epoch fecha hora datum zeit uhrzeit zeitpunkt "
    "zeitstempel day index start begin t dt dia tag window mts stamp dtyyyymmdd data heure moment "
    "opentime starttime"
)
_BEGIN = _words("open start begin event window opentime starttime apertura beginn")
_END = _words(
    "close end high low recv received expiry last updated fetched cierre fin ende closetime "
    "endtime out delta"
)
_UTC = _words("utc gmt zulu")
_ELSEWHERE = _words(
    "local est edt et ny cst cdt ct pst pdt pt ist jst cet cest eet bst msk kst hkt"
)
_SYMBOL = _words(
    "symbol ticker tic instrument pair asset market product sym isin simbolo wertpapier wkn "
    "security stock coin code"
)
_KNOWN = frozenset(_STRONG).union(
    _WEAK, _NEUTRAL, _NO_PRICE, _ADJUSTED, _VOLUME, _NO_VOLUME, _TICKS, _TIME, _BEGIN, _END,
    _SYMBOL, _UTC, ("local", "bid", "ask", "mid", "tick", "snapped", "period", "zone"),
    ("asset", "base"),
)  # fmt: skip
# CryptoCompare counts what was given and what was paid.
_JOINED = {"volumefrom": "volume", "volumeto": "quote volume"}
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Name:
    """What a column name says.

    Attributes
    ----------
    role : str
        One of the four prices, "weak close", "adjusted", "volume", or empty.
    rank : int
        Of a volume: 0 is the plainest; 2 counts ticks.
    time_rank : int or None
        0 begins a bar, 1 is a time, 2 has no name, 3 ends a bar; None: no time.
    is_symbol : bool
    qualifier : str
        What else stands in the name of a price or volume, such as a symbol.
    """

    role: str = ""
    rank: int = 0
    time_rank: int | None = None
    is_symbol: bool = False
    qualifier: str = ""


@functools.lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """A name in small letters, without accents, numbers in front and marks.

    Examples
    --------
    >>> normalise("<TICKVOL>"), normalise("1. open"), normalise("Máximo"), normalise("timeOpen")
    ('tickvol', 'open', 'maximo', 'time open')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text.strip())
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ẞ", "ss"))
    text = "".join(char for char in text if not unicodedata.combining(char)).lower()
    text = re.sub(r"^\d+[a-z]?\.\s+", "", text)
    text = re.sub(r"[\W_]+", " ", text).strip()
    return " ".join(map(_part, text.split()))


def _part(word: str) -> str:
    """A word, or the two known words that are written as one, as in ``timeopen``."""
    if word in _JOINED or word in _KNOWN:
        return _JOINED.get(word, word)
    for place in range(3, len(word) - 2):
        if word[:place] in _KNOWN and word[place:] in _KNOWN:
            return f"{word[:place]} {word[place:]}"
    return word


@functools.lru_cache(maxsize=4096)
def read_name(text: str) -> Name:
    """What one name says.

    Examples
    --------
    >>> read_name("Close/Last").role, read_name("Adj Close").role, read_name("AAPL.Open").qualifier
    ('close', 'adjusted', 'AAPL')
    """
    plain = normalise(text)
    words = plain.split()
    seen = set(words)
    time_rank = _rank_time(plain, seen)
    is_symbol = bool(seen & _SYMBOL) and seen <= _SYMBOL | {"name", "id", "unique"}
    if not words or len(words) > 6:
        return Name(time_rank=time_rank, is_symbol=is_symbol)
    if seen & _VOLUME or seen & _TICKS or "tick" in seen:
        return _read_volume(text, seen, time_rank)
    roles = [_STRONG[word] for word in words if word in _STRONG]
    if "close" in roles and seen & _ADJUSTED and not seen & _TIME:
        return Name("adjusted")
    if time_rank is None and not seen & _NO_PRICE:
        if len(roles) == 1 or plain == "close last":
            rest = [word for word in words if word not in _STRONG and word not in _NEUTRAL]
            rest = [] if plain == "close last" else rest
            is_letter = len(words) > 1 and any(len(w) == 1 and w in _STRONG for w in words)
            is_letter &= not rest or not {"bid", "ask", "mid"} >= set(rest)
            if not is_letter:
                return Name(roles[0], qualifier=_find_qualifier(text, rest))
        if not roles and seen & _WEAK and seen <= _WEAK | _NEUTRAL:
            return Name("weak close")
    return Name(time_rank=time_rank, is_symbol=is_symbol)


def _rank_time(plain: str, seen: set[str]) -> int | None:
    if not plain or plain.startswith(("unnamed", "index level", "level 0")):
        return 2
    if not seen & _TIME or seen & {"interest", "change", "trades", "zone", "timeframe"}:
        return None
    if seen & _END:
        return 3
    return 0 if seen & _BEGIN else 1


def _read_volume(text: str, seen: set[str], time_rank: int | None) -> Name:
    if seen & _NO_VOLUME or time_rank is not None:
        return Name(time_rank=time_rank)
    if seen & _TICKS or "tick" in seen:
        return Name("volume", rank=2)
    rest = sorted(seen - _VOLUME - _PLAIN_VOLUME)
    return Name("volume", rank=1 if rest else 0, qualifier=_find_qualifier(text, rest))


def _find_qualifier(text: str, rest: Sequence[str]) -> str:
    """The words of a name that are no role, as they are written."""
    if not rest:
        return ""
    kept = [part for part in re.split(r"[\s,'\"()\[\]<>_]+|\.(?=[A-Za-z]+$)", text) if part]
    found = [part for part in kept if set(normalise(part).split()) <= set(rest)]
    return " ".join(found or rest)


def is_money(text: str) -> bool:
    """Whether a name says that money is counted, as "Volume USD" does."""
    return bool(set(normalise(text).split()) & _MONEY)


def rank_zone(text: str) -> int:
    """0 where a name says that its times are UTC, 2 where they are of some place; 1 for others.

    Examples
    --------
    >>> rank_zone("datetime_utc"), rank_zone("date"), rank_zone("local_time")
    (0, 1, 2)
    """
    seen = set(normalise(text).split())
    return 0 if seen & _UTC else 2 if seen & _ELSEWHERE else 1


def count_roles(cells: Sequence[str]) -> int:
    """How many of open, high, low and close a row of names holds."""
    # Most cells are numbers, which a look at their letters tells soonest.
    named = filter(_LETTER.search, (cell[:200] for cell in cells[:10_000]))
    found = {read_name(cell).role for cell in named}
    n_found = len(found & _PRICE_WORDS.keys())
    return n_found + ("close" not in found and "weak close" in found)
