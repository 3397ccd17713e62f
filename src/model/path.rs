//! Addresses: where in the configuration, in words that are equal for both sides.

use std::fmt;

/// One step from a container to a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of a map.
    Key(String),
    /// A list member with a name: `name=app`, `containerPort=8080,protocol=TCP`, `=value`.
    Item(String),
    /// A list member without one.
    Index(u32),
}

impl Step {
    /// Writes it as a [`Path`] does.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Key(name) | Self::Item(name) => Self::write_name(name, out),
            Self::Index(index) => write!(out, "/{index}"),
        }
    }

    /// Writes a step to a key or member of this name, as a [`Path`] does.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_name(name: &str, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_char('/')?;
        let mut rest = name;
        while let Some((plain, special)) =
            rest.find(['~', '/']).and_then(|at| rest.split_at_checked(at))
        {
            out.write_str(plain)?;
            out.write_str(if special.starts_with('~') { "~0" } else { "~1" })?;
            rest = special.get(1..).unwrap_or_default();
        }
        out.write_str(rest)
    }
}

/// A way from a document's root to a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The root.
    pub const ROOT: Self = Self(Vec::new());

    /// This path, one step further.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path extended by keys.
    #[must_use]
    pub fn keys(&self, keys: &[&str]) -> Self {
        let mut steps = self.0.clone();
        steps.extend(keys.iter().map(|key| Step::Key((*key).to_owned())));
        Self(steps)
    }

    /// Whether `other` is this place or lies inside it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// A JSON Pointer (RFC 6901) whose list members are named `key=value`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| step.write(f))
    }
}

/// The colour-neutral name of a resource: `k8s:apps/v1/Deployment/payments/checkout`, or
/// `dotenv:services/checkout/{colour}.env`. Equal on both sides by construction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub String);

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in the configuration, equal for both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Which resource.
    pub resource: ResourceId,
    /// Where in it.
    pub path: Path,
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn a_path_is_a_json_pointer_with_names() {
        let path = Path(vec![
            Step::Key("a/b~c".to_owned()),
            Step::Item("name=app".to_owned()),
            Step::Index(3),
        ]);
        assert_eq!(path.to_string(), "/a~1b~0c/name=app/3");
        assert_eq!(Path::ROOT.to_string(), "");
        assert!(Path::ROOT.contains(&path) && !path.contains(&Path::ROOT));
    }
}
