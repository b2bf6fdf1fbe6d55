#!/usr/bin/env python3
"""Takes the times of scripts/bench, and prints them as JSON. Needs to be root.

    measure.py --runs N --tool PROGRAM --state DIRECTORY [--mirror URL] [--only SECTION]

One round runs every case once, so that noise hits all alike; the first round fills the mirror and the caches and is not
counted. DIRECTORY is made, and removed at the end together with every process that was started.
"""

import argparse
import contextlib
import dataclasses
import functools
import json
import pathlib
import shutil
import signal
import sys
import time

from alpine import Alpine
from host import machine, versions
from noble import Noble
from push import Push
from processes import SCRIPTS, Bench, BenchError, Sample

PROGRAMS = ["rootfs-importer", "mmdebstrap", "debootstrap", "floor", "bash", "apk", "skopeo"]
SECTIONS = ["noble", "alpine", "push"]


def readable(bench: Bench, command: list[str]) -> str:
    """A command as it is printed: without the places of this machine, and without what isolates it."""
    program = next(i for i, word in enumerate(command) if pathlib.Path(word).name in PROGRAMS)
    shown = (word.replace(bench.tool, "rootfs-importer").replace(f"{SCRIPTS.parent.parent}/", "")
             .replace(f"{bench.state}/", "") for word in command[program:])
    shown = (functools.reduce(lambda word, server: word.replace(*server), bench.servers, word) for word in shown)
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


def start(bench: Bench, options: argparse.Namespace) -> list[Noble | Alpine | Push]:
    """The sections that are measured, each with what it needs."""
    sections: list[Noble | Alpine | Push] = []
    for name in [options.only] if options.only else SECTIONS:
        if name == "noble":
            sections.append(Noble(bench, options.mirror))
        elif name == "push":
            sections.append(Push(bench))
        elif (material := Alpine.material()) is not None:
            sections.append(Alpine(bench, material))
        else:
            say(f"the section alpine is left out: {Alpine.LACKING}")
    if not sections:
        raise BenchError("nothing is left to measure")
    return sections


def run(bench: Bench, options: argparse.Namespace) -> dict:
    facts = machine()
    if facts["load"] > facts["processors"] / 4:
        say(f"the machine is busy (load {facts['load']}): what is measured now says little")
    sections = start(bench, options)
    say("filling the mirrors and the caches")
    for section in sections:
        for case in section.cases:
            say(f"  {case.label}: {bench.measure(case).seconds:.2f} s")
        section.settle()

    cases = [(section, case) for section in sections for case in section.cases]
    samples: dict[str, list[Sample]] = {case.name: [] for _, case in cases}
    for number in range(1, options.runs + 1):
        say(f"round {number} of {options.runs}")
        for _, case in cases:
            sample = bench.measure(case)
            samples[case.name].append(sample)
            say(f"  {case.label}: {sample.seconds:.2f} s")
    if bench.mirror_log():
        raise BenchError(f"the mirror did not have all that was asked for:\n{bench.mirror_log()}")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "runs": options.runs,
        "machine": facts,
        "sections": [
            {"name": section.name, "facts": section.facts,
             "versions": versions([bench.tool, *section.programs]),
             "cases": [
                 {"name": case.name, "label": case.label, "command": readable(bench, case.command),
                  "samples": [dataclasses.asdict(sample) for sample in samples[case.name]]}
                 for case in section.cases]}
            for section in sections],
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
    parser.add_argument("--only", choices=SECTIONS)
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
