"""Arrays that grow on disk: more speech than fits into memory in one `.npy` file."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np


class NpyWriter:
    """Appends along the first axis; the file appears under its name when all is written.

    NumPy pads the header of a file so that the first axis can grow in place: `_header` has the same size
    for every number of rows, which `__exit__` checks.
    """

    def __init__(self, path: Path, dtype: type, shape: tuple[int, ...] = ()) -> None:
        self.path, self.part = path, path.with_suffix(".part")
        self.dtype, self.shape, self.rows = np.dtype(dtype), shape, 0

    def _header(self) -> dict:
        return {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.shape),
        }

    def __enter__(self) -> Self:
        self.file = open(self.part, "wb")
        np.lib.format.write_array_header_1_0(self.file, self._header())
        self.begin = self.file.tell()
        return self

    def append(self, rows: np.ndarray) -> None:
        """Adds rows [n, *shape] of the file's type."""
        assert rows.dtype == self.dtype and rows.shape[1:] == self.shape, (rows.dtype, rows.shape)
        np.ascontiguousarray(rows).tofile(self.file)
        self.rows += len(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.file:
            self.file.seek(0)
            np.lib.format.write_array_header_1_0(self.file, self._header())
            assert self.file.tell() == self.begin, "the header of a growing array keeps its size"
        if kind is None:
            self.part.rename(self.path)
        else:
            self.part.unlink()
