//! Results of load tests.
//!
//! k6: the summary that `handleSummary` is given says `ok` of each threshold; the older one of
//! `--summary-export` says `true` where a threshold was crossed (grafana/k6#1498, k6-docs#30).
//! Gatling: `global_stats.json`, `stats.json` (percentiles 50, 75, 95, 99 unless configured) and
//! `assertions.json`. `JMeter`: `statistics.json` of its dashboard (percentiles 90, 95, 99 unless
//! configured).

use super::{DIALECT, Standing, beside, counted, number, whole};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static LOAD: View = View {
    id: "evidence.load",
    about: "Results of a load test: the summary of k6, statistics or assertions of Gatling, statistics of JMeter",
    fields: &[
        ("file", "its path within the folder of evidence"),
        ("subjects", "what was tested, as evidence.toml says it"),
        ("finished", "when it ended, as evidence.toml says it; absent when not said"),
        ("tool", "k6, gatling or jmeter"),
        (
            "thresholds",
            "how many thresholds or assertions were asked; absent where the file has none",
        ),
        ("breached", "those that were not kept, sorted"),
        ("requests", "how many requests were made; absent when not said"),
        ("rate", "requests per second; absent when not said"),
        ("error_percent", "per cent of the requests that failed; absent when not said"),
        (
            "p95_ms",
            "the 95th percentile of the time of answers in milliseconds; absent when not said",
        ),
        ("seconds", "how long it ran; absent when not said"),
        ("peak", "requests per second of production at its peak: `peak_rate` of evidence.toml"),
    ],
    dialects: DIALECT,
    extract,
};

/// What a tool says.
#[derive(Default)]
struct Said<'t> {
    /// The first threshold that was not kept.
    place: Option<Cursor<'t>>,
    tool: &'static str,
    asked: Option<usize>,
    breached: Vec<String>,
    requests: Option<f64>,
    rate: Option<f64>,
    errors: Option<f64>,
    p95: Option<f64>,
    seconds: Option<f64>,
}

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.identity.kind != "load" {
        return Vec::new();
    }
    let root = document.cursor();
    let said = if root.node.get("metrics").is_some() {
        k6(&root)
    } else if root.node.get("Total").is_some() {
        jmeter(&root)
    } else {
        gatling(&root)
    };
    let texts = said.breached.iter().map(|name| Fact::text(name.clone())).collect();
    let asked = said.asked.and_then(|asked| Fact::number(&asked.to_string()));
    let fields = [
        ("tool", Some(Fact::text(said.tool))),
        ("thresholds", asked),
        ("breached", Some(Fact::List(texts))),
        ("requests", said.requests.and_then(counted)),
        ("rate", said.rate.and_then(counted)),
        ("error_percent", said.errors.and_then(counted)),
        ("p95_ms", said.p95.and_then(counted)),
        ("seconds", said.seconds.and_then(counted)),
        ("peak", beside(document, |said| Fact::number(said.text_at(&["peak_rate"])?))),
    ];
    let fact = Standing::default().fact(document, fields);
    vec![whole(document, said.place.as_ref().unwrap_or(&root), fact)]
}

fn k6<'t>(root: &Cursor<'t>) -> Said<'t> {
    let metrics = root.get("metrics").map(|metrics| metrics.entries()).unwrap_or_default();
    let (mut asked, mut breached, mut first) = (0, Vec::new(), None);
    for (metric, place) in &metrics {
        let thresholds = place.get("thresholds").map(|map| map.entries()).unwrap_or_default();
        for (threshold, said) in thresholds {
            asked += 1;
            let is_kept = if said.node.kind() == Kind::Map {
                said.text(&["ok"]) == Some("true")
            } else {
                said.node.text() == "false"
            };
            if !is_kept {
                breached.push(format!("{metric}: {threshold}"));
                first = first.or(Some(said));
            }
        }
    }
    breached.sort_unstable();
    // The newer summary keeps values apart from thresholds.
    let of = |metric: &str, key: &str| {
        number(root, &["metrics", metric, "values", key])
            .or_else(|| number(root, &["metrics", metric, key]))
    };
    let failed = of("http_req_failed", "rate").or_else(|| of("http_req_failed", "value"));
    Said {
        place: first,
        tool: "k6",
        asked: Some(asked),
        breached,
        requests: of("http_reqs", "count"),
        rate: of("http_reqs", "rate"),
        errors: failed.map(|share| share * 100.0),
        p95: of("http_req_duration", "p(95)"),
        seconds: number(root, &["state", "testRunDurationMs"]).map(|ms| ms / 1000.0),
    }
}

fn jmeter<'t>(root: &Cursor<'t>) -> Said<'t> {
    let of = |key: &str| number(root, &["Total", key]);
    let (requests, rate) = (of("sampleCount"), of("throughput"));
    let seconds = requests.zip(rate).filter(|(_, rate)| *rate > 0.0).map(|(all, rate)| all / rate);
    Said {
        tool: "jmeter",
        requests,
        rate,
        errors: of("errorPct"),
        p95: of("pct2ResTime"),
        seconds,
        ..Said::default()
    }
}

fn gatling<'t>(root: &Cursor<'t>) -> Said<'t> {
    if let Some(list) = root.get("assertions") {
        let all = list.items();
        let name = |one: &Cursor<'_>| one.text(&["message"]).unwrap_or("an assertion").to_owned();
        let is_broken = |one: &&Cursor<'_>| one.text(&["result"]) != Some("true");
        let mut breached: Vec<String> = all.iter().filter(is_broken).map(name).collect();
        breached.sort_unstable();
        let place = all.iter().find(is_broken).cloned();
        let asked = Some(all.len());
        return Said { place, tool: "gatling", asked, breached, ..Said::default() };
    }
    let stats = root.get("stats").unwrap_or_else(|| root.clone());
    let of = |key: &str, part: &str| number(&stats, &[key, part]);
    let requests = of("numberOfRequests", "total");
    let lost = of("numberOfRequests", "ko").unwrap_or_default();
    let rate = of("meanNumberOfRequestsPerSecond", "total");
    Said {
        tool: "gatling",
        requests,
        rate,
        errors: requests.filter(|all| *all > 0.0).map(|all| lost / all * 100.0),
        p95: of("percentiles3", "total"),
        seconds: requests.zip(rate).filter(|(_, rate)| *rate > 0.0).map(|(all, rate)| all / rate),
        ..Said::default()
    }
}
