//! One report in which every field, word and list of the document occurs, for tests.

use std::collections::BTreeMap;

use crate::model::{
    Accounting, Action, Address, Alignment, AllowanceId, BaselineMark, BaselineRecord,
    BaselineStatus, Budget, Change, ChangeCounts, CollectorRecord, ContextCall, Decided, Decision,
    DecisionKind, Digest, Direction, Disposition, Edit, Effect, End, EndKind, Engine, Excerpt,
    Explanation, Finding, Gap, GapReason, GateRecord, Ground, Header, Hop, Hygiene, Input, KeyId,
    Likeness, Mark, MaskingKeyId, Overridden, PackRecord, Pair, Path, PathContext, Place,
    PolicyText, Renamed, RenamedName, Report, ResourceId, RuleCounts, RuleId, Sampled, Sampler,
    ServiceTrace, Severity, Shown, SourceSummary, State, Step, Terms, Threshold, Timestamp, Trace,
    TraceFact, TracePath, Transport, Verdict, WaiverMark, WaiverRecord, WaiverStatus,
};

pub(crate) fn report() -> Report {
    let changes = changes();
    let mut counts = ChangeCounts(BTreeMap::from([(("colour", "blue -> green".to_owned()), 811)]));
    for change in &changes {
        counts.add(&change.explanation);
    }
    Report {
        evaluated_at: Timestamp::parse("2026-01-02T03:04:05Z").unwrap(),
        verdict: Verdict::Inconclusive,
        verdicts: vec![Verdict::Inconclusive, Verdict::Fail],
        threshold: Threshold::At(Severity::Medium),
        findings: findings(),
        hygiene: vec![Hygiene {
            rule: RuleId("allowance-unused".to_owned()),
            severity: Severity::Low,
            subject: "release-2.4.1-image".to_owned(),
            message: "no difference needed this allowance; remove it".to_owned(),
        }],
        changes,
        counts,
        alignment: alignment(),
        gaps: Pair {
            blue: vec![(gap("charts/a/templates/b.yaml", GapReason::TemplateNotRendered), true)],
            green: vec![
                (gap("charts/a/templates/c.yaml", GapReason::TemplateNotRendered), false),
                (gap("apps/broken.yaml", GapReason::Unparsed), false),
            ],
        },
        accounting: Pair {
            blue: Accounting { found: 120, compared: 117, excluded: 2, gaps: 1 },
            green: Accounting { found: 121, compared: 117, excluded: 2, gaps: 2 },
        },
        trace: trace(),
        inputs: Pair { blue: input("blue"), green: input("green") },
        policy: Digest::of(b"policy"),
        decisions: vec![
            Decision {
                kind: DecisionKind::Allowance,
                id: "release-2.4.1-image".to_owned(),
                reason: "release 2.4.1".to_owned(),
                owner: "payments".to_owned(),
                ticket: Some("CHG-1042".to_owned()),
                until: "2027-03-31".to_owned(),
                uses: 1,
            },
            Decision {
                kind: DecisionKind::AcceptedGap,
                id: "**/*.lock".to_owned(),
                reason: "locks are not configuration".to_owned(),
                owner: "platform".to_owned(),
                ticket: None,
                until: "2027-03-31".to_owned(),
                uses: 1,
            },
        ],
        gate: gate(),
        waivers: vec![waiver_record()],
        baseline: Some(baseline_record()),
        engine: Engine { name: "driftseal", version: "0.1.0" },
        packs: vec![PackRecord {
            id: "tracing-consistency".to_owned(),
            version: "1.0.0".to_owned(),
            digest: Digest::of(b"pack"),
            rules: 31,
        }],
        rules: vec![RuleCounts {
            rule: RuleId("DS-TRC-003".to_owned()),
            controls: vec!["pci:10.2.1".to_owned(), "nist:AU-12".to_owned()],
            passed: 12,
            failed: 2,
            not_applicable: 5,
            unknown: 1,
        }],
    }
}

pub(crate) fn finding(rule: &str, severity: Severity, state: State) -> Finding {
    Finding {
        rule: RuleId(rule.to_owned()),
        severity,
        state,
        disposition: Disposition::Open,
        decided: decided(severity, state),
        content: Pair::new(None, None),
        title: format!("Title of {rule}"),
        message: format!("message of {rule}: the sampler is gone"),
        remediation: format!("remediation of {rule}: set the sampler again"),
        controls: vec!["pci:10.2.1".to_owned(), "nist:AU-12".to_owned()],
        group: String::new(),
        follows: None,
        direction: Some(Direction::Weaker),
        at: address("OTEL_TRACES_SAMPLER"),
        places: Pair { blue: Some(place(41)), green: None },
        values: Pair { blue: Some(Shown("parentbased_traceidratio".to_owned())), green: None },
        excerpts: Pair { blue: Some(excerpt(40)), green: None },
    }
}

fn excerpt(line: u32) -> Excerpt {
    let lines = ["- name: OTEL_TRACES_SAMPLER", "  value: parentbased_traceidratio"];
    Excerpt {
        line,
        lines: lines.map(str::to_owned).to_vec(),
        marks: vec![Mark { line: line + 1, start: 10, end: 34 }],
        more: 0,
    }
}

