"""Heat trace: the shape of a cloud at every scale, read off the spectrum of its neighbour graph."""

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
from jaxtyping import Float

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Bars,
    Caption,
    Curve,
    DataWarning,
    Estimate,
    Executor,
    Figure,
    Finding,
    Graph,
    PointsLike,
    Representation,
    Result,
    as_representation,
    generator,
)
from gromov.graphs import (
    EXACT_UP_TO,
    GOOD_RECALL,
    Laplacian,
    Neighbors,
    SpectralTrace,
    every_neighbor,
    heat,
    neighbor_graph,
    spectral_sample,
    spectral_trace,
)
from gromov.measures.heat_null import DRAWS, HeatNull, heat_null

K = 5
TIMES = 256
_EXACT_CELLS, _SAMPLED_CELLS = 40, 20
_DENSE_GAP = 200


@dataclass(frozen=True, slots=True, eq=False)
class HeatTrace(Result):
    """The heat trace of a neighbour graph.

    Attributes:
        heat: Share of heat that is still where it began at t = 1, Tr exp(−L)/n, L the normalised Laplacian; the error is that of the random
            probes alone, and 0 where all eigenvalues were computed.
        components: Number of connected pieces of the graph.
        largest_component: Share of the points in the largest piece.
        isolated: Number of points without any edge.
        spectral_gap: Smallest positive eigenvalue of the normalised Laplacian of the largest piece: small where it nearly falls apart; None
            where it is too small to be found.
        neighbors: Number of neighbours k each point names; None for a graph, which is taken as it is.
        recall: Share of true neighbours in the graph, where they were searched approximately; None where the search is exact.
        exact: Whether all eigenvalues were computed.
        times: The scales t, 256 from .1 to 10, equally far apart on the logarithmic scale.
        normalised: Tr exp(−tL)/n for L = I − D^(−1/2) A D^(−1/2).
        normalised_error: Its standard error over the probes.
        combinatorial: Tr exp(−tL)/n for L = D − A.
        combinatorial_error: Its standard error over the probes, with what more Lanczos steps would change.
        density: Share of the eigenvalues of the normalised Laplacian in equal cells of [0, 2].
        density_error: Its standard error.
        null: The same for Gaussian clouds with the same covariance spectrum; None for a graph.
    """

    heat: Estimate
    components: int
    largest_component: float
    isolated: int
    spectral_gap: float | None
    neighbors: int | None
    recall: Estimate | None
    exact: bool
    times: Float[np.ndarray, " t"]
    normalised: Float[np.ndarray, " t"]
    normalised_error: Float[np.ndarray, " t"]
    combinatorial: Float[np.ndarray, " t"]
    combinatorial_error: Float[np.ndarray, " t"]
    density: Float[np.ndarray, " c"]
    density_error: Float[np.ndarray, " c"]
    null: HeatNull | None

    @classmethod
    def about(cls) -> About:
        """What the heat trace is."""
        return About(
            "Heat trace",
            "What shape has the cloud at each scale, and does it hang together?",
            "Points are joined to their 5 nearest neighbours, and heat spreads along the edges. The share of it that is still where it began at time t, "
            "Tr exp(−tL)/n, tells at small t how the neighbourhoods look and at large t how the whole hangs together. Up to 2,000 points all eigenvalues "
            "are computed; beyond, stochastic Lanczos quadrature, corrected by the traces of L to L⁴, which are counted exactly.",
            (
                "Tsitsulin, Munkhoeva, Mottin, Karras, Bronstein, Oseledets, Müller (2020), The shape of data: intrinsic distance for data distributions. ICLR, arXiv:1905.11141.",
                "Ubaru, Chen, Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature. SIAM J. Matrix Anal. Appl. 38.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("heat", "components", "spectral_gap", "null.p_value")

    def summary(self) -> str:
        """Pieces, heat and null in a sentence."""
        pieces = "in one piece" if self.components == 1 else f"in {self.components:,} pieces, the largest of {self._largest()}"
        graph = "The graph" if self.neighbors is None else f"The graph of {self.neighbors} nearest neighbours"
        null = "" if self.null is None else f"; a Gaussian of the same covariance would look so with p = {self.null.p_value:.3g}"
        return f"{graph} is {pieces}, and keeps {self.heat} of its heat at t = 1{null}."

    def findings(self) -> tuple[Finding, ...]:
        """In one piece? More than a Gaussian?"""
        gap = "too small to be found" if self.spectral_gap is None else f"{self.spectral_gap:.2g}"
        pieces = (
            "One connected piece"
            if self.components == 1
            else f"{self.components:,} connected pieces, the largest of {self._largest()} of the points"
        )
        detail = f"{pieces}, with spectral gap {gap}; {self.isolated:,} points have no edge."
        whole = self.components == 1
        found = [
            Finding(
                "Is it in one piece?",
                "Yes" if whole else f"No: {self.components:,} pieces",
                detail,
                "" if whole else "Look at the small pieces: clusters far apart, repeats of one record, or outliers.",
                "good" if whole else "neutral" if self.largest_component > 0.9 else "caution",
            )
        ]
        if _poor(self.recall):
            found.append(
                Finding(
                    "Is its neighbour graph the true one?",
                    "No",
                    f"The approximate search found {self.recall} of the true neighbours: all numbers of this graph are those of one that is more random.",
                    "Measure a sample (--sample 50000), whose neighbours are searched exactly.",
                    "bad",
                )
            )
        if self.null is not None:
            null = self.null
            more = null.p_value <= 0.05
            found.append(
                Finding(
                    "Is its shape more than a Gaussian's?",
                    "Yes" if more else "Not that can be told",
                    f"Its heat trace is {1e6 * null.distance:.3g}·10⁻⁶ from that of Gaussian clouds with the same covariance, which are usually "
                    f"{1e6 * null.usual:.2g}·10⁻⁶ apart (p = {null.p_value:.3g}, {null.points:,} points each).",
                    "Covariance does not tell all: look at clusters, curvature and local dimension." if more else "",
                )
            )
        return tuple(found)

    def figures(self) -> tuple[Figure, ...]:
        """The heat trace with its null, and the density of states."""
        return (self._trace_figure(), self._density_figure())

    def _largest(self) -> str:
        return f"{100 * self.largest_component:.3g} %"

    def _trace_figure(self) -> Figure:
        half = 1.96 * self.normalised_error
        layers = [Curve("all the data", self.times, self.normalised, self.normalised - half, self.normalised + half)]
        means = "A curve that stays high at large t belongs to a cloud in clusters or of low dimension; one that falls fast, to one that mixes well."
        if self.null is not None:
            null = self.null
            layers.append(Curve("Gaussians", self.times, null.mean, null.low, null.high, reference=True))
            if null.points < self._n():
                layers.append(Curve("as many of the data", self.times, null.data))
            means += f" Against the Gaussians p = {null.p_value:.3g}: compare the curves of equally many points, since all depends on their number."
        sure = (
            "All eigenvalues were computed."
            if self.exact
            else f"The band is a 95 % interval over random probes; its half-width is at most {half.max():.2g}."
        )
        if self.recall is not None:
            sure += f" The neighbours were searched approximately, with recall {self.recall}."
        return Figure(
            "heat_trace-trace",
            "Heat that stays where it began",
            Caption(
                "Share of the heat that is still at its source after time t.",
                "Tr exp(−tL)/n of the normalised Laplacian of the neighbour graph; the Gaussians have the covariance spectrum of the data, and their band holds all draws.",
                sure,
                means,
            ),
            Axis("time t", log=True),
            Axis("share of heat"),
            tuple(layers),
        )

    def _density_figure(self) -> Figure:
        width = 2 / len(self.density)
        centres = (np.arange(len(self.density)) + 0.5) * width
        return Figure(
            "heat_trace-density",
            "Density of states",
            Caption(
                "Share of the eigenvalues of the normalised Laplacian in cells of [0, 2].",
                "All eigenvalues." if self.exact else "Nodes and weights of the Lanczos quadrature.",
                "Exact."
                if self.exact
                else "Bars of two standard errors over the random probes; cells narrower than the nodes would mean nothing.",
                "Mass near 0: groups that hardly exchange heat. A narrow hump at 1: a graph that looks random. Mass near 2: two sides that only know each other.",
            ),
            Axis("eigenvalue"),
            Axis("share of the spectrum"),
            (Bars("eigenvalues", centres, self.density, None if self.exact else 2 * self.density_error, width),),
        )

    def _n(self) -> int:
        return self.heat.n


def heat_trace(
    points: PointsLike, *, neighbors: Neighbors | None = None, seed: int = 0, executor: Executor = SERIAL, null_draws: int = DRAWS
) -> HeatTrace:
    """Heat trace hkt(t) = Tr exp(−tL)/n of the 5-nearest-neighbour graph, for the normalised and the combinatorial Laplacian.

    Args:
        points: n × d points, `Distances`, or a `Graph`, which is taken as it is, every edge of weight 1.
        neighbors: The run's shared neighbours, used when they cover every point.
        seed: Seed of the probes, of the sample and of the null.
        executor: Where the draws of the null are computed.
        null_draws: Number of Gaussian clouds.

    Cost: the neighbour search (`gromov.graphs.every_neighbor`); n³ and 16·n² bytes up to 2,000 points, 64·12 products of the sparse matrix
    with a vector beyond, and for the combinatorial Laplacian about √(largest degree) times as many; for the null 39 clouds of at most
    1,000 points.

    Warns:
        DataWarning: the neighbours were searched approximately, and fewer than nine in ten were found.

    Raises:
        UnsuitableError: points in a curved space.

    References:
        Tsitsulin et al., The shape of data, ICLR 2020, arXiv:1905.11141.
    """
    representation = as_representation(points)
    n = representation.n
    adjacency, k, recall = _graph(representation, neighbors, seed)
    times = np.geomspace(0.1, 10, TIMES)
    scales = np.append(times, 1.0)
    normalised, combinatorial = Laplacian(adjacency), Laplacian(adjacency, "combinatorial")
    exact = n <= EXACT_UP_TO
    if exact:
        values = normalised.eigenvalues()
        first = SpectralTrace.of_eigenvalues(values, heat(scales))
        density = np.histogram(np.minimum(values, 2.0), bins=_EXACT_CELLS, range=(0, 2))[0] / n
        spread = np.zeros(_EXACT_CELLS)
    else:
        values = None
        sample = spectral_sample(normalised, seed=seed)
        first = SpectralTrace.of_sample(sample, heat(scales))
        density, spread = sample.density(np.linspace(0, 2, _SAMPLED_CELLS + 1))
    second = spectral_trace(combinatorial, heat(times), seed=seed)
    kept, error, plain, plain_error = first.value[:-1], first.error[:-1], second.value, second.error
    count, member = scipy.sparse.csgraph.connected_components(adjacency, directed=False)
    sizes = np.bincount(member)
    largest = np.flatnonzero(member == sizes.argmax())
    gap = float(values[1]) if values is not None and count == 1 else _gap(adjacency, largest, seed)
    null = None if k is None else heat_null(representation, times, k, draws=null_draws, seed=seed, executor=executor)
    for array in (times, kept, error, plain, plain_error, density, spread):
        array.flags.writeable = False
    return HeatTrace(
        heat=Estimate.normal(
            float(first.value[-1]),
            float(first.error[-1]),
            n=n,
            seed=None if exact else seed,
            method="all eigenvalues" if exact else "Lanczos quadrature, 64 probes",
        ),
        components=int(count),
        largest_component=float(sizes.max() / n),
        isolated=int((normalised.degrees == 0).sum()),
        spectral_gap=gap,
        neighbors=k,
        recall=recall,
        exact=exact,
        times=times,
        normalised=kept,
        normalised_error=error,
        combinatorial=plain,
        combinatorial_error=plain_error,
        density=density,
        density_error=spread,
        null=null,
    )


def _graph(
    representation: Representation, neighbors: Neighbors | None, seed: int
) -> tuple["scipy.sparse.csr_array", int | None, Estimate | None]:
    """Adjacency, the number of neighbours asked for, and the recall of an approximate search."""
    if isinstance(representation.data, Graph):
        adjacency = representation.data.adjacency()
        adjacency.data[:] = 1.0
        return adjacency, None, None
    k = min(K, representation.n - 1)
    if neighbors is not None and len(neighbors.queries) == representation.n == neighbors.n and neighbors.k >= k:
        return neighbor_graph(neighbors, k), k, None
    found = every_neighbor(representation, k, seed=seed)
    if _poor(found.recall):
        warnings.warn(
            f"the approximate search found {found.recall} of the true neighbours of {representation.n:,} points: "
            "their graph is more random than the true one; measure a sample whose neighbours can be searched exactly",
            DataWarning,
            stacklevel=3,
        )
    return neighbor_graph(found.neighbors, k), k, found.recall


def _poor(recall: Estimate | None) -> bool:
    return recall is not None and recall.value < GOOD_RECALL


def _gap(adjacency: "scipy.sparse.csr_array", rows: np.ndarray, seed: int) -> float | None:
    """Smallest positive eigenvalue of the normalised Laplacian of a connected part: 1 less the largest of the walk beside its known first."""
    if len(rows) < 2:
        return None
    part = Laplacian(scipy.sparse.csr_array(adjacency[rows][:, rows]))
    if len(rows) <= _DENSE_GAP:
        return float(part.eigenvalues()[1])
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    matrix = part.matrix()
    first = np.sqrt(part.degrees / part.degrees.sum())

    def walk(v: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """2I − L with the known eigenvector of its eigenvalue 2 taken out, so that all is positive and the gap is on top."""
        return 2 * v - matrix @ v - 2 * first * (first @ v)

    operator = LinearOperator(matrix.shape, matvec=walk, dtype=np.float64)  # pyright: ignore[reportCallIssue]
    start = generator(seed, "heat_trace", "gap").standard_normal(len(rows))
    try:
        top = eigsh(operator, k=1, which="LA", v0=start, tol=1e-6, maxiter=200, return_eigenvectors=False)  # pyright: ignore[reportArgumentType]
    except ArpackNoConvergence:
        return None
    return max(0.0, 2.0 - float(top[0]))
