#!/usr/bin/env python3
"""How much of the difference between real pairs is left unexplained, pair by pair.

    benches/pairs.py [--binary target/dist/driftseal] [--pairs ../shared/corpus/pairs]
                     [--naive ../shared/reference/corpora.md] [--only NAME] [--list]

Needs a folder of pairs (`<name>/blue`, `<name>/green`); without one it says so and stops. The naive
count of leaf differences is read from the first table of a Markdown page with a line for each pair.
Prints for each pair

  * naive         leaf differences of a reader that keys objects by kind, namespace and name;
  * unexplained   changes that nothing explains, and their share of the naive count;
  * leaves        the same, but those within one text that is a document of its own counted once, as
                  the naive reader does, for which such a text is one leaf; and their share;
  * opened        leaf differences of the same naive reader if it opened texts of several lines that are
                  documents, as Driftseal does, of pairs of Kubernetes objects and where PyYAML is there;
                  and the share of the unexplained changes in these;
  * causes        the same, but those with the same two values counted once;
  * groups        the same, but what follows from another difference counted with it: what is read first;
  * lone          whole documents and files among them that found no partner: what they hold is not
                  compared, so that a low share with many of them says little;
  * renamed       documents that found their partner by content, each one of the unexplained changes;
  * merged        documents written twice alike on one side.

`--list` adds the unexplained changes. Figures are for people to read: nothing here passes or fails.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None


def naive_counts(page):
    """The third column of the first table that begins with a column `pair`."""
    counts, inside = {}, False
    for line in page.read_text().splitlines() if page.exists() else []:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            if inside:
                break
        elif cells[0] == "pair":
            inside = True
        elif inside and len(cells) > 2 and cells[2].isdigit():
            counts[cells[0]] = int(cells[2])
    return counts


def leaves(node, path, found):
    if isinstance(node, dict) and node:
        for key, value in node.items():
            leaves(value, (*path, str(key)), found)
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            leaves(value, (*path, index), found)
    elif isinstance(node, str) and "\n" in node and isinstance(inner := parsed(node), (dict, list)):
        leaves(inner, path, found)
    else:
        found[path] = node


def parsed(text):
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return None


def opened(pair):
    """Leaf differences of a reader that keys objects by kind, namespace and name, lists by position."""
    if yaml is None:
        return None
    sides = []
    for side in ("blue", "green"):
        found = {}
        for file in sorted((pair / side).rglob("*.y*ml")):
            try:
                documents = list(yaml.safe_load_all(file.read_text()))
            except (ValueError, yaml.YAMLError):
                return None
            for one in filter(None, documents):
                if not isinstance(one, dict) or "kind" not in one:
                    return None
                meta = one.get("metadata") or {}
                leaves(one, (one["kind"], meta.get("namespace"), meta.get("name")), found)
        sides.append(found)
    blue, green = sides
    nothing = object()
    return sum(blue.get(key, nothing) != green.get(key, nothing) for key in blue.keys() | green.keys())


def report(binary, pair):
    sides = ["--blue", pair / "blue", "--green", pair / "green"]
    result = subprocess.run([binary, "diff", *sides, "-o", "json"], stdout=subprocess.PIPE)
    return json.loads(result.stdout)


def is_lone(change):
    return change["path"] == "" and change["edit"] != "replaced"


def leaf(change):
    """The place of a change as a naive reader tells it: `/data/x` of a ConfigMap is one text."""
    steps = change["path"].split("/")
    inside = "/ConfigMap/" in change["resource"] and steps[1:2] == ["data"]
    return change["resource"], "/".join(steps[:3]) if inside else change["path"], change["edit"]


def cause(change):
    blue, green = (change["values"][side] or "" for side in ("blue", "green"))
    return blue, green, "" if blue and green else change["path"].rsplit("/", 1)[-1]


def shown(change):
    values = change["values"]
    both = " -> ".join(str(values[side])[:70] for side in ("blue", "green"))
    return f"    {change['edit']:8} {change['resource']} {change['path']}  {both}"


def main():
    root = Path(__file__).resolve().parent.parent
    shared = root.parent / "shared"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=root / "target/dist/driftseal")
    parser.add_argument("--pairs", type=Path, default=shared / "corpus/pairs")
    parser.add_argument("--naive", type=Path, default=shared / "reference/corpora.md")
    parser.add_argument("--only", default="", help="pairs whose name holds this text")
    parser.add_argument("--list", action="store_true", help="list the unexplained changes")
    arguments = parser.parse_args()
    if not arguments.pairs.is_dir():
        print(f"SKIPPED: there are no pairs in {arguments.pairs}; name a folder with --pairs")
        return
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} does not exist: build it with `cargo build --profile dist`")
    naive = naive_counts(arguments.naive)
    head = f"{'pair':38} {'naive':>6} {'unexplained':>12} {'ratio':>7} {'leaves':>7} {'ratio':>7}"
    print(f"{head} {'opened':>7} {'ratio':>7} {'causes':>7} {'groups':>7} {'lone':>5} {'renamed':>8} {'merged':>7}")
    for pair in sorted(arguments.pairs.iterdir()):
        if arguments.only not in pair.name:
            continue
        found = report(arguments.binary, pair)
        open_changes = [c for c in found["changes"] if c["explanation"]["kind"] == "unexplained"]
        counts = found["summary"]["changes"]
        merged = sum(c["count"] for c in counts if c["detail"].startswith("written twice"))
        total = naive.get(pair.name)
        numbers = [len(open_changes), len(set(map(leaf, open_changes)))]
        ratios = [f"{number / total:.1%}" if total else "-" for number in numbers]
        lone = sum(map(is_lone, open_changes))
        causes = len(set(map(cause, open_changes)))
        groups = sum(not change.get("follows") for change in open_changes)
        renamed = len(found.get("alignment", {}).get("renamed", []))
        known = "-" if total is None else total
        row = f"{pair.name:38} {known:>6} {numbers[0]:>12} {ratios[0]:>7} {numbers[1]:>7} {ratios[1]:>7}"
        apart = opened(pair)
        share = [apart, f"{numbers[0] / apart:.1%}"] if apart else ["-", "-"]
        print(f"{row} {share[0]:>7} {share[1]:>7} {causes:>7} {groups:>7} {lone:>5} {renamed:>8} {merged:>7}")
        for change in open_changes if arguments.list else []:
            print(shown(change))


if __name__ == "__main__":
    main()
