//! What is left out on purpose, each by a pattern that the report names.

use globset::{GlobBuilder, GlobMatcher};

/// What `.git` is left out by, whatever the user says.
pub(super) const GIT_PATTERN: &str = "**/.git (built in)";

/// The user's patterns, in the order given; the first that matches names an exclusion.
#[derive(Debug, Clone, Default)]
pub struct Exclusions {
    patterns: Vec<(String, GlobMatcher)>,
}

impl Exclusions {
    /// Reads patterns such as `**/testdata/**`. `*` never crosses a `/`.
    ///
    /// # Errors
    /// A pattern is not one; the message names it.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        let read = |text: &String| Ok((text.clone(), matcher(text)?));
        Ok(Self { patterns: patterns.iter().map(read).collect::<Result<_, String>>()? })
    }

    /// The pattern that leaves out a path relative to the root of its side.
    pub(super) fn find(&self, file: &str) -> Option<&str> {
        let found = self.patterns.iter().find(|(_, matcher)| matcher.is_match(file));
        found.map(|(text, _)| text.as_str())
    }
}

impl Exclusions {
    /// The pattern that leaves out a file of a listing: by its own path, or a folder's above it.
    pub(super) fn find_above(&self, file: &str) -> Option<&str> {
        if file.split('/').any(|part| part == ".git") {
            return Some(GIT_PATTERN);
        }
        let ends = file.match_indices('/').map(|(at, _)| at).chain([file.len()]);
        ends.filter_map(|end| file.get(..end)).find_map(|path| self.find(path))
    }
}

/// A glob that never crosses a `/`, except by `**`.
pub(super) fn matcher(pattern: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| {
        format!("cannot read the pattern '{pattern}': {}; see the manual on globs", error.kind())
    })
}

#[cfg(test)]
mod tests {
    use super::Exclusions;

    #[test]
    fn the_first_matching_pattern_names_the_exclusion() {
        let patterns = ["*.md".to_owned(), "**/*.md".to_owned(), "vendor".to_owned()];
        let exclusions = Exclusions::new(&patterns).unwrap();
        assert_eq!(exclusions.find("a.md"), Some("*.md"));
        assert_eq!(exclusions.find("a/b.md"), Some("**/*.md"));
        assert_eq!(exclusions.find("vendor"), Some("vendor"));
        assert_eq!(exclusions.find("a/vendor"), None);
        assert_eq!(exclusions.find_above("vendor/x/y.yaml"), Some("vendor"));
        assert_eq!(exclusions.find_above("x/.git/config"), Some(super::GIT_PATTERN));
        assert_eq!(exclusions.find_above("vendors/x"), None);
        assert!(Exclusions::new(&["a[".to_owned()]).is_err());
    }
}
