//! Which addresses a planned firewall lets in, and to which ports.

use super::{DIALECT, Planned};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static OPENING: View = View {
    id: "terraform.opening",
    about: "Addresses that a planned firewall lets in to a range of ports, at the addresses",
    fields: &[
        ("address", "the address of the resource"),
        ("cidr", "the addresses that may come"),
        ("everybody", "whether that is everybody"),
        ("from", "the first port; 0 where all are meant"),
        ("to", "the last port; 65535 where all are meant"),
    ],
    dialects: DIALECT,
    extract,
};

/// How the world is written.
const WORLD: [&str; 5] = ["0.0.0.0/0", "::/0", "*", "Internet", "0.0.0.0"];

/// A range of ports, as texts.
type Ports = (String, String);

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    Planned::kept(document).iter().flat_map(of_resource).collect()
}

/// From the documentation of hashicorp/aws 5, hashicorp/google 6 and hashicorp/azurerm 4.
fn of_resource<'t>(planned: &Planned<'t>) -> Vec<Item<'t>> {
    let after = planned.after();
    let is = |key: &str, wanted: &str| {
        after.text(&[key]).is_some_and(|said| said.eq_ignore_ascii_case(wanted))
    };
    let blocks = ["cidr_blocks", "ipv6_cidr_blocks"];
    let single = ["cidr_ipv4", "cidr_ipv6"];
    match planned.kind {
        "aws_security_group" => {
            let rules = after.get("ingress").map(|list| list.items()).unwrap_or_default();
            rules.iter().flat_map(|rule| of_rule(planned, rule, &blocks, &[ports(rule)])).collect()
        }
        "aws_security_group_rule" if is("type", "ingress") => {
            of_rule(planned, &after, &blocks, &[ports(&after)])
        }
        "aws_vpc_security_group_ingress_rule" => {
            of_rule(planned, &after, &single, &[ports(&after)])
        }
        "google_compute_firewall" if !is("direction", "EGRESS") => {
            let allowed = after.get("allow").map(|list| list.items()).unwrap_or_default();
            let ranges: Vec<Ports> = allowed.iter().flat_map(named).collect();
            of_rule(planned, &after, &["source_ranges"], &ranges)
        }
        "azurerm_network_security_rule" if is("direction", "Inbound") && is("access", "Allow") => {
            let ranges = after.text(&["destination_port_range"]).map(range);
            of_rule(planned, &after, &["source_address_prefix"], ranges.as_slice())
        }
        _ => Vec::new(),
    }
}

/// The ports between two attributes; all where the protocol is any.
fn ports(rule: &Cursor<'_>) -> Ports {
    let said = |key: &str| rule.text(&[key]).filter(|text| *text != "-1").map(str::to_owned);
    let any = ["protocol", "ip_protocol"].iter().any(|key| rule.text(&[key]) == Some("-1"));
    let from = said("from_port").filter(|_| !any).unwrap_or_else(|| "0".to_owned());
    (from, said("to_port").filter(|_| !any).unwrap_or_else(|| "65535".to_owned()))
}

/// The ports that an `allow` of Google's names; all where it names none.
fn named(allow: &Cursor<'_>) -> Vec<Ports> {
    let listed = allow.get("ports").map(|list| list.items()).unwrap_or_default();
    if listed.is_empty() {
        return vec![range("*")];
    }
    listed.iter().map(|one| range(one.node.text())).collect()
}

/// `22`, `8000-8080` or `*`.
fn range(text: &str) -> Ports {
    match (text, text.split_once('-')) {
        ("*", _) => ("0".to_owned(), "65535".to_owned()),
        (_, Some((from, to))) => (from.to_owned(), to.to_owned()),
        (one, None) => (one.to_owned(), one.to_owned()),
    }
}

fn of_rule<'t>(
    planned: &Planned<'t>,
    rule: &Cursor<'t>,
    keys: &[&str],
    ranges: &[Ports],
) -> Vec<Item<'t>> {
    let lists = keys.iter().filter_map(|key| rule.get(key));
    let blocks = lists.flat_map(|one| if one.node.is_scalar() { vec![one] } else { one.items() });
    let mut items = Vec::new();
    for block in blocks.filter(|block| block.fact().is_some()) {
        for (from, to) in ranges {
            let cidr = block.node.text();
            let fact = Fact::map([
                ("address", Some(Fact::text(planned.address))),
                ("cidr", Some(Fact::text(cidr))),
                ("everybody", Some(Fact::Bool(WORLD.contains(&cidr)))),
                ("from", Fact::number(from)),
                ("to", Fact::number(to)),
            ]);
            items.push(block.item(format!("{}/{cidr}/{from}-{to}", planned.address), fact));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ports_are_read_as_ranges() {
        let range = |text| {
            let (from, to) = range(text);
            format!("{from} {to}")
        };
        assert_eq!(range("22"), "22 22");
        assert_eq!(range("8000-8080"), "8000 8080");
        assert_eq!(range("*"), "0 65535");
    }
}
