//! Views of evidence: what each tool writes.

use super::lines;

fn at(name: &str) -> String {
    format!("driftseal.evidence/{name}")
}

#[test]
fn results_of_tests_are_counted_however_suites_nest() {
    let nested = r#"<testsuites>
  <testsuite name="all" timestamp="2026-06-01T09:00:00+02:00">
    <properties><property name="revision" value="0123456789abcdef0123456789abcdef01234567"/></properties>
    <testsuite name="a"><testcase name="x"/><testcase name="y"><error/></testcase></testsuite>
    <testsuite name="b"><testcase name="z"><skipped/></testcase></testsuite>
  </testsuite>
  <testsuite name="more" tests="2" failures="1" errors="0" disabled="1" timestamp="2026-06-01T08:00:00">
    <properties><property name="integration" value="psp"/></properties>
    <testcase name="w"><failure/></testcase><testcase name="v"/>
  </testsuite>
</testsuites>"#;
    let fields = ["tests", "failures", "errors", "skipped", "failed", "subjects", "finished"];
    assert_eq!(
        lines("evidence.junit", &fields, &at("a.xml"), nested)
            .split_once(' ')
            .map(|(_, rest)| rest.to_owned())
            .unwrap(),
        "5 1 1 2 [y w] [git:0123456789abcdef0123456789abcdef01234567] 2026-06-01T08:00:00Z\n"
    );
    let single = r#"<testsuite tests="1" failures="0" errors="0"><testcase name="x"/></testsuite>"#;
    assert_eq!(
        lines("evidence.junit", &["tests", "finished", "integrations"], &at("b.xml"), single),
        " 1 - []\n"
    );
    assert_eq!(lines("evidence.junit", &["tests"], "b.xml", single), "", "only as evidence");
}

#[test]
fn thresholds_of_k6_are_told_right_in_both_summaries() {
    let fields = ["thresholds", "breached", "p95_ms", "error_percent", "seconds"];
    let newer = r#"{"metrics": {"http_req_duration": {"values": {"p(95)": 240.5},
        "thresholds": {"p(95)<300": {"ok": true}, "p(99)<400": {"ok": false}}},
        "http_req_failed": {"values": {"rate": 0.02}}}, "state": {"testRunDurationMs": 90000}}"#;
    assert_eq!(
        lines("evidence.load", &fields, &at("a.json"), newer)
            .rsplit_once("/p(99)<400 ")
            .map(|(_, rest)| rest.to_owned())
            .unwrap(),
        "2 [http_req_duration: p(99)<400] 240.5 2 90\n"
    );
    // grafana/k6#1498: in the older one, true means that it was crossed.
    let older = r#"{"metrics": {"http_req_duration": {"p(95)": 240.5,
        "thresholds": {"p(95)<300": false, "p(99)<400": true}}, "http_req_failed": {"value": 0}}}"#;
    assert_eq!(
        lines("evidence.load", &fields, &at("a.json"), older)
            .rsplit_once("/p(99)<400 ")
            .map(|(_, rest)| rest.to_owned())
            .unwrap(),
        "2 [http_req_duration: p(99)<400] 240.5 0 -\n"
    );
}

#[test]
fn statistics_of_jmeter_and_gatling_are_read() {
    let fields = ["tool", "thresholds", "breached", "requests", "error_percent", "p95_ms"];
    let jmeter = r#"{"Total": {"transaction": "Total", "sampleCount": 200, "errorPct": 1.5,
        "pct1ResTime": 90.0, "pct2ResTime": 120.0, "throughput": 4.0}}"#;
    assert_eq!(
        lines("evidence.load", &fields, &at("statistics.json"), jmeter),
        " jmeter - [] 200 1.5 120\n"
    );
    let gatling = r#"{"type": "GROUP", "name": "All Requests", "stats": {
        "numberOfRequests": {"total": "50", "ok": "49", "ko": "1"}, "percentiles3": {"total": "22"}}}"#;
    assert_eq!(
        lines("evidence.load", &fields, &at("stats.json"), gatling),
        " gatling - [] 50 2 22\n"
    );
    let assertions = r#"{"simulation": "S", "assertions": [
        {"message": "fast", "result": true}, {"message": "few errors", "result": false}]}"#;
    assert_eq!(
        lines("evidence.load", &fields[..3], &at("assertions.json"), assertions),
        "/assertions/1 gatling 2 [few errors]\n"
    );
}

