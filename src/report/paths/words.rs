//! What is said of a way beside its legs, in the same words in every drawing.

use crate::wire::report::{TraceCall, TraceEnd, TraceHop, TracePath};

/// In which formats a service passes context on, and takes it over; nothing where neither is known.
pub(super) fn formats(path: &TracePath) -> Option<String> {
    let context = path.context.as_ref()?;
    let said = |formats: &Option<Vec<String>>, verb: &str| {
        let all = formats.as_ref()?;
        let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
        Some(format!("{verb} {all}"))
    };
    let both = [said(&context.reads, "reads"), said(&context.writes, "writes")];
    let both: Vec<String> = both.into_iter().flatten().collect();
    (!both.is_empty()).then(|| format!("context: {}", both.join("; ")))
}

/// What becomes of context in each call of the service, and whether it is lost.
pub(super) fn calls(path: &TracePath) -> impl Iterator<Item = (String, bool)> {
    let context = path.context.as_ref();
    let writes = context.and_then(|context| context.writes.clone()).unwrap_or_default().join(", ");
    let calls = context.map_or(&[][..], |context| context.calls.as_slice());
    calls.iter().map(move |call| (one(call, &writes), call.lost))
}

fn one(call: &TraceCall, writes: &str) -> String {
    let to = &call.to;
    match &call.reads {
        Some(reads) if call.lost => {
            let reads = if reads.is_empty() { "nothing".to_owned() } else { reads.join(", ") };
            format!("context is lost at {to}: it comes as {writes}, and {to} reads {reads}")
        }
        Some(_) if call.shared.is_empty() => format!("no context is passed on to {to}"),
        Some(_) => format!("context is passed on to {to}: {}", call.shared.join(", ")),
        None if writes.is_empty() => format!("no context is passed on to {to}, outside"),
        None => format!("context is passed on to {to}, outside: {writes}"),
    }
}

/// Past which processors that remove or mask data spans get to a backend; nothing of another end.
pub(super) fn scrubbed(end: &TraceEnd) -> Option<String> {
    scrubbed_by(end, &end.scrubbed)
}

fn scrubbed_by(end: &TraceEnd, all: &[String]) -> Option<String> {
    if end.end != "backend" {
        return None;
    }
    match (end.scrubs?, all) {
        (0, _) => Some("nothing removed or masked".to_owned()),
        // A report from before says only how many.
        (count, []) => Some(format!("past {count} that remove or mask data")),
        (_, all) => Some(format!("removed or masked by {}", all.join(", "))),
    }
}

/// The same without the collectors, for a picture of many ways.
pub(super) fn kinds(end: &TraceEnd) -> Option<String> {
    let short = |one: &String| one.split(" at ").next().unwrap_or_default().to_owned();
    let scrubbed: Vec<String> = end.scrubbed.iter().map(short).collect();
    scrubbed_by(end, &scrubbed)
}

/// The headers that spans carry over a leg.
pub(super) fn headers(hop: &TraceHop) -> Option<String> {
    let all = hop.headers.iter().map(|header| format!("{}: {}", header.name, header.value));
    let all: Vec<String> = all.collect();
    (!all.is_empty()).then(|| all.join(", "))
}
