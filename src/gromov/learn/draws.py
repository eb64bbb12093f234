"""Seeds of the steps of a training: each depends on the seed of the fit, on what is drawn and on the number of the step, and on nothing else."""

from gromov.core import generator

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = (1 << 64) - 1


def splitmix64(state: int) -> int:
    """The output of SplitMix64 for a state: a bijection of the 64-bit numbers whose values at s, s + γ, s + 2γ … pass for random.

    γ is the golden ratio's 0x9E3779B97F4A7C15. Cost: about half a microsecond.

    Reference: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators. OOPSLA.
    """
    z = (state + _GOLDEN) & _WORD
    z = ((z ^ (z >> 30)) * _FIRST) & _WORD
    z = ((z ^ (z >> 27)) * _SECOND) & _WORD
    return z ^ (z >> 31)


class StepSeeds:
    """Seeds of the steps for one kind of draw: SplitMix64 started at a key that NumPy's SeedSequence made.

    Args:
        seed: Seed of the fit.
        what: What is drawn.
        process: Number of the process in a distributed launch: each draws its own.
    """

    def __init__(self, seed: int, what: str, process: int = 0) -> None:
        path = (process,) if process else ()
        self._key = int(generator(seed, "learn", what, *path).integers(1 << 63))

    def at(self, step: int) -> int:
        """The seed of a step, a number below 2⁶³."""
        return splitmix64((self._key + step * _GOLDEN) & _WORD) >> 1
