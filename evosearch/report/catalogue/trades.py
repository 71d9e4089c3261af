"""Words of `trades` and of its files."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "trades.part_in": {
        "en": "searched, {since} .. {until}: {n} with {money} to begin with, profit {profit}",
        "es": "parte buscada, {since} .. {until}: {n} con {money} al empezar, resultado {profit}",
    },
    "trades.part_oos": {
        "en": "hold-out, {since} .. {until}: {n} with {money} to begin with, profit {profit}",
        "es": "reserva, {since} .. {until}: {n} con {money} al empezar, resultado {profit}",
    },
    "trades.entry": {"en": "bought (UTC)", "es": "compra (UTC)"},
    "trades.entry_price": {"en": "entry price", "es": "precio entrada"},
    "trades.exit": {"en": "sold (UTC)", "es": "venta (UTC)"},
    "trades.exit_price": {"en": "exit price", "es": "precio salida"},
    "trades.reason": {"en": "why sold", "es": "motivo"},
    "trades.fee": {"en": "fees", "es": "comisiones"},
    "trades.profit": {"en": "profit", "es": "resultado"},
    "trades.n_bars": {"en": "bars", "es": "barras"},
    "trades.written": {"en": "trades   {path}", "es": "operaciones {path}"},
    "trades.equity": {"en": "equity   {path}", "es": "capital     {path}"},
    "trades.differ": {
        "en": "the row states other figures than its prices give ({names}): do not rely on it",
        "es": "la fila da otras cifras que sus precios ({names}): no te fíes de ella",
    },
}
