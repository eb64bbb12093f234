"""The fits of `fit images`: what is decided before the first, and how they are put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from gromov.core import Progress, Result
from gromov.core.devices import multiplies_bfloat16
from gromov.core.runs import RunFolder
from gromov.learn import Machine, Samples, TensorSamples, Training
from gromov.measures import hyperbolicity
from gromov.models import Embedding
from gromov.models.images import retrieve
from gromov.nn import Composition, Dense
from gromov.verbs.classify_jobs import augment_for, standardise, weights_of
from gromov.verbs.fit_common import Budget, Place, start_seed
from gromov.verbs.images_bodies import declared, freeze_patches, frozen_features, is_pretrained, load_body, unit_start
from gromov.verbs.images_data import Pictures, spread
from gromov.verbs.images_files import FileImages
from gromov.verbs.images_foreign import blurred_samples, foreign_samples, one_shot_samples
from gromov.verbs.images_jobs import Batches, Embedded, Job, Setting, vectors_and_features
from gromov.verbs.images_options import EPOCHS, ImageOptions
from gromov.verbs.images_record import FittedImages
from gromov.verbs.images_scores import Scored, score_of
from gromov.verbs.images_split import Split
from gromov.verbs.images_summary import controls_of, embedding_of, levels_of_spaces, one_shot_of, scores_of

TEMPERATURES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""What τ is chosen among, in every space."""
_SAMPLE, _STATISTICS = 500, 5000
_LARGEST_K, _SMALLEST_K = -0.01, -10.0


@dataclass(frozen=True, slots=True, eq=False)
class OneFit:
    """A fit and its numbers."""

    setting: Setting
    done: Embedded
    scored: Scored


