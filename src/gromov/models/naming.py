"""Points by name."""

import difflib
from collections.abc import Sequence

from gromov.core import InputError


def place_of(name: str, names: Sequence[str]) -> int:
    """The place of a name.

    Raises:
        InputError: nobody is called so; names that look like it are offered.
    """
    try:
        return names.index(name)
    except ValueError:
        close = difflib.get_close_matches(name, names, n=3)
        hint = f" (did you mean {' or '.join(close)}?)" if close else ""
        raise InputError(f"there is no {name!r}{hint} among the {len(names):,} names") from None
