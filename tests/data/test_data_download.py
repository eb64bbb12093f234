"""Fetching from a server on this machine: whole, resumed, wrong, gone, unreachable; and the `gromov data` commands."""

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gromov.cli.main import run
from gromov.core import InputError
from gromov.data import Dataset, Download, fetch, find, load, paths, registry, verify
from gromov.data.download import download

CONTENT = np.random.default_rng(0).bytes(900_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Behaviour:
    """What the server does, and what it was asked."""

    content: bytes = CONTENT
    break_after: int | None = None
    ranges: bool = True
    redirect: str = ""
    length: bool = True
    asked: list[str] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    """One file with ranges, which may break off."""

    def __init__(self, behaviour: Behaviour, *arguments: object) -> None:
        self.behaviour = behaviour
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        behaviour = self.behaviour
        wanted = self.headers.get("Range", "")
        behaviour.asked.append(wanted)
        if behaviour.redirect:
            self.send_response(302)
            self.send_header("Location", behaviour.redirect)
            self.end_headers()
            return
        if self.path != "/file":
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and behaviour.ranges else 0
        if start >= len(behaviour.content):
            self.send_error(416)
            return
        body = behaviour.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(behaviour.content) - 1}/{len(behaviour.content)}")
        if behaviour.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if behaviour.break_after is None else body[: behaviour.break_after])

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep quiet."""

    def log_error(self, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def server(behaviour: Behaviour) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, behaviour)) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/file"
        running.shutdown()
        thread.join()


def get(address: str, target: Path, checksum: str = SHA256, **options: int) -> None:
    download(address, target, checksum, name="a-set", loopback=True, **options)


@pytest.mark.parametrize("checksum", [SHA256, f"md5:{hashlib.md5(CONTENT).hexdigest()}"])
def test_a_file_is_fetched_whole(tmp_path: Path, server: str, checksum: str) -> None:
    get(server, tmp_path / "deep" / "a", checksum)
    assert (tmp_path / "deep" / "a").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a"]


def test_a_broken_download_is_resumed(tmp_path: Path, server: str, behaviour: Behaviour) -> None:
    behaviour.break_after = 300_000
    for done in (300_000, 600_000):
        with pytest.raises(InputError, match=r"broke off after .* of 900\.0 kB: the same command goes on"):
            get(server, tmp_path / "a")
        assert (tmp_path / "a.part").stat().st_size == done
    behaviour.break_after = None
    get(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert behaviour.asked == ["", "bytes=300000-", "bytes=600000-"]


def test_a_server_without_ranges_sends_all_again(tmp_path: Path, server: str, behaviour: Behaviour) -> None:
    behaviour.ranges = False
    (tmp_path / "a.part").write_bytes(b"x" * 1000)
    get(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_part_as_long_as_the_file_starts_again(tmp_path: Path, server: str) -> None:
    (tmp_path / "a.part").write_bytes(b"x" * len(CONTENT))
    get(server, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_other_bytes_are_refused_and_removed(tmp_path: Path, server: str) -> None:
    with pytest.raises(InputError, match="does not give the published file of a-set"):
        get(server, tmp_path / "a", "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_what_is_gone_or_out_of_reach_is_one_sentence(tmp_path: Path, server: str) -> None:
    with pytest.raises(InputError, match="answers 404"):
        get(server + "-moved", tmp_path / "a")
    with pytest.raises(InputError, match=r"cannot be reached .*Connection refused"):
        get("http://127.0.0.1:9/file", tmp_path / "a")
    with pytest.raises(InputError, match="is not an https address"):
        download(server, tmp_path / "a", SHA256, name="a-set")
    with pytest.raises(InputError, match="is not an https address"):
        get("http://example.org/file", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [True, False])
def test_too_much_is_refused(tmp_path: Path, server: str, behaviour: Behaviour, length: bool) -> None:
    behaviour.length = length
    with pytest.raises(InputError, match=r"more than the 1\.0 kB"):
        get(server, tmp_path / "a", most=1000)


def test_a_redirection_to_http_is_refused(tmp_path: Path, server: str, behaviour: Behaviour) -> None:
    behaviour.redirect = "http://example.org/file"
    with pytest.raises(InputError, match=r"example\.org/file is not an https address"):
        get(server, tmp_path / "a")


@pytest.fixture
def toy(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A set of one file inside a zip archive, known for the length of a test."""
    monkeypatch.setenv("GROMOV_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GROMOV_DATA", raising=False)
    files = {"toy/a.txt": hashlib.sha256(b"hello").hexdigest()}
    other = find("tiny-shakespeare")
    assert other is not None
    made = Dataset("toy", "A toy", "none", server, "files", "file", other.read, files=files, downloads=(zipped_download(server),))
    monkeypatch.setattr(registry, "datasets", lambda: (made,))
    monkeypatch.setattr("gromov.data.fetching.datasets", lambda: (made,))
    return made


