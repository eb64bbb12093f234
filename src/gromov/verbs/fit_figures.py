"""What the reports of fits share: the loss, bars of estimates, whether a gain is one."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from gromov.core import Axis, Bars, Caption, Curve, Estimate, Figure


def loss_figure(key: str, losses: Float[np.ndarray, " e"], unit: str, caption: Caption) -> Figure:
    """The loss by epoch, on a logarithmic axis."""
    curve = Curve("loss", np.arange(1, len(losses) + 1), losses)
    return Figure(key, "Loss by epoch", caption, Axis("epoch"), Axis(unit, log=True), (curve,))


def bars_of(name: str, estimates: Sequence[Estimate]) -> Bars:
    """A bar for each estimate, as far off as its interval reaches down."""
    values = np.array([each.value for each in estimates])
    error = np.array([0.0 if each.ci is None else each.value - each.ci[0] for each in estimates])
    return Bars(name, np.arange(len(estimates)), values, error=error)


def gained(gain: Estimate) -> str:
    """`Yes`, `No` or `Not beyond chance`, by the interval of a gain; without one by its value."""
    low, high = gain.ci or (gain.value, gain.value)
    return "Yes" if low > 0 else "No" if high < 0 else "Not beyond chance"
