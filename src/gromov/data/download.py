"""One file from its official address: https, resumed where it broke off, checked, and moved into place whole."""

import http.client
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from gromov.core import InputError, Progress, Silent, readable_bytes
from gromov.data.store import require_checksum

BLOCK = 2**18
MOST_BYTES = 2 * 10**9
TIMEOUT = 30.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def download(
    address: str,
    target: Path,
    checksum: str,
    *,
    name: str,
    most: int = MOST_BYTES,
    progress: Progress | None = None,
    loopback: bool = False,
) -> None:
    """Fetch `address` to `target`.

    What has arrived is kept in `target`.part until all of it is there and its checksum is right; a broken download goes on from it.

    Args:
        address: An https address.
        target: The file to make; its folder is made too.
        checksum: SHA-256, or "md5:…".
        name: The set it belongs to, for sentences.
        most: Most bytes to accept.
        progress: Where to say how far it is.
        loopback: Whether plain http to this machine itself is allowed, for tests.

    Raises:
        InputError: the address cannot be reached, breaks off, gives too much, or gives other bytes than published.
    """
    _require_secure(address, loopback=loopback)
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        with _answer(address, have, name, loopback=loopback) as answer:
            start = _start(answer, have)
            length = answer.headers.get("Content-Length", "")
            total = start + int(length) if length.isdigit() else None
            _require_room(max(total or 0, start), start, most, target.parent, address)
            with part.open("r+b" if start else "wb") as stream:
                stream.truncate(start)
                stream.seek(start)
                done = _copy(answer, stream, start, total, most, address, progress or Silent(), name)
        if total is not None and done < total:
            raise InputError(
                f"{address} broke off after {readable_bytes(done)} of {readable_bytes(total)}: the same command goes on from there"
            )
        try:
            require_checksum(part, checksum, name)
        except InputError as error:
            part.unlink()
            raise InputError(f"{address} does not give the published file of {name}, and what it gave was removed: {error}") from error
        part.replace(target)
    except OSError as error:
        raise InputError(f"{error.filename or target} cannot be written: {error.strerror or error}") from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirections stay on https."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        _require_secure(newurl, loopback=self._loopback)
        return super().redirect_request(req, fp, code, msg, cast(http.client.HTTPMessage, headers), newurl)


def _require_secure(address: str, *, loopback: bool) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (loopback and parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise InputError(f"{address} is not an https address, and files are fetched over https alone: fetch it yourself and check its sum")


def _answer(address: str, have: int, name: str, *, loopback: bool) -> HTTPResponse:
    headers = {"User-Agent": "gromov", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    opener = urllib.request.build_opener(_Redirects(loopback=loopback))
    try:
        return cast(HTTPResponse, opener.open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:  # the part is as long as the file, or longer
            return _answer(address, 0, name, loopback=loopback)
        raise InputError(f"{address} answers {error.code} ({error.reason}): the files of {name} may have moved") from error
    except (urllib.error.URLError, TimeoutError, ssl.SSLError, http.client.HTTPException, ConnectionError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        said = getattr(why, "strerror", None) or why or type(error).__name__
        raise InputError(f"{address} cannot be reached ({said}): check the connection, and run the same command again") from error


def _start(answer: HTTPResponse, have: int) -> int:
    """Where the answer goes on; 0 where the server sends everything again."""
    if answer.status != 206:
        return 0
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != have:
        raise InputError(f"{answer.url} sends another part than was asked for: remove the .part file, and run the same command again")
    return have


def _require_room(total: int, start: int, most: int, folder: Path, address: str) -> None:
    if total > most:
        raise InputError(f"{address} gives {readable_bytes(total)}, more than the {readable_bytes(most)} that are accepted")
    free = shutil.disk_usage(folder).free
    if total - start > free:
        raise InputError(f"{folder} has {readable_bytes(free)} left, and {address} gives {readable_bytes(total)}: set GROMOV_CACHE")


def _copy(
    answer: HTTPResponse, stream: IO[bytes], start: int, total: int | None, most: int, address: str, progress: Progress, name: str
) -> int:
    done = start
    while True:
        try:
            block = answer.read(BLOCK)
        except http.client.IncompleteRead as error:
            block = error.partial
        except (OSError, http.client.HTTPException):
            block = b""
        if not block:
            os.fsync(stream.fileno())
            return done
        done += len(block)
        if done > most:
            stream.truncate(0)
            raise InputError(f"{address} gives more than the {readable_bytes(most)} that are accepted")
        stream.write(block)
        progress.step(name, done / total if total else 0.0)