def zipped() -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr(zipfile.ZipInfo("toy/a.txt"), b"hello")
    return stored.getvalue()


def zipped_download(address: str) -> Download:
    return Download(address, hashlib.sha256(zipped()).hexdigest(), "toy/toy.zip", {"toy/a.txt": "toy/a.txt"})


def test_a_set_is_fetched_unpacked_found_and_verified(toy: Dataset, behaviour: Behaviour, tmp_path: Path) -> None:
    behaviour.content = zipped()
    assert not toy.available()
    with pytest.raises(InputError, match="gromov data get toy"):
        paths("toy")
    assert [state for *_, state in verify("toy")] == ["absent"]
    place = fetch("toy", loopback=True)["toy/a.txt"]
    assert place == tmp_path / "cache" / "data" / "toy" / "a.txt"
    assert place.read_bytes() == b"hello"
    assert fetch("toy") == paths("toy")  # nothing is asked of the server again
    assert len(behaviour.asked) == 1
    with pytest.raises(InputError, match="is no cloud of points and no graph"):
        load("toy")
    place.write_bytes(b"other")
    assert [state for *_, state in verify("toy")] == ["altered"]


def test_folders_come_before_the_cache(toy: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("cache/data", "mine"):
        (tmp_path / folder / "toy").mkdir(parents=True)
        (tmp_path / folder / "toy" / "a.txt").write_bytes(b"hello")
    assert paths("toy")["toy/a.txt"].is_relative_to(tmp_path / "cache")
    monkeypatch.setenv("GROMOV_DATA", str(tmp_path / "mine"))
    assert paths("toy")["toy/a.txt"].is_relative_to(tmp_path / "mine")
    assert toy.available()


def test_the_cache_is_where_the_platform_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gromov.data.store import cache

    monkeypatch.delenv("GROMOV_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache() == tmp_path / "gromov" / "data"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache() == tmp_path / "home" / ".cache" / "gromov" / "data"


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GROMOV_CACHE", str(tmp_path))
    monkeypatch.delenv("GROMOV_DATA", raising=False)
    assert run(["data", "get", "digits"]) == 0
    assert "built in" in capsys.readouterr().out
    for command in (["data", "get", "karate"], ["data", "path", "text8"], ["data", "get", "no-such-set"], ["data", "verify", "karate"]):
        assert run(command) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert run(["data", "verify"]) == 0
    (tmp_path / "data" / "tinyshakespeare").mkdir(parents=True)
    (tmp_path / "data" / "tinyshakespeare" / "input.txt").write_text("not Shakespeare")
    assert run(["data", "path", "tiny-shakespeare"]) == 0
    assert capsys.readouterr().out.strip().endswith("input.txt")
    assert run(["data", "verify", "tiny-shakespeare"]) == 2
    assert "altered" in capsys.readouterr().err
    assert run(["data", "list"]) == 0
    assert "can be fetched" in capsys.readouterr().out
