"""What a classification says: accuracy, calibration, confusion, the hardest samples, the controls, what compression leaves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8

from gromov.core import About, Axis, Bars, Caption, Curve, Estimate, Figure, Finding, Matrix, Result, Table
from gromov.report import number
from gromov.report.thumbnails import Strip, thumbnail
from gromov.verbs.fit_results import cell

_VAPNIK = "V. Vapnik (1991), Principles of risk minimization for learning theory. NIPS 4."
_GUO = "C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017), On calibration of modern neural networks. arXiv:1706.04599."
_MOST_CLASSES = 40


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The numbers of one model on the test samples, over its seeds.

    Attributes:
        model: The model.
        accuracy: Share of the test samples whose class is found.
        log_loss: Mean of −log p of the class, in nats.
        calibration_error: Mean of |accuracy − confidence| over 15 groups of equal size by confidence.
        parameters: Numbers that were trained.
        flops: Operations for one sample, a multiply-add counted as two; 0 where they are not known.
    """

    model: str
    accuracy: Estimate
    log_loss: Estimate
    calibration_error: Estimate
    parameters: int
    flops: int


@dataclass(frozen=True, slots=True, eq=False)
class Classification(ClassScores, Result):
    """How well classes are found, and what it looks like.

    Attributes:
        classes: Names of the classes.
        train_samples: Samples that were trained on.
        validation_samples: Samples that training looked at without learning from them.
        test_samples: Samples that are reported.
        stopped: Why training of the first seed ended.
        losses: Training loss by epoch, first seed.
        validation_accuracy: Accuracy on the validation samples by epoch, first seed; empty where there are none.
        confusion: Test samples by class (row) and by what was found (column), first seed.
        recall: Share found of each class, first seed.
        confidence: Mean confidence of 15 groups of test samples, first seed.
        confidence_accuracy: Accuracy of these groups.
        hardest: Places of the test samples with the largest loss, first seed.
        hardest_loss: Their loss, in nats.
        hardest_class: Their class.
        hardest_found: What was found.
        hardest_images: Their images, or none.
    """

    classes: tuple[str, ...]
    train_samples: int
    validation_samples: int
    test_samples: int
    stopped: str
    losses: Float[np.ndarray, " e"]
    validation_accuracy: Float[np.ndarray, " e"]
    confusion: Integer[np.ndarray, "k k"]
    recall: Float[np.ndarray, " k"]
    confidence: Float[np.ndarray, " g"]
    confidence_accuracy: Float[np.ndarray, " g"]
    hardest: Integer[np.ndarray, " m"]
    hardest_loss: Float[np.ndarray, " m"]
    hardest_class: Integer[np.ndarray, " m"]
    hardest_found: Integer[np.ndarray, " m"]
    hardest_images: UInt8[np.ndarray, "m h w c"]

    @classmethod
    def about(cls) -> About:
        """What is minimised."""
        return About(
            "Classification",
            "How well are classes found in samples that were not learnt from?",
            "The mean loss over the training samples is minimised by stochastic gradients (empirical risk minimisation); test samples are looked at once, at the end. "
            "With several seeds intervals are Student's over fits from different starts; with one they are Wilson's over test samples.",
            (_VAPNIK, _GUO),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """Accuracy, log loss, calibration, size."""
        return ("accuracy", "log_loss", "calibration_error", "parameters")

    def summary(self) -> str:
        """Accuracy in a sentence."""
        return f"{self.model} finds the class of {number(100 * self.accuracy.value)} % of {self.test_samples:,} test samples ({self.accuracy})."

    def findings(self) -> tuple[Finding, ...]:
        """Is it good, is it sure of the right things, what does it confuse?"""
        found = [Finding("How many classes are found?", f"{number(100 * self.accuracy.value)} %", self.summary())]
        sure = float(self.confidence.mean()) - float(self.confidence_accuracy.mean())
        calibrated = self.calibration_error.value < 0.02
        answer = "Yes" if calibrated else "Too sure" if sure > 0 else "Not sure enough"
        told = f"Confidence and accuracy differ by {self.calibration_error} on average."
        found.append(Finding("Does it know how sure it may be?", answer, told, tone="good" if calibrated else "neutral"))
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        if wrong.sum():
            row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
            told = f"{int(wrong.max())} of {int(self.confusion[row].sum())} test samples of {self.classes[row]} are taken for {self.classes[column]}; the class found least is {self.classes[int(self.recall.argmin())]} ({number(100 * float(self.recall.min()))} %)."
            found.append(Finding("What is confused?", f"{self.classes[row]} with {self.classes[column]}", told))
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """The hardest samples."""
        rows = tuple(
            (str(i), self.classes[c], self.classes[f], number(loss))
            for i, c, f, loss in zip(
                self.hardest.tolist(), self.hardest_class.tolist(), self.hardest_found.tolist(), self.hardest_loss.tolist(), strict=True
            )
        )
        note = "The largest losses among the test samples; look at them: labels may be wrong."
        return (Table("classify-hardest", "The hardest test samples", ("sample", "class", "found", "loss"), rows[:12], note),)

    def strips(self) -> tuple[Strip, ...]:
        """The hardest samples as pictures."""
        if not len(self.hardest_images):
            return ()
        columns = tuple(
            (f"{self.classes[c]}, found {self.classes[f]}", (thumbnail(image),))
            for c, f, image in zip(self.hardest_class.tolist(), self.hardest_found.tolist(), self.hardest_images, strict=True)
        )
        return (
            Strip(
                "The hardest test samples", "The largest losses; a wrong label is among them sooner than elsewhere.", columns, ("image",)
            ),
        )

    def figures(self) -> tuple[Figure, ...]:
        """Curves, confusion, calibration."""
        return tuple(figure for figure in (self._curves(), self._confusion(), self._calibration()) if figure is not None)

    def _curves(self) -> Figure:
        epochs = np.arange(1, len(self.losses) + 1)
        layers = [Curve("training loss", epochs, self.losses)]
        if len(self.validation_accuracy):
            layers.append(Curve("validation error", epochs, 1 - self.validation_accuracy))
        caption = Caption(
            what="Training loss, and the share of validation samples whose class is not found, by epoch.",
            how="Loss in nats with what regularises it (smoothing, augmentation); first seed.",
            sure=f"Training ended because {self.stopped}.",
            means="Where the loss falls and the error rises, the samples are learnt by heart.",
        )
        return Figure("classify-curves", "Learning", caption, Axis("epoch"), Axis("loss, error", log=True), tuple(layers))

    def _confusion(self) -> Figure | None:
        if len(self.classes) > _MOST_CLASSES:
            return None
        share = self.confusion / np.maximum(self.confusion.sum(axis=1, keepdims=True), 1)
        caption = Caption(
            what="Share of the test samples of each class (row) by what was found (column).",
            how="First seed; rows sum to 1.",
            sure=f"{self.test_samples:,} test samples.",
            means="Away from the diagonal: what is taken for what.",
        )
        return Figure(
            "classify-confusion",
            "Confusion",
            caption,
            Axis("found"),
            Axis("class"),
            (Matrix("share", share, self.classes, self.classes),),
        )

    def _calibration(self) -> Figure:
        caption = Caption(
            what="Accuracy of groups of test samples against their mean confidence.",
            how="15 groups of equal size; confidence is the largest probability.",
            sure=f"{self.test_samples:,} test samples; the mean gap is {self.calibration_error}.",
            means="On the diagonal a confidence of .9 means nine right in ten; below it the model is too sure.",
        )
        ends = np.array([float(min(self.confidence.min(), self.confidence_accuracy.min())), 1.0])
        layers = (Curve("groups", self.confidence, self.confidence_accuracy), Curve("as sure as right", ends, ends))
        return Figure("classify-calibration", "Calibration", caption, Axis("confidence"), Axis("accuracy"), layers)


@dataclass(frozen=True, slots=True, eq=False)
class ClassControls(Result):
    """Simpler models on the same samples.

    Attributes:
        reported: The reported model, to compare with.
        others: The controls, by name: `linear` (multinomial logistic regression), and of tables `forest` (random forest).
        majority: Share of the largest class among the test samples.
    """

    reported: ClassScores
    others: Mapping[str, ClassScores]
    majority: float

    @classmethod
    def about(cls) -> About:
        """What the controls are for."""
        return About(
            "Controls",
            "Would something simpler do?",
            "Multinomial logistic regression on the same standardised inputs, and for tables a random forest of scikit-learn with its defaults, trained on the same samples and held against the same test samples.",
            (),
        )

    def summary(self) -> str:
        """The best control in a sentence."""
        if not self.others:
            return f"The largest class has {number(100 * self.majority)} % of the test samples."
        best = max(self.others.values(), key=lambda each: each.accuracy.value)
        return f"The best control, {best.model}, finds {number(100 * best.accuracy.value)} %; the largest class has {number(100 * self.majority)} % of the test samples."

    def findings(self) -> tuple[Finding, ...]:
        """Is it better than the simple ones?"""
        if not self.others:
            return ()
        best = max(self.others.values(), key=lambda each: each.accuracy.value)
        here, there = self.reported.accuracy, best.accuracy
        low, high = (here.ci or (here.value,) * 2)[0], (there.ci or (there.value,) * 2)[1]
        answer = "No" if low > high else "Yes" if here.value <= there.value else "Nearly"
        told = f"{self.reported.model}: {here}; {best.model}: {there}; always the largest class: {number(self.majority)}."
        return (Finding("Would something simpler do?", answer, told, tone="good" if answer == "No" else "neutral"),)

    def lead(self) -> Table:
        """The models side by side."""
        rows = [
            (
                each.model,
                cell(each.accuracy),
                cell(each.log_loss),
                cell(each.calibration_error),
                f"{each.parameters:,}" if each.parameters else "",
            )
            for each in (self.reported, *self.others.values())
        ]
        rows.append(("always the largest class", number(self.majority), "", "", "0"))
        columns = ("model", "accuracy", "log loss", "calibration error", "parameters")
        return Table(
            "classify-models",
            "The same test samples",
            columns,
            tuple(rows),
            "Means over seeds with 95 % intervals; of one fit Wilson's interval over test samples.",
        )

    def tables(self) -> tuple[Table, ...]:
        """The models."""
        return (self.lead(),)


@dataclass(frozen=True, slots=True)
class Compressed:
    """A trained network after its layers were brought into a format.

    Attributes:
        kind: The format: `tt`, `tucker`, `cp`, `low_rank` or `prune`.
        rank: Rank of the factors; of pruning the share of weights kept.
        parameters: Parameters of the whole network, after.
        accuracy: Accuracy on the test samples, nothing being trained again.
    """

    kind: str
    rank: float
    parameters: int
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class Compression(Result):
    """What is left of a trained network in fewer parameters.

    Attributes:
        before: Parameters of the whole network as it was trained.
        accuracy: Its accuracy on the test samples, first seed.
        settings: What each format and rank leaves.
    """

    before: int
    accuracy: float
    settings: tuple[Compressed, ...]

    @classmethod
    def about(cls) -> About:
        """What is done."""
        return About(
            "Compression",
            "How many parameters are needed?",
            "Every linear and convolutional layer of the trained network is replaced by its best approximation of a rank where that saves parameters (tensor train, low rank; convolutions by Tucker-2), "
            "or the smallest weights are set to zero (pruning); nothing is trained again. Parameters are those of the whole network.",
            ("I. Oseledets (2011), Tensor-train decomposition. SIAM J. Sci. Comput. 33.",),
        )

    def summary(self) -> str:
        """The smallest network within a hundredth."""
        kept = [each for each in self.settings if each.accuracy >= self.accuracy - 0.01]
        if not kept:
            return "No setting keeps the accuracy within a hundredth."
        best = min(kept, key=lambda each: each.parameters)
        return f"{best.kind} of rank {best.rank:g} keeps {number(100 * best.accuracy)} % of {number(100 * self.accuracy)} % with {best.parameters:,} of {self.before:,} parameters."

    def findings(self) -> tuple[Finding, ...]:
        """How small can it be?"""
        return (Finding("How small can it be without training again?", self.summary().partition(" keeps")[0], self.summary()),)

    def tables(self) -> tuple[Table, ...]:
        """Every setting."""
        rows = tuple((each.kind, f"{each.rank:g}", f"{each.parameters:,}", number(each.accuracy)) for each in self.settings)
        return (
            Table(
                "classify-compression",
                "Compression",
                ("format", "rank", "parameters", "accuracy"),
                rows,
                f"Before: {self.before:,} parameters, {number(self.accuracy)}.",
            ),
        )

    def figures(self) -> tuple[Figure, ...]:
        """Accuracy against parameters."""
        kinds = dict.fromkeys(each.kind for each in self.settings)
        layers: list[Curve | Bars] = []
        for kind in kinds:
            own = sorted((each for each in self.settings if each.kind == kind), key=lambda each: each.parameters)
            layers.append(Curve(kind, np.array([each.parameters for each in own]), np.array([each.accuracy for each in own])))
        caption = Caption(
            what="Accuracy on the test samples against the parameters of the whole network.",
            how="Layers are replaced by approximations of a rank; nothing is trained again.",
            sure="One trained network; the test samples are the same.",
            means="The higher curve needs fewer parameters for the same accuracy.",
        )
        return (Figure("classify-compression", "Accuracy by size", caption, Axis("parameters", log=True), Axis("accuracy"), tuple(layers)),)
