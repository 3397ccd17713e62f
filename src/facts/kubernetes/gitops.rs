//! What a controller of Argo CD is told to look past.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static IGNORED: View = View {
    id: "gitops.ignored",
    about: "One place of objects that an Argo CD Application (ignoreDifferences) never puts back as it is in \
            the repository",
    fields: &[
        ("owner", "the object: application/pay"),
        ("kind", "the kind of the objects; * when not said"),
        ("place", "the pointer or the path, as written"),
        ("broad", "whether that is a whole object or section: /, /spec, /data, .spec"),
    ],
    dialects: DIALECT,
    extract,
};

/// Sections that are as good as the whole object.
const SECTIONS: [&str; 6] = ["", "spec", "data", "spec.template", "spec.template.spec", "metadata"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Application", "ApplicationSet"]) {
        let ways = [
            &["spec", "ignoreDifferences"][..],
            &["spec", "template", "spec", "ignoreDifferences"],
        ];
        let lists = ways.iter().filter_map(|way| object.cursor.at(way));
        for one in lists.flat_map(|list| list.items()) {
            let kind = one.text(&["kind"]).unwrap_or("*");
            let places = ["jsonPointers", "jqPathExpressions"].into_iter();
            for place in places.filter_map(|key| one.get(key)).flat_map(|list| list.items()) {
                let text = place.node.text().trim();
                let section = text.trim_matches(['/', '.']).replace('/', ".");
                let fact = Fact::map([
                    ("owner", Some(Fact::text(object.owner()))),
                    ("kind", Some(Fact::text(kind))),
                    ("place", Some(Fact::text(text))),
                    ("broad", Some(Fact::Bool(SECTIONS.contains(&section.as_str())))),
                ]);
                items.push(place.item(format!("{}/{kind}/{text}", object.owner()), fact));
            }
        }
    }
    items
}
