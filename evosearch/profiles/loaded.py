"""A profile that was checked, with what it does not say itself: where its files and lines are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from evosearch.profiles.files import Draft
from evosearch.profiles.tables import Profile


class LoadedProfile(Profile):
    """A profile that is ready to run. Its last two fields are no part of what it says.

    Attributes
    ----------
    folders : tuple of Path
        Where relative files named in the profile are looked for; the first match counts.
    origins : mapping of str to str
        Dotted key to where its value was written.
    """

    folders: tuple[Path, ...] = Field(default=(Path(),), exclude=True, repr=False)
    origins: Mapping[str, str] = Field(default={}, exclude=True, repr=False)

    @classmethod
    def of(cls, profile: Profile, draft: Draft) -> LoadedProfile:
        """The checked profile of a draft."""
        return cls.model_construct(
            **dict(profile), folders=draft.folders, origins=dict(draft.origins)
        )

    def __eq__(self, other: object) -> bool:
        """Profiles that say the same are equal, wherever each value was written."""
        return isinstance(other, Profile) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def replace(self, **values: Any) -> LoadedProfile:
        """The same profile with other values, which are not checked."""
        return self.model_copy(update=values)
