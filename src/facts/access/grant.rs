//! One thing that may be done, and what of it another one covers.

/// One thing that may be done. `*` stands for everything there is and will be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// A verb on a resource.
    Resource {
        /// The namespace; absent for every one and what belongs to none.
        namespace: Option<String>,
        /// The API group; empty for the core.
        group: String,
        /// The resource, with its subresource: `pods/exec`.
        resource: String,
        /// The one object; absent for every one.
        name: Option<String>,
        /// The verb.
        verb: String,
    },
    /// A verb on a path of the API server that is no resource.
    Url {
        /// The path; a `*` at its end stands for any rest.
        url: String,
        /// The verb.
        verb: String,
    },
    /// Whatever the roles with these labels allow, read or not.
    Selected {
        /// As for a resource.
        namespace: Option<String>,
        /// The labels.
        labels: String,
    },
}

impl Grant {
    /// Whether who has this one needs not have the other (Kubernetes v1.34
    /// `pkg/apis/rbac/v1/evaluation_helpers.go`).
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Resource { namespace, group, resource, name, verb },
                Self::Resource {
                    namespace: of,
                    group: other_group,
                    resource: what,
                    name: called,
                    verb: does,
                },
            ) => {
                is_any_or(namespace.as_ref(), of.as_ref())
                    && is_all_or(group, other_group)
                    && covers_resource(resource, what)
                    && is_any_or(name.as_ref(), called.as_ref())
                    && is_all_or(verb, does)
            }
            (Self::Url { url, verb }, Self::Url { url: other, verb: does }) => {
                let begins = |start: &str| other.starts_with(start);
                (url == other || url.strip_suffix('*').is_some_and(begins)) && is_all_or(verb, does)
            }
            (
                Self::Selected { namespace, labels },
                Self::Selected { namespace: of, labels: other },
            ) => is_any_or(namespace.as_ref(), of.as_ref()) && labels == other,
            (Self::Resource { .. } | Self::Url { .. } | Self::Selected { .. }, _) => false,
        }
    }

    /// Whether it may cover more than itself.
    pub fn is_wide(&self) -> bool {
        match self {
            Self::Resource { namespace, group, resource, name, verb } => {
                namespace.is_none()
                    || name.is_none()
                    || group == "*"
                    || verb == "*"
                    || resource.starts_with('*')
            }
            Self::Url { url, verb } => url.ends_with('*') || verb == "*",
            Self::Selected { namespace, .. } => namespace.is_none(),
        }
    }

    /// The verb.
    pub fn verb(&self) -> &str {
        match self {
            Self::Resource { verb, .. } | Self::Url { verb, .. } => verb,
            Self::Selected { .. } => "*",
        }
    }

    /// On what the verb may be used, in words.
    pub fn object(&self) -> String {
        match self {
            Self::Url { url, .. } => url.clone(),
            Self::Selected { labels, .. } => format!("what roles labelled {labels} name"),
            Self::Resource { namespace, group, resource, name, .. } => {
                let dot = if group.is_empty() { "" } else { "." };
                let name = name.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
                let scope = match namespace.as_deref() {
                    None => " in the whole cluster".to_owned(),
                    Some("") => String::new(),
                    Some(namespace) => format!(" in {namespace}"),
                };
                format!("{resource}{dot}{group}{name}{scope}")
            }
        }
    }
}

fn is_all_or(word: &str, other: &str) -> bool {
    word == "*" || word == other
}

fn is_any_or(one: Option<&String>, other: Option<&String>) -> bool {
    one.is_none() || one == other
}

/// `*` is every resource with its subresources, `*/scale` that subresource of every resource.
fn covers_resource(resource: &str, other: &str) -> bool {
    let of_any = |sub: &str| other.split_once('/').is_some_and(|(_, known)| known == sub);
    is_all_or(resource, other) || resource.strip_prefix("*/").is_some_and(of_any)
}

#[cfg(test)]
mod tests {
    use super::Grant;

    fn grant(text: &str) -> Grant {
        let parts: Vec<&str> = text.split(' ').collect();
        let [namespace, group, resource, name, verb] = parts[..] else { panic!("{text}") };
        let some = |text: &str| (text != "-").then(|| text.to_owned());
        Grant::Resource {
            namespace: some(namespace),
            group: if group == "core" { String::new() } else { group.to_owned() },
            resource: resource.to_owned(),
            name: some(name),
            verb: verb.to_owned(),
        }
    }

    #[test]
    fn wildcards_cover_what_they_stand_for_and_nothing_covers_them() {
        let covered = [
            ("- core pods - get", "pay core pods - get"),
            ("pay core pods - get", "pay core pods one get"),
            ("pay * pods - get", "pay core pods - get"),
            ("pay core * - get", "pay core pods/exec - get"),
            ("pay apps */scale - get", "pay apps deployments/scale - get"),
            ("pay core pods - *", "pay core pods - watch"),
        ];
        for (wide, narrow) in covered {
            assert!(grant(wide).covers(&grant(narrow)), "{wide} {narrow}");
            assert!(!grant(narrow).covers(&grant(wide)), "{narrow} {wide}");
            assert!(grant(wide).is_wide(), "{wide}");
        }
        let apart = [
            ("pay core pods - get", "pay apps pods - get"),
            ("pay core pods - get", "shop core pods - get"),
            ("pay core pods - get", "pay core pods/log - get"),
            ("pay core pods/* - get", "pay core pods/log - get"),
            ("pay core */log - get", "pay core pods - get"),
        ];
        for (one, other) in apart {
            assert!(!grant(one).covers(&grant(other)), "{one} {other}");
            assert!(!grant(other).covers(&grant(one)), "{other} {one}");
        }
    }

    #[test]
    fn a_star_at_the_end_of_a_path_covers_what_begins_so() {
        let url = |url: &str| Grant::Url { url: url.to_owned(), verb: "get".to_owned() };
        assert!(url("/healthz*").covers(&url("/healthz/etcd")));
        assert!(url("*").covers(&url("/metrics")));
        assert!(!url("/healthz").covers(&url("/healthz/etcd")));
        assert!(!url("/healthz/*").covers(&url("/healthz")));
    }
}
