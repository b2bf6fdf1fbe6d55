"""What the host knows: mirrors, keys, and what kind of machine it is."""

import base64
import os
import pathlib
import platform
import re
import subprocess

from processes import BenchError

DEBOOTSTRAP_SCRIPTS = pathlib.Path("/usr/share/debootstrap/scripts")

# Sourced with every function that a script may call at its top level stubbed out.
DEFAULT_MIRROR = """
mirror_style() { :; }; download_style() { :; }; finddebs_style() { :; }; variants() { :; }
keyring() { :; }; doing_variant() { return 1; }; info() { :; }; warning() { :; }; error() { exit 1; }
default_mirror() { printf '%s' "$1"; exit 0; }
. "$1"
"""


def default_mirror(profile: dict, architecture: str) -> str:
    """What the host's debootstrap declares for the release: the address is written down there and not here."""
    script = DEBOOTSTRAP_SCRIPTS / profile["archives"]["main"]["debootstrapScript"]
    suite = profile["suite"]
    declared = subprocess.run(
        ["sh", "-c", DEFAULT_MIRROR, "sh", script], capture_output=True, text=True, cwd="/", check=False,
        env={"PATH": os.environ["PATH"], "ARCH": architecture, "HOST_ARCH": architecture, "SUITE": suite,
             "CODENAME": suite, "MIRRORS": "", "DEBOOTSTRAP_DIR": str(DEBOOTSTRAP_SCRIPTS.parent)}).stdout
    if not declared:
        raise BenchError(f"debootstrap's script {script.name} declares no mirror for {suite}; name one with --mirror")
    return declared


def write_keyring(profile: dict, file: pathlib.Path):
    """The profile's keys as one binary keyring, which gpgv and apt read (RFC 9580, section 6.2)."""
    with file.open("wb") as output:
        for key in profile["keys"]:
            armour = pathlib.Path(key["path"]).read_text(encoding="ascii")
            body = re.search(
                r"^-----BEGIN [^\n]+\n(?:[^\n]+\n)*\n(.*?)^(?:=|-----END)", armour, re.DOTALL | re.MULTILINE)
            output.write(base64.b64decode(body[1]))


def architecture() -> str:
    """The host's, as dpkg calls it."""
    return first_line(["dpkg", "--print-architecture"])


def first_line(command: list[str]) -> str:
    """The first line that a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def versions(programs: list[str]) -> dict[str, str]:
    """The programs that take part, by name."""
    found = {}
    for program in programs:
        version = re.search(r"\d[\w.+~-]*", first_line([program, "--version"]))
        found[pathlib.Path(program).name] = version[0]
    return found


def machine() -> dict:
    """What others need to know of the machine, and nothing that names it."""
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cpu": cpu[1] if cpu else platform.machine(),
        "processors": os.cpu_count(),
        "memoryGiB": round(int(memory[1]) / (1 << 20)),
        "kernel": re.match(r"[\d.]*\d", platform.release())[0],
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "load": round(os.getloadavg()[0], 1),
    }
