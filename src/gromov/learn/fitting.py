"""The loop: batches, gradients, steps, and what is kept so that it can be stopped at any of them."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gromov.core import Arrays, Device, GromovError, InputError, Progress, Silent, Tree, generator, resolve_device
from gromov.core.runs import RunFolder
from gromov.learn.average import WeightAverage
from gromov.learn.draws import StepSeeds
from gromov.learn.evaluating import evaluate, is_better
from gromov.learn.fitted import Fit
from gromov.learn.losses import Loss
from gromov.learn.machine import Machine
from gromov.learn.problem import Problem
from gromov.learn.samples import batches
from gromov.learn.state import flatten, unflatten
from gromov.learn.training import Training

_KEEP_EVERY = 30.0
_CHECK_EVERY = 20
_TELL_EVERY = 0.1
Logger = Callable[[int, Mapping[str, float]], None]
"""Told the number of an epoch and its numbers."""


class NonFiniteLossError(GromovError):
    """The loss stopped being a number; the text says when, and where the last good state is."""


def fit(
    problem: Problem,
    training: Training | None = None,
    *,
    seed: int = 0,
    device: Device = "auto",
    folder: RunFolder | None = None,
    name: str = "training",
    progress: Progress | None = None,
    loggers: Sequence[Logger] = (),
) -> Fit:
    """Minimise L(θ) = (1/n) Σ l(f(xᵢ, θ), yᵢ) by stochastic gradients.

    Every random draw (weights, order, augmentation, dropout) comes from the seed and the number of the step, so that a run which was stopped at any step ends with the same
    numbers as one that was not. Runs on accelerate: the CPU, one GPU, or every process of a distributed launch, each of which takes its share of every batch; all of them
    return the same weights and numbers, and the main process alone writes, shows progress and tells the loggers.

    Args:
        problem: What to minimise.
        training: How; None means `Training()`.
        seed: Seed of every draw.
        device: `auto`, `cpu` or `cuda`.
        folder: Run folder to keep the state in, about every 30 seconds; training goes on from what it finds there.
        name: Of the state in the folder, where one folder holds several.
        progress: Told how far the work is, every 20 steps or 0.1 s.
        loggers: Told the numbers of each epoch; `gromov.integrations.epochs` has those of TensorBoard, MLflow and Weights & Biases.

    Cost: epochs · n forward and backward passes; the state is twice (SGD) or three times (Adam) the parameters.

    Raises:
        InputError: the options do not fit the problem.
        NonFiniteLossError: the loss became NaN or infinite; the last good state stays in the folder.
    """
    training = training or Training()
    if (training.patience is not None or training.keep == "best") and problem.data.validation is None:
        raise InputError(
            "stopping early and keeping the best epoch need validation samples: give some, or leave patience at None and keep at 'last'"
        )
    if training.monitor != "loss" and training.monitor not in problem.metrics:
        raise InputError(
            f"monitor is {training.monitor!r}; it must be loss or a metric of the problem: {', '.join(problem.metrics) or 'there are none'}"
        )
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=range(torch.cuda.device_count())))
        torch.manual_seed(int(generator(seed, "learn", "start").integers(2**62)))
        loop = _Loop(problem, training, seed, resolve_device(device), folder, name)
        return loop.run(progress or Silent(), loggers)


class _Loop:
    """The state of a fit between two steps."""

    def __init__(self, problem: Problem, training: Training, seed: int, device: str, folder: RunFolder | None, name: str) -> None:
        self.problem, self.training, self.seed, self.folder, self.name = problem, training, seed, folder, name
        self.machine = Machine.of(device, training.precision)
        self.step_seeds, self.augment_seeds = (StepSeeds(seed, what, self.machine.process) for what in ("step", "augment"))
        self.drawn = torch.Generator()
        self.model = self.machine.placed(problem.start(seed))
        loss: Loss | nn.Module = problem.loss
        self.learnt_loss = self.machine.placed(loss) if isinstance(loss, nn.Module) else None
        owners = [self.model] if self.learnt_loss is None else [self.model, self.learnt_loss]
        parameters = [parameter for owner in owners for parameter in owner.parameters()]
        self.optimizer: Optimizer = training.optimizer_of(parameters)
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.forward, self.stepper = self.machine.prepare(self.model, self.optimizer, compiled=training.compiled)
        self.average = None if training.average is None else WeightAverage(self.model, training.average)
        self.pace = training.pace()
        self.order = problem.data.order or partial(batches, len(problem.data.train), training.batch)
        self.per_epoch = len(self.order(seed, 0))
        self.step, self.rate = 0, training.rate
        self.gap, self.checked_at = 1, time.monotonic()
        self.sums: list[float] = []
        self.losses: list[float] = []
        self.rates: list[float] = []
        self.validation: list[dict[str, float]] = []
        self.best: tuple[int, dict[str, Tensor]] | None = None
        self.spent, self.began, self.kept_at = 0.0, time.process_time(), time.monotonic()
        self._restore()

    def run(self, progress: Progress, loggers: Sequence[Logger]) -> Fit:
        if not self.machine.is_main:
            progress, loggers = Silent(), ()
        stopped = self._reason()
        while not stopped:
            self._epoch(progress)
            numbers = {
                "loss": self.losses[-1],
                "rate": self.rates[-1],
                **{f"validation.{k}": v for k, v in self._last_validation().items()},
            }
            for tell in loggers:
                tell(len(self.losses), numbers)
            stopped = self._reason()
        best = len(self.losses)
        weights = self._weights()
        if self.training.keep == "best" and self.best is not None:
            best, weights = self.best
        model = self.model
        model.load_state_dict(weights)
        model.eval()
        test: dict[str, float] = {}
        if self.problem.data.test is not None:
            progress.step("test", 0.99)
            test = evaluate(model, self.problem, self.problem.data.test, self.machine)
        return Fit(
            model=model.cpu(),
            losses=np.array(self.losses),
            rates=np.array(self.rates),
            validation={key: np.array([each[key] for each in self.validation]) for key in self._last_validation()},
            test=test,
            best_epoch=best,
            stopped=stopped,
            steps=self.step,
            parameters=sum(parameter.numel() for parameter in self.parameters),
            seconds=self.spent + time.process_time() - self.began,
        )

    def _epoch(self, progress: Progress) -> None:
        epoch, data, whole = len(self.losses), self.problem.data, self.training.epochs * self.per_epoch
        order = self.order(self.seed, epoch)
        count = sum(map(len, order))
        self.model.train()
        waiting: list[Tensor] = []
        parts: list[float] = []
        self.rate, self.checked_at = math.nan, time.monotonic()  # the rate is set anew: the state may come from a folder
        for place in range(self.step - epoch * self.per_epoch, self.per_epoch):
            rate = self.training.rate * self.pace((self.step + 1) / whole)
            if rate != self.rate:
                self.rate = rate
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
            waiting.append(self._step(order[place]))
            parts.append(len(order[place]) / count)
            self.step += 1
            if len(waiting) >= self.gap or place == self.per_epoch - 1:
                self._require_finite(waiting, parts, epoch)
                self._keep_sometimes()
                told = f"epoch {epoch + 1}, loss {sum(self.sums) * self.per_epoch / (place + 1):.3f}"
                progress.step(told, self.step / whole)
        self.losses.append(sum(self.sums))
        self.sums = []
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        self.machine.together_as_main(self.model.buffers())
        if data.validation is not None:
            self._validate(progress)
        if self.step < whole:
            self._keep_sometimes()

    def _step(self, indices: np.ndarray) -> Tensor:
        """One step; the loss it had, not yet waited for: this process's part of the mean over the batch."""
        self._draw_anew()
        chosen, weight = self.machine.share(indices)
        inputs, targets = self.problem.data.train.batch(chosen)
        if self.problem.data.augment is not None:
            inputs = self.problem.data.augment(inputs, self.drawn.manual_seed(self.augment_seeds.at(self.step)))
        inputs, targets = self.machine.placed(inputs), self.machine.placed(targets)
        self.optimizer.zero_grad(set_to_none=True)
        with self.machine.rounded():
            loss = self.problem.loss(self.forward(inputs), targets)
        if weight != 1:  # shares of unequal size
            loss = loss * weight
        self.machine.backward(loss)
        if self.learnt_loss is not None:
            self.machine.together_mean(self.learnt_loss.parameters())
        if self.training.clip is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.training.clip)
        self.stepper.step()
        if self.average is not None:
            self.average.update(self.model)
        return loss.detach()

    def _draw_anew(self) -> None:
        """Seed torch's generators by the number of the step; `torch.manual_seed` would format the call stack each time for devices that are not there."""
        seed = self.step_seeds.at(self.step)
        torch.default_generator.manual_seed(seed)
        if self.machine.device == "cuda":
            torch.cuda.manual_seed_all(seed)

    def _require_finite(self, waiting: list[Tensor], parts: list[float], epoch: int) -> None:
        """Add the losses of the steps since the last check up, and settle with all processes after how many steps the next one is."""
        now = time.monotonic()
        pace = _TELL_EVERY * len(waiting) / max(now - self.checked_at, 1e-9)
        gap = max(1, min(_CHECK_EVERY, int(pace))) if self.machine.is_main else 0
        losses = torch.stack(waiting).double()
        found = self.machine.together_sum(torch.cat([losses, losses.new_tensor([gap])])).tolist()
        self.gap, self.checked_at = int(found.pop()), now
        values = [value / self.machine.processes for value in found]
        for back, value in enumerate(values):
            if not math.isfinite(value):
                step = self.step - len(values) + back + 1
                told = "" if self.folder is None else f"; the last good state is in {self.folder.path}"
                raise NonFiniteLossError(
                    f"the loss became {value} at step {step} (epoch {epoch + 1}): lower the learning rate ({self.training.rate:g}), clip gradients, or look for bad samples{told}"
                )
        self.sums += [value * part for value, part in zip(values, parts, strict=True)]
        waiting.clear()
        parts.clear()

    def _validate(self, progress: Progress) -> None:
        assert self.problem.data.validation is not None
        progress.step(f"epoch {len(self.losses)}, validation", self.step / (self.training.epochs * self.per_epoch))
        weights = self._weights() if self.average is not None else None
        held = {k: v.clone() for k, v in self.model.state_dict().items()} if weights is not None else None
        if weights is not None:
            self.model.load_state_dict(weights)
        self.validation.append(evaluate(self.model, self.problem, self.problem.data.validation, self.machine))
        if held is not None:
            self.model.load_state_dict(held)
        monitored = [each[self.training.monitor] for each in self.validation]
        if self.training.keep == "best" and is_better(monitored, self.training.monitor):
            self.best = (len(self.losses), self._weights())

    def _last_validation(self) -> dict[str, float]:
        return self.validation[-1] if self.validation else {}

    def _weights(self) -> dict[str, Tensor]:
        """The weights as they are reported: their moving average where one is kept."""
        state = self.model.state_dict() if self.average is None else self.average.state(self.model)
        return {key: value.detach().cpu().clone() for key, value in state.items()}

    def _reason(self) -> str:
        done, patience = len(self.losses), self.training.patience
        if patience is not None and self.validation:
            monitored = [each[self.training.monitor] for each in self.validation]
            best = max(i for i in range(len(monitored)) if is_better(monitored[: i + 1], self.training.monitor))
            if done - 1 - best >= patience:
                return f"{self.training.monitor} of validation was best {done - 1 - best} epochs ago"
        return f"all {done} epochs were done" if done >= self.training.epochs else ""

    # ---- between two runs

    def _keep_sometimes(self) -> None:
        if self.folder is None or time.monotonic() - self.kept_at < _KEEP_EVERY or not self.machine.is_main:
            return
        arrays: Arrays = {}
        tree: Tree = {
            "state": flatten(
                {
                    "model": self.model.state_dict(),
                    "loss": {} if self.learnt_loss is None else self.learnt_loss.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                    "average": {} if self.average is None else self.average.weights,
                    "best": {} if self.best is None else self.best[1],
                },
                "s",
                arrays,
            ),
            "best_epoch": 0 if self.best is None else self.best[0],
            "step": self.step,
            "sums": self.sums,
            "losses": self.losses,
            "rates": self.rates,
            "validation": self.validation,
            "seconds": self.spent + time.process_time() - self.began,
        }
        self.folder.keep(f"{self.name}.state", tree, arrays)
        self.kept_at = time.monotonic()

    def _restore(self) -> None:
        kept = None if self.folder is None else self.folder.part(f"{self.name}.state")
        here = 0 if kept is None else cast(int, kept[0]["step"])
        if self.folder is not None and int(self.machine.together_sum(torch.tensor([here]))[0]) != here * self.machine.processes:
            raise InputError(
                f"the processes of this launch find different states of {self.name} in {self.folder.path}: put the run folder where all of them can read it"
            )
        if kept is None:
            return
        tree, arrays = kept
        state = cast("dict[str, dict[str, Tensor]]", unflatten(tree["state"], arrays))
        self.model.load_state_dict(state["model"])
        if self.learnt_loss is not None:
            self.learnt_loss.load_state_dict(state["loss"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            self.average.restore(state["average"])
        if tree["best_epoch"]:
            self.best = (cast(int, tree["best_epoch"]), state["best"])
        self.step, self.spent = cast(int, tree["step"]), cast(float, tree["seconds"])
        self.sums, self.losses, self.rates = (list(cast("list[float]", tree[key])) for key in ("sums", "losses", "rates"))
        self.validation = list(cast("list[dict[str, float]]", tree["validation"]))
