"""Does the shape of word vectors tell which languages are akin? English, French, Russian and Chinese, and controls that are none.

Shape alone is compared (`imd`, `gromov_wasserstein`): the vectors come from four trainings, of 100 and 300 coordinates, and share no
words. Three controls say how far apart two clouds are that differ in no language: other words of English, French in its 100 widest
directions, and French stored as the Russian set is, in 100 parts with 256 codes each. `python compare_languages.py` takes ten to fifteen
minutes, `--quick` compares few words. It prints a tree for each measure and normalisation, how often other words give the same
tree, and writes compare-languages.html.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

import gromov
from gromov.core import Source

SETS = ("glove-en", "fasttext-fr", "navec-ru", "word2vec-zh")
LANGUAGES = ("English", "French", "Russian", "Chinese")
MEASURES = ("imd", "gromov_wasserstein")
NORMALISATIONS = {"none": "as they are", "l2": "of length 1", "center-l2": "centred, of length 1"}


def in_directions(points: np.ndarray, count: int) -> np.ndarray:
    """The points in their widest directions."""
    centred = points - points.mean(axis=0)
    return centred @ np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :count]


def quantised(points: np.ndarray, parts: int, codes: int) -> np.ndarray:
    """The points with each of their parts rounded to the nearest of a few codes, found by k-means."""
    from sklearn.cluster import MiniBatchKMeans

    found = []
    for part in np.split(points, parts, axis=1):
        fit = MiniBatchKMeans(codes, n_init=1, max_iter=5, batch_size=2048, random_state=0).fit(part)
        found.append(fit.cluster_centers_[fit.labels_])
    return np.concatenate(found, axis=1)


def normalised(points: np.ndarray, how: str) -> np.ndarray:
    """The points centred, and each of length 1, where asked."""
    points = points - points.mean(axis=0) if "center" in how else points
    return points / np.linalg.norm(points, axis=1, keepdims=True) if "l2" in how else points


def drawn(clouds: Mapping[str, np.ndarray], how: str, count: int, seed: int) -> list[gromov.Representation]:
    """Random words of each, other ones of English for its control."""
    rng = np.random.default_rng([count, seed])
    found = []
    for name, points in clouds.items():
        rows = np.sort(rng.choice(len(points), size=count, replace=False))
        found.append(gromov.Representation(normalised(points, how)[rows], source=Source(name)))
    return found


def clades(run: gromov.ComparisonRun, measure: str) -> list[tuple[frozenset[str], float, float]]:
    """The groups of the tree from the lowest merge to the highest but one, with height and support."""
    tree = run.matrices[measure].dendrogram
    assert tree is not None
    below = [frozenset([label]) for label in run.labels]
    for first, second, *_ in tree.merges:
        below.append(below[int(first)] | below[int(second)])
    groups = below[len(run.labels) : -1]
    return [(group, float(row[2]), float(s)) for group, row, s in zip(groups, tree.merges, tree.support, strict=False)]


def spoken(groups: Sequence[frozenset[str]], order: Sequence[str]) -> str:
    return ", ".join(" + ".join(name for name in order if name in group) for group in groups)


def stability(languages: Mapping[str, np.ndarray], how: str, measures: Sequence[str], count: int, seeds: int) -> None:
    """Print which trees of the four languages other words give."""
    found: dict[str, Counter[str]] = {name: Counter() for name in measures}
    for seed in range(1, seeds + 1):
        run = gromov.compare(*drawn(languages, how, count, seed), measures=measures, null=1, bootstrap=0, seed=seed)
        for name in measures:
            groups = [group for group, *_ in clades(run, name)]
            found[name][spoken(sorted(groups, key=lambda group: spoken([group], LANGUAGES)), LANGUAGES)] += 1  # whichever merge is lower
    for name, trees in found.items():
        print(f"  {name}, {count} words, {seeds} draws: " + "; ".join(f"{times} × ({tree})" for tree, times in trees.most_common()))


def main(quick: bool) -> None:
    count, null, bootstrap, seeds, sizes = (200, 3, 0, 1, ()) if quick else (500, 19, 50, 4, (2500,))
    languages = {name: np.asarray(gromov.load(each).points, dtype=np.float64) for name, each in zip(LANGUAGES, SETS, strict=True)}
    french = languages["French"]
    controls = {"English, other words": languages["English"], "French in 100 directions": in_directions(french, 100)}
    if not quick:
        controls["French in codes"] = quantised(french, 100, 256)
    figures = []
    for how, said in list(NORMALISATIONS.items())[: 1 if quick else None]:
        run = gromov.compare(*drawn(languages | controls, how, count, 0), measures=MEASURES, null=null, bootstrap=bootstrap)
        print(f"vectors {said}, {count} words of each")
        for name in MEASURES:
            matrices = run.matrices[name]
            apart = matrices.matrix[np.triu_indices(4, 1)]
            same = matrices.matrix[run.labels.index("English"), run.labels.index("English, other words")]
            differ = (matrices.p_matrix[np.triu_indices(4, 1)] <= 0.05).sum()
            print(
                f"  {name}: languages {apart.min():.3g} to {apart.max():.3g} apart, {differ} of 6 pairs at p ≤ .05; English and other English {same:.3g}"
            )
            assert how != "none" or name != "gromov_wasserstein" or same < apart.min(), (
                "English is nearer to other English than to any language"
            )
            for group, height, support in clades(run, name):
                print(f"    {height:8.3g}  {spoken([group], run.labels)}  (support {100 * support:.0f} %)")
        trees = [each for each in run.page().results["pairs"].figures() if each.name.endswith("tree")]
        figures += [replace(each, name=f"{each.name}-{how}", title=f"{each.title}, vectors {said}") for each in trees]
        stability(languages, how, MEASURES, count, seeds)
        for size in sizes:
            stability(languages, how, ("imd",), size, seeds)
    gromov.Picture("Word vectors of four languages, by shape", tuple(figures)).save("compare-languages.html")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few words, in half a minute")
    main(parser.parse_args().quick)
