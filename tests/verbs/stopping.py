"""Progress that ends a run, as an interruption would."""


class StoppedError(Exception):
    """Raised in place of an interruption."""


class StopAfter:
    """Progress that raises at its n-th step."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, what: str, done: float) -> None:
        del what, done
        self.left -= 1
        if not self.left:
            raise StoppedError
