//! Services of Compose whose settings stand in several files that Docker reads as one.

use driftseal::model::{EndKind, GapReason, TracePath};

use crate::memory::audit_texts;
use crate::{TEMPO, collector, full, names, service};

/// The way of the service `pay` of some files of one folder, beside a collector.
fn pay(files: &[(&str, &str)]) -> TracePath {
    let config = collector(TEMPO, "otlp/tempo");
    let mut files = files.to_vec();
    files.push(("otel-collector.yaml", &config));
    let report = audit_texts(&files, &files, &full());
    assert!(report.gaps.blue.is_empty(), "{:?}", report.gaps.blue);
    let ways = report.trace.services.iter().filter(|known| known.service == "pay");
    let [only] = ways.collect::<Vec<_>>()[..] else { panic!("{:?}", report.trace.services) };
    only.paths.green.clone().unwrap()
}

fn file(service: &str) -> String {
    format!("services:\n  pay:\n{service}")
}

const IMAGE: &str = "    image: pay\n";
const TO: &str = "    environment: {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4317'}\n";
const DARK: &str = "    environment: [OTEL_SDK_DISABLED=true]\n";

#[test]
fn an_override_is_laid_over_the_file_of_its_folder() {
    let base = file(&[IMAGE, TO].concat());
    assert_eq!(pay(&[("compose.yaml", &base)]).kind(), EndKind::Backend);
    let dark = file(DARK);
    let laid = |over: &str| pay(&[("compose.yaml", &base), (over, &dark)]).kind();
    for over in ["compose.override.yaml", "compose.override.yml", "docker-compose.override.yml"] {
        assert_eq!(laid(over), EndKind::Dark, "{over}");
    }
    // Neither of another folder nor of another name.
    for other in ["dev/compose.override.yaml", "compose.dev.yaml"] {
        assert_eq!(laid(other), EndKind::Backend, "{other}");
    }
    // What only the override says counts too, and stands with the service.
    let way = pay(&[("compose.yaml", &file(IMAGE)), ("compose.override.yaml", &file(TO))]);
    assert_eq!(way.kind(), EndKind::Backend, "{way:#?}");
    assert_eq!(way.hops[0].place.as_ref().unwrap().file, "compose.yaml");
}

#[test]
fn variables_are_joined_by_name_and_what_is_said_last_counts() {
    let base = file(&[IMAGE, TO].concat());
    let laid = |over: &str| pay(&[("compose.yaml", &base), ("compose.override.yaml", &file(over))]);
    let elsewhere = TO.replace("otel-collector:4317", "spans.vendor.example:443");
    assert_eq!(laid(&elsewhere).hops[0].to, "spans.vendor.example:443");
    assert_eq!(laid("    environment: [LEVEL=info]\n").hops[0].to, "otel-collector:4317");
    let instead = "    environment: !override\n      OTEL_SERVICE_NAME: pay\n";
    let config = collector(TEMPO, "otlp/tempo");
    for gone in [
        instead,
        "    !reset null\n",
        "    environment: !reset null\n",
        "    environment: !reset {}\n",
        "    environment:\n      OTEL_EXPORTER_OTLP_ENDPOINT: !reset null\n",
    ] {
        let over = file(gone);
        let files = [
            ("compose.yaml", &*base),
            ("compose.override.yaml", &*over),
            ("otel-collector.yaml", &*config),
        ];
        let report = audit_texts(&files[..1], &files, &full());
        let paths = report.trace.services.iter().find(|known| known.service == "pay");
        let green = paths.and_then(|known| known.paths.green.as_ref());
        assert!(green.is_none_or(|way| way.kind() == EndKind::Dark), "{gone}: {green:#?}");
    }
}

#[test]
fn a_service_says_what_it_extends_says() {
    let same = format!(
        "services:\n  base:\n    build: .\n{TO}  pay:\n    extends: base\n    environment: [OTEL_SERVICE_NAME=pay]\n"
    );
    assert_eq!(pay(&[("compose.yaml", &same)]).hops[0].to, "otel-collector:4317");
    let common = format!(
        "services:\n  traced:\n    extends: {{service: quiet}}\n{TO}  quiet:\n    image: q\n{DARK}"
    );
    let pays = |extends: &str| {
        file(&format!("{IMAGE}    extends: {extends}\n    environment: [OTEL_SERVICE_NAME=pay]\n"))
    };
    let way = |extends: &str| {
        let pays = pays(extends);
        let config = collector(TEMPO, "otlp/tempo");
        let files = [
            ("app/compose.yaml", &*pays),
            ("common/base.yaml", &*common),
            ("otel-collector.yaml", &*config),
        ];
        let report = audit_texts(&files, &files, &full());
        let found = service(&report.trace, "pay", "compose").paths.green.clone().unwrap();
        (found.kind(), report.gaps.green)
    };
    let (kind, gaps) = way("{file: ../common/base.yaml, service: traced}");
    assert_eq!((kind, gaps), (EndKind::Dark, Vec::new()));
    // What cannot be read is said, and nothing is taken for set or unset.
    for lost in ["../common/none.yaml", "${BASE}/base.yaml", "../../base.yaml"] {
        let (kind, gaps) = way(&format!("{{file: '{lost}', service: traced}}"));
        assert_eq!(kind, EndKind::Unresolved, "{lost}");
        let [(gap, _)] = gaps.as_slice() else { panic!("{lost}: {gaps:?}") };
        assert_eq!(gap.reason, GapReason::SourceMissing);
        assert_eq!((gap.place.as_str(), gap.line), ("app/compose.yaml", Some(4)));
    }
    let (kind, _) = way("{file: ../common/base.yaml, service: gone}");
    assert_eq!(kind, EndKind::Unresolved);
    assert_eq!(way("pay").0, EndKind::Unresolved, "of itself");
}

#[test]
fn an_override_of_one_side_darkens_what_both_files_leave_alone() {
    let base = file(&[IMAGE, TO].concat());
    let dark = file(DARK);
    let config = collector(TEMPO, "otlp/tempo");
    let blue = [("compose.yaml", &*base), ("otel-collector.yaml", &*config)];
    let green = [blue[0], ("compose.override.yaml", &*dark), blue[1]];
    let report = audit_texts(&blue, &green, &full());
    assert_eq!(names(service(&report.trace, "pay", "compose")), ["path-lost", "dark-service"]);
}
