//! Patterns over files, resources and paths. `*` never crosses a `/`; `**` does.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern over names whose parts are separated by `/`.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The text is no pattern; the message says why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    /// Whether it matches a name.
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// Whether it matches everything: it says nothing but wildcards.
    pub fn is_open(&self) -> bool {
        self.text.chars().all(|c| "*?/:".contains(c))
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A pattern over the segments of a path: `*` is one whole segment, `**` any number.
#[derive(Debug, Clone)]
pub struct PathGlob {
    text: String,
    parts: Vec<String>,
}

impl PathGlob {
    /// Reads a pattern; it begins with `/`, or is empty for the whole document.
    ///
    /// # Errors
    /// The text does not begin with `/`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self { text: String::new(), parts: Vec::new() });
        }
        let rest = text.strip_prefix('/').ok_or("a path begins with `/`")?;
        Ok(Self { text: text.to_owned(), parts: rest.split('/').map(str::to_owned).collect() })
    }

    /// Whether it matches a path as printed.
    pub fn matches(&self, path: &str) -> bool {
        let segments: Vec<&str> = match path.strip_prefix('/') {
            Some(rest) => rest.split('/').collect(),
            None => Vec::new(),
        };
        matches_parts(&self.parts, &segments)
    }

    /// Whether it matches everything: it pins no segment.
    pub fn is_open(&self) -> bool {
        self.parts.iter().all(|part| part == "*" || part == "**")
    }

    /// Whether it matches everything there is at a place and below.
    pub fn is_wide(&self) -> bool {
        self.is_open() || self.parts.last().is_some_and(|part| part == "**")
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The classic two-pointer match: linear but for backtracking to the last `**`.
fn matches_parts(parts: &[String], segments: &[&str]) -> bool {
    let (mut part, mut segment) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while segment < segments.len() {
        match parts.get(part).map(String::as_str) {
            Some("**") => {
                retry = Some((part, segment));
                part += 1;
            }
            Some(wanted) if wanted == "*" || segments.get(segment) == Some(&wanted) => {
                part += 1;
                segment += 1;
            }
            _ => {
                let Some((deep, from)) = retry else { return false };
                retry = Some((deep, from + 1));
                part = deep + 1;
                segment = from + 1;
            }
        }
    }
    parts.get(part..).unwrap_or_default().iter().all(|rest| rest == "**")
}

#[cfg(test)]
mod tests {
    use super::{Glob, PathGlob};

    #[test]
    fn a_star_never_crosses_a_slash() {
        let glob = Glob::parse("services/*/*/k8s/*.yaml").unwrap();
        assert!(glob.matches("services/a/b/k8s/x.yaml"));
        assert!(!glob.matches("services/a/b/c/k8s/x.yaml"));
        assert!(Glob::parse("**/x.yaml").unwrap().matches("a/b/x.yaml"));
        assert!(Glob::parse("a[").is_err());
    }

    #[test]
    fn a_name_with_its_colour_left_out_is_escaped_and_braces_are_alternatives() {
        let name = "k8s:apps/v1/Deployment/shop-{colour}";
        assert!(Glob::parse(r"k8s:apps/v1/Deployment/shop-\{colour\}").unwrap().matches(name));
        assert!(!Glob::parse(name).unwrap().matches(name));
        let either = Glob::parse("k8s:apps/v1/Deployment/{cart,checkout}").unwrap();
        assert!(either.matches("k8s:apps/v1/Deployment/cart"));
        assert!(!either.matches("k8s:apps/v1/Deployment/pay"));
    }

    #[test]
    fn a_path_star_is_one_segment() {
        let path = "/spec/containers/name=app/image";
        for pattern in ["/spec/containers/*/image", "/**/image", "/spec/**", "/**", path] {
            assert!(PathGlob::parse(pattern).unwrap().matches(path), "{pattern}");
        }
        for pattern in ["/spec/*/image", "/**/tag", "", "/spec"] {
            assert!(!PathGlob::parse(pattern).unwrap().matches(path), "{pattern}");
        }
        assert!(PathGlob::parse("/a/**/b/**/c").unwrap().matches("/a/b/x/b/y/c"));
        assert!(PathGlob::parse("").unwrap().matches(""));
        assert!(PathGlob::parse("spec").is_err());
    }
}
