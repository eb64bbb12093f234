"""States from every process of a group, as bytes of arrays: no pickles."""

import io
import sys

import numpy as np
from numpy.typing import NDArray


def gather_states(state: dict[str, NDArray[np.generic]]) -> list[dict[str, NDArray[np.generic]]]:
    """The states of all processes, by rank; this one alone where `torch.distributed` was not started."""
    if not _started():
        return [state]
    import torch
    from torch import distributed

    device = torch.device("cuda", torch.cuda.current_device()) if distributed.get_backend() == "nccl" else torch.device("cpu")
    mine = torch.from_numpy(np.frombuffer(pack(state), dtype=np.uint8).copy()).to(device)
    sizes = [torch.zeros(1, dtype=torch.int64, device=device) for _ in range(distributed.get_world_size())]
    distributed.all_gather(sizes, torch.tensor([len(mine)], dtype=torch.int64, device=device))
    lengths = [int(size) for size in sizes]
    padded = torch.zeros(max(lengths), dtype=torch.uint8, device=device)
    padded[: len(mine)] = mine
    gathered = [torch.empty_like(padded) for _ in lengths]
    distributed.all_gather(gathered, padded)
    return [unpack(part[:length].cpu().numpy().tobytes()) for part, length in zip(gathered, lengths, strict=True)]


def process_rank() -> int:
    """Rank of this process in its group; 0 outside of one."""
    if not _started():
        return 0
    from torch import distributed

    return distributed.get_rank()


def pack(state: dict[str, NDArray[np.generic]]) -> bytes:
    """The arrays as the bytes of an npz archive."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **state)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[np.generic]]:
    """The arrays of an npz archive."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _started() -> bool:
    """Whether this process belongs to a group; torch is not imported to find out."""
    if "torch" not in sys.modules:
        return False
    from torch import distributed

    return distributed.is_available() and distributed.is_initialized()
