#!/usr/bin/env python3
"""Writes src/dialect/kubernetes/openapi.toml from the OpenAPI documents of Kubernetes.

    python3 tools/kubernetes_openapi.py FOLDER VERSION > src/dialect/kubernetes/openapi.toml

FOLDER is `api/openapi-spec/v3` of kubernetes/kubernetes at the tag VERSION. What built_in.toml says by hand about
a place is left out here: it knows more, such as lists whose order is meaning although their members have names.

Lists and quantities of a pod are the same wherever such a thing stands, so in those custom resources too that are known
to hold one (`known` in built_in.toml), and those of the metadata of an object in all; all other facts name their kinds.
A pattern is as short as it can be without meeting any other field.
"""

import json
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

OWN = Path(__file__).resolve().parent.parent / "src/dialect/kubernetes/built_in.toml"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
POD = {"io.k8s.api.core.v1.PodTemplateSpec", "io.k8s.api.core.v1.PodSpec"}
# Parts that hold whatever somebody else defines: null may be a value there.
RAW = re.compile(r"(RawExtension|\.JSON|JSONSchemaPropsOr\w+)$")
# Parts that hold parts like themselves: what is said of them holds at any depth.
DEEP = re.compile(r"\.JSONSchemaProps$")
# What is asked of the server and never kept.
ASKED = re.compile(r"^(authentication|authorization)\.k8s\.io$")
TABLES = ("list", "field", "default")


