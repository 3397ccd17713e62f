//! Versions of the programs that read configuration, where facts depend on them.

/// A version: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

impl Version {
    /// Reads `0.104.0`, `v0.104` or `0.104.0-amd64`. What follows a release counts for nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let release = text.split(['-', '+', '@']).next()?;
        let mut parts = release.split('.').map(|part| part.parse::<u32>().ok());
        let (major, minor) = (parts.next()??, parts.next()??);
        let patch = match parts.next() {
            Some(patch) => patch?,
            None => 0,
        };
        parts.next().is_none().then_some(Self(major, minor, patch))
    }
}

/// The versions a fact holds for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Versions {
    /// The first of them.
    pub since: Option<Version>,
    /// The first that is none of them any more.
    pub until: Option<Version>,
}

impl Versions {
    /// Whether the fact holds for a version. Where that is not known, only what always held does.
    pub fn hold(self, version: Option<Version>) -> bool {
        let Some(version) = version else { return self == Self::default() };
        self.since.is_none_or(|since| version >= since)
            && self.until.is_none_or(|until| version < until)
    }
}

/// The version of a program by the images of it that a text runs: of those with one of these
/// `names`, if all say the same one. Read are lines `image: …/name:tag`, and `repository: …/name`
/// before `tag: …`, as in values of charts.
pub fn of_images(text: &str, names: &[&str]) -> Option<Version> {
    let mut known = None;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let tag = match field(line) {
            Some(("image", image)) => match named(image, names) {
                Some(tag) => tag,
                None => continue,
            },
            Some(("repository", image)) if named(image, names) == Some("") => {
                match lines.peek().and_then(|next| field(next)) {
                    Some(("tag", tag)) => tag,
                    Some(_) | None => "",
                }
            }
            Some(_) | None => continue,
        };
        let version = Version::parse(tag)?;
        if known.is_some_and(|known| known != version) {
            return None;
        }
        known = Some(version);
    }
    known
}

/// Images of the distributions whose versions are those of the Collector
/// (opentelemetry-collector-releases v0.159.0, `distributions`).
pub(super) const COLLECTORS: [&str; 5] = [
    "opentelemetry-collector",
    "opentelemetry-collector-contrib",
    "opentelemetry-collector-k8s",
    "opentelemetry-collector-otlp",
    "opentelemetry-collector-ebpf-profiler",
];

/// The version of the Collector that an image runs.
pub fn of_collector(image: &str) -> Option<Version> {
    Version::parse(named(image, &COLLECTORS)?)
}

/// Key and value of a line, without what marks a list member and quotes.
fn field(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    let value = value.split(" #").next()?.trim().trim_end_matches(',');
    let quotes = ['"', '\''];
    Some((key.trim().trim_matches(quotes), value.trim_matches(quotes)))
}

/// The tag of an image with one of these names; empty where it has none.
fn named<'t>(image: &'t str, names: &[&str]) -> Option<&'t str> {
    let last = image.rsplit('/').next()?;
    let (name, tag) = last.split_once([':', '@']).unwrap_or((last, ""));
    names.contains(&name).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::{Version, Versions, of_images};

    #[test]
    fn versions_are_compared_number_by_number() {
        let read = |text: &str| Version::parse(text).unwrap();
        assert!(read("v0.104.0") > read("0.99.1"));
        assert_eq!(read("0.104"), read("0.104.0-amd64"));
        for text in ["latest", "", "1", "1.x", "1.2.3.4"] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_fact_with_versions_holds_for_none_that_is_not_known() {
        let since = Versions { since: Version::parse("0.104.0"), until: Version::parse("0.110.0") };
        assert!(since.hold(Version::parse("0.104.0")) && !since.hold(Version::parse("0.110.0")));
        assert!(!since.hold(None) && Versions::default().hold(None));
    }

    #[test]
    fn the_version_of_a_program_is_that_of_its_images() {
        let of = |text: &str| of_images(text, &["collector"]);
        let expected = Version::parse("0.104.0");
        assert_eq!(of("spec:\n  image: r:5000/x/collector:0.104.0\n"), expected);
        assert_eq!(of("- image: 'collector:0.104.0@sha256:ab' # pinned\n"), expected);
        assert_eq!(of("image:\n  repository: x/collector\n  tag: \"0.104.0\"\n"), expected);
        for text in [
            "image: my-collector:0.104.0\n",
            "# image: collector:0.104.0\n",
            "image: collector\n",
            "image: collector@sha256:ab\n",
            "image: collector:latest\n",
            "image: collector:0.104.0\nimage: collector:0.105.0\n",
            "name: collector:0.104.0\n",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
