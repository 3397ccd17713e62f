#!/usr/bin/env python3
"""The published figures: quality and cost of a whole `gate` on generated corpora.

    benches/figures.py [--binary target/dist/driftseal] [--tools ../shared/tools] [--runs 5]

Needs the corpus generator and its scorer (gen_corpus.py, score.py, report_to_score.py,
allowances_toml.py); without them it says so and stops. Prints

  * recall and precision at path level on sizes S and M, seeds 1 to 5, with the usual share of
    benign edits and with 0.8, and the findings on corpora without planted drift;
  * CPU of a gate on M beside `diff -r -U0` on the same trees, paired runs in turn after a warm-up,
    the median of the ratios; and its peak memory;
  * whether the report is the same, byte for byte, with one thread and with two;
  * CPU of a `diff` of two YAML files of 5,000 and of 50,000 lines, on one thread.

Figures are for people to read: nothing here passes or fails by time.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)


def measured(command, environment=None):
    """User and system seconds of a command whose output is read, and its peak memory in MiB.

    The output goes through a pipe: some programs notice /dev/null and do less.
    """
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    while process.stdout.read(1 << 20):
        pass
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Corpus:
    def __init__(self, tools, folder, size, seed, drift=None, benign=None):
        self.tools, self.folder = tools, folder / f"{size}-{seed}-{drift}-{benign}"
        command = [sys.executable, tools / "gen_corpus.py", "--size", size, "--seed", str(seed)]
        command += ["--jobs", "2", "--out", self.folder]
        command += ["--drift-rate", str(drift)] if drift is not None else []
        command += ["--benign-rate", str(benign)] if benign is not None else []
        run(command, check=True)
        config = run([sys.executable, tools / "allowances_toml.py", self.folder], check=True).stdout
        (self.folder / "driftseal.toml").write_bytes(config)

    def gate(self, binary, *more):
        sides = ["--blue", self.folder / "blue", "--green", self.folder / "green"]
        return [binary, "gate", *sides, "--config", self.folder / "driftseal.toml", *more]

    def score(self, binary):
        report = self.folder / "report.json"
        run(self.gate(binary, "-o", f"json={report}"))
        findings = run([sys.executable, self.tools / "report_to_score.py", report]).stdout
        (self.folder / "findings.jsonl").write_bytes(findings)
        score = [sys.executable, self.tools / "score.py", self.folder]
        return json.loads(run([*score, self.folder / "findings.jsonl", "--json"]).stdout)


def quality(binary, tools, folder):
    print("corpus           planted  findings  recall  precision  findings without drift")
    for size in ("S", "M"):
        for benign in (None, 0.8):
            for seed in range(1, 6):
                corpus = Corpus(tools, folder, size, seed, benign=benign)
                score = corpus.score(binary)
                shutil.rmtree(corpus.folder)
                clean = Corpus(tools, folder, size, seed, 0, benign)
                none = clean.score(binary)["findings"]
                shutil.rmtree(clean.folder)
                recall, precision = score["recall_path"]["all"], score["precision"]
                name = f"{size} seed {seed}" + (f", {benign} benign" if benign else "")
                print(
                    f"{name:16} {score['planted']:7}  {score['findings']:8}"
                    f"  {recall:6}  {precision:9}  {none:6}",
                    flush=True,
                )


def deployment(number, colour, is_changed):
    return f"""---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service{number}-{colour}
  namespace: shop
  labels:
    app: service{number}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: service{number}
  template:
    metadata:
      labels:
        app: service{number}
    spec:
      containers:
      - name: app
        image: registry.example/service{number}:1.{3 if is_changed else 2}
        env:
        - name: OTEL_EXPORTER_OTLP_ENDPOINT
          value: http://otel-{colour}:4317
        resources:
          limits:
            memory: 512Mi
"""


def values(number, colour, is_changed):
    return f"""service{number}:
  host: service{number}-{colour}.example.org
  port: {8000 + number % 100}
  retries: {4 if is_changed else 3}
  timeout: 30s
"""


def one_pair(binary, folder, runs):
    """A file on each side, one part in fifty of which differs by more than its colour."""
    print("diff --jobs 1 of two YAML files, CPU in milliseconds:")
    for what, part in (("Deployments", deployment), ("values", values)):
        medians = []
        for lines in (5_000, 50_000):
            count = lines // part(0, "blue", False).count("\n")
            sides = {side: folder / f"{what}-{lines}" / side for side in ("blue", "green")}
            for side, path in sides.items():
                path.mkdir(parents=True)
                changed = lambda at: side == "green" and at % 50 == 0
                text = "".join(part(at, side, changed(at)) for at in range(count))
                (path / "all.yaml").write_text(text)
            command = [binary, "diff", "--blue", sides["blue"], "--green", sides["green"]]
            command += ["--jobs", "1", "-o", "json"]
            medians.append(statistics.median(measured(command)[0] for _ in range(runs)) * 1000)
        few, many = medians
        print(f"  {what:11}  5,000 lines {few:4.0f}  50,000 lines {many:4.0f}  x {many / few:.1f}")


def cost(binary, tools, folder, runs):
    corpus = Corpus(tools, folder, "M", 1)
    gate = corpus.gate(binary, "-o", f"json={folder / 'cost.json'}")
    diff = ["diff", "-r", "-U0", corpus.folder / "blue", corpus.folder / "green"]
    measured(gate), measured(diff)
    pairs = [(measured(gate), measured(diff)) for _ in range(runs)]
    ratios = [ours[0] / theirs[0] for ours, theirs in pairs]
    print(f"gate on M, {runs} paired runs against diff -r -U0:")
    print(f"  CPU ratio     {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  CPU seconds   {statistics.median(ours[0] for ours, _ in pairs):.2f}")
    print(f"  peak memory   {max(ours[1] for ours, _ in pairs):.0f} MiB")
    return corpus


def determinism(binary, corpus):
    key = corpus.folder / "masking.key"
    key.write_bytes(hashlib.sha256(b"figures").digest())
    key.chmod(0o600)
    digests = set()
    for threads in ("1", "2"):
        fixed = ["--masking-key", f"file:{key}", "--evaluated-at", "2026-06-01T12:00:00Z"]
        environment = {**os.environ, "RAYON_NUM_THREADS": threads}
        report = run(corpus.gate(binary, *fixed, "-o", "json"), env=environment).stdout
        digests.add(hashlib.sha256(report).hexdigest())
    print("report with one and two threads:", "the same bytes" if len(digests) == 1 else "DIFFERENT")


def main():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=root / "target/dist/driftseal")
    parser.add_argument("--tools", type=Path, default=root.parent / "shared/tools")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    if not (arguments.tools / "gen_corpus.py").exists():
        print(f"SKIPPED: there is no corpus generator in {arguments.tools}; name it with --tools")
        return
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} does not exist: build it with `cargo build --profile dist`")
    with tempfile.TemporaryDirectory() as folder:
        quality(arguments.binary, arguments.tools, Path(folder))
        corpus = cost(arguments.binary, arguments.tools, Path(folder), arguments.runs)
        determinism(arguments.binary, corpus)
        one_pair(arguments.binary, Path(folder), arguments.runs)


if __name__ == "__main__":
    main()
