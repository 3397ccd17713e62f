#!/usr/bin/env python3
"""The published figures: quality and cost of a whole `gate` on generated corpora.

    benches/figures.py [--binary target/dist/driftseal] [--tools ../shared/tools] [--runs 5]
                       [--only quality,cost,lines] [--folder /tmp]

Needs the corpus generator and its scorer (gen_corpus.py, score.py, report_to_score.py,
allowances_toml.py) in the folder that --tools names; without them it says so and stops. Prints

  * quality: recall and precision at path level on sizes S and M, seeds 1 to 5, with the usual share
    of benign edits and with 0.8, and the findings on corpora without planted drift, as a table; what
    was missed and what was found in vain stands behind it. One corpus is there at a time;
  * cost: CPU of a gate on M beside `diff -r -U0` on the same trees, paired runs in turn after a warm-up,
    the median of the ratios; and its peak memory;
    whether the report is the same, byte for byte, with one thread and with two;
  * lines: CPU and instructions of a `diff` of two YAML files of 5,000 and of 50,000 lines, on one thread.

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


def wrong(corpus, score):
    """What the score holds against the report: kinds of drift missed, findings in vain."""
    kinds = [sys.executable, corpus.tools / "score.py", corpus.folder]
    said = run([*kinds, corpus.folder / "findings.jsonl", "--kinds"]).stdout.decode().splitlines()
    missed = [line for line in said if line.startswith("missed")]
    noise = {key: score[key] for key in ("noise_benign", "noise_other") if score[key]}
    return [f"{corpus.folder.name}: {line}" for line in missed if score["recall_path"]["all"] != 1] + (
        [f"{corpus.folder.name}: {noise}"] if noise else []
    )


def quality(binary, tools, folder):
    head = ["corpus", "benign", "planted", "findings", "recall", "precision", "without drift"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    notes = []
    for size in ("S", "M"):
        for benign in (None, 0.8):
            for seed in range(1, 6):
                corpus = Corpus(tools, folder, size, seed, benign=benign)
                score = corpus.score(binary)
                notes += wrong(corpus, score)
                shutil.rmtree(corpus.folder)
                clean = Corpus(tools, folder, size, seed, 0, benign)
                none = clean.score(binary)["findings"]
                shutil.rmtree(clean.folder)
                recall, precision = score["recall_path"]["all"], score["precision"]
                row = [f"{size}, seed {seed}", benign or "usual", score["planted"]]
                row += [score["findings"], recall, precision, none]
                print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print("\n".join(notes or ["nothing missed, nothing found in vain"]))


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


def instructions(command):
    """Instructions of a command in user mode, in millions; nothing where they cannot be counted."""
    perf = ["perf", "stat", "-x,", "-e", "instructions:u", *command]
    if not shutil.which("perf"):
        return None
    counted = subprocess.run(perf, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    first = counted.stderr.strip().splitlines()[-1].split(",")[0]
    return int(first) / 1e6 if first.isdigit() else None


def lines(binary, folder, runs):
    """A file on each side, one part in fifty of which differs by more than its colour."""
    print(f"diff --jobs 1 of two YAML files, medians of {runs} runs:")
    for what, part in (("Deployments", deployment), ("values", values)):
        commands = []
        for length in (5_000, 50_000):
            count = length // part(0, "blue", False).count("\n")
            sides = {side: folder / f"{what}-{length}" / side for side in ("blue", "green")}
            for side, path in sides.items():
                path.mkdir(parents=True)
                changed = lambda at: side == "green" and at % 50 == 0
                text = "".join(part(at, side, changed(at)) for at in range(count))
                (path / "all.yaml").write_text(text)
            command = [binary, "diff", "--blue", sides["blue"], "--green", sides["green"]]
            commands.append([*command, "--jobs", "1", "-o", "json"])
        times = [[measured(command)[0] * 1000 for command in commands] for _ in range(runs)]
        few, many = (statistics.median(row[at] for row in times) for at in (0, 1))
        ratio = statistics.median(row[1] / row[0] for row in times)
        print(f"  {what:11} 5,000 lines {few:4.0f} ms, 50,000 lines {many:4.0f} ms, x {ratio:.1f}")
        counts = [instructions(command) for command in commands]
        if all(counts):
            few, many = counts
            print(f"  {'':11} instructions {few:,.0f} M and {many:,.0f} M, x {many / few:.1f}")


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


PARTS = ["quality", "cost", "lines"]


def main():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=root / "target/dist/driftseal")
    parser.add_argument("--tools", type=Path, default=root.parent / "shared/tools")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to print")
    parser.add_argument("--folder", type=Path, help="where corpora are made for a while")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    needed = [part for part in parts if part != "lines"]
    if needed and not (arguments.tools / "gen_corpus.py").exists():
        missing = ", ".join(needed)
        print(f"SKIPPED: {missing}: no corpus generator in {arguments.tools}; name it with --tools")
        parts = [part for part in parts if part == "lines"]
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} does not exist: build it with `cargo build --profile dist`")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder, binary = Path(name), arguments.binary
        if "quality" in parts:
            quality(binary, arguments.tools, folder)
        if "cost" in parts:
            determinism(binary, cost(binary, arguments.tools, folder, arguments.runs))
        if "lines" in parts:
            lines(binary, folder, arguments.runs)


if __name__ == "__main__":
    main()
