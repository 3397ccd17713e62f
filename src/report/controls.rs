//! Controls as people read them: by framework, with titles, and with those of frameworks that are
//! derived from the ones that rules cite.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rules::framework::{self, Framework, natural};
use crate::wire::report::{Control, ControlStatus, Report, derived};

/// What is said of every table of controls.
pub(super) const CAUTION: &str = "What was evaluated for each control, on how many subjects, and how \
     it came out. No control is called fulfilled: that is for an assessor to say.";

/// The controls of one framework.
pub(super) struct Group<'r> {
    /// What rules call it.
    pub(super) id: &'r str,
    /// Its name and edition; its id, where it is not known.
    pub(super) name: String,
    /// The framework it is derived from: its rows support a claim and no more.
    pub(super) base: Option<&'static str>,
    /// Its controls that rules bear on, by id.
    pub(super) rows: Vec<Row<'r>>,
}

/// One control.
pub(super) struct Row<'r> {
    /// Its title, where it is known.
    pub(super) title: &'static str,
    /// What the rules say about it.
    pub(super) sum: Cow<'r, Control>,
}

impl Group<'_> {
    /// How many came out in one way.
    pub(super) fn count(&self, status: ControlStatus) -> u64 {
        self.rows.iter().filter(|row| row.sum.status == status).count() as u64
    }
}

impl Row<'_> {
    /// On how many subjects its rules said anything.
    pub(super) fn evaluated(&self) -> u64 {
        let Control { passed, failed, unknown, .. } = &*self.sum;
        passed.saturating_add(*failed).saturating_add(*unknown)
    }
}

/// Every framework that rules bear on, by id, those that are derived last.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut cited: BTreeMap<&str, Vec<&Control>> = BTreeMap::new();
    for control in &report.controls {
        let id = control.control.split_once(':').map_or("other", |(id, _)| id);
        cited.entry(id).or_default().push(control);
    }
    let own = cited.iter().map(|(id, controls)| {
        let known = framework::framework(id);
        let mut rows: Vec<Row<'_>> =
            controls.iter().map(|control| known_row(known, control)).collect();
        rows.sort_by(|a, b| natural(&a.sum.control).cmp(&natural(&b.sum.control)));
        Group { id, name: name(known, id), base: None, rows }
    });
    let from = |base: &str| cited.contains_key(base);
    let others = framework::frameworks().iter().filter_map(|framework| {
        let base = framework.derived.as_deref().filter(|base| from(base))?;
        let rows: Vec<Row<'_>> = framework
            .controls
            .iter()
            .filter_map(|(id, control)| {
                let of: Vec<String> =
                    control.from.iter().map(|one| format!("{base}:{one}")).collect();
                let sum = derived(report, format!("{}:{id}", framework.id), &of)?;
                Some(Row { title: &control.title, sum: Cow::Owned(sum) })
            })
            .collect();
        let name = name(Some(framework), &framework.id);
        (!rows.is_empty()).then_some(Group { id: &framework.id, name, base: Some(base), rows })
    });
    own.chain(others).collect()
}

fn known_row<'r>(known: Option<&'static Framework>, control: &'r Control) -> Row<'r> {
    let id = control.control.split_once(':').map_or("", |(_, id)| id);
    let title = known.and_then(|framework| framework.controls.get(id));
    Row { title: title.map_or("", |control| &control.title), sum: Cow::Borrowed(control) }
}

fn name(known: Option<&Framework>, id: &str) -> String {
    known.map_or_else(|| id.to_owned(), |known| format!("{} {}", known.name, known.version))
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::rules::framework::natural;
    use crate::wire::report::{Report, sample};

    #[test]
    fn ids_are_ordered_as_people_number_them() {
        let mut ids = vec!["AC-12", "AC-2(10)", "AC-2", "AC-2(5)"];
        ids.sort_by_key(|id| natural(id));
        assert_eq!(ids, ["AC-2", "AC-2(5)", "AC-2(10)", "AC-12"]);
        let mut ids = vec!["10.2.1", "9.1", "10.2.1.6", "1.2"];
        ids.sort_by_key(|id| natural(id));
        assert_eq!(ids, ["1.2", "9.1", "10.2.1", "10.2.1.6"]);
    }

    #[test]
    fn what_is_derived_says_what_the_rules_on_its_controls_say() {
        let report = Report::from(sample::report());
        let groups = groups(&report);
        let ids: Vec<&str> = groups.iter().map(|group| group.id).collect();
        assert_eq!(ids, ["nist", "pci", "cmmc", "fedramp-20x"]);
        let row = |group: usize, id: &str| {
            groups[group].rows.iter().find(|row| row.sum.control == id).unwrap()
        };
        let (base, of_it) = (row(0, "nist:AU-12"), row(2, "cmmc:AU.L2-3.3.1"));
        assert_eq!((base.title, of_it.title), ("Audit Record Generation", "Audit of systems"));
        assert_eq!(base.sum.status, of_it.sum.status);
        assert_eq!(base.evaluated(), of_it.evaluated());
        assert!(groups[0].base.is_none() && groups[2].base == Some("nist"));
    }
}