def stability(version):
    """Stable versions first, then beta, then alpha; newer ones first."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    major, stage, minor = found.groups()
    return ({None: 0, "beta": 1, "alpha": 2}[stage], -int(major), -int(minor or 0))


def reference(schema):
    """The name of the schema that one refers to."""
    parts = [schema, *schema.get("allOf", [])]
    return next((part["$ref"].rsplit("/", 1)[-1] for part in parts if "$ref" in part), None)


def published(folder):
    """Every schema, every kind with its most stable version in each group, and those whose status the server keeps
    apart: who writes such an object does not write its status."""
    schemas, kinds, reported = {}, defaultdict(dict), set()
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text())
        for way, operations in document["paths"].items():
            made = operations.get("put", {}).get("x-kubernetes-group-version-kind", {})
            if way.endswith("/{name}/status"):
                reported.add((made["group"], made["version"], made["kind"]))
        for name, schema in document["components"].get("schemas", {}).items():
            schemas[name] = schema
            properties = schema.get("properties", {})
            if reference(properties.get("metadata", {})) != META:
                continue
            for made in schema.get("x-kubernetes-group-version-kind", []):
                group, version, kind = made["group"], made["version"], made["kind"]
                if kind == "Scale" or ASKED.match(group):
                    continue
                known = kinds[kind].get(group)
                if known is None or stability(version) < stability(known[0]):
                    kinds[kind][group] = (version, name)
    own = {kind for kind, groups in kinds.items()
           if any((group, version, kind) in reported for group, (version, _) in groups.items())}
    return schemas, kinds, own


class Walk:
    """Every place of a kind: its path, what the documents say of it, and whether it stands in a pod or metadata."""

    def __init__(self, schemas, reports):
        self.schemas = schemas
        self.reports = reports
        self.places = {}
        self.owners = {}
        self.maps = set()
        self.raw = False

    def visit(self, schema, path, shared, above, required=False):
        name = reference(schema)
        target = self.schemas.get(name, {}) if name else schema
        if path:
            said = self.facts(schema, target, name, path, required)
            self.places[path] = (said, shared, any(map(DEEP.search, above)))
            # Where the documents say it: the innermost schema with a name, and the field.
            self.owners[path] = f"{above[-1].rsplit('.', 1)[-1]}.{path[-1]}"
        if path == ("status",) and self.reports:
            return
        if name and RAW.search(name) and "managedFields" not in path:
            self.raw = True
        if name in above and above.count(name) > 1:
            return
        if name in POD:
            shared = "@known"
        elif name == META and path:
            shared = META
        above = above + [name] if name else above
        for key, value in target.get("properties", {}).items():
            self.visit(value, (*path, key), shared, above, key in target.get("required", []))
        if "items" in target:
            self.visit(target["items"], (*path, "*"), shared, above)
        if isinstance(target.get("additionalProperties"), dict):
            self.maps.add(path[-1])
            self.visit(target["additionalProperties"], (*path, "*"), shared, above)

    def facts(self, schema, target, name, path, required):
        said = {}
        told = schema.get("x-kubernetes-list-type")
        keys = schema.get("x-kubernetes-list-map-keys")
        merge = schema.get("x-kubernetes-patch-merge-key")
        if told == "map":
            said["list"] = self.named(schema["items"], keys)
        elif told == "set":
            said["list"] = ("set",)
        elif told is None and merge and reference(schema.get("items", {})):
            said["list"] = self.named(schema["items"], [merge])
        if name == QUANTITY:
            said["field"] = "quantity"
        elif target.get("format") == "int-or-string" and "%" in schema.get("description", ""):
            said["field"] = "percentage"
        # An empty name names nothing, and is no default of anything.
        is_stated = "default" in schema and not required and path[-1] not in ("*", "name") and path != ("metadata",)
        if is_stated and "status" not in path:
            said["default"] = self.absent(schema["default"], target)
        return {table: fact for table, fact in said.items() if fact is not None}

    def named(self, items, keys):
        """Keys of members with their defaults; nothing where a member may lack a key that has none."""
        member = self.schemas.get(reference(items), {})
        filled = {}
        for key in keys:
            default = member.get("properties", {}).get(key, {}).get("default")
            if key not in member.get("required", []) and default not in (None, ""):
                filled[key] = str(default)
        return ("named", tuple(keys), tuple(sorted(filled.items())))

    @staticmethod
    def absent(default, target):
        """A default as text. An empty map only for what is a map."""
        if default == {}:
            return "{}" if target.get("properties") or target.get("additionalProperties") else None
        return json.dumps(default) if isinstance(default, bool) else str(default)


def fits(pattern, path):
    """Whether a pattern of built_in.toml, as a list of parts, meets a path."""
    if not pattern:
        return True
    if pattern[-1] == "**":
        return any(fits(pattern[:-1], path[:end]) for end in range(len(path) + 1))
    return bool(path) and pattern[-1] in ("*", path[-1]) and fits(pattern[:-1], path[:-1])


def meets(path, place):
    """Whether a path as it stands in a file meets a place."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]
    if not path.startswith("/"):
        return fits(parts, place)
    return fits(parts, place) and ("**" in parts or len(parts) == len(place))


def by_hand():
    """What built_in.toml says of each table: kinds and pattern; and its sets of kinds."""
    facts = tomllib.loads(OWN.read_text())
    sets = facts["sets"]
    expanded = lambda kinds: [known for kind in kinds for known in sets.get(kind.removeprefix("@"), [kind])]
    said = {
        table: [(expanded(entry.get("kinds", [])), entry["path"]) for entry in facts.get(table, [])]
        for table in TABLES
    }
    return said, sets


def shortest(path, fact, facts, least):
    """The shortest end of a path that meets nothing else."""
    for length in range(least, len(path) + 1):
        end = path[-length:]
        others = (known for (_, place), known in facts.items() if place[-length:] == end)
        if end[0] != "*" and all(known == fact for known in others):
            return "/".join(spelled(part) for part in end)
    raise SystemExit(f"nothing tells {path} from another place")


def spelled(part):
    return part if part == "*" else part.replace("~", "~0").replace("/", "~1")


