"""Readers of published sets whose arrays are not plain: packed bits, quantised vectors, sparse adjacency, idx files."""

from functools import partial
from pathlib import Path

import numpy as np

from gromov.core import Graph, InputError, require_memory
from gromov.data.contents import Contents, Values, constant
from gromov.data.readers.file import File
from gromov.data.readers.idx import read_idx_array
from gromov.data.readers.npz import read_array


def quantised_vectors(path: Path) -> Contents:
    """Product-quantised vectors: x_i is the concatenation over j of codebook[j, codes[i, j]], with a column of words."""
    file = File(path)
    codes, codebook = read_array(file, "codes"), read_array(file, "codebook")
    if codes.ndim != 2 or codebook.ndim != 3 or codes.shape[1] != len(codebook) or int(codes.max()) >= codebook.shape[1]:
        raise InputError(f"{path}: codes and codebook do not belong together")
    vectors = codebook[np.arange(len(codebook)), codes.astype(np.intp)].reshape(len(codes), -1)
    columns = {"words": partial(read_array, file, "words")}
    return Contents(vectors, columns=columns, names="words", sha256=file.sha256(), notes=("vectors decoded from product quantisation",))


def packed_bits(path: Path) -> Contents:
    """Images of bits packed eight to a byte, with the alphabet, character and drawer of each."""
    file = File(path)
    bits, shape = read_array(file, "bits"), read_array(file, "shape")
    pixels = int(shape.prod())
    require_memory(len(bits) * pixels, step=f"unpacking {path}", remedy="use a machine with more memory")
    images = np.unpackbits(bits.astype(np.uint8), axis=1, count=pixels)
    alphabets, characters = read_array(file, "alphabet_names"), read_array(file, "character_names")
    columns = {
        "alphabet": constant(alphabets[read_array(file, "alphabet").astype(np.int64)]),
        "character": constant(characters[read_array(file, "character").astype(np.int64)]),
        "drawer": partial(read_array, file, "drawer"),
    }
    return Contents(images, columns=columns, labels="character", sha256=file.sha256(), notes=("bits unpacked",))


def citation_graph(path: Path) -> Contents:
    """The graph of a compressed sparse row adjacency matrix, with the class of each node."""
    file = File(path)
    starts, ends = read_array(file, "adj_indptr").astype(np.int64), read_array(file, "adj_indices").astype(np.int64)
    nodes = len(starts) - 1
    edges = np.column_stack([np.repeat(np.arange(nodes), np.diff(starts)), ends])
    classes = read_array(file, "class_names")[read_array(file, "labels").astype(np.int64)]
    columns = {"label": constant(classes), "node": partial(read_array, file, "node_names")}
    return Contents(Graph(nodes, edges), columns=columns, labels="label", names="node", sha256=file.sha256())


def labelled_images(images: Path, labels: Path) -> Contents:
    """Images of an idx file, one row each, labelled by another idx file."""
    pixels = read_idx_array(File(images))
    digits: Values = read_idx_array(File(labels))
    columns = {"label": constant(digits)}
    return Contents(pixels.reshape(len(pixels), -1), columns=columns, labels="label", sha256=File(images).sha256(), notes=("flattened",))
