"""Pictures of what has more dimensions than paper: projections into the hyperbolic plane, and how far they can be trusted."""

from gromov.measures.projections.distortion import Distortion, distortion
from gromov.measures.projections.horopca import HoroComponents, horopca
from gromov.measures.projections.hyperbolic_tsne import HyperbolicMap, hyperbolic_tsne
from gromov.measures.projections.tree_drawing import tree_drawing
from gromov.measures.projections.trustworthiness import trustworthiness

__all__ = ["Distortion", "HoroComponents", "HyperbolicMap", "distortion", "horopca", "hyperbolic_tsne", "tree_drawing", "trustworthiness"]