/// What the policy of [`gate`] makes of an open finding.
fn decided(severity: Severity, state: State) -> Decided {
    let blocks = state == State::Introduced && severity >= Severity::Medium;
    let tolerated = state == State::Introduced && !blocks;
    let effect = match (blocks, tolerated) {
        (true, _) => Effect::Blocks,
        (_, true) => Effect::Tolerated,
        _ => Effect::Listed,
    };
    Decided { kind: "posture", effect, ..Decided::default() }
}

fn gate() -> GateRecord {
    GateRecord {
        profile: Some("pci".to_owned()),
        phase: "pre-switch".to_owned(),
        terms: Terms {
            budget: Budget::of(Threshold::At(Severity::Medium)),
            kinds: vec![("posture".to_owned(), Action::BlockIfNew)],
            blocking: vec!["waiver-expired".to_owned()],
        },
        counted: Budget {
            critical: Some(1),
            high: Some(1),
            medium: Some(0),
            low: Some(0),
            info: Some(1),
        },
        evidence: vec![("junit".to_owned(), false)],
        snapshot_age_seconds_max: Some(1_800),
        has_waivers: true,
        texts: vec![PolicyText {
            role: "waivers",
            name: "waivers.toml".to_owned(),
            digest: Digest::of(b"waivers"),
        }],
    }
}

fn waiver_mark() -> WaiverMark {
    WaiverMark {
        id: "W-2026-0031".to_owned(),
        status: WaiverStatus::Active,
        reason: "the terminals in the field know no newer protocol".to_owned(),
        ticket: Some("RISK-1187".to_owned()),
        requested_by: "ann@example.com".to_owned(),
        approved_by: vec!["ciso@example.com".to_owned()],
        until: "2026-01-18T23:59:59Z".to_owned(),
    }
}

fn waiver_record() -> WaiverRecord {
    WaiverRecord {
        mark: waiver_mark(),
        rule: "DS-TLS-002".to_owned(),
        subject: "k8s:apps/v1/Deployment/payments/checkout".to_owned(),
        path: "/spec/env/name=OTEL_TRACES_SAMPLER".to_owned(),
        instance: "dsi1:0123456789abcdef01234567".to_owned(),
        approved_at: "2026-01-01T00:00:00Z".to_owned(),
        risk: Some("medium".to_owned()),
        compensating_controls: vec!["IPsec underneath".to_owned()],
        controls: vec!["pci:10.2.1".to_owned()],
    }
}

fn baseline_record() -> BaselineRecord {
    BaselineRecord {
        digest: Digest::of(b"baseline"),
        created_at: "2025-12-01T00:00:00Z".to_owned(),
        owner: "platform".to_owned(),
        reason: "debt at adoption".to_owned(),
        incomparable: Vec::new(),
        entries: 3,
        unchanged: 1,
        worsened: 1,
        fixed: 1,
        new: 2,
    }
}

fn findings() -> Vec<Finding> {
    let worst = finding("DS-TRC-003", Severity::Critical, State::Introduced);
    let mut grouped = finding("DS-TRC-007", Severity::High, State::Introduced);
    "sampler-lost".clone_into(&mut grouped.group);
    let mild = finding("DS-TRC-011", Severity::Info, State::Introduced);
    let mut waived = finding("DS-TLS-002", Severity::High, State::Introduced);
    waived.disposition = Disposition::Waived;
    waived.decided.effect = Effect::Listed;
    waived.decided.waiver = Some(Box::new(waiver_mark()));
    let mut known = finding("DS-NET-006", Severity::High, State::Introduced);
    known.disposition = Disposition::Baselined;
    known.decided.effect = Effect::Listed;
    known.decided.baseline = Some(Box::new(BaselineMark {
        status: BaselineStatus::Unchanged,
        first_seen: "2025-12-01T00:00:00Z".to_owned(),
    }));
    known.decided.overridden = Some(Box::new(Overridden {
        from: Severity::Medium,
        reason: "in scope of PCI".to_owned(),
        approver: Some("lead@example.com".to_owned()),
        until: Some("2027-03-31T23:59:59Z".to_owned()),
    }));
    let old = finding("DS-WKL-001", Severity::Medium, State::Inherited);
    let gone = finding("DS-NET-004", Severity::Low, State::Resolved);
    vec![worst, grouped, mild, waived, known, old, gone]
}

fn alignment() -> Alignment {
    let name = |text: &str| format!("k8s:apps/v1/Deployment/{text}");
    let resource = ResourceId(name("shop-cart"));
    Alignment {
        renamed: vec![Renamed {
            at: Address { resource, path: Path::ROOT },
            names: Pair::new(name("shop-cart"), name("cart")),
            likeness: Likeness { score: 71, ground: Ground::Content },
        }],
        names: vec![RenamedName {
            name: Pair::new("shop-cart".to_owned(), "cart".to_owned()),
            uses: 12,
        }],
        lone: Pair::new(1, 2),
        crowded: Pair::new(0, 0),
    }
}

