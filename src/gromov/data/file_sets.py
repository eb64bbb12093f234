"""The published sets that are neither points nor graphs: texts, ratings, problems; listed, found, fetched and verified, not loaded."""

from collections.abc import Mapping
from pathlib import Path

from gromov.core import InputError
from gromov.data.contents import Contents
from gromov.data.registry import Dataset, Download, Number


def _not_loaded(places: Mapping[str, Path], values: Mapping[str, Number]) -> Contents:
    del places, values
    raise InputError("this set is no cloud of points and no graph")


def _files(name: str, title: str, *, licence: str, address: str, files: Mapping[str, str], downloads: tuple[Download, ...] = ()) -> Dataset:
    return Dataset(name, title, licence, address, "files", "file", _not_loaded, files=files, downloads=downloads)


def _whole(address: str, files: Mapping[str, str]) -> tuple[Download, ...]:
    """The address gives the one file as it is."""
    ((file, checksum),) = files.items()
    return (Download(address, checksum, file),)


def _zip(address: str, checksum: str, file: str, files: Mapping[str, str]) -> tuple[Download, ...]:
    """The address gives an archive whose members have the names of the files."""
    return (Download(address, checksum, file, {each: each for each in files}),)


CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
GSM_SYMBOLIC = "https://github.com/apple/ml-gsm-symbolic"
GSM8K = "https://raw.githubusercontent.com/openai/grade-school-math/master/grade_school_math/data/test.jsonl"
METAMATH = "https://github.com/metamath/set.mm"
MINIF2F = "https://github.com/openai/miniF2F"
ML_100K = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"
ML_1M = "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
ML_LATEST_SMALL = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"
OMNIGLOT_RUNS = "https://github.com/brendenlake/omniglot"
S3REC = "https://jmcauley.ucsd.edu/data/amazon/"
SELF_INSTRUCT_SEED = "https://github.com/yizhongw/self-instruct"
TEXT8 = "http://mattmahoney.net/dc/text8.zip"
TINY_SHAKESPEARE = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
WIKITEXT2 = "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip"

CIFAR10_FILES = {"cifar10/cifar-10-python.tar.gz": "md5:c58f30108f718f92721af3b95e74349a"}
GSM8K_TEST_FILES = {"gsm8k/test.jsonl": "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14"}
ML_100K_FILES = {
    "ml-100k/u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
    "ml-100k/u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
    "ml-100k/u.info": "5b0a40b2e47a729ee6203063f6dcf8790c2e63f5a18663e6ee318a72c5f3c27b",
    "ml-100k/u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
    "ml-100k/u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
}
TINY_SHAKESPEARE_FILES = {"tinyshakespeare/input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"}

