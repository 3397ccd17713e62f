//! Flags of the runtime that a program runs in.

use std::collections::BTreeMap;

use super::cursor::Document;
use super::names::{filled, owner};
use super::settings::{Setting, settings};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static FLAG: View = View {
    id: "runtime.flag",
    about: "One flag of a runtime: of a JVM (-X…, -XX:…, how long names of hosts are believed), of Node.js, \
            GOMAXPROCS, GOMEMLIMIT, GOGC, WEB_CONCURRENCY, UV_THREADPOOL_SIZE, MALLOC_ARENA_MAX; of two, the last \
            holds",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("variable", "the variable that it stands in"),
        ("flag", "its name: -Xmx, ActiveProcessorCount, collector, --max-old-space-size"),
        ("value", "its value, sizes in bytes"),
    ],
    dialects: &[],
    extract,
};

/// Variables of JVMs.
const JVM: [&str; 5] =
    ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS"];

/// Variables that are one flag.
const WHOLE: [&str; 6] = [
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOGC",
    "WEB_CONCURRENCY",
    "UV_THREADPOOL_SIZE",
    "MALLOC_ARENA_MAX",
];

const NODE: &str = "NODE_OPTIONS";

/// Properties of a JVM that say how long it believes a name of a host.
const NAMES: [&str; 2] = ["networkaddress.cache.ttl", "sun.net.inetaddr.ttl"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let is_asked = |name: &str| {
        let begins = name.as_bytes().first().is_some_and(|c| b"JC_GWUMN".contains(c));
        begins && (JVM.contains(&name) || WHOLE.contains(&name) || name == NODE)
    };
    let found = settings(document, &[], |s| is_asked(s.name) && filled(s.node).is_some());
    let owner = if found.is_empty() { return Vec::new() } else { owner(document) };
    found.iter().flat_map(|setting| items(&owner, setting)).collect()
}

fn items<'t>(owner: &str, setting: &Setting<'t>) -> Vec<Item<'t>> {
    let (name, text) = (setting.name, setting.text());
    let flags: BTreeMap<String, String> = if JVM.contains(&name) {
        words(text).filter_map(of_jvm).collect()
    } else if name == NODE {
        words(text).filter_map(of_node).collect()
    } else {
        BTreeMap::from([(name.to_owned(), text.to_owned())])
    };
    let base = setting.place().path();
    let one = |(flag, value): (String, String)| {
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("variable", Some(Fact::text(name))),
            ("flag", Some(Fact::text(flag.clone()))),
            ("value", Some(Fact::text(value))),
        ]);
        setting.place().item(format!("{base} {flag}"), fact)
    };
    flags.into_iter().map(one).collect()
}

/// The words of a line of options; what stands in quotes is not told from them.
pub(super) fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_whitespace().map(|word| word.trim_matches(['"', '\'']))
}

fn of_jvm(word: &str) -> Option<(String, String)> {
    if let Some(said) = word.strip_prefix("-XX:") {
        if let Some((name, value)) = said.split_once('=') {
            return Some((name.to_owned(), bytes(value)));
        }
        let (sign, name) = said.split_at_checked(1)?;
        let on = if sign == "+" { "on" } else { "off" };
        let is_collector = name.starts_with("Use") && name.ends_with("GC");
        if is_collector && sign == "+" {
            return Some(("collector".to_owned(), name.to_owned()));
        }
        return Some((name.to_owned(), on.to_owned()));
    }
    if let Some((name, value)) = word.strip_prefix("-D").and_then(|said| said.split_once('=')) {
        return NAMES.contains(&name).then(|| (name.to_owned(), value.to_owned()));
    }
    let sized = ["-Xmx", "-Xms", "-Xmn", "-Xss"];
    if let Some(flag) = sized.iter().find(|flag| word.starts_with(**flag)) {
        let value = word.get(flag.len()..).unwrap_or_default();
        return Some(((*flag).to_owned(), bytes(value)));
    }
    let switch = ["-ea", "-da", "-server", "-Xint", "-Xcomp", "-Xbatch"];
    switch.contains(&word).then(|| (word.to_owned(), "on".to_owned()))
}

fn of_node(word: &str) -> Option<(String, String)> {
    if !word.starts_with("--") {
        return None;
    }
    let (name, value) = word.split_once('=').unwrap_or((word, "on"));
    Some((name.replace('_', "-"), value.to_owned()))
}

/// A size of a JVM in bytes; any other value as it is.
fn bytes(value: &str) -> String {
    let units = [("k", 10), ("m", 20), ("g", 30), ("t", 40)];
    let lower = value.to_ascii_lowercase();
    let sized = units.iter().find_map(|(unit, power)| {
        let number: u128 = lower.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(1 << power)
    });
    sized.map_or_else(|| value.to_owned(), |bytes| bytes.to_string())
}

#[cfg(test)]
mod tests {
    use super::{of_jvm, of_node};

    #[test]
    fn flags_of_a_jvm_are_told_by_name_and_sizes_by_their_bytes() {
        let cases = [
            ("-Xmx1g", Some(("-Xmx", "1073741824"))),
            ("-Xmx1024M", Some(("-Xmx", "1073741824"))),
            ("-XX:+UseSerialGC", Some(("collector", "UseSerialGC"))),
            ("-XX:-UseStringDeduplication", Some(("UseStringDeduplication", "off"))),
            ("-XX:MaxRAMPercentage=75.0", Some(("MaxRAMPercentage", "75.0"))),
            ("-Dsun.net.inetaddr.ttl=30", Some(("sun.net.inetaddr.ttl", "30"))),
            ("-Dotel.service.name=pay", None),
            ("-javaagent:/agent.jar", None),
            ("é", None),
        ];
        for (word, expected) in cases {
            let found = of_jvm(word);
            let found = found.as_ref().map(|(flag, value)| (flag.as_str(), value.as_str()));
            assert_eq!(found, expected, "{word}");
        }
        let node = of_node("--max_old_space_size=2048");
        assert_eq!(node, Some(("--max-old-space-size".to_owned(), "2048".to_owned())));
    }
}
