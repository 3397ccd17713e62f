//! From the files of a folder to an engine that can be asked: everything that can be wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use regorus::unstable::{BUILTINS, Import, Module, Span};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

use super::Folder;
use super::calls::{Read, dotted, head};
use super::own::{OWN, own_functions, read};
use crate::model::Timestamp;
use crate::policy::strict::{ConfigError, ConfigText, unknown};

/// How long one rule may take over one document.
const RULE_MS_MAX: u64 = 2_000;

/// How many steps are made between two looks at the clock.
const STEPS_PER_LOOK: NonZeroU32 = NonZeroU32::MIN.saturating_add(255);

/// How many brackets lie in one another.
const NESTING_MAX: usize = 16;

/// How the files of tests end, which are no part of the policy.
const TESTS_END: &str = "_test.rego";

/// What tells data from other files, as in bundles of the Open Policy Agent.
const DATA: [&str; 3] = ["data.json", "data.yaml", "data.yml"];

/// Functions of the engine that say something else each time, or that nothing bounds.
const NOT_OFFERED: [&str; 2] = ["rand.intn", "net.cidr_expand"];

/// A rule that decides, as it was found.
pub(super) struct Deciding {
    /// Its package.
    pub(super) package: String,
    /// Its name.
    pub(super) name: String,
    /// The files that define it, and where the first does so.
    pub(super) files: BTreeSet<String>,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) engine: Engine,
    pub(super) rules: Vec<Deciding>,
    /// Packages with exceptions.
    pub(super) with_exceptions: BTreeSet<String>,
    /// Every text that the policy compares with.
    pub(super) texts: BTreeSet<String>,
}