FILE_SETS = (
    _files(
        "cifar10",
        "CIFAR-10: 60,000 photographs of 10 classes, the official archive (of pickles, which are never loaded)",
        licence="no formal licence; cite Krizhevsky 2009",
        address=CIFAR10,
        files=CIFAR10_FILES,
        downloads=_whole(CIFAR10, CIFAR10_FILES),
    ),
    _files(
        "cifar10-jpeg",
        "CIFAR-10 as a table of JPEG images, re-encoded and not exact",
        licence="no formal licence; cite Krizhevsky 2009",
        address=CIFAR10,
        files={"cifar10-jpeg/cifar10_jpeg.parquet": "75f2e8a01d118c7e3d908dfce6b2251fb359a9116295548f451f97b9faf1ded3"},
    ),
    _files(
        "gsm-symbolic",
        "GSM-Symbolic: templates of grade-school arithmetic, and the harder of their problems",
        licence="CC BY-NC-ND 4.0 (generated data)",
        address=GSM_SYMBOLIC,
        files={
            "gsm-symbolic/GSM_p2.jsonl.xz": "5fcfe80ee37b9e1eeb89a1655ebf0bd9ce2786bdafbb118240aa0274262d8d70",
            "gsm-symbolic/LICENSE": "050caf2699b5f7ba63751ad969cf5cb499b7822b67024b1a0fd7479b61a584ad",
            "gsm-symbolic/LICENSE-CC-BY-NC-ND-4.0.md": "e43bf419611d42cbebfa3d658f24168e5d6d0c75e1c80b2dc593e5f601599902",
            "gsm-symbolic/templates.zip": "943d50c51cca0e2d380a738898f1343416cc5a1c5b42fc29aa5f897060d64b61",
        },
    ),
    _files(
        "gsm8k",
        "GSM8K: grade-school arithmetic in words, train and test",
        licence="MIT",
        address=GSM8K,
        files={
            "gsm8k/LICENSE": "86bbb73e855821d7c401912fd4bf82e34313e6e3b6fd6f909f2b6cc9e209a53b",
            "gsm8k/test.jsonl.xz": "9915e7b5a7ff61bf96037fee58f56cb91e5860ba6276fb849f17e8fbe000e03f",
            "gsm8k/train.jsonl.xz": "5cb97e0c565c54a135db1e4955e73b21f5d3404fc09705e87c9368c9bad2e4ab",
        },
    ),
    _files(
        "gsm8k-test",
        "GSM8K: the test problems as published",
        licence="MIT",
        address=GSM8K,
        files=GSM8K_TEST_FILES,
        downloads=_whole(GSM8K, GSM8K_TEST_FILES),
    ),
    _files(
        "metamath",
        "Metamath: set.mm, proofs of mathematics from its axioms, and ql.mm, quantum logic",
        licence="CC0",
        address=METAMATH,
        files={
            "metamath/copyright": "f8430930650557958ea880e0fcad4f6e98b99c889be92323861d144b1ac4993c",
            "metamath/ql.mm": "bae1cf8e9d6d46ce404aee82e94e07f7bd715877da40d76345e71d11bfc16fcd",
            "metamath/set.mm.xz": "e154307904967539a14f38633aa977d344fbe7f552618a0136bc78bb1f2ce9ef",
        },
    ),
    _files(
        "minif2f",
        "miniF2F: statements of competition mathematics in four proof languages",
        licence="Apache-2.0, MIT, FreeBSD by language",
        address=MINIF2F,
        files={"minif2f/minif2f.zip": "da55a9ba3c374797a32bf4949a671a4aebd1b3c5e76c90b7854ae9046c620814"},
    ),
    _files(
        "ml-100k",
        "MovieLens 100K: 100,000 ratings by 943 people of 1,682 films",
        licence="GroupLens terms: research use, no redistribution",
        address=ML_100K,
        files=ML_100K_FILES,
        downloads=_zip(ML_100K, "md5:0e33842e24a9c977be4e0107933c0723", "ml-100k/ml-100k.zip", ML_100K_FILES),
    ),
    _files(
        "ml-1m",
        "MovieLens 1M: 1,000,209 ratings by 6,040 people of 3,706 films, and a leave-one-out split",
        licence="GroupLens terms: research use, no redistribution",
        address=ML_1M,
        files={
            "ml-1m/movies.dat": "0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
            "ml-1m/ncf_leave_one_out.npz": "11a85f05dae799b6a8d84a723d1a204a95cf532eb97b8458886469ee19fbdc60",
            "ml-1m/ratings.parquet": "7346a2dac23b3b4f4d86f13d85ad00b4100a295fa66c1d174c3f59386f145542",
            "ml-1m/users.dat": "1dc3a95300cb19f7c10e027daf29b8cdf1d908dab65b5edfb45950aa389a10a3",
        },
    ),
    _files(
        "ml-latest-small",
        "MovieLens latest small: 100,004 ratings",
        licence="GroupLens terms: non-commercial, redistribution with acknowledgement",
        address=ML_LATEST_SMALL,
        files={
            "ml-latest-small/README.txt": "59be481ddf3fab0f9f7cf2f73e0db4d0920a413a313c911b62bd01ee8816ea2f",
            "ml-latest-small/movies.csv": "43d1736d3c688eb5b7856473c36d86a1c345676cab256c91720c1f6984d263b5",
            "ml-latest-small/ratings.parquet": "d51f57d3cb04725b138179f092925d8a24e4663aea87baae29e1597ec926e0a0",
        },
    ),
    _files(
        "omniglot-runs",
        "Omniglot: the 20 runs of one-shot classification",
        licence="MIT",
        address=OMNIGLOT_RUNS,
        files={"omniglot-small/all_runs.zip": "437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325"},
    ),
    _files(
        "s3rec",
        "Sequences of purchases and plays in order of time: Amazon beauty, sports and video, LastFM",
        licence="terms of Amazon, LastFM; Apache-2.0 (code)",
        address=S3REC,
        files={
            "s3rec-sequences/beauty.npz": "88e725ec18b68a7f07cc42b361a124fae39f234dad84dd6bfce6a2e77d9bbdca",
            "s3rec-sequences/lastfm.npz": "5d4699e17506a1658cc3ab9126aff4d69bc30b93b0f60008f0b1ac2b3c843854",
            "s3rec-sequences/sasrec_video.npz": "73d145f614b6db40eb32d00ae12d672a3cb7f1cddc18242b8981a0f1b50b87ec",
            "s3rec-sequences/sports_and_outdoors.npz": "e1f20ce7abfe5b30fb59326d5b4154ef782ebce9fcfae5208ac12711bca7ceb2",
        },
    ),
    _files(
        "self-instruct-seed",
        "Self-Instruct: 175 seed tasks and 252 instructions by users",
        licence="Apache-2.0",
        address=SELF_INSTRUCT_SEED,
        files={
            "self-instruct-seed/seed_tasks.jsonl": "7779004fa198fdf27cf70a159363879d8a26c53329e11b436af17b3941875f48",
            "self-instruct-seed/user_oriented_instructions.jsonl": "81d60a117db495cecedecd9193504fd07c5b5a42f6699ef6b0f9da10fc22f42e",
        },
    ),
    _files(
        "text8",
        "The first 100,000,000 letters of Wikipedia of 2006",
        licence="GFDL / CC BY-SA",
        address=TEXT8,
        files={"text8/text8.zip": "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232"},
    ),
    _files(
        "tiny-shakespeare",
        "Plays of Shakespeare in one text of a million letters",
        licence="public domain",
        address=TINY_SHAKESPEARE,
        files=TINY_SHAKESPEARE_FILES,
        downloads=_whole(TINY_SHAKESPEARE, TINY_SHAKESPEARE_FILES),
    ),
    _files(
        "wikitext2",
        "WikiText-2: the validation and test texts",
        licence="CC BY-SA 3.0",
        address=WIKITEXT2,
        files={
            "wikitext2-valid-test/test.txt": "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            "wikitext2-valid-test/valid.txt": "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        },
    ),
)
