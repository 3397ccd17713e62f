//! From a rule as written to a rule ready to judge: everything that can be wrong with its meaning.

use toml::Spanned;

use super::expr::{Fault, Program, Scope, Shape, Template, with_parser_stack};
use super::literal;
use super::pack::{RawLet, RawRule, ViewShape};
use super::rule::{
    Body, Cardinality, Claim, Code, Confidence, Deferred, Environment, Kind, Origin, Rule, Select,
    Test, Worse, Written,
};
use crate::facts::Fact;
use crate::model::{RuleId, Severity};
use crate::policy::strict::{ConfigError, ConfigText, unknown};

/// Most `let`s of a rule.
const LETS_MAX: usize = 16;

impl Origin {
    /// A mistake about the rule as a whole.
    pub(super) fn error(&self, message: String) -> ConfigError {
        ConfigError { file: self.file.clone(), line: self.line, column: self.column, message }
    }
}

/// Compiles one rule, collecting everything that is wrong with it.
pub(super) struct Compiler<'a> {
    source: ConfigText<'a>,
    views: &'a [ViewShape<'a>],
    pack: &'a str,
    /// It is of a pack that is part of the program: what its tests compiled is compiled when needed.
    is_known: bool,
    origin: Origin,
    /// Parts of the rule could not be read, so what is missing may only seem so.
    pub(super) damaged: bool,
    errors: Vec<ConfigError>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        source: ConfigText<'a>,
        views: &'a [ViewShape<'a>],
        pack: &'a str,
        origin: Origin,
        damaged: bool,
    ) -> Self {
        Self { source, views, pack, is_known: false, origin, damaged, errors: Vec::new() }
    }

    /// Leaves expressions as they are written: the pack is part of the program.
    pub(super) const fn known(mut self, is_known: bool) -> Self {
        self.is_known = is_known;
        self
    }

    pub(super) fn compile(mut self, raw: RawRule) -> Result<Rule, Vec<ConfigError>> {
        let rule = self.rule(raw);
        match rule {
            Some(rule) if self.errors.is_empty() => Ok(rule),
            Some(_) | None => Err(self.errors),
        }
    }

    /// Checks all parts before giving up, so that each reports its mistakes.
    fn rule(&mut self, raw: RawRule) -> Option<Rule> {
        self.id(&raw.id);
        let title = self.words(&raw, "title", raw.title.as_ref());
        let remediation = self.words(&raw, "remediation", raw.remediation.as_ref());
        let kind = self.required(&raw, "kind", raw.kind.as_ref(), &Kind::ALL, Kind::name);
        let severity = raw.severity.as_ref();
        let severity = self.required(&raw, "severity", severity, &Severity::ALL, Severity::name);
        let confidence = raw.confidence.as_ref();
        let confidence =
            self.required(&raw, "confidence", confidence, &Confidence::ALL, Confidence::name);
        let claim = self.required(&raw, "claim", raw.claim.as_ref(), &Claim::ALL, Claim::name);
        let (select, shape) = self.select(&raw, kind);
        let controls = self.controls(&raw);
        for place in raw.at.iter().chain(&raw.covers) {
            if place.get_ref().split('/').any(str::is_empty) {
                self.error(place.span().start, "a place is keys joined by `/`, such as `a/b`");
            }
        }
        let params = literal::fact(&toml::Value::Table(raw.params.clone()));
        let code = if self.is_known {
            written(&raw).map(|written| Deferred::from(Box::new(written)))
        } else {
            let code = self.code(&raw, kind, scope_of(kind, &shape, &params));
            code.map(|code| Deferred::of(code, written(&raw).map(Box::new)))
        };
        let examples = if self.is_known { Vec::new() } else { self.examples(&raw, kind, &shape) };
        Some(Rule {
            id: RuleId(raw.id.into_inner()),
            pack: self.pack.to_owned(),
            title: title?,
            kind: kind?,
            severity: severity?,
            confidence: confidence?,
            claim: claim?,
            select: select?,
            remediation: remediation?,
            controls,
            at: raw.at.map(Spanned::into_inner),
            covers: raw.covers.into_iter().map(Spanned::into_inner).collect(),
            instead_of: raw.instead_of.into_iter().map(|id| RuleId(id.into_inner())).collect(),
            origin: self.origin.clone(),
            params,
            is_conditional: raw.when.is_some(),
            code: code?,
            examples,
        })
    }

    /// Compiles what the rule does; all of it, so that each part reports its mistakes.
    fn code(&mut self, raw: &RawRule, kind: Option<Kind>, mut scope: Scope<'_>) -> Option<Code> {
        let when = raw.when.as_ref().map(|when| self.program(when, &scope));
        let lets = self.lets(raw, &mut scope);
        let test = self.test(raw, kind, &scope);
        let message = self.message(raw, &scope);
        let when = match when {
            Some(when) => Some(when?),
            None => None,
        };
        Some(Code { when, body: Body { lets: lets?, test: test? }, message: message? })
    }

    /// Reports a key that is not there, unless it only seems so.
    fn missing(&mut self, raw: &RawRule, key: &str) {
        if !self.damaged {
            self.error(raw.id.span().start, format!("missing key `{key}`"));
        }
    }

    fn words(
        &mut self,
        raw: &RawRule,
        key: &str,
        text: Option<&Spanned<String>>,
    ) -> Option<String> {
        let Some(text) = text else {
            self.missing(raw, key);
            return None;
        };
        if text.get_ref().trim().is_empty() {
            self.error(text.span().start, "a finding needs words here");
        }
        Some(text.get_ref().clone())
    }

    fn required<T: Copy>(
        &mut self,
        raw: &RawRule,
        key: &str,
        value: Option<&Spanned<String>>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        if value.is_none() {
            self.missing(raw, key);
        }
        self.choose(key, value?, all, name)
    }

    fn message(&mut self, raw: &RawRule, scope: &Scope<'_>) -> Option<Template> {
        self.words(raw, "message", raw.message.as_ref())?;
        let text = raw.message.as_ref()?;
        let message = Template::compile(text.get_ref(), scope);
        message.map_err(|faults| self.faults(text, faults)).ok()
    }

    pub(super) fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.errors.push(self.source.error(offset, message));
    }

    fn faults(&mut self, text: &Spanned<String>, faults: Vec<Fault>) {
        for Fault { at, message } in faults {
            self.error(self.source.inside(text, at), message);
        }
    }

    fn id(&mut self, id: &Spanned<String>) {
        let (area, number) = id.get_ref().rsplit_once('-').unwrap_or_default();
        let upper = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        if !area.split('-').all(upper)
            || number.len() != 3
            || !number.bytes().all(|b| b.is_ascii_digit())
        {
            self.error(id.span().start, "an id is capitals and three digits, such as `DS-TRC-003`");
        }
    }

    pub(super) fn choose<T: Copy>(
        &mut self,
        what: &str,
        value: &Spanned<String>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|choice| name(*choice) == value.get_ref());
        if found.is_none() {
            let names: Vec<&str> = all.iter().copied().map(name).collect();
            self.error(value.span().start, unknown(what, value.get_ref(), &names));
        }
        found
    }

    fn view(&mut self, view: &Spanned<String>) -> Shape {
        if let Some(found) = self.views.iter().find(|shape| shape.name == view.get_ref()) {
            return Shape::Fields(found.fields.iter().map(|field| (*field).to_owned()).collect());
        }
        let names: Vec<&str> = self.views.iter().map(|shape| shape.name).collect();
        self.error(view.span().start, unknown("view", view.get_ref(), &names));
        Shape::Open
    }

    fn select(&mut self, rule: &RawRule, kind: Option<Kind>) -> (Option<Select>, Shape) {
        let view = rule.select.as_ref().and_then(|raw| Some((raw, raw.view.as_ref()?)));
        let Some((raw, view)) = view else {
            self.missing(rule, "select.view");
            return (None, Shape::Open);
        };
        let shape = self.view(view);
        let environment = raw.env.as_ref().map_or(Some(Environment::Both), |env| {
            self.choose("environment", env, &Environment::ALL, Environment::name)
        });
        let cardinality = raw.cardinality.as_ref().map_or(Some(Cardinality::Any), |given| {
            self.choose("cardinality", given, &Cardinality::ALL, Cardinality::name)
        });
        let compares = kind.is_some_and(Kind::compares);
        for (given, name) in [(&raw.env, "env"), (&raw.cardinality, "cardinality")] {
            if let Some(given) = given.as_ref().filter(|_| compares) {
                let message = format!("`{name}` is not for rules that compare the two sides");
                self.error(given.span().start, message);
            }
        }
        if let Some(key) = raw.key.as_ref().filter(|key| !shape.allows(key.get_ref())) {
            let message = unknown("field", key.get_ref(), &shape.beside(key.get_ref()));
            self.error(key.span().start, message);
        }
        let key = raw.key.as_ref().map(|key| key.get_ref().clone());
        let of = |environment, cardinality| {
            let view = view.get_ref().clone();
            Select { view, key, environment, cardinality }
        };
        (environment.zip(cardinality).map(|(e, c)| of(e, c)), shape)
    }

    fn controls(&mut self, raw: &RawRule) -> Vec<String> {
        let mut controls = Vec::new();
        for (framework, ids) in &raw.controls {
            for id in ids {
                if id.get_ref().trim().is_empty() {
                    self.error(id.span().start, "a control needs its id");
                }
                controls.push(format!("{framework}:{}", id.get_ref()));
            }
        }
        if controls.is_empty() && !self.damaged {
            let message = "cites no control: add `controls = { framework = [\"id\"] }`";
            self.error(raw.id.span().start, message);
        }
        controls.sort();
        controls.dedup();
        controls
    }

    fn program(&mut self, text: &Spanned<String>, scope: &Scope<'_>) -> Option<Program> {
        let program = Program::compile(text.get_ref(), scope);
        program.map_err(|faults| self.faults(text, faults)).ok()
    }

    /// Compiles in order; each is a variable to those after it.
    fn lets(&mut self, raw: &RawRule, scope: &mut Scope<'_>) -> Option<Vec<(String, Program)>> {
        let mut lets = Some(Vec::new());
        for (index, RawLet { name, expr }) in raw.lets.iter().enumerate() {
            let program = expr.as_ref().and_then(|expr| self.program(expr, scope));
            let (Some(name), Some(_)) = (name, expr) else {
                self.missing(raw, "let.name` or `let.expr");
                lets = None;
                continue;
            };
            let text = name.get_ref();
            let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !word || !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.error(name.span().start, "a variable is a word of letters, digits and `_`");
            }
            if scope.variables.iter().any(|(other, _)| other == text) {
                self.error(name.span().start, format!("`{text}` is a variable already"));
            }
            if index == LETS_MAX {
                self.error(name.span().start, format!("more than {LETS_MAX} `let`"));
            }
            scope.variables.push((text.clone(), Shape::Open));
            lets = lets.zip(program).map(|(mut lets, program)| {
                lets.push((text.clone(), program));
                lets
            });
        }
        lets
    }

    fn test(&mut self, raw: &RawRule, kind: Option<Kind>, scope: &Scope<'_>) -> Option<Test> {
        let id = raw.id.span().start;
        let assert = raw.assert.as_ref().map(|text| self.program(text, scope));
        let measure = raw.measure.as_ref().map(|text| self.program(text, scope));
        let worse = raw
            .worse
            .as_ref()
            .and_then(|worse| self.choose("direction", worse, &Worse::ALL, Worse::name));
        let tolerance = raw.tolerance.as_ref();
        if let Some(wrong) = tolerance.filter(|t| !(t.get_ref().is_finite() && *t.get_ref() >= 0.0))
        {
            self.error(wrong.span().start, "a tolerance is a number from 0");
        }
        match (assert, measure) {
            (Some(assert), None) => {
                if raw.worse.is_some() || raw.tolerance.is_some() {
                    self.error(id, "`worse` and `tolerance` are for `measure`, not for `assert`");
                }
                assert.map(Test::Assert)
            }
            (None, Some(program)) => {
                if kind.is_some_and(|kind| kind != Kind::Regression) {
                    self.error(id, "`measure` is for rules of kind `regression`");
                }
                if raw.worse.is_none() {
                    self.error(id, "`measure` needs `worse = \"lower\"` or `\"higher\"`");
                }
                let tolerance = tolerance.map_or(0.0, |tolerance| *tolerance.get_ref());
                Some(Test::Measure { program: program?, worse: worse?, tolerance })
            }
            (Some(_), Some(_)) => {
                self.error(id, "has `assert` and `measure`: one of them decides");
                None
            }
            (None, None) => {
                if !self.damaged {
                    self.error(id, "has neither `assert` nor `measure`: one of them decides");
                }
                None
            }
        }
    }
}

