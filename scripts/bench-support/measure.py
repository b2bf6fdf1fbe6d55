#!/usr/bin/env python3
"""Takes the times of scripts/bench, and prints them as JSON. Needs to be root.

    measure.py --runs N --tool PROGRAM --state DIRECTORY [--mirror URL]

One round runs every case once, so that noise hits all alike; the first round fills the mirror and the caches and is not
counted. DIRECTORY is made, and removed at the end together with every process that was started.
"""

import argparse
import contextlib
import dataclasses
import json
import pathlib
import shutil
import signal
import sys
import time

from cases import PROFILE, floor_case, our_cases, their_cases
from host import architecture, default_mirror, machine, versions, write_keyring
from processes import SCRIPTS, Bench, BenchError, Sample

PROGRAMS = ["rootfs-importer", "mmdebstrap", "debootstrap", "floor"]


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


def readable(bench: Bench, command: list[str]) -> str:
    """A command as it is printed: without the places of this machine, and without what isolates it."""
    program = next(i for i, word in enumerate(command) if pathlib.Path(word).name in PROGRAMS)
    shown = (word.replace(bench.tool, "rootfs-importer").replace(f"{SCRIPTS.parent.parent}/", "")
             .replace(f"{bench.state}/", "").replace(bench.archive, "MIRROR") for word in command[program:])
    return " ".join(f"'{word}'" if " " in word else word for word in shown)


def remove_all(directory: pathlib.Path):
    """Removes a directory in which processes that were just killed may still be dying."""
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.1)


def say(text: str):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(bench: Bench, options: argparse.Namespace) -> dict:
    profile = json.loads(bench.capture([bench.tool, "profiles", "show", PROFILE, "--format", "json"]))
    facts = machine()
    if facts["load"] > facts["processors"] / 4:
        say(f"the machine is busy (load {facts['load']}): what is measured now says little")
    bench.start_mirror(options.mirror or default_mirror(profile, architecture()))
    keyring = bench.state / "keyring.gpg"
    write_keyring(profile, keyring)

    cases = [*their_cases(bench, profile, keyring), *our_cases(bench)]
    say("filling the mirror and the caches")
    for case in cases:
        say(f"  {case.label}: {bench.measure(case).seconds:.1f} s")
    packages = json.loads((bench.state / "output").read_text())["packages"]
    counts = check_same_packages(bench, packages)
    cases.append(floor_case(bench, packages))
    bench.freeze_mirror()

    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for number in range(1, options.runs + 1):
        say(f"round {number} of {options.runs}")
        for case in cases:
            sample = bench.measure(case)
            samples[case.name].append(sample)
            say(f"  {case.label}: {sample.seconds:.2f} s")
    if bench.mirror_log():
        raise BenchError(f"the mirror did not have all that was asked for:\n{bench.mirror_log()}")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "runs": options.runs,
        "machine": facts,
        "versions": versions(bench.tool),
        "packages": counts,
        "cases": [
            {"name": case.name, "label": case.label, "command": readable(bench, case.command),
             "samples": [dataclasses.asdict(sample) for sample in samples[case.name]]}
            for case in cases],
    }


def handle_ends(handler):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--mirror")
    options = parser.parse_args()
    # All by the same way out; a process in the background inherits SIGINT ignored.
    handle_ends(signal.default_int_handler)
    options.state.mkdir(mode=0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(remove_all, options.state)
        bench = Bench(options.tool, options.state)
        stack.callback(bench.end)
        # What cleans up is not interrupted in its turn.
        stack.callback(handle_ends, signal.SIG_IGN)
        try:
            results = run(bench, options)
        except BenchError as error:
            say(f"error: {error}")
            sys.exit(1)
        except KeyboardInterrupt:
            say("interrupted")
            sys.exit(130)
    json.dump(results, sys.stdout, indent=2)
    print()


main()
