#!/usr/bin/env python3
"""A package mirror on the loopback interface, for scripts/bench.

    mirror.py DIRECTORY UPSTREAM

Serves DIRECTORY; what is not there is fetched from UPSTREAM once and kept. Prints its port as its first line. After
SIGUSR1 it serves from disk alone, and reports on standard error, as "absent: PATH", what it was asked for and has not.
Ends on SIGTERM.
"""

import http.server
import os
import pathlib
import posixpath
import re
import shutil
import signal
import socketserver
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from email.utils import formatdate, parsedate_to_datetime

FETCH_TIMEOUT_SECONDS = 60
# One range with a start: all that apt, wget and curl ask for when they resume.
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


class Store:
    """The files of an archive, under one directory, fetched when they are first asked for."""

    def __init__(self, directory: pathlib.Path, upstream: str):
        self._directory = directory
        self._upstream = upstream.rstrip("/") + "/"
        self._absent: set[str] = set()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.is_frozen = False

    def find(self, path: str) -> pathlib.Path | None:
        """The file at a path of the archive, or None when the archive has none."""
        name = posixpath.normpath("/" + path).lstrip("/")
        file = self._directory / name
        if file.is_file():
            return file
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if file.is_file():
                return file
            if name in self._absent:
                return None
            if self.is_frozen:
                print(f"absent: {name}", file=sys.stderr, flush=True)
                return None
            return self._fetch(name, file)

    def _fetch(self, name: str, file: pathlib.Path) -> pathlib.Path | None:
        try:
            response = urllib.request.urlopen(
                self._upstream + urllib.parse.quote(name, safe="/+~:"), timeout=FETCH_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                self._absent.add(name)
                return None
            raise
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(file.name + ".part")
        with response, partial.open("wb") as output:
            shutil.copyfileobj(response, output, 1 << 20)
            expected = response.headers.get("Content-Length")
            if expected is not None and output.tell() != int(expected):
                raise OSError(f"{name}: {output.tell()} of {expected} bytes came")
        modified = response.headers.get("Last-Modified")
        if modified is not None:
            seconds = parsedate_to_datetime(modified).timestamp()
            os.utime(partial, (seconds, seconds))
        partial.rename(file)
        return file


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection: any number of GET and HEAD requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    store: Store

    def do_GET(self):
        self._answer(with_body=True)

    def do_HEAD(self):
        self._answer(with_body=False)

    def _answer(self, with_body: bool):
        try:
            file = self.store.find(urllib.parse.unquote(urllib.parse.urlsplit(self.path).path))
        except OSError as error:
            print(f"not fetched: {self.path}: {error}", file=sys.stderr, flush=True)
            self._answer_empty(502)
            return
        if file is None:
            self._answer_empty(404)
            return
        with file.open("rb") as content:
            stat = os.fstat(content.fileno())
            if self._has_current(stat.st_mtime):
                self._answer_empty(304)
                return
            self._answer_content(content, stat, with_body)

    def _answer_content(self, content, stat: os.stat_result, with_body: bool):
        start, end = 0, stat.st_size
        wanted = RANGE.match(self.headers.get("Range", ""))
        if wanted:
            start = int(wanted[1])
            end = min(end, int(wanted[2]) + 1) if wanted[2] else end
            if start >= end:
                self._answer_empty(416)
                return
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{stat.st_size}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", formatdate(stat.st_mtime, usegmt=True))
        self.end_headers()
        if with_body:
            self.connection.sendfile(content, start, end - start)

    def _has_current(self, modified: float) -> bool:
        since = self.headers.get("If-Modified-Since")
        try:
            return since is not None and int(modified) <= parsedate_to_datetime(since).timestamp()
        except ValueError:
            return False

    def _answer_empty(self, status: int):
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        """Silent: a line for each request would be part of what is measured."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients that hang up are no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    directory, upstream = sys.argv[1:]
    Handler.store = Store(pathlib.Path(directory), upstream)
    server = Server(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGUSR1, lambda *_: setattr(Handler.store, "is_frozen", True))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # A terminal sends its Ctrl-C to all: this one is ended by who started it, last.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
