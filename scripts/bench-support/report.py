#!/usr/bin/env python3
"""Makes the tables of scripts/bench from the times that were taken.

    report.py RESULTS [DOCUMENT]

Prints them, and puts them between the markers of DOCUMENT, which is made when absent.
"""

import json
import pathlib
import statistics
import sys

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
REFERENCE, MEMORY_REFERENCE, FLOOR = "mmdebstrap", "mmdebstrap-memory", "floor"
# The aims: name, cases that have to reach it, case and factor that they are held against.
AIMS = [
    ("warm, at most a fifth of mmdebstrap's time", ["warm-tar", "warm-oci"], REFERENCE, 0.2),
    ("warm, at most 1.5 times unpack and configure alone", ["warm-tar", "warm-oci"], FLOOR, 1.5),
    ("cold, at most 0.4 of mmdebstrap's time", ["cold-tar", "cold-oci"], REFERENCE, 0.4),
    ("warm, against mmdebstrap with its tree in memory too", ["warm-tar", "warm-oci"], MEMORY_REFERENCE, None),
    ("cold, against mmdebstrap with its tree in memory too", ["cold-tar", "cold-oci"], MEMORY_REFERENCE, None),
    ("warm with the tree on disk, against mmdebstrap's on disk", ["warm-disk"], REFERENCE, None),
]
ALPINE_AIMS = [
    ("cold, not slower than apk alone", "alpine-cold", "apk", 1.0),
    ("warm, not slower than apk alone", "alpine-warm", "apk", 1.0),
    ("cold, against apk and packing", "alpine-cold", "apk-packed", None),
    ("warm, against apk and packing", "alpine-warm", "apk-packed", None),
    ("unchanged, at most 0.3 s", "alpine-unchanged", None, 0.3),
]
PUSH_AIMS = [
    ("to an empty registry, at most 1.2 times skopeo's time", "push-ours", "push-skopeo", 1.2),
    ("with nothing new, at most 0.3 s", "push-ours-again", None, 0.3),
]
MAX_OWN_MEMORY_MB = 200
STAGE_CASES = ["cold-oci", "downloads-oci", "warm-oci", "warm-tar", "unchanged-oci"]
BYTES_PER_MB = 1e6


def seconds(case: dict) -> list[float]:
    return [sample["seconds"] for sample in case["samples"]]


def median(case: dict) -> float:
    return statistics.median(seconds(case))


def peak(case: dict, key: str) -> float | None:
    """The highest of all runs, in MB; what was measured is in KiB."""
    values = [sample[key] for sample in case["samples"]]
    return None if None in values else max(values) * 1024 / BYTES_PER_MB


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def times_table(cases: dict[str, dict]) -> list[str]:
    rows = []
    for case in cases.values():
        memory = peak(case, "own_memory") or peak(case, "largest_memory")
        rows.append([
            case["label"], f"{median(case):.2f} s", f"{min(seconds(case)):.2f} - {max(seconds(case)):.2f} s",
            f"{median(case) / median(cases[REFERENCE]):.2f}",
            f"{median(case) / median(cases[MEMORY_REFERENCE]):.2f}",
            f"{memory:.0f} MB"])
    return table(
        ["what", "median", "least - most", "of mmdebstrap", "of it in memory", "peak memory"], rows)


def aims_table(cases: dict[str, dict]) -> list[str]:
    rows = []
    for aim, names, reference, factor in AIMS:
        found = max(median(cases[name]) for name in names) / median(cases[reference])
        rows.append([aim, f"{found:.2f}", "" if factor is None else "yes" if found <= factor else "**no**"])
    memory = max(peak(case, "own_memory") or 0 for case in cases.values())
    rows.append([
        f"peak memory of our process under {MAX_OWN_MEMORY_MB} MB", f"{memory:.0f} MB",
        "yes" if memory < MAX_OWN_MEMORY_MB else "**no**"])
    return table(["aim (the worse of tar and OCI layout)", "found", "reached"], rows)


def stages_table(cases: dict[str, dict], names: list[str]) -> list[str]:
    chosen = [cases[name] for name in names]
    stages = dict.fromkeys(stage for case in chosen for stage in case["samples"][0]["stages"])

    def cell(case: dict, stage: str) -> str:
        values = [sample["stages"].get(stage) for sample in case["samples"]]
        return "" if None in values else f"{statistics.median(values)} ms"

    rows = [[stage, *(cell(case, stage) for case in chosen)] for stage in stages]
    rest = [statistics.median(sample["seconds"] * 1000 - sum(sample["stages"].values()) for sample in case["samples"])
            for case in chosen]
    rows.append(["start and end", *(f"{value:.0f} ms" for value in rest)])
    return table(["stage", *names], rows)


