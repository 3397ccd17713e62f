//! The version of Spring Boot that a Gradle project is built with: of its plugin, in a script of Groovy or
//! Kotlin or in a version catalogue.

use super::cursor::Document;
use super::{Fact, Item};

/// Files of a Gradle project that name versions of plugins.
const FILES: [&str; 5] = [
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "gradle/libs.versions.toml",
];

/// The id of the plugin, and the artifact that brings it (Spring Boot, "Gradle Plugin").
const PLUGIN: &str = "org.springframework.boot";
/// See [`PLUGIN`].
const ARTIFACT: &str = "org.springframework.boot:spring-boot-gradle-plugin:";

/// The version that a file of a Gradle project says.
pub(super) fn version<'t>(document: &Document<'t>) -> Option<Item<'t>> {
    let name = document.file.rsplit('/').next();
    FILES.iter().any(|known| known.rsplit('/').next() == name).then_some(())?;
    match document.syntax {
        "toml" => of_catalogue(document),
        "text" => of_script(document),
        _ => None,
    }
}

/// `id("org.springframework.boot") version "3.4.1"`, or the artifact of the plugin on the class path.
fn of_script<'t>(document: &Document<'t>) -> Option<Item<'t>> {
    let text = document.root.text();
    let mut from = 0_usize;
    for line in text.split_inclusive('\n') {
        let start = from;
        from = from.saturating_add(line.len());
        let code = line.split("//").next().unwrap_or_default();
        let Some(version) = of_line(code) else { continue };
        let at = u32::try_from(start.saturating_add(line.find(version)?)).ok()?;
        let at = document.root.span().start.checked_add(at)?;
        let end = at.checked_add(u32::try_from(version.len()).ok()?)?;
        let item = document.cursor().item("spring-boot", fact(version));
        return Some(Item { span: Some((at, end)), ..item });
    }
    None
}

fn of_line(code: &str) -> Option<&str> {
    let literal = |text: &'_ str| text.split(['"', '\'']).next().map(str::len);
    if let Some((_, after)) = code.split_once(ARTIFACT) {
        return after.get(..literal(after)?);
    }
    let (_, after) = code.split_once(PLUGIN)?;
    let after = after.strip_prefix(['"', '\''])?;
    let (_, after) = after.split_once("version")?;
    let (_, after) = after.split_once(['"', '\''])?;
    after.get(..literal(after)?).filter(|version| !version.is_empty())
}

/// A plugin of a catalogue: `{ id = "…", version = "3.4.1" }`, or with a reference to `[versions]`.
fn of_catalogue<'t>(document: &Document<'t>) -> Option<Item<'t>> {
    let root = document.cursor();
    let plugins = root.get("plugins")?.entries();
    let is_it = |id: Option<&str>| id == Some(PLUGIN);
    let (_, plugin) = plugins.into_iter().find(|(_, plugin)| {
        let whole =
            plugin.node.text().strip_prefix(PLUGIN).is_some_and(|rest| rest.starts_with(':'));
        is_it(plugin.text(&["id"])) || plugin.node.is_scalar() && whole
    })?;
    if plugin.node.is_scalar() {
        let version = plugin.node.text().rsplit(':').next()?;
        return Some(plugin.item("spring-boot", fact(version)));
    }
    let place = match plugin.text(&["version", "ref"]) {
        Some(name) => root.at(&["versions", name])?,
        None => plugin.get("version")?,
    };
    let version = Some(place.node.text().trim()).filter(|_| place.node.is_scalar())?;
    Some(place.item("spring-boot", fact(version)))
}

fn fact(version: &str) -> Fact<'_> {
    Fact::map([("version", Some(Fact::text(version)))])
}

#[cfg(test)]
mod tests {
    use super::of_line;

    #[test]
    fn the_version_of_the_plugin_is_read_as_scripts_write_it() {
        let cases = [
            ("  id 'org.springframework.boot' version '3.4.1'", Some("3.4.1")),
            ("  id(\"org.springframework.boot\") version \"4.0.0\" apply false", Some("4.0.0")),
            (
                "classpath(\"org.springframework.boot:spring-boot-gradle-plugin:2.7.1\")",
                Some("2.7.1"),
            ),
            ("  id 'org.springframework.boot' version \"${bootVersion}\"", Some("${bootVersion}")),
            ("  id 'org.springframework.boot'", None),
            ("implementation 'org.springframework.boot:spring-boot-starter:3.1.0'", None),
            ("  id 'org.springframework.boot.aot' version '3.4.1'", None),
        ];
        for (line, expected) in cases {
            assert_eq!(of_line(line), expected, "{line}");
        }
    }
}
