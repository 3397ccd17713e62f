"""Reads what each output format says with somebody else's reader, and counts what it found."""

import csv
import json
import os
import subprocess
import tempfile
from pathlib import Path

import jsonschema
import xmlschema
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from trestle.oscal.assessment_results import Model as AssessmentResults
from trestle.oscal.poam import Model as PlanOfAction

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FORMATS = ["csv", "gitlab-codequality", "junit", "markdown", "oscal", "oscal-poam", "prometheus", "sarif", "sarif-github"]
HOSTILE = [
    "</failure></testcase><testcase name='x'>]]>",
    "a\n::error::b\r\nc\u202ed\u0000\u001b[2J",
    "=1+1\",\"x\"\n",
    "\"} 1\ny 2",
    "<script>x</script><img src=x onerror=y> [a](javascript:b) `c` |d| @e #1 https://f.example",
    "long " * 4000,
]


def driftseal(folder, *arguments):
    """Runs the program; a verdict is no error."""
    done = subprocess.run([os.environ["DRIFTSEAL"], *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr


def hostile(document):
    """A report in which every text is hostile."""
    base = document["findings"][0]
    findings = [
        dict(base, fingerprint=f"dsf1:{nth:024}", title=text, message=text, remediation=text, resource=text,
             path=text, values={"blue": text, "green": text + "."}, excerpts={
                 "blue": {"line": 3, "lines": [text, "a: " + text], "marks": [{"line": 4, "start": 4, "end": 9}], "more": 2},
                 "green": None}, controls=["nist:" + text[:30]])
        for nth, text in enumerate(HOSTILE)
    ]
    gaps = [dict(side="green", file=f"{text}{nth}", line=1, reason=text[:40], message=text, accepted=nth % 2 == 0)
            for nth, text in enumerate(HOSTILE)]
    hygiene = [dict(rule=text[:40], severity="low", subject=f"{text}{nth}", message=text)
               for nth, text in enumerate(HOSTILE)]
    return dict(document, findings=findings, gaps=gaps, hygiene=hygiene)


def multitool(log):
    """What Microsoft's multitool complains of; its exit code says nothing."""
    told = log.with_suffix(".told")
    for kinds in ("Sarif", "Sarif;Ghas"):
        subprocess.run(
            [os.environ["MULTITOOL"], "validate", str(log), "--rule-kind", kinds, "--level", "Error",
             "--output", str(told), "--log", "ForceOverwrite"],
            check=False, capture_output=True)
        results = json.loads(told.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
        errors = [one for one in results if one.get("level", "warning") == "error"]
        # Rules of code scanning are for its profile only.
        if kinds == "Sarif" or log.suffix == ".sarif-github":
            assert not errors, (log.name, kinds, [(one["ruleId"], one["message"]) for one in errors[:3]])


def check(folder, name, document):
    """Every format of one report."""
    records = len(document["findings"]) + len(document["gaps"]) + len(document["hygiene"])
    of = lambda known: folder / f"{name}.{known}"

    suites = JUnitXml.fromfile(str(of("junit")))
    said = (suites.tests, suites.failures, suites.errors)
    suites.update_statistics()
    assert said == (suites.tests, suites.failures, suites.errors), said
    cases = [case for suite in suites for case in suite]
    assert len({(case.classname, case.name) for case in cases}) == len(cases), "one name for two cases"
    assert sum(1 for case in cases if not case.classname.startswith("driftseal")) == records

    if Path(os.environ["JUNIT_XSD"]).exists():
        xmlschema.XMLSchema(os.environ["JUNIT_XSD"]).validate(str(of("junit")))

    if os.environ["PROMTOOL"]:
        with of("prometheus").open() as file:
            done = subprocess.run([os.environ["PROMTOOL"], "check", "metrics"], stdin=file, capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout, done.stderr)

    families = list(text_string_to_metric_families(of("prometheus").read_text()))
    counted = {sample.name: 0 for family in families for sample in family.samples}
    for family in families:
        for sample in family.samples:
            counted[sample.name] += sample.value
    assert counted["driftseal_findings"] == len(document["findings"])
    assert counted.get("driftseal_gaps", 0) == len(document["gaps"])

    with of("csv").open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert sum(row["kind"] in ("finding", "gap", "policy") for row in rows) == records
    assert all(len(row) == 27 and None not in row for row in rows)

    issues = json.loads(of("gitlab-codequality").read_text())
    schema = json.loads((ROOT / "tests/formats/gitlab-codequality.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(issues)
    assert sum(issue["fingerprint"] != "driftseal/seal" for issue in issues) == records
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)

    schema = json.loads((ROOT / "tests/formats/sarif-2.1.0.schema.json").read_text())
    for known in ("sarif", "sarif-github"):
        jsonschema.Draft4Validator(schema).validate(json.loads(of(known).read_text()))
        if os.environ["MULTITOOL"]:
            multitool(of(known))

    results = AssessmentResults.model_validate(json.loads(of("oscal").read_text()))
    result = results.assessment_results.results[0]
    assert len(result.observations or []) == records
    assert len(result.findings or []) == len(document["controls"])
    plan = PlanOfAction.model_validate(json.loads(of("oscal-poam").read_text())).plan_of_action_and_milestones
    assert len(plan.observations or []) == records
    written = json.loads(of("oscal-poam").read_text())["plan-of-action-and-milestones"].get("risks", [])
    open_risks = [risk for risk in written if risk["status"] == "open"]
    assert len(plan.poam_items) == max(len(open_risks), 1)

    text = of("markdown").read_text()
    assert len(text) < 65536, len(text)
    tokens = MarkdownIt("commonmark", {"linkify": False}).enable("table").parse(text)
    flat = [child for token in tokens for child in (token.children or [token])]
    assert not [token for token in flat if token.type in ("link_open", "image", "code_inline", "fence")], name
    known = ("<details>", "</details>", "<summary>", "</summary>", "<br>", "<code>", "</code>")
    for token in flat:
        if token.type in ("html_inline", "html_block"):
            left = token.content
            for tag in known:
                left = left.replace(tag, "")
            assert "<" not in left, token.content[:200]
    return records


def main():
    total = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for case in ("cloud-tracing", "finance", "healthcare"):
            config = str(ROOT / "fixtures" / case / "driftseal.toml")
            outputs = [part for known in FORMATS for part in ("-o", f"{known}={case}.{known}")]
            driftseal(folder, "gate", "--config", config, "-o", f"json={case}.json", *outputs)
            total += check(folder, case, json.loads((folder / f"{case}.json").read_text()))
        document = hostile(json.loads((folder / "cloud-tracing.json").read_text()))
        (folder / "hostile.json").write_text(json.dumps(document))
        outputs = [part for known in FORMATS for part in ("-o", f"{known}=hostile.{known}")]
        driftseal(folder, "report", "--unverified", "hostile.json", *outputs)
        total += check(folder, "hostile", document)
    print(f"{total} records read back from each of {len(FORMATS)} formats")


main()
