"""Read Parquet and Feather in batches: only the columns that are needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import DataError
from evosearch.texts import make_visible
from evosearch.trading.reading.buffers import as_numbers, make_texts
from evosearch.trading.reading.files.batches import Batch
from evosearch.trading.reading.files.containers import Container
from evosearch.trading.reading.files.gathering import Gatherer
from evosearch.trading.reading.shape import Shape
from evosearch.trading.reading.tables import Faults, Table

MAX_ROWS = 100_000_000
_BATCH_ROWS = 65_536
_N_SAMPLED = 150


class ArrowTable:
    """A Parquet or Feather file whose columns are read by position.

    Parameters
    ----------
    container : Container

    Raises
    ------
    DataError
        It is damaged, or too large.
    """

    def __init__(self, container: Container) -> None:
        self.path, self.kind = container.path, container.kind
        with _named(self.path, self.kind):
            self._file = self._open()
            schema = self._file.schema_arrow if self.kind == "Parquet" else self._file.schema
            self.names: tuple[str, ...] = tuple(schema.names)
        n_rows = self._file.metadata.num_rows if self.kind == "Parquet" else 0
        if n_rows > MAX_ROWS:
            raise DataError(f"{self.path} has {n_rows:,} rows; at most {MAX_ROWS:,} are read.")

    def _open(self) -> Any:
        if self.kind == "Parquet":
            from pyarrow import parquet

            return parquet.ParquetFile(self.path)
        if self.kind == "Feather":
            from pyarrow import ipc

            return ipc.open_file(str(self.path))
        import warnings

        from pyarrow import feather

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its first version is deprecated
            return feather.read_table(str(self.path), use_threads=False)

    def _batches(self, places: Sequence[int], n_rows: int = _BATCH_ROWS) -> Iterator[list[Any]]:
        """Columns by position, batch by batch."""
        if self.kind == "Parquet":
            # By name: a position of a nested column would count its leaves.
            names = [self.names[place] for place in places]
            for batch in self._file.iter_batches(n_rows, columns=names, use_threads=False):
                by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
                yield [by_name[name] for name in names]
        elif self.kind == "Feather":
            n_seen = 0
            for number in range(self._file.num_record_batches):
                batch = self._file.get_batch(number)
                # Nothing in the file proves it whole: a flipped offset would point outside it.
                batch.validate(full=True)
                n_seen += len(batch)
                if n_seen > MAX_ROWS:
                    raise DataError(f"{self.path} has more than {MAX_ROWS:,} rows.")
                yield [batch.column(place) for place in places]
        else:
            for batch in self._file.to_batches(max_chunksize=n_rows):
                yield [batch.column(place) for place in places]

    def sample(self) -> tuple[tuple[str, ...], ...]:
        """The first rows as texts."""
        with _named(self.path, self.kind):
            for columns in self._batches(range(len(self.names)), _N_SAMPLED):
                texts = [_write_cells(column.slice(0, _N_SAMPLED)) for column in columns]
                return tuple(zip(*texts, strict=True))
        return ()

    def read(self, shape: Shape, is_asked: bool, faults: Faults) -> Table:
        """The rows.

        Parameters
        ----------
        shape : Shape
        is_asked : bool
            A person chose the symbol.
        faults : Faults

        Raises
        ------
        DataError
            The file is damaged, or a column has no numbers.
        """
        gatherer = Gatherer(shape, is_asked)
        prepare: dict[int | None, Callable[[Any], Any]] = {
            **dict.fromkeys((*shape.prices, shape.volume), _prepare_numbers),
            shape.symbol: _prepare_text,
            **dict.fromkeys(shape.times.columns, _prepare_time),
        }
        places = [place for place in prepare if place is not None]
        with _named(self.path, self.kind):
            for columns in self._batches(places):
                found = {
                    place: prepare[place](column)
                    for place, column in zip(places, columns, strict=True)
                }
                gatherer.add(Batch.choose(shape, found.__getitem__))

        def find_lines(rows: NDArray[Any]) -> NDArray[np.int64]:
            return rows.astype(np.int64) + 1

        return gatherer.finish(faults, find_lines, self.kind)


def _write_cells(column: Any) -> list[str]:
    """Cells as texts; an empty one for a null."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        # Python's own times end in 9999, and those of nanoseconds would import pandas.
        whole = as_numbers(column.cast(pa.int64()), np.int64).view(f"M8[{column.type.unit}]")
        seconds = whole.astype("M8[s]")
        whole = seconds if (seconds == whole).all() else whole
        zone = "+00:00" if column.type.tz else ""
        moments = [text.replace("T", " ") + zone for text in np.datetime_as_string(whole).tolist()]
        is_known = column.is_valid().to_pylist()
        return [text if known else "" for text, known in zip(moments, is_known, strict=True)]
    return ["" if cell is None else str(cell)[:200] for cell in column.to_pylist()]


def _prepare_numbers(column: Any) -> Any:
    """Texts, or numbers as float64."""
    import pyarrow as pa

    column = _flatten(column)
    if pa.types.is_string(column.type):
        return _without_nulls(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # pyarrow does not round a decimal to the nearest float
        return _without_nulls(column)
    return column.cast(pa.float64(), safe=False)


def _prepare_text(column: Any) -> Any:
    import pyarrow as pa

    return _without_nulls(_flatten(column).cast(pa.string()))


def _prepare_time(column: Any) -> Any:
    import pyarrow as pa

    column = _flatten(column)
    if pa.types.is_time(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    if pa.types.is_date64(column.type):
        column = column.cast(pa.date32())
    return _without_nulls(column) if pa.types.is_string(column.type) else column


def _flatten(column: Any) -> Any:
    """A column without a dictionary, and with one kind of text."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kinds = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary)
    return column.cast(pa.string()) if any(kind(column.type) for kind in kinds) else column


def _without_nulls(texts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.if_else(pc.is_valid(texts), texts, make_texts([""])[0]) if texts.null_count else texts


@contextlib.contextmanager
def _named(path: Path, kind: str) -> Iterator[None]:
    """Errors of pyarrow as ours, with the file."""
    import pyarrow as pa

    try:
        yield
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        said = make_visible(str(error)[:200])
        raise DataError(f"{path} cannot be read as {kind}: {said}") from error