def floor_line(case: dict) -> str:
    parts = {part: statistics.median(sample["stages"][part] for sample in case["samples"]) / 1000
             for part in case["samples"][0]["stages"]}
    return "Unpack and configure alone: " + ", ".join(f"{part} {value:.2f} s" for part, value in parts.items()) + "."


def commands(cases: dict[str, dict], servers: str) -> list[str]:
    # Those whose command differs from another's only in what is in the cache say nothing new.
    return [f"The commands, where {servers}:", "",
            *(f"    {command}" for command in dict.fromkeys(case["command"] for case in cases.values()))]


def noble(cases: dict[str, dict], packages: dict) -> list[str]:
    return [
        f"Packages: {packages['ours']} (mmdebstrap {packages['mmdebstrap']}, the same names and versions; "
        f"debootstrap {packages['debootstrap']}).",
        "", *times_table(cases), "", *aims_table(cases), "",
        "Where the time goes, medians:", "", *stages_table(cases, STAGE_CASES), "", floor_line(cases[FLOOR]), "",
        *commands(cases, "`MIRROR` is the loopback mirror")]


def plain_times_table(cases: dict[str, dict], reference: str, title: str) -> list[str]:
    rows = [
        [case["label"], f"{median(case):.2f} s", f"{min(seconds(case)):.2f} - {max(seconds(case)):.2f} s",
         f"{median(case) / median(cases[reference]):.2f}", f"{peak(case, 'own_memory') or peak(case, 'largest_memory'):.0f} MB"]
        for case in cases.values()]
    return table(["what", "median", "least - most", f"of {title}", "peak memory"], rows)


def plain_aims_table(cases: dict[str, dict], aims: list[tuple[str, str, str | None, float | None]]) -> list[str]:
    """Aims of one case each: against another case, or in seconds when there is none."""
    rows = []
    for aim, name, reference, limit in aims:
        found = median(cases[name]) / (median(cases[reference]) if reference else 1)
        rows.append([
            aim, f"{found:.2f}" if reference else f"{found:.2f} s",
            "" if limit is None else "yes" if found <= limit else "**no**"])
    return table(["aim", "found", "reached"], rows)


def alpine(cases: dict[str, dict], facts: dict) -> list[str]:
    return [
        f"apk-tools {facts['apk']}, packages: {facts['packages']}, the same names.",
        "", *plain_times_table(cases, "apk", "apk alone"), "", *plain_aims_table(cases, ALPINE_AIMS), "",
        "Where the time goes, medians:", "",
        *stages_table(cases, ["alpine-cold", "alpine-warm", "alpine-unchanged"]), "",
        *commands(cases, "`MIRROR` is the loopback mirror")]


def push(cases: dict[str, dict], facts: dict) -> list[str]:
    return [
        f"The image has {facts['bytes'] / BYTES_PER_MB:.1f} MB.",
        "", *plain_times_table(cases, "push-skopeo", "skopeo, to an empty registry"), "",
        *plain_aims_table(cases, PUSH_AIMS), "",
        "Where the time goes, medians:", "", *stages_table(cases, ["push-ours", "push-ours-again"]), "",
        *commands(cases, "`REGISTRY` is docker-registry on the loopback interface")]


SECTIONS = {
    "noble": ("Ubuntu 24.04", noble),
    "alpine": ("Alpine 3.20", alpine),
    "push": ("Pushing to a registry", push),
}


def report(results: dict) -> list[str]:
    machine = results["machine"]
    lines = [
        f"Measured on {results['date']}, {results['runs']} interleaved runs each: {machine['cpu']}, "
        f"{machine['processors']} processors, {machine['memoryGiB']} GiB of memory, {machine['system']}, "
        f"Linux {machine['kernel']}; load average at the start {machine['load']}."]
    for section in results["sections"]:
        title, describe = SECTIONS[section["name"]]
        versions = ", ".join(f"{program} {version}" for program, version in section["versions"].items())
        cases = {case["name"]: case for case in section["cases"]}
        lines += ["", f"### {title}", "", f"{versions}.", *describe(cases, section["facts"])]
    return lines


def splice(document: pathlib.Path, lines: list[str]):
    text = document.read_text(encoding="utf-8") if document.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"bench: error: {document} lacks the markers {BEGIN} and {END}")
    document.write_text("\n".join([before + BEGIN, *lines, END]) + after, encoding="utf-8")


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = report(results)
    print("\n".join(lines))
    if len(sys.argv) > 2:
        splice(pathlib.Path(sys.argv[2]), lines)


main()
