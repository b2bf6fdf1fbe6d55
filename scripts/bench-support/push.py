"""The section push: this tool and skopeo, from one layout to one registry."""

import gzip
import hashlib
import io
import json
import pathlib
import random
import socket
import tarfile

from processes import Bench, Case, remove

LAYER_BYTES = 30_000_000


class Push:
    """An image of 30 MB, in one layer that cannot be compressed, to docker-registry on the loopback interface."""

    name = "push"
    programs = ["skopeo", "docker-registry"]

    def __init__(self, bench: Bench):
        self._state = bench.state / "push"
        self._data = self._state / "data"
        self._data.mkdir(parents=True)
        layout = self._state / "layout"
        self.facts = {"bytes": write_layout(layout)}
        registry = f"127.0.0.1:{free_port()}"
        config = self._state / "config.yml"
        config.write_text(
            "version: 0.1\nlog:\n  level: error\n"
            f"storage:\n  filesystem:\n    rootdirectory: {self._data}\nhttp:\n  addr: {registry}\n  secret: bench\n",
            encoding="utf-8")
        bench.start_server(["docker-registry", "serve", str(config)], registry, "REGISTRY")

        def empty():
            remove(self._data / "docker")

        source = f"oci:{layout}:image"
        skopeo = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", source, f"docker://{registry}/image:skopeo"]
        ours = [bench.tool, "copy", source, f"docker://{registry}/image:ours", "--format", "json"]
        # In this order: 'again' is the command before it once more.
        self.cases = [
            Case("push-skopeo", "skopeo, to an empty registry", skopeo, empty),
            Case("push-skopeo-again", "skopeo, with nothing new", skopeo),
            Case("push-ours", "this tool, to an empty registry", ours, empty, is_ours=True),
            Case("push-ours-again", "this tool, with nothing new", ours, is_ours=True),
        ]

    def settle(self):
        """Nothing has to be made from what the first round left."""


def write_layout(layout: pathlib.Path) -> int:
    """An image with one layer of noise, always the same; the size of its blobs."""
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)
    sizes = []

    def add(content: bytes, media_type: str) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        sizes.append(len(content))
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}", "size": len(content)}

    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        file = tarfile.TarInfo("noise")
        file.size = LAYER_BYTES
        archive.addfile(file, io.BytesIO(random.Random(1).randbytes(LAYER_BYTES)))
    layer = add(gzip.compress(tar.getvalue(), compresslevel=1, mtime=0), "layer.v1.tar+gzip")
    diff_id = f"sha256:{hashlib.sha256(tar.getvalue()).hexdigest()}"
    config = add(json.dumps({
        "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode(), "config.v1+json")
    manifest = add(json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
        "layers": [layer]}).encode(), "manifest.v1+json")
    named = {**manifest, "annotations": {"org.opencontainers.image.ref.name": "image"}}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")
    return sum(sizes)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