def patterns(table, walks, own, sets):
    """The facts of one table: pattern, kinds (none: every kind), fact."""
    facts, shared, deep = {}, {}, {}
    for kind, walk in walks:
        for path, (said, is_shared, is_deep) in walk.places.items():
            fact = said.get(table)
            # What one group only says of a kind that two have is not known of the other.
            facts[kind, path] = fact if facts.get((kind, path), fact) == fact else None
            shared[kind, path], deep[kind, path] = is_shared, is_deep
    found, owners = defaultdict(set), defaultdict(set)
    for (kind, path), fact in facts.items():
        if fact is None or any((not kinds or kind in kinds) and meets(pattern, path) for kinds, pattern in own):
            continue
        if shared[kind, path] or deep[kind, path]:
            pattern = shortest(path, fact, facts, 1 if table == "list" else 2)
            known = None if shared[kind, path] == META else "@known"
            found[pattern, fact].add(kind if table == "default" or deep[kind, path] else known)
        else:
            pattern = "/" + "/".join(spelled(part) for part in path)
            found[pattern, fact].add(kind)
        owners[pattern].update(walk.owners[path] for of, walk in walks if of == kind and path in walk.owners)
    own_kinds = {kind for kind, _ in walks}
    together = {frozenset(own_kinds & set(kinds)): ["@" + name] for name, kinds in sets.items()}
    return sorted(
        (pattern, together.get(frozenset(kinds), sorted(kind for kind in kinds if kind)), fact, min(owners[pattern]))
        for (pattern, fact), kinds in found.items()
    )


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def listed(texts):
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def entry(table, pattern, kinds, fact, source):
    lines = [f"[[{table}]]"]
    if kinds:
        lines.append(f"kinds = {listed(kinds)}")
    lines.append(f"path = {quoted(pattern)}")
    if table == "list" and fact[0] == "set":
        lines.append("set = true")
    elif table == "list":
        lines.append(f"keys = {listed(fact[1])}")
        if fact[2]:
            pairs = ", ".join(f"{key} = {quoted(value)}" for key, value in fact[2])
            lines.append(f"defaults = {{ {pairs} }}")
    elif table == "field":
        lines.append(f"type = {quoted(fact)}")
    else:
        lines.append(f"value = {quoted(fact)}")
        lines.append(f"source = {quoted(source)}")
    return "\n".join(lines) + "\n"


def main():
    folder, version = Path(sys.argv[1]), sys.argv[2]
    schemas, kinds, reporting = published(folder)
    walks, raw, maps = [], set(), set()
    for kind, groups in sorted(kinds.items()):
        for _, name in sorted(groups.values()):
            walk = Walk(schemas, kind in reporting)
            walk.visit({"$ref": name}, (), None, [])
            walks.append((kind, walk))
            maps |= walk.maps
            if walk.raw:
                raw.add(kind)
    print("# What the published OpenAPI documents say of the built-in kinds. Made by tools/kubernetes_openapi.py from")
    print(f"# kubernetes/kubernetes {version}, api/openapi-spec/v3: x-kubernetes-group-version-kind, x-kubernetes-list-type,")
    print("# x-kubernetes-list-map-keys, x-kubernetes-patch-merge-key, format and default. Not to be edited: what the documents")
    print("# do not say, or say of less than there is, stands in built_in.toml, which comes first.")
    print(f'source = "kubernetes/kubernetes {version} api/openapi-spec/v3"')
    print(f"null_is_absent = {listed(kind for kind in sorted(kinds) if kind not in raw)}")
    print(f"null_is_kept = {listed(sorted(maps))}")
    print("\n[groups]")
    for kind, groups in sorted(kinds.items()):
        names = sorted(f"{group}/{version}" if group else version for group, (version, _) in groups.items())
        print(f"{kind} = {listed(names)}")
    own, sets = by_hand()
    for table in TABLES:
        for pattern, of_kinds, fact, owner in patterns(table, walks, own[table], sets):
            print()
            source = f"kubernetes/kubernetes {version} api/openapi-spec/v3, {owner}"
            print(entry(table, pattern, of_kinds, fact, source), end="")
    for path in ("/status", "/status/**"):
        print(f'\n[[generated]]\nkinds = {listed(sorted(reporting))}\npath = "{path}"\nby = "kube-apiserver: status"')


main()
