"""One file a format; `read_file` tells the format from the first bytes, then from the name."""

from gromov.data.readers.detect import read_file, read_values
from gromov.data.readers.file import File

__all__ = ["File", "read_file", "read_values"]
