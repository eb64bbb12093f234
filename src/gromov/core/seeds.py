"""Independent random streams from one seed: a stream is named, so adding one never moves another."""

import zlib

import numpy as np


def generator(seed: int, *path: str | int) -> np.random.Generator:
    """Random generator of the stream `path` under `seed`.

    The same (seed, path) gives the same stream in any process and order; different paths give independent streams
    (NumPy's SeedSequence of the seed, spawned by the CRC-32 of each word and by each number).
    """
    words = [part if isinstance(part, int) else zlib.crc32(part.encode()) for part in path]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))