/// What a rule of a known pack does, as it is written.
fn written(raw: &RawRule) -> Option<Written> {
    let text = |text: &Spanned<String>| text.get_ref().clone();
    let lets =
        raw.lets.iter().map(|one| Some((text(one.name.as_ref()?), text(one.expr.as_ref()?))));
    let direction = raw.worse.as_ref().map(Spanned::get_ref);
    let worse = Worse::ALL.into_iter().find(|worse| direction.is_some_and(|d| d == worse.name()));
    let tolerance = raw.tolerance.as_ref().map_or(0.0, |tolerance| *tolerance.get_ref());
    Some(Written {
        when: raw.when.as_ref().map(text),
        lets: lets.collect::<Option<_>>()?,
        test: text(raw.assert.as_ref().or(raw.measure.as_ref())?),
        measure: match raw.assert {
            Some(_) => None,
            None => Some((worse?, tolerance)),
        },
        message: text(raw.message.as_ref()?),
    })
}

/// Compiles what says whether a rule of a known pack is about an item.
pub(super) fn condition(rule: &Rule) -> Result<Option<Program>, String> {
    if !rule.is_conditional {
        return Ok(None);
    }
    compiled(rule, |written, scope| {
        written.when.as_ref().map(|when| Program::compile(when, &scope)).transpose()
    })
}