/// Loads a folder.
pub(super) fn load(folder: &Folder, now: Timestamp) -> Result<Loaded, Vec<ConfigError>> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_millis(RULE_MS_MAX),
        check_interval: STEPS_PER_LOOK,
    });
    let mut errors = Vec::new();
    let mut texts = BTreeSet::new();
    own_functions(&mut engine, now);
    for (path, text) in &folder.files {
        let file = format!("{}/{path}", folder.name);
        if is_policy(path) {
            errors.extend(add(&mut engine, &file, text).err());
        } else if is_data(path) {
            let added = data(path, &file, text, &mut texts);
            let added = added.and_then(|value| {
                let refused = |why| placed(&file, &format!("{why}"));
                engine.add_data(value).map_err(refused)
            });
            errors.extend(added.err());
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let rules = deciding(&mut engine, folder)?;
    let modules = engine.get_modules().clone();
    let names = functions(&modules);
    let mut with_exceptions = BTreeSet::new();
    let mut calls: BTreeMap<String, Vec<(String, Span)>> = BTreeMap::new();
    for module in &modules {
        let Some(package) = dotted(&module.package.refr) else { continue };
        for rule in &module.policy {
            let Some((name, ..)) = head(rule) else { continue };
            if name == "exception" {
                with_exceptions.insert(package.clone());
            }
            let Read { calls: called, texts: told } = Read::of(rule);
            if told.iter().any(|text| is_wide(text)) {
                let message = "a text pads to ten thousand characters or more".to_owned();
                errors.push(at(rule.span(), message));
            }
            texts.extend(told);
            for (called, span) in called {
                match resolved(&called, module, &names) {
                    Ok(Some(known)) => {
                        let own = calls.entry(format!("{package}.{name}")).or_default();
                        own.push((known, span));
                    }
                    Ok(None) => (),
                    Err(message) => errors.push(at(&span, message)),
                }
            }
        }
    }
    errors.extend(circle(&calls));
    if errors.is_empty() {
        errors.extend(rules.iter().find_map(|rule| checked(&mut engine, folder, rule).err()));
    }
    if !errors.is_empty() {
        errors.sort();
        return Err(errors);
    }
    Ok(Loaded { engine, rules, with_exceptions, texts })
}

/// Whether a file holds rules.
fn is_policy(path: &str) -> bool {
    extension(path) == Some("rego") && !path.ends_with(TESTS_END)
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

fn is_data(path: &str) -> bool {
    DATA.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// The place at which brackets lie in one another too deep: the engine's parser reads what is in a
/// bracket more than once, and so takes twice as long for each one around it.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut is_comment, mut is_escaped) = (0_usize, None, false, false);
    for (place, letter) in text.char_indices() {
        match (letter, quote) {
            ('\n', _) if is_comment => is_comment = false,
            _ if is_comment => (),
            _ if is_escaped => is_escaped = false,
            ('\\', Some('"')) => is_escaped = true,
            (_, Some(open)) => quote = quote.filter(|_| letter != open),
            ('"' | '`', None) => quote = Some(letter),
            ('#', None) => is_comment = true,
            ('[' | '(' | '{', None) => depth = depth.saturating_add(1),
            (']' | ')' | '}', None) => depth = depth.saturating_sub(1),
            (_, None) => (),
        }
        if depth > NESTING_MAX {
            return Some(place);
        }
    }
    None
}

/// Adds a file, as the present version of the language or else as the one before.
fn add(engine: &mut Engine, file: &str, text: &str) -> Result<(), ConfigError> {
    if let Some(place) = too_deep(text) {
        let message = format!("brackets lie in one another more than {NESTING_MAX} deep");
        return Err(ConfigText { file, text }.error(place, message));
    }
    let mut added = |is_old: bool| {
        engine.set_rego_v0(is_old);
        let added = engine.add_policy(file.to_owned(), text.to_owned());
        added.map(drop).map_err(|why| placed(file, &format!("{why}")))
    };
    let Err(new) = added(false) else { return Ok(()) };
    let Err(old) = added(true) else { return Ok(()) };
    // What got further is what was meant.
    Err(if (old.line, old.column) > (new.line, new.column) { old } else { new })
}

/// Checks what only shows when a rule is asked for.
fn checked(engine: &mut Engine, folder: &Folder, rule: &Deciding) -> Result<(), ConfigError> {
    let path = format!("data.{}.{}", rule.package, rule.name);
    let compiled = engine.compile_with_entrypoint(&path.into());
    compiled.map(drop).map_err(|why| {
        let file = rule.files.first().unwrap_or(&folder.name);
        placed(file, &format!("{why}"))
    })
}

/// A mistake as the engine tells it: `--> file:line:column`, the line, `error: why`.
fn placed(file: &str, told: &str) -> ConfigError {
    let why = told.rsplit("error: ").next().unwrap_or(told).lines().next().unwrap_or(told);
    let message = format!("this is no Rego that can be asked: {}", why.trim());
    let place = told.lines().find_map(|line| line.strip_prefix("--> "));
    let mut parts = place.unwrap_or_default().rsplitn(3, ':');
    let mut number = || parts.next().and_then(|part| part.trim().parse().ok()).unwrap_or(1);
    let (column, line) = (number(), number());
    let file = parts.next().filter(|name| !name.is_empty()).unwrap_or(file);
    ConfigError { file: file.to_owned(), line, column, message }
}

/// The rules that decide, of the packages that are asked.
fn deciding(engine: &mut Engine, folder: &Folder) -> Result<Vec<Deciding>, Vec<ConfigError>> {
    let mut found: BTreeMap<(String, String), Deciding> = BTreeMap::new();
    let mut packages = BTreeSet::new();
    for module in engine.get_modules() {
        let Some(package) = dotted(&module.package.refr) else { continue };
        packages.insert(package.clone());
        if !folder.namespaces.is_empty() && !folder.namespaces.contains(&package) {
            continue;
        }
        for (name, is_function, span) in module.policy.iter().filter_map(|rule| head(rule)) {
            if is_function || !is_deciding(&name) {
                continue;
            }
            let key = (package.clone(), name.clone());
            let one = found.entry(key).or_insert_with(|| Deciding {
                package: package.clone(),
                name,
                files: BTreeSet::new(),
                line: span.line,
                column: span.col,
            });
            one.files.insert(span.source.file().clone());
        }
    }
    let wrong =
        |message: String| ConfigError { file: folder.name.clone(), line: 1, column: 1, message };
    let known: Vec<&str> = packages.iter().map(String::as_str).collect();
    let missing = folder.namespaces.iter().filter(|name| !packages.contains(*name));
    let errors: Vec<_> = missing.map(|name| wrong(unknown("package", name, &known))).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    if found.is_empty() {
        let message =
            "no rule in it is called `deny`, `violation` or `warn`: nothing would be asked";
        return Err(vec![wrong(message.to_owned())]);
    }
    Ok(found.into_values().collect())
}

/// The functions and rules that modules define, as `package.name`.
fn functions(modules: &[regorus::unstable::Ref<Module>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for module in modules {
        let Some(package) = dotted(&module.package.refr) else { continue };
        let heads = module.policy.iter().filter_map(|rule| head(rule));
        names.extend(heads.map(|(name, ..)| format!("{package}.{name}")));
    }
    names
}

fn at(span: &Span, message: String) -> ConfigError {
    ConfigError { file: span.source.file().clone(), line: span.line, column: span.col, message }
}

/// Whether a text as `sprintf` reads it pads to five digits of characters: nothing bounds that.
fn is_wide(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let rest = rest.trim_start_matches(['-', '+', ' ', '#', '0']);
        let is_long = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count() > 4;
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        is_long(rest) || behind.strip_prefix('.').is_some_and(is_long)
    })
}

/// A function that calls itself, by whatever way: the engine would follow it for ever.
fn circle(calls: &BTreeMap<String, Vec<(String, Span)>>) -> Option<ConfigError> {
    for (first, called) in calls {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&(String, Span)> = called.iter().collect();
        while let Some((name, span)) = open.pop() {
            if name == first {
                return Some(at(
                    span,
                    format!("`{first}` calls itself, which Rego does not allow"),
                ));
            }
            if seen.insert(name) {
                open.extend(calls.get(name).into_iter().flatten());
            }
        }
    }
    None
}

/// The function of the policy that a call is of; nothing where the engine has it.
///
/// # Errors
/// There is no such function.
fn resolved(
    called: &str,
    module: &Module,
    known: &BTreeSet<String>,
) -> Result<Option<String>, String> {
    let package = dotted(&module.package.refr).unwrap_or_default();
    let (first, rest) = called.split_once('.').unwrap_or((called, ""));
    let imported = module.imports.iter().find(|import| alias(import) == first);
    let imported = imported.and_then(|import| dotted(&import.refr));
    let whole = match &imported {
        Some(path) if rest.is_empty() => path.clone(),
        Some(path) => format!("{path}.{rest}"),
        None => called.to_owned(),
    };
    let own =
        whole.strip_prefix("data.").map_or_else(|| format!("{package}.{whole}"), str::to_owned);
    let is_offered = |name: &str| {
        !NOT_OFFERED.contains(&name)
            && (name == "print"
                || BUILTINS.contains_key(name)
                || OWN.iter().any(|(own, _)| *own == name))
    };
    if known.contains(&own) {
        return Ok(Some(own));
    }
    if imported.is_none() && is_offered(&whole) {
        return Ok(None);
    }
    let offered = BUILTINS.keys().copied().chain(OWN.iter().map(|(name, _)| *name));
    let local = known.iter().filter_map(|name| name.strip_prefix(&format!("{package}.")));
    let near = crate::policy::strict::nearest(called, offered.chain(local));
    let hint = near.map_or_else(
        || "a policy is given one document and its data, and asks nobody else".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Err(format!("there is no function `{called}` here: {hint}"))
}

/// What an import is called in its module.
fn alias(import: &Import) -> String {
    let last = || dotted(&import.refr).and_then(|path| path.rsplit('.').next().map(str::to_owned));
    import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(last).unwrap_or_default()
}

/// Data, under the folders that it lies in.
fn data(
    path: &str,
    file: &str,
    text: &str,
    texts: &mut BTreeSet<String>,
) -> Result<Value, ConfigError> {
    let wrong = |at: u32, message: &str| {
        let at = usize::try_from(at).unwrap_or_default();
        ConfigText { file, text }.error(at, format!("this is no data for a policy: {message}"))
    };
    let mut value =
        read(text, if extension(path) == Some("json") { "json" } else { "yaml" }, texts)
            .map_err(|(at, why)| wrong(at, &why))?;
    if value.as_object().is_err() {
        return Err(wrong(0, "it is no map of names"));
    }
    for folder in path.split('/').rev().skip(1) {
        let mut around = Value::new_object();
        if let Ok(map) = around.as_object_mut() {
            map.insert(Value::from(folder), value);
        }
        value = around;
    }
    Ok(value)
}

/// Whether a rule of this name decides: `deny`, `violation` or `warn`, with parts behind it.
fn is_deciding(name: &str) -> bool {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default();
    ["deny", "violation", "warn"].contains(&first)
        && parts
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::is_deciding;

    #[test]
    fn rules_decide_by_their_names_as_conftest_has_them() {
        for name in ["deny", "violation", "warn", "deny_root", "warn_2_x", "violation_A"] {
            assert!(is_deciding(name), "{name}");
        }
        for name in ["denyroot", "deny_", "deny__x", "deny-x", "allow", "warning", "exception", ""]
        {
            assert!(!is_deciding(name), "{name}");
        }
    }
}
