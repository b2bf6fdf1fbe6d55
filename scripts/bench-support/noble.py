"""The section noble: this tool, mmdebstrap, debootstrap, and the reference."""

import json
import os
import pathlib
from collections.abc import Callable

from host import architecture, default_mirror, write_keyring
from processes import ISOLATED, IN_MEMORY, SCRIPTS, WITHOUT_NETWORK, Bench, BenchError, Case, remove

PROFILE = "ubuntu-24.04"


def our_cases(bench: Bench) -> list[Case]:
    """This tool: what is in its cache, and where the result goes."""
    full, cold, downloads = (bench.state / f"cache-{name}" for name in ("full", "cold", "downloads"))

    def keep_downloads():
        for path in downloads.iterdir() if downloads.exists() else ():
            # The folder of complete downloads, by SHA-256.
            if path.name != "sha256":
                remove(path)

    def case(
            name: str, label: str, cache: pathlib.Path, target: str, prepare: Callable[[], None],
            *options: str) -> Case:
        output = bench.state / ("ours.tar" if target == "tar" else "images")

        def prepare_all():
            if "--no-reuse" in options:
                remove(output)
            prepare()

        command = [
            bench.tool, "build", PROFILE, "--mirror", f"{bench.archive}/", "--cache-dir", str(cache),
            "--to", f"tar:{output}" if target == "tar" else f"oci:{output}:{PROFILE}", "--overwrite",
            "--format", "json", *options]
        return Case(name, label, command, prepare_all, is_ours=True)

    nothing: Callable[[], None] = lambda: None
    # In this order: 'unchanged' is the command before it once more.
    return [
        case("cold-tar", "cold: empty cache, to a tar", cold, "tar", lambda: remove(cold), "--no-reuse"),
        case("cold-oci", "cold: empty cache, to an OCI layout", cold, "oci", lambda: remove(cold), "--no-reuse"),
        case("downloads-tar", "warm, but only downloads cached, to a tar", downloads, "tar",
             keep_downloads, "--no-reuse"),
        case("downloads-oci", "warm, but only downloads cached, to an OCI layout", downloads, "oci",
             keep_downloads, "--no-reuse"),
        case("warm-disk", "warm, its tree on disk, to a tar", full, "tar", nothing, "--no-reuse",
             "--work-dir", str(bench.temporary)),
        case("warm-tar", "warm: full cache, to a tar", full, "tar", nothing, "--no-reuse"),
        case("unchanged-tar", "unchanged: the same command again, to a tar", full, "tar", nothing),
        case("warm-oci", "warm: full cache, to an OCI layout", full, "oci", nothing, "--no-reuse"),
        case("unchanged-oci", "unchanged: the same command again, to an OCI layout", full, "oci", nothing),
    ]


def their_cases(bench: Bench, profile: dict, keyring: pathlib.Path) -> list[Case]:
    tar, tree = bench.state / "mmdebstrap.tar", bench.state / "debootstrap"
    components = " ".join(profile["components"])
    mmdebstrap = [
        "mmdebstrap", "--mode=root", "--variant=minbase", "--include=" + ",".join(profile["packages"]["include"]),
        "--format=tar", profile["suite"], str(tar),
        *(f"deb [signed-by={keyring}] {bench.archive} {pocket['suite']} {components}" for pocket in profile["pockets"])]
    debootstrap = [
        "debootstrap", "--variant=minbase", f"--keyring={keyring}", profile["suite"], str(tree), bench.archive,
        # Older debootstraps do not know the release, and all of Ubuntu's have one script.
        profile["archives"]["main"]["debootstrapScript"]]
    return [
        Case("mmdebstrap", "mmdebstrap, to a tar", [*ISOLATED, *mmdebstrap], lambda: remove(tar)),
        Case("mmdebstrap-memory", "mmdebstrap, its tree in memory, to a tar", [*IN_MEMORY, *mmdebstrap],
             lambda: remove(tar)),
        Case("debootstrap", "debootstrap, to a directory", [*ISOLATED, *debootstrap], lambda: remove(tree)),
    ]


def collect_debs(bench: Bench, packages: list[dict]) -> pathlib.Path:
    """The packages of our image, as files of the mirror."""
    directory = bench.state / "debs"
    directory.mkdir()
    pool = {file.name: file for file in (bench.state / "mirror").rglob("*.deb")}
    for package in packages:
        # The epoch is no part of a file's name.
        name = f"{package['name']}_{package['version'].split(':')[-1]}_{package['architecture']}.deb"
        os.link(pool[name], directory / name)
    return directory


def floor_case(bench: Bench, packages: list[dict]) -> Case:
    command = [str(SCRIPTS / "floor"), "run", str(collect_debs(bench, packages)), str(bench.state / "template")]
    bench.capture([*WITHOUT_NETWORK, command[0], "prepare", *command[2:]])
    return Case("floor", "unpack and configure alone", [*WITHOUT_NETWORK, *command], parts=["unpack", "configure"])


def installed(bench: Bench, status: pathlib.Path) -> dict[str, str]:
    """Names and versions that a dpkg database has."""
    listed = bench.capture(
        ["dpkg-query", f"--admindir={status}", "--showformat", "${Package} ${Version} ${Architecture}\n", "--show"])
    return {name: f"{version} {architecture}" for name, version, architecture in map(str.split, listed.splitlines())}


def check_same_packages(bench: Bench, ours: list[dict]) -> dict[str, int]:
    """mmdebstrap's tar has to hold the packages that ours does; how many each has."""
    extracted = bench.state / "status"
    extracted.mkdir()
    bench.capture(["tar", "-C", str(extracted), "-xf", str(bench.state / "mmdebstrap.tar"), "./var/lib/dpkg"])
    theirs = installed(bench, extracted / "var/lib/dpkg")
    expected = {package["name"]: f"{package['version']} {package['architecture']}" for package in ours}
    if theirs != expected:
        different = sorted(set(theirs.items()) ^ set(expected.items()))
        raise BenchError(f"mmdebstrap and this tool chose different packages: {different}")
    debootstrap = installed(bench, bench.state / "debootstrap/var/lib/dpkg")
    return {"ours": len(ours), "mmdebstrap": len(theirs), "debootstrap": len(debootstrap)}


class Noble:
    """Ubuntu's release, from a mirror of its archive."""

    name = "noble"
    programs = ["mmdebstrap", "debootstrap", "dpkg", "apt", "tar"]

    def __init__(self, bench: Bench, mirror: str | None):
        self._bench = bench
        profile = json.loads(bench.capture([bench.tool, "profiles", "show", PROFILE, "--format", "json"]))
        bench.start_mirror(mirror or default_mirror(profile, architecture()))
        keyring = bench.state / "keyring.gpg"
        write_keyring(profile, keyring)
        self.cases = [*their_cases(bench, profile, keyring), *our_cases(bench)]
        self.facts: dict = {}

    def settle(self):
        """After the first round, whose last command was one of ours."""
        packages = json.loads((self._bench.state / "output").read_text())["packages"]
        self.facts = check_same_packages(self._bench, packages)
        self.cases.append(floor_case(self._bench, packages))
        self._bench.freeze_mirror()