/// Compiles what such a rule does with an item that it is about.
pub(super) fn body(rule: &Rule) -> Result<Body, String> {
    compiled(rule, |written, mut scope| {
        let mut lets = Vec::new();
        for (name, text) in &written.lets {
            lets.push((name.clone(), Program::compile(text, &scope)?));
            scope.variables.push((name.clone(), Shape::Open));
        }
        let program = Program::compile(&written.test, &scope)?;
        let test = match written.measure {
            Some((worse, tolerance)) => Test::Measure { program, worse, tolerance },
            None => Test::Assert(program),
        };
        Ok(Body { lets, test })
    })
}

/// Compiles what such a rule says.
pub(super) fn message(rule: &Rule) -> Result<Template, String> {
    compiled(rule, |written, mut scope| {
        let lets = written.lets.iter().map(|(name, _)| (name.clone(), Shape::Open));
        scope.variables.extend(lets);
        Template::compile(&written.message, &scope)
    })
}

/// Compiles part of a rule of a known pack. Its names were checked by the tests of the program.
fn compiled<T>(
    rule: &Rule,
    compile: impl FnOnce(&Written, Scope<'_>) -> Result<T, Vec<Fault>>,
) -> Result<T, String> {
    let Some(written) = &rule.code.written else {
        return Err("the rule was not loaded as a whole".to_owned());
    };
    let scope = scope_of(Some(rule.kind), &Shape::Open, &rule.params);
    with_parser_stack(|| compile(written, scope)).map_err(|faults| {
        faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ")
    })
}

/// The variables of a rule before its `let`s, in the order [`super::judge`] gives them; of a rule
/// whose kind is not known, all there are.
fn scope_of<'p>(kind: Option<Kind>, item: &Shape, params: &'p Fact<'static>) -> Scope<'p> {
    let open = |name: &str| (name.to_owned(), Shape::Open);
    let item = |name: &str| (name.to_owned(), item.clone());
    let mut fields = Vec::new();
    paths(params, "", &mut fields);
    let given = ("params".to_owned(), Shape::Fields(fields));
    let change = ("change".to_owned(), Shape::Fields(vec!["sides".to_owned()]));
    let variables = match kind {
        Some(Kind::Posture | Kind::Cross | Kind::Evidence) => {
            vec![given, item("it"), open("docs"), open("run")]
        }
        Some(Kind::Pair) => vec![given, item("b"), item("g"), change],
        Some(Kind::Regression) => vec![given, item("it"), item("blue"), item("green")],
        None => {
            let items = ["it", "b", "g", "blue", "green"].map(item);
            items.into_iter().chain([given, open("docs"), open("run"), change]).collect()
        }
    };
    Scope { variables, params }
}

/// Every path of fields in a value.
fn paths(fact: &Fact<'_>, path: &str, found: &mut Vec<String>) {
    let Fact::Map(fields) = fact else { return };
    for (name, value) in fields {
        let full = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        paths(value, &full, found);
        found.push(full);
    }
}
