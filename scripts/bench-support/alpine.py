"""The section alpine: this tool and the genuine apk, from one mirror of real packages."""

import hashlib
import json
import os
import pathlib
import subprocess
from collections.abc import Callable

from processes import ISOLATED, SCRIPTS, Bench, BenchError, Case, remove

PROFILE = "alpine-3.20"
TARBALL = "alpine-minirootfs-3.20.3-x86_64.tar.gz"
TREE = "plain"


class Alpine:
    """
    The mirror is made out of an official minirootfs, which also has the genuine apk; see AlpineMirror in the tests. That
    material is not part of the repository.
    """

    name = "alpine"
    programs = ["tar", "gzip"]
    LACKING = f"there is no {TARBALL} in ../shared/alpine, nor where ROOTFS_IMPORTER_ALPINE says"

    @staticmethod
    def material() -> pathlib.Path | None:
        """Where the minirootfs is, and the program that makes a mirror of it."""
        given = os.environ.get("ROOTFS_IMPORTER_ALPINE")
        directory = pathlib.Path(given) if given else SCRIPTS.parent.parent.parent / "shared/alpine"
        return directory.resolve() if (directory / TARBALL).is_file() else None

    def __init__(self, bench: Bench, material: pathlib.Path):
        self._bench = bench
        self._state = bench.state / "alpine"
        self._state.mkdir()
        self._root = self._state / "root"
        mirror = self._state / "mirror"
        bench.capture([
            str(material / "make-alpine-mirror"), "-o", str(mirror), "--key", str(self._state / "bench.rsa"),
            "--release-package", "--community", str(material / TARBALL)])
        self._key = mirror / "keys/bench.rsa.pub"
        self._mirror = bench.serve(mirror)
        self._prepare_root(material / TARBALL)
        self._world = json.loads(
            bench.capture([bench.tool, "profiles", "show", PROFILE, "--format", "json"]))["packages"]["include"]
        self.cases = [*self._their_cases(), *self._our_cases()]
        self.facts: dict = {}

    def settle(self):
        """After the first round: both have to have installed the same packages."""
        ours = json.loads((self._bench.state / "output").read_text())["packages"]
        database = (self._root / TREE / "lib/apk/db/installed").read_text(encoding="utf-8")
        theirs = {line[2:] for line in database.splitlines() if line.startswith("P:")}
        # The files of alpine-release are in the image, but not in its database.
        installed = {package["name"] for package in ours} - {"alpine-release"}
        if theirs != installed:
            raise BenchError(f"apk and this tool chose different packages: {sorted(theirs ^ installed)}")
        version = self._bench.capture(["chroot", str(self._root), "apk", "--version"])
        self.facts = {"packages": len(theirs), "apk": version.split()[1].rstrip(",")}

    def _prepare_root(self, tarball: pathlib.Path):
        """The genuine apk, in the root file system that it is part of, with the mirror's key."""
        self._root.mkdir()
        self._bench.capture(["tar", "-C", str(self._root), "-xzf", str(tarball)])
        (self._root / "keys").mkdir()
        (self._root / "keys" / self._key.name).write_bytes(self._key.read_bytes())

    def _their_cases(self) -> list[Case]:
        def prepare():
            remove(self._root / TREE)
            (self._root / TREE).mkdir()

        repositories = [
            word for name in ("main", "community")
            for word in ("--repository", f"{self._mirror}/v3.20/{name}")]
        apk = [
            "chroot", str(self._root), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "apk", "--quiet",
            "--keys-dir", "/keys", *repositories, "--no-cache", "--root", f"/{TREE}", "--initdb", "add", *self._world]
        # Both hashes that an image needs, each taken while the bytes go by.
        pack = (
            f"tar -C {self._root / TREE} --numeric-owner --sort=name -c . | tee >(sha256sum >&2) "
            f"| gzip -n | tee {self._state / 'layer.tar.gz'} | sha256sum")
        return [
            Case("apk", "apk alone, to a directory", [*ISOLATED, *apk], prepare),
            Case("apk-packed", "apk, then tar, gzip and SHA-256",
                 [*ISOLATED, "bash", "-c", f"set -euo pipefail; {' '.join(apk)}; {pack}"], prepare),
        ]

    def _our_cases(self) -> list[Case]:
        key = subprocess.run(
            ["openssl", "rsa", "-pubin", "-in", str(self._key), "-outform", "DER"], capture_output=True, check=True)
        profile = self._state / "bench-3.20.yaml"
        profile.write_text(
            f"extends: {PROFILE}\nkeys:\n  - fingerprint: SHA256:{hashlib.sha256(key.stdout).hexdigest()}\n"
            f"    file: {self._key.relative_to(self._state)}\n", encoding="utf-8")
        images = self._state / "images"

        def case(name: str, label: str, cache: str, prepare: Callable[[], None], *options: str) -> Case:
            command = [
                self._bench.tool, "build", str(profile), "--mirror", f"{self._mirror}/",
                "--cache-dir", str(self._state / cache), "--to", f"oci:{images}:alpine", "--format", "json", *options]
            return Case(name, label, command, prepare, is_ours=True)

        # In this order: 'unchanged' is the command before it once more.
        return [
            case("alpine-cold", "cold: empty cache, to an OCI layout", "cache-cold",
                 lambda: (remove(self._state / "cache-cold"), remove(images)), "--no-reuse"),
            case("alpine-warm", "warm: full cache, to an OCI layout", "cache-full", lambda: remove(images), "--no-reuse"),
            case("alpine-unchanged", "unchanged: the same command again", "cache-full", lambda: None),
        ]