fn changes() -> Vec<Change> {
    let explanations = [
        Explanation::Representation { how: "quoting".to_owned() },
        Explanation::Default { citation: "kubernetes v1.34 PodSpec".to_owned() },
        Explanation::Colour { token: Pair::new("blue".to_owned(), "green".to_owned()) },
        Explanation::Generated { by: "kustomize".to_owned() },
        Explanation::Declared {
            allowance: AllowanceId("release-2.4.1-image".to_owned()),
            pinned: Pair::new(false, true),
        },
        Explanation::Unexplained,
    ];
    let edits = [Edit::Added, Edit::Removed, Edit::Replaced].into_iter().cycle();
    let change = |(index, (explanation, edit)): (usize, (Explanation, Edit))| Change {
        at: address(&format!("KEY_{index}")),
        edit,
        direction: (explanation == Explanation::Unexplained).then_some(Direction::Weaker),
        explanation,
        cause: None,
        places: Pair { blue: Some(place(7)), green: Some(place(8)) },
        values: Pair::from_fn(|side| Some(Shown(side.name().to_owned()))),
    };
    explanations.into_iter().zip(edits).enumerate().map(change).collect()
}

fn trace() -> Trace {
    let hop = |from: &str, to: &str, reaches: Option<&str>| Hop {
        from: from.to_owned(),
        to: to.to_owned(),
        reaches: reaches.map(str::to_owned),
        transport: Transport::Tls,
        processors: vec!["redaction".to_owned()],
        authenticated: Some(true),
        headers: vec![Header { name: "x-scope-orgid".to_owned(), value: "shop".to_owned() }],
        place: Some(place(43)),
    };
    let end = |kind, reason: &str| End {
        kind,
        at: "tempo.example:4317".to_owned(),
        reason: reason.to_owned(),
        scrubs: Some(1),
        scrubbed: vec!["redaction at configmap/otel".to_owned()],
        sampled: Some(Sampled {
            at_most: "0.1".to_owned(),
            is_exact: true,
            by: vec![Sampler {
                kind: "head",
                at: "checkout".to_owned(),
                share: Some("0.1".to_owned()),
            }],
        }),
        keeps: Some("memory".to_owned()),
        place: Some(place(44)),
    };
    let way = |ends| TracePath {
        hops: vec![
            hop("checkout", "otel:4317", Some("configmap/otel")),
            hop("configmap/otel", "tempo.example:4317", None),
        ],
        ends,
        sampling: "0.1 of new traces".to_owned(),
        context: PathContext {
            writes: Some(["tracecontext".to_owned()].into()),
            reads: Some(["tracecontext".to_owned()].into()),
            calls: vec![ContextCall {
                to: "cart".to_owned(),
                reads: Some(vec!["b3".to_owned()]),
                shared: Vec::new(),
            }],
        },
        costs: vec!["configmap/otel makes metrics of every span (span_metrics)".to_owned()],
    };
    let service = ServiceTrace {
        service: "checkout".to_owned(),
        settings: "deployment/checkout/app".to_owned(),
        facts: vec![TraceFact::PathLost, TraceFact::PathBroken],
        paths: Pair {
            blue: Some(way(vec![end(EndKind::Backend, "")])),
            green: Some(way(vec![end(EndKind::Broken, "pipeline traces has no exporter")])),
        },
    };
    Trace {
        services: vec![service],
        total: 12,
        ends: Pair {
            blue: BTreeMap::from([(EndKind::Backend, 12)]),
            green: BTreeMap::from([(EndKind::Backend, 11), (EndKind::Broken, 1)]),
        },
        facts: BTreeMap::from([(TraceFact::PathLost, 1), (TraceFact::Unchanged, 11)]),
    }
}

fn address(name: &str) -> Address {
    let path = Path::ROOT.keys(&["spec", "env"]).join(Step::Item(format!("name={name}")));
    let resource = ResourceId("k8s:apps/v1/Deployment/payments/checkout".to_owned());
    Address { resource, path }
}

fn place(line: u32) -> Place {
    Place {
        file: "apps/checkout.yaml".to_owned(),
        document: 0,
        line: Some(line),
        column: Some(20),
        end_line: None,
    }
}

fn gap(file: &str, reason: GapReason) -> Gap {
    Gap {
        place: file.to_owned(),
        span: None,
        line: Some(3),
        reason,
        message: format!("cannot evaluate {}; render it first", reason.name()),
    }
}

fn input(colour: &str) -> Input {
    Input {
        digest: Digest::of(colour.as_bytes()),
        colour: colour.to_owned(),
        files: 118,
        documents: 120,
        bytes: 40_960,
        masked: 9,
        masking_key: MaskingKeyId { id: KeyId("0a1b2c3d".to_owned()), ephemeral: true },
        collectors: vec![CollectorRecord {
            scheme: "directory",
            locator: format!("deploy/{colour}"),
            resolved: Some("3f2a".to_owned()),
            notes: vec!["the working tree has uncommitted changes".to_owned()],
            taken_at: Timestamp::parse("2026-01-01T00:00:00Z"),
        }],
        syntaxes: vec![SourceSummary { syntax: "yaml".to_owned(), files: 110 }],
    }
}
