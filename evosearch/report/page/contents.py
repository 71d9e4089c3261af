"""Everything that one page says, in the reader's language and in the order of reading."""

from __future__ import annotations

from dataclasses import dataclass

from evosearch.report.page.records import PLACES, Picture

# Of the verdict, and of the comparison with the bars. Each also has a word or a sentence: colour
# alone says nothing.
TONES = ("bad", "unsure", "good")


@dataclass(frozen=True)
class KeyNumber:
    """One of the few numbers under the verdict.

    Attributes
    ----------
    label, value, note : str
        Such as ``searched``, ``-9.1 %`` and ``holding -26.0 %``.
    is_loss : bool
    """

    label: str
    value: str
    note: str = ""
    is_loss: bool = False


@dataclass(frozen=True)
class Said:
    """A sentence that a person must not miss, with its tone."""

    tone: str
    text: str

    def __post_init__(self) -> None:
        assert self.tone in TONES, self.tone


@dataclass(frozen=True)
class Page:
    """What a report says.

    Attributes
    ----------
    language : {"en", "es"}
    title : str
        What was searched.
    lines : tuple of str
        Under the title.
    verdict : Said
    box : tuple of (str, str)
        What the verdict rests on, as label and sentence.
    numbers : tuple of KeyNumber
    checks : tuple of Said
        Whether the figures were computed again, and what is missing.
    pictures : tuple of Picture
        In any order; the page has its own.
    command : str
        What makes this page again.
    warning : str
        What a person must not take this page for; empty where there is no money.
    """

    language: str
    title: str
    lines: tuple[str, ...]
    verdict: Said
    box: tuple[tuple[str, str], ...]
    numbers: tuple[KeyNumber, ...]
    checks: tuple[Said, ...]
    pictures: tuple[Picture, ...]
    command: str
    warning: str = ""

    def list_pictures(self) -> list[Picture]:
        """The pictures in the order of the page.

        Raises
        ------
        ValueError
            A picture has no place on the page, or two have the same.
        """
        keys = [picture.key for picture in self.pictures]
        if len({*keys}) < len(keys):
            raise ValueError(f"two pictures for one place: {keys}")
        return sorted(self.pictures, key=lambda picture: PLACES.index(picture.key))