#[test]
fn open_results_of_scanners_are_told_by_cve_and_severity() {
    let digest = "b".repeat(64);
    let scan = format!(
        r#"{{"version": "2.1.0", "runs": [{{
        "tool": {{"driver": {{"name": "Grype", "rules": [
            {{"id": "CVE-2026-1111-openssl", "properties": {{"security-severity": "9.1"}}}},
            {{"id": "GHSA-x", "shortDescription": {{"text": "CVE-2026-2222 in zlib"}},
              "defaultConfiguration": {{"level": "error"}}}},
            {{"id": "own-rule"}}]}}}},
        "properties": {{"repoDigests": ["reg/pay@sha256:{digest}"]}},
        "invocations": [{{"executionSuccessful": true, "endTimeUtc": "2026-06-01T09:00:00.5Z"}}],
        "results": [
            {{"ruleId": "CVE-2026-1111-openssl", "level": "note"}},
            {{"ruleIndex": 1}},
            {{"ruleId": "own-rule"}},
            {{"ruleId": "CVE-2026-3333", "level": "error", "suppressions": [{{"kind": "external"}}]}},
            {{"ruleId": "CVE-2026-4444", "level": "error", "baselineState": "absent"}},
            {{"ruleId": "CVE-2026-5555", "level": "error", "kind": "pass"}}]}}]}}"#
    );
    let file = at("a.sarif");
    assert_eq!(
        lines("evidence.vulnerability", &["id", "severity", "rank"], &file, &scan),
        "/runs/0/results/0 CVE-2026-1111 critical 3\n/runs/0/results/1 CVE-2026-2222 high 2\n\
         /runs/0/results/2 own-rule medium 1\n"
    );
    assert_eq!(
        lines(
            "evidence.scan",
            &["tools", "completed", "results", "subjects", "finished"],
            &file,
            &scan
        ),
        format!("/runs [Grype] true 3 [sha256:{digest}] 2026-06-01T09:00:00Z\n")
    );
    let failed = r#"{"runs": [{"tool": {"driver": {"name": "zap"}}, "invocations": [{"executionSuccessful": false}]}]}"#;
    assert_eq!(lines("evidence.scan", &["completed"], &file, failed), "/runs false\n");
    assert_eq!(lines("evidence.scan", &["completed"], &file, r#"{"runs": []}"#), "/runs false\n");
}

#[test]
fn states_of_migrations_are_told_alike_whoever_says_them() {
    let fields = ["tool", "version", "state", "done"];
    let cli = r#"{"schemaVersion": "41", "migrations": [
        {"version": "41", "description": "a", "state": "Success"}, {"version": "42", "state": "Pending"},
        {"version": "", "description": "views", "state": "Outdated"}, {"version": "1", "state": "Ignored (Baseline)"}]}"#;
    let rest = |text: String| -> Vec<String> {
        text.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    };
    assert_eq!(
        rest(lines("db.migration", &fields, &at("a.json"), cli)),
        [
            "flyway 41 success true",
            "flyway 42 pending false",
            "flyway views outdated false",
            "flyway 1 ignored (baseline) true"
        ]
    );
    assert_eq!(lines("db.version", &["version"], &at("a.json"), cli), " 41\n");
    let actuator = r#"{"contexts": {"app": {
        "flywayBeans": {"flyway": {"migrations": [{"version": "1", "state": "SUCCESS"}, {"version": "2", "state": "OUT_OF_ORDER"}]}},
        "liquibaseBeans": {"liquibase": {"changeSets": [{"id": "c1", "execType": "EXECUTED"}, {"id": "c2", "execType": "FAILED"}]}}}}}"#;
    assert_eq!(
        rest(lines("db.migration", &fields, &at("a.json"), actuator)),
        [
            "flyway 1 success true",
            "flyway 2 out of order false",
            "liquibase c1 success true",
            "liquibase c2 failed false"
        ]
    );
}

#[test]
fn records_say_who_approved_and_what_was_compared() {
    let approval = "[approval]\nticket = \"CHG-1\"\nauthors = [\"Ann@A.example\"]\nexpires = 2026-07-01T00:00:00Z\n\
                    [[approval.by]]\nwho = \"bo@a.example\"\nrole = \"uat\"\nat = 2026-06-01T08:00:00Z\n\
                    [[approval.by]]\nwho = \"BO@a.example \"\nrole = \"owner\"\nat = 2026-06-01T09:00:00Z\n";
    let fields = ["decision", "approvers", "roles", "authors", "expires", "finished"];
    assert_eq!(
        lines("evidence.approval", &fields, &at("a.toml"), approval),
        "/approval approved [bo@a.example] [owner uat] [ann@a.example] 2026-07-01T00:00:00Z \
         2026-06-01T09:00:00Z\n"
    );
    let compared = "reconciliation:\n  tables:\n  - {name: pay, blue: 10, green: 9, lag: 2}\n  - {name: card, blue: 1, green: 1, blue_hash: a, green_hash: b}\n";
    assert_eq!(
        lines(
            "evidence.reconciliation",
            &["table", "blue", "green", "lag", "same_content"],
            &at("a.yaml"),
            compared
        )
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect::<Vec<_>>(),
        ["pay 10 9 2 -", "card 1 1 0 false"]
    );
    let kinds = [
        ("a.txt", "seen by the users\n", " other\n"),
        ("rehearsal.toml", "[rehearsal]\nresult = \"success\"\n", " rehearsal\n"),
        ("evidence.toml", "subjects = []\n", ""),
    ];
    for (name, text, expected) in kinds {
        assert_eq!(lines("evidence.kind", &["kind"], &at(name), text), expected, "{name}");
    }
}
