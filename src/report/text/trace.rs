//! How spans travel: the ways that a reader has to know of, side by side.

use std::io;

use crate::report::page::{FAINT, PLAIN, Page, STRONG, side_style};
use crate::report::phrases::placed;
use crate::wire::report::{Pair, Report, ServiceTrace, Side, TraceEnd, TraceHop, TracePath};

/// How many services are shown.
const SERVICES_MAX: usize = 20;

/// Where the legs of a way begin.
const LEG_AT: usize = 6;

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.trace.summary;
    if summary.services == 0 {
        return Ok(());
    }
    page.heading(&format!("Trace paths ({})", summary.services))?;
    let counts = Pair { blue: summary.blue, green: summary.green };
    for (side, ends) in counts.sides() {
        let text = format!(
            "{} to a backend, {} dark, {} broken, {} unresolved",
            ends.backend, ends.dark, ends.broken, ends.unresolved
        );
        let line = page.line(2).column(side_style(side), side.name(), 7).add(PLAIN, &text);
        page.print(line)?;
    }
    let services = &report.trace.services;
    services.iter().take(SERVICES_MAX).try_for_each(|service| one(page, service))?;
    let more = services.len().saturating_sub(SERVICES_MAX);
    if more > 0 {
        page.blank()?;
        let line = page.line(2).add(FAINT, &format!("{more} more in json"));
        page.print(line)?;
    }
    Ok(())
}

fn one(page: &mut Page<'_>, service: &ServiceTrace) -> io::Result<()> {
    page.blank()?;
    let line = page
        .line(2)
        .add(STRONG, &service.service)
        .add(FAINT, &format!("  {}  ", service.settings))
        .add(PLAIN, &service.facts.join(", "));
    page.print(line)?;
    for (side, path) in service.paths().sides() {
        let Some(path) = path else {
            let line = page.label(side_style(side), side.name()).add(PLAIN, "(no such service)");
            page.print(line)?;
            continue;
        };
        way(page, side, path)?;
    }
    Ok(())
}

fn way(page: &mut Page<'_>, side: Side, path: &TracePath) -> io::Result<()> {
    let line = page
        .label(side_style(side), side.name())
        .add(PLAIN, &path.end)
        .add(FAINT, &format!("  {}", path.sampling));
    page.print(line)?;
    path.hops.iter().try_for_each(|hop| leg(page, hop))?;
    path.ends.iter().try_for_each(|ending| end(page, ending))
}

fn leg(page: &mut Page<'_>, hop: &TraceHop) -> io::Result<()> {
    let line = page
        .line(LEG_AT)
        .add(PLAIN, &format!("{} -> {}  {}", hop.from, hop.to, hop.transport))
        .add(FAINT, &format!("  {}", placed(hop.place.as_ref(), None)));
    page.print(line)?;
    if hop.processors.is_empty() {
        return Ok(());
    }
    page.prose(LEG_AT, "  after ", &hop.processors.join(", "))
}

fn end(page: &mut Page<'_>, end: &TraceEnd) -> io::Result<()> {
    // A backend is the address of the last leg.
    let Some(reason) = &end.reason else { return Ok(()) };
    let line = page
        .line(LEG_AT)
        .add(STRONG, &format!("!! {} at {}", end.end, end.at))
        .add(FAINT, &format!("  {}", placed(end.place.as_ref(), None)));
    page.print(line)?;
    page.prose(LEG_AT, "   ", reason)
}

#[cfg(test)]
mod tests {
    use super::SERVICES_MAX;
    use crate::report::{RenderOptions, renderer};
    use crate::wire::report::{Report, sample};

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        let text = renderer("text").unwrap();
        text.render(report, &RenderOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_broken_end_is_marked_and_blue_s_way_stands_beside_it() {
        let text = text(&Report::from(sample::report()));
        let block = concat!(
            "Trace paths (12)\n",
            "  blue   12 to a backend, 0 dark, 0 broken, 0 unresolved\n",
            "  green  11 to a backend, 0 dark, 1 broken, 0 unresolved\n",
            "\n",
            "  checkout  deployment/checkout/app  path-lost, path-broken\n",
            "    blue   backend  0.1 of new traces\n",
            "      checkout -> otel:4317  tls  apps/checkout.yaml:43:20\n",
            "        after redaction\n",
        );
        assert!(text.contains(block), "{text}");
        let end = concat!(
            "      !! broken at tempo.example:4317  apps/checkout.yaml:44:20\n",
            "         pipeline traces has no exporter\n",
        );
        assert_eq!(text.matches(end).count(), 1, "{text}");
    }

    #[test]
    fn services_past_the_limit_are_counted() {
        let mut report = Report::from(sample::report());
        let one = report.trace.services.remove(0);
        report.trace.services = vec![one; SERVICES_MAX + 7];
        assert!(text(&report).contains("\n  7 more in json\n"));
        report.trace = crate::wire::report::Trace::default();
        assert!(!text(&report).contains("Trace paths"));
    }
}
