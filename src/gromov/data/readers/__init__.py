"""One file a format; `read_file` tells the format from the first bytes, then from the name."""

from gromov.data.readers.detect import read_file, read_values
from gromov.data.readers.file import File
from gromov.data.readers.folder import is_source, read_folder
from gromov.data.readers.parts import matching, read_parts

__all__ = ["File", "is_source", "matching", "read_file", "read_folder", "read_parts", "read_values"]