@dataclass(frozen=True, slots=True, eq=False)
class SpaceFits:
    """The fits of one space, and how its temperature was chosen."""

    fits: list[OneFit]
    temperatures: np.ndarray
    recalls: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What all fits of a run share, and how they are put together."""

    pictures: Pictures
    split: Split
    job: Job
    tuning: Job
    network: Composition
    setting: Setting
    options: ImageOptions
    delta: tuple[float, float, float]
    report: Progress
    answers: np.ndarray | None

    def fits(self, spaces: Sequence[str], budget: Budget) -> dict[str, SpaceFits]:
        """Every space with every seed; the reported space first."""
        seeds, temperature = self.options.seeds, self.options.temperature
        tried = TEMPERATURES if temperature is None else ()
        count = len(spaces) * (len(tried) / 2 + seeds)
        found: dict[str, SpaceFits] = {}
        for turn, space in enumerate(spaces):
            if turn and budget.is_spent():
                budget.leave_out(space)
                continue
            start = count / len(spaces) * turn
            setting = replace(self.setting, space=space)
            recalls = [self._validated(replace(setting, temperature=t), i, start + i / 2, count) for i, t in enumerate(tried)]
            chosen = temperature if temperature is not None else tried[int(np.argmax(recalls))]
            fits: list[OneFit] = []
            for each in range(seeds):
                if (turn or each) and budget.is_spent():
                    budget.leave_out(f"{space}, seed {each}")
                    continue
                fits.append(
                    self._one(
                        replace(setting, temperature=chosen, seed=start_seed(setting.seed, each)),
                        each,
                        start + len(tried) / 2 + each,
                        count,
                    )
                )
            if fits:
                found[space] = SpaceFits(fits, np.array(tried), np.array(recalls))
        return found

    def _one(self, setting: Setting, turn: int, place: float, count: float) -> OneFit:
        progress = Place(self.report, place, count)
        done = self.job.run(f"fit-{setting.space}-{turn}", setting, progress)
        progress.step("scoring", 0.99)
        scored = score_of(
            done,
            setting.geometry(done.curvature),
            self.pictures,
            self.split,
            self.setting.seed,
            episodes=self.options.episodes,
        )
        return OneFit(setting, done, scored)

    def _validated(self, setting: Setting, turn: int, place: float, count: float) -> float:
        """Recall at 1 on the validation classes of a shorter fit with a seed that is not reported."""
        setting = replace(setting, seed=start_seed(setting.seed, 1_000_000))
        done = self.tuning.run(f"tune-{setting.space}-{turn}", setting, Place(self.report, place, 2 * count))
        geometry = setting.geometry(done.curvature).double()
        with torch.no_grad():
            points = geometry(torch.from_numpy(done.vectors["test"]).double())
        classes = torch.from_numpy(self.pictures.targets[self.split.validation])
        return float(retrieve(points, classes, geometry.distances, ranks=(1,)).recall[1].mean())

    def results(self, found: dict[str, SpaceFits]) -> dict[str, Result]:
        """The numbers of all fits."""
        seed, dim = self.options.seed, self.options.dim
        scores = {
            name: scores_of(name, dim, fits.fits[0].setting.temperature, [each.scored.score for each in fits.fits], seed)
            for name, fits in found.items()
        }
        reported = next(iter(found))
        results: dict[str, Result] = {
            "test": embedding_of(
                scores[reported],
                found[reported].fits[0].done,
                found[reported].fits[0].scored,
                found[reported].temperatures,
                found[reported].recalls,
                self.pictures,
                self.split,
                self.delta,
                seed,
            ),
            "controls": controls_of(
                scores, {name: [each.scored for each in fits.fits] for name, fits in found.items()}, self.pictures, self.split, seed
            ),
        }
        levels = {name: fits.fits[0].scored.levels for name, fits in found.items()}
        if all(each is not None for each in levels.values()):
            results["levels"] = levels_of_spaces(
                {name: each for name, each in levels.items() if each is not None}, self.pictures, self.split
            )
        if self.answers is not None:
            results["one_shot"] = one_shot_of(
                {name: [(each.setting, each.done) for each in fits.fits] for name, fits in found.items()}, self.answers, seed
            )
        return results

    def fitted(self, one: OneFit) -> FittedImages:
        """The network of a fit with the map into its space behind it, and its test images."""
        geometry = one.setting.geometry(one.done.curvature)
        network = Composition(*self.network.blocks, *geometry.blocks())
        names = tuple(self.pictures.names[i] for i in self.split.test.tolist())
        classes = tuple(self.pictures.classes[self.pictures.targets[i]] for i in self.split.test.tolist())
        embedding = Embedding(one.scored.points, geometry.manifold(), names)
        ball = weights_of(network.build(self.job.shape))  # its curvature is no weight of the fit
        return FittedImages(network, self.job.shape, {**ball, **one.done.weights}, embedding, classes, one.scored.radii["test"])


def is_frozen(options: ImageOptions) -> bool:
    """Whether the body comes with weights and is not trained: then its features are what is trained on."""
    return is_pretrained(options.backbone, options.weights) and not options.finetune


def planned(pictures: Pictures, split: Split, options: ImageOptions, device: str, folder: RunFolder | None, report: Progress) -> Plan:
    """Everything that is decided before the first fit: the body, its features where it is not trained, the curvature."""
    backbone, weights, seed = options.backbone, options.weights, options.seed
    frozen = is_frozen(options)
    sets: dict[str, TensorSamples | FileImages] = {
        "test": pictures.images.part(split.test),
        "blurred": blurred_samples(pictures, split.test),
    }
    if options.foreign is not None:
        sets["foreign"] = foreign_samples(options.foreign, pictures.shape)
    answers = None
    if options.one_shot is not None:
        sets["one_shot"], answers = one_shot_samples(options.one_shot, pictures.shape)
    train: TensorSamples | FileImages = pictures.images.part(split.train)
    looked: TensorSamples | FileImages = pictures.images.part(split.validation)
    shape = pictures.shape
    if frozen:

        def features(samples: TensorSamples | FileImages) -> TensorSamples:
            return TensorSamples(frozen_features(backbone, weights, samples, report), torch.as_tensor(samples.targets))

        sets, train, looked = {key: features(samples) for key, samples in sets.items()}, features(train), features(looked)
        shape = tuple(_spread(train, 1).shape[1:])
        network = Composition(standardise(_spread(train, _STATISTICS)), Dense(options.dim, initial="orthogonal"))
    else:
        network = declared(backbone, options.dim, shape, standardise(_spread(train, _STATISTICS)), options.width)
        network.output_shape(shape)

    first = _spread(train, options.batch)

    def build(start: int) -> torch.nn.Module:
        module = network.build(shape, seed=start)
        if weights is not None and not frozen:
            load_body(module, weights)
        freeze_patches(module, network)
        return unit_start(module, first)

    report.step("δ of the features", 0.0)
    delta = _inferred(build(start_seed(seed, 0)), train)
    asked = options.curvature
    k = min(_LARGEST_K, max(_SMALLEST_K, delta[2])) if isinstance(asked, str) else float(asked)
    per_epoch = max(1, options.steps // EPOCHS)
    # where there are too few classes to fill a batch there are more images of each
    classes = min(options.batch // options.per_class, len(set(pictures.targets[split.train].tolist())))
    precision = "bf16" if not frozen and multiplies_bfloat16() else "float32"
    training = Training(
        epochs=EPOCHS, batch=options.batch, rate=options.rate, schedule="one-cycle", weight_decay=0.01, clip=3.0, precision=precision
    )
    job = Job(
        network=network,
        shape=shape,
        build=build,
        train=train,
        targets=pictures.targets[split.train],
        sets=sets,
        batches=Batches(classes, options.batch // classes, per_epoch),
        training=training,
        augment=augment_for(shape) if options.augment else None,
        device=device,
        folder=folder,
    )
    tuning = replace(job, sets={"test": looked}, training=replace(training, epochs=EPOCHS // 2))
    setting = Setting(options.space, k, asked == "learned", options.clip, 0.1, seed)
    return Plan(pictures, split, job, tuning, network, setting, options, delta, report, answers)


def _spread(samples: Samples, count: int) -> torch.Tensor:
    """At most that many of the samples, from all places alike."""
    return samples.batch(spread(len(samples), count))[0]


def _inferred(module: torch.nn.Module, train: Samples) -> tuple[float, float, float]:
    """Relative δ of the features of some training images before training, and the curvatures it stands for."""
    images = _spread(train, _SAMPLE)
    _, seen = vectors_and_features(module, TensorSamples(images, torch.zeros(len(images))), Machine.of("cpu", "float32"))
    found = hyperbolicity(np.unique(seen.double().numpy(), axis=0), null_draws=2)
    return float(found.relative_delta), found.curvature.four_point, found.curvature.khrulkov2020
