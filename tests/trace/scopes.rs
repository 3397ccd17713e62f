//! Things of one name in several folders and namespaces: each meets its own, and none crosses.

use driftseal::model::{EndKind, ServiceTrace};

use crate::full;
use crate::memory::audit_texts;
use crate::systems::{BASE, GATEWAY, gateway, to};

/// A whole system: a service and its collector, which sends to a host.
fn system(host: &str) -> String {
    [to(GATEWAY), gateway(&BASE.replace("tempo.example.org", host))].concat()
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn services(blue: &[(&str, String)], green: &[(&str, String)]) -> Vec<ServiceTrace> {
    let texts = |files: &'_ [(&'_ str, String)]| {
        let each = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
        each.collect::<Vec<(String, String)>>()
    };
    let (blue, green) = (texts(blue), texts(green));
    audit_texts(&borrowed(&blue), &borrowed(&green), &full()).trace.services
}

/// Where the ways of each pair end, in order; nothing where a side has none.
fn ends(services: &[ServiceTrace]) -> Vec<(Option<String>, Option<String>)> {
    let end = |path: &Option<driftseal::model::TracePath>| {
        path.as_ref().map(|path| {
            assert_eq!(path.kind(), EndKind::Backend, "{path:#?}");
            path.end().unwrap().at.clone()
        })
    };
    let mut found: Vec<_> =
        services.iter().map(|one| (end(&one.paths.blue), end(&one.paths.green))).collect();
    found.sort();
    found
}

fn both(one: &str) -> (Option<String>, Option<String>) {
    let host = || Some(format!("{one}:4317"));
    (host(), host())
}

#[test]
fn folders_of_regions_hold_a_system_each() {
    let (eu, us) = (system("tempo.eu.example"), system("tempo.us.example"));
    let blue = [("eu/all.yaml", eu.clone()), ("us/all.yaml", us.clone())];
    // In whatever order they are read.
    let green = [("us/all.yaml", us.clone()), ("eu/all.yaml", eu.clone())];
    let wanted = [both("tempo.eu.example"), both("tempo.us.example")];
    assert_eq!(ends(&services(&blue, &green)), wanted);
    // Files of one folder mean each other, wherever the others stand.
    let parts = |region: &str, host: &str| {
        [
            (format!("{region}/app/pay.yaml"), to(GATEWAY)),
            (format!("{region}/obs/gw.yaml"), gateway(&BASE.replace("tempo.example.org", host))),
        ]
    };
    let all = [parts("eu", "tempo.eu.example"), parts("us", "tempo.us.example")].concat();
    let all: Vec<(&str, String)> =
        all.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    assert_eq!(ends(&services(&all, &all)), wanted);
}

#[test]
fn a_region_that_is_gone_is_not_taken_for_another() {
    let blue =
        [("eu/all.yaml", system("tempo.eu.example")), ("us/all.yaml", system("tempo.us.example"))];
    let green = [("us/all.yaml", system("tempo.us.example"))];
    let host = |name: &str| Some(format!("tempo.{name}.example:4317"));
    let found = ends(&services(&blue, &green));
    assert_eq!(found, [(host("eu"), None), (host("us"), host("us"))]);
    let green = [
        ("us/all.yaml", system("tempo.us.example")),
        ("asia/all.yaml", system("tempo.asia.example")),
    ];
    let found = ends(&services(&blue, &green));
    assert_eq!(found, [(None, host("asia")), (host("eu"), None), (host("us"), host("us"))]);
}

#[test]
fn a_service_of_each_namespace_meets_its_own() {
    let of = |namespace: &str, host: &str| {
        system(host)
            .replace("namespace: shop", &format!("namespace: {namespace}"))
            .replace("namespace: obs", &format!("namespace: obs-{namespace}"))
            .replace("gw.obs:", &format!("gw.obs-{namespace}:"))
    };
    let one = [of("a", "tempo.a.example"), of("b", "tempo.b.example")].concat();
    let other = [of("b", "tempo.b.example"), of("a", "tempo.a.example")].concat();
    let found = ends(&services(&[("all.yaml", one.clone())], &[("all.yaml", other)]));
    assert_eq!(found, [both("tempo.a.example"), both("tempo.b.example")]);
    // A namespace that green lacks finds no partner in the other.
    let green = of("b", "tempo.b.example");
    let found = ends(&services(&[("all.yaml", one)], &[("all.yaml", green)]));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], (Some("tempo.a.example:4317".to_owned()), None));
}

#[test]
fn a_service_that_moved_meets_itself() {
    let at = |file: &'static str| [(file, system("tempo.example.org"))];
    for (blue, green) in [
        ("old/all.yaml", "new/folder/all.yaml"),
        ("deploy/blue/all.yaml", "deploy/green/all.yaml"),
        ("all.yaml", "k8s/all.yaml"),
    ] {
        assert_eq!(ends(&services(&at(blue), &at(green))), [both("tempo.example.org")], "{blue}");
    }
}

#[test]
fn two_containers_of_one_service_meet_where_their_workload_is_renamed() {
    let pod = |name: &str, other: &str| {
        let one = system("tempo.example.org")
            .replace("metadata: {name: pay,", &format!("metadata: {{name: {name},"));
        let env = "          env:\n            - {name: OTEL_SERVICE_NAME, value: pay}\n            - {name: \
                   OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://gw.obs:4317'}\n            - {name: \
                   OTEL_EXPORTER_OTLP_PROTOCOL, value: grpc}\n";
        let second =
            format!("        - name: {other}\n          image: reg.example/ui:1\n{env}---\n");
        one.replacen("---\n", &second, 1)
    };
    let (blue, green) = (pod("old-pay", "payui"), pod("pay", "pay-ui"));
    let found = ends(&services(&[("all.yaml", blue)], &[("all.yaml", green)]));
    assert_eq!(found, [both("tempo.example.org"), both("tempo.example.org")]);
}
