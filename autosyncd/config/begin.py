"""The first configuration of a user who has none."""

from collections.abc import Mapping
from pathlib import Path

from autosyncd.api.locate import config_candidates
from autosyncd.config import put
from autosyncd.config.writing import STARTING_TEXT


def begin(environment: Mapping[str, str], *, home: Path) -> Path:
    """Write a configuration without repositories where it is looked for first.

    Raises AutosyncError if it can't be written; one that is there is left as it is.
    """
    file = config_candidates(environment, home=home)[0]
    try:
        put.create(file, STARTING_TEXT)
    except FileExistsError:
        pass
    except OSError as error:
        raise put.cannot_write(file, error) from error
    return file
