"""The processes of a measurement: started, watched, timed, and ended."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable

SCRIPTS = pathlib.Path(__file__).resolve().parent
START_TIMEOUT_SECONDS = 10
END_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.01

# Others leave mounts and processes behind when they are interrupted: in namespaces of their own, nothing stays.
ISOLATED = ["unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child"]
IN_MEMORY = [*ISOLATED, "sh", "-c", 'mount -t tmpfs -o mode=0755 tmpfs "$TMPDIR" && exec "$@"', "sh"]
WITHOUT_NETWORK = [*ISOLATED, "--ipc", "--uts", "--net"]


def remove(path: pathlib.Path):
    """A file or directory, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class BenchError(Exception):
    """What a user can mend: printed without a stack."""


@dataclasses.dataclass
class Case:
    """Something that is measured."""

    name: str
    label: str
    command: list[str]
    # Makes things as they have to be; not measured.
    prepare: Callable[[], None] = lambda: None
    is_ours: bool = False
    # Whether the command takes its times itself and prints them, in milliseconds.
    parts: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Sample:
    """One run of a case. Memory is in KiB: of the process itself, and of the largest one that it started."""

    seconds: float
    own_memory: int | None
    largest_memory: int
    stages: dict[str, int]


class Bench:
    """The processes and files of a run."""

    def __init__(self, tool: str, state: pathlib.Path):
        self.tool = tool
        self.state = state
        self.temporary = state / "tmp"
        self.temporary.mkdir()
        # Where the mirror has the archive, without a slash at its end.
        self.archive = ""
        # Addresses of servers, and what they are called when a command is printed.
        self.servers: list[tuple[str, str]] = []
        self._servers: list[subprocess.Popen] = []
        self._mirror: subprocess.Popen | None = None
        self._running: subprocess.Popen | None = None
        self._log = state / "log"
        self._environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(state), "LC_ALL": "C.UTF-8", "TMPDIR": str(self.temporary),
        }

    def start_mirror(self, upstream: str):
        """Mirrors an archive, under the path that it has upstream."""
        path = urllib.parse.urlsplit(upstream).path.rstrip("/")
        host = urllib.parse.urljoin(upstream, "/")
        directory = self.state / "mirror"
        directory.mkdir()
        self._mirror = self._serve(directory, host, self.state / "mirror.log")
        self.archive = f"{self.servers[-1][0]}{path}"
        self.servers[-1] = (self.archive, "MIRROR")

    def freeze_mirror(self):
        self._mirror.send_signal(signal.SIGUSR1)

    def mirror_log(self) -> str:
        return (self.state / "mirror.log").read_text().strip() if self._mirror else ""

    def serve(self, directory: pathlib.Path) -> str:
        """Serves a directory that is complete; its address, without a slash at its end."""
        self._serve(directory, "http://127.0.0.1:0", self.state / "serve.log").send_signal(signal.SIGUSR1)
        return self.servers[-1][0]

    def start_server(self, command: list[str], address: str, name: str):
        """Starts another server, which listens when this returns; it is ended with all others."""
        self._servers.append(subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(self.state / "server.log").open("wb"),
            env=self._environment))
        self.servers.append((address, name))
        host, port = address.rsplit(":", 1)
        limit = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port))).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > limit or self._servers[-1].poll() is not None:
                    end = (self.state / "server.log").read_text(errors="replace")
                    raise BenchError(f"{' '.join(command)} does not listen\n{end}") from None
                time.sleep(POLL_SECONDS)

    def _serve(self, directory: pathlib.Path, upstream: str, log: pathlib.Path) -> subprocess.Popen:
        server = subprocess.Popen(
            [sys.executable, SCRIPTS / "mirror.py", directory, upstream], stdout=subprocess.PIPE,
            stderr=log.open("wb"), text=True)
        self._servers.append(server)
        self.servers.append((f"http://127.0.0.1:{int(server.stdout.readline())}", "MIRROR"))
        return server

    def capture(self, command: list[str]) -> str:
        """Runs a command that is not measured; its standard output."""
        return self._start_and_wait(command)[0]

    def measure(self, case: Case) -> Sample:
        case.prepare()
        # What earlier runs wrote reaches the disk before the next begins.
        os.sync()
        start = time.monotonic()
        output, own, largest = self._start_and_wait(case.command)
        seconds = time.monotonic() - start
        stages: dict[str, int] = {}
        if case.is_ours:
            stages = json.loads(output)["stages"]
        elif case.parts:
            stages = dict(zip(case.parts, map(int, output.split()), strict=True))
            seconds = sum(stages.values()) / 1000
        return Sample(seconds, own if case.is_ours else None, largest, stages)

    def end(self):
        """Ends what is running; nothing of it stays."""
        for process in (self._running, *self._servers):
            if process is None or process.poll() is not None:
                continue
            # unshare lets no signal but this one through to what it runs, whose mounts vanish with it.
            if process.args[0] == ISOLATED[0]:
                process.kill()
            process.terminate()
            try:
                process.wait(END_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start_and_wait(self, command: list[str]) -> tuple[str, int, int]:
        output_file = self.state / "output"
        with output_file.open("wb") as output, self._log.open("wb") as log:
            process = self._running = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=self._environment, cwd=self.state)
        memory = PeakMemory(process.pid)
        # Not Popen.wait: only wait4 tells the memory of this process and its children, apart from earlier ones.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self._running = None
        if process.returncode != 0:
            end = "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
            raise BenchError(f"{' '.join(command)}: exit code {process.returncode}\n{end}")
        return output_file.read_text(), memory.stop(), usage.ru_maxrss


class PeakMemory:
    """Watches the peak resident size of one process: VmHWM only grows, so the last look is the peak."""

    def __init__(self, pid: int):
        self._status = f"/proc/{pid}/status"
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self):
        while not self._ended.wait(POLL_SECONDS):
            try:
                with open(self._status, encoding="ascii") as status:
                    found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read(), re.MULTILINE)
            except OSError:
                return
            if found:
                self._peak = max(self._peak, int(found[1]))
