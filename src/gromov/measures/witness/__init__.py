"""The witness complex of random landmarks: its filtration, its holes, and how long each number of them lives."""

from gromov.measures.witness.draws import GAMMA, LANDMARKS, WITNESSES, Scheme, living_shares, scheme, shares_of
from gromov.measures.witness.living import LivingTimes, apart, padded, transport
from gromov.measures.witness.nearest import Cloud
from gromov.measures.witness.null import CLOUDS, LoopNull, loop_null

__all__ = [
    "CLOUDS",
    "GAMMA",
    "LANDMARKS",
    "WITNESSES",
    "Cloud",
    "LivingTimes",
    "LoopNull",
    "Scheme",
    "apart",
    "living_shares",
    "loop_null",
    "padded",
    "scheme",
    "shares_of",
    "transport",
]
