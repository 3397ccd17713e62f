//! What expressions mean, against CEL's own interpreter where the two should agree.

use std::sync::Arc;

use super::{Fault, Machine, Program, Scope, Shape, Stop, Template, Value, with_parser_stack};
use crate::facts::Fact;
use crate::model::{Number, Secret};

const NAMES: [&str; 3] = ["params", "it", "docs"];

fn compile(source: &str) -> Result<Program, Vec<Fault>> {
    let params = Fact::map([("re", Some(Fact::text("^a+$"))), ("n", Some(number("3")))]);
    let fields = ["known", "text", "number", "deep", "deep.inner", "list", "map", "u", "s", "t"];
    let shapes = [
        Shape::Fields(vec!["re".to_owned(), "n".to_owned()]),
        Shape::Fields(fields.map(str::to_owned).to_vec()),
        Shape::Open,
    ];
    let variables = NAMES.map(str::to_owned).into_iter().zip(shapes).collect();
    with_parser_stack(|| Program::compile(source, &Scope { variables, params: &params }))
}

fn number(text: &str) -> Fact<'static> {
    Fact::Number(Number::parse(text).unwrap())
}

fn secret(fingerprint: &str) -> Fact<'static> {
    let (class, fingerprint) = ("password".to_owned(), fingerprint.to_owned());
    Fact::Secret(Box::new(Secret { class, fingerprint }))
}

fn item() -> Fact<'static> {
    let unknown = || Fact::Unknown("not collected".to_owned());
    Fact::map([
        ("known", Some(Fact::Bool(true))),
        ("text", Some(Fact::text("aaa"))),
        ("number", Some(number("18446744073709551616"))),
        ("deep", Some(Fact::map([("inner", Some(number("0.5")))]))),
        ("list", Some(Fact::List(vec![Fact::text("x"), unknown()]))),
        ("map", Some(Fact::map([("a", Some(number("1"))), ("b", Some(unknown()))]))),
        ("u", Some(unknown())),
        ("s", Some(secret("0123456789abcdef"))),
        ("t", Some(secret("fedcba9876543210"))),
    ])
}

/// The value as shown, or `unknown`, or `error: why`.
fn result(source: &str) -> String {
    let program = match compile(source) {
        Ok(program) => program,
        Err(faults) => return format!("fault: {}", faults[0].message),
    };
    let (item, docs) = (item(), Fact::List(vec![item()]));
    let params = Fact::map([("n", Some(number("3")))]);
    let mut machine = Machine::new([&params, &item, &docs].map(Value::of));
    let mut shown = String::new();
    match program.run(&mut machine) {
        Ok(value) => value.show(&mut shown, 1000),
        Err(Stop::Unknown(_)) => shown.push_str("unknown"),
        Err(Stop::Error(why)) => shown = format!("error: {why}"),
    }
    shown
}

#[test]
fn expressions_mean_what_they_mean_in_cel() {
    let mut env = cel::Env::stdlib();
    env.add_extension(cel::extensions::strings).unwrap();
    env.add_extension(cel::extensions::lists).unwrap();
    env.add_extension(cel::extensions::math).unwrap();
    let env = Arc::new(env);
    let sources = "1 + 2 * 3 | 7 % 3 | -7 % 3 | -(-3) | 8 / 2 | 1.5 * 2.0 | 1 == 1.0 | '1' == 1 | 2 < 2.5
        | 'b' > 'a' | 'a' < 'B' | true && false | true || false | !true | 1 < 2 ? 'y' : 'n' | 1 in [1, 2]
        | !(3 in [1, 2]) | 'a' + 'b' == 'ab' | [1] + [2] == [1, 2] | [1, 2] == [2, 1] | [1] == ['1'] | {} == {}
        | [1, 2].all(x, x > 0) | [1, 2].exists(x, x > 1) | [1, 2].exists_one(x, x > 0) | [].all(x, false)
        | [].exists(x, true) | [1, 2, 3].filter(x, x != 2) == [1, 3] | [1, 2].map(x, x * x) == [1, 4]
        | [[1], [2, 3]].exists(x, x.exists(y, y == 3)) | size('héé') | [1, 2].size() | 'abc'.contains('b')
        | 'abc'.startsWith('ab') | 'abc'.endsWith('x') | 'a,b'.split(',') == ['a', 'b'] | ['a', 'b'].join('-')
        | 'aXa'.replace('a', 'b') | 'hello'.substring(1, 3) | 'hello'.substring(3) | ' x '.trim()
        | 'aB'.upperAscii() + 'aB'.lowerAscii() | [3, 1, 2].sort() == [1, 2, 3] | ['b', 'a'].sort()[0]
        | [1, 1, 2].distinct().size() | [[1], [2]].flatten() == [1, 2] | math.greatest(1, 3, 2)
        | math.least([4, 2]) | int('12') | string(12) | 1 / 0 | 1 % 0 | 1 < 'a' | [1][5] | 'a' + 1 | -'a' | !1
        | 1 / 0 == 1 || true | true || 1 / 0 == 1 | false && 1 / 0 == 1 | 1 / 0 == 1 && false
        | 1 / 0 == 1 || false | [1, 'a'].exists(x, x == 'a' || x < 2) | [0, 1].exists(x, 1 / x == 1)
        | [0, 1].all(x, 1 / x == 2) | [0, 1].all(x, 1 / x == 1) | [0, 1].filter(x, 1 / x == 1) | [].sort()[0]
        | {}.?a.orValue(7) | {}.?a.hasValue() | {}.?a.?b.orValue('z') | {}.?a.b.orValue('z') | [1][?3].orValue(9)
        | has({}.a) | 'x' in {} | [1, 'a'].sort() | 'x'.substring(5) | int('x') | 0x1F | r'\\d' | 'a\\'b'
        | 9223372036854775807 == 9223372036854775807 | 1 == 1 && 2 == 2 || 3 == 4 && 5 == 6";
    for source in sources
        .split('|')
        .collect::<Vec<_>>()
        .join("\u{1}")
        .replace("\u{1}\u{1}", "||")
        .split('\u{1}')
    {
        let source = source.trim();
        let context = cel::Context::with_env(Arc::clone(&env));
        let expected = match env.compile(source).unwrap().execute(&context) {
            Ok(cel::Value::Bool(value)) => value.to_string(),
            Ok(cel::Value::Int(int)) => int.to_string(),
            Ok(cel::Value::Float(float)) => float.to_string(),
            Ok(cel::Value::String(text)) => text.to_string(),
            Ok(other) => panic!("{source}: {other:?}"),
            Err(_) => "error".to_owned(),
        };
        let found = result(source);
        let found = if found.starts_with("error: ") { "error".to_owned() } else { found };
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn numbers_are_one_kind_and_division_is_exact() {
    for (source, expected) in [
        ("5 / 2", "2.5"),
        ("1 + 0.5", "1.5"),
        ("2 * it.deep.inner", "1"),
        ("it.deep.inner < 1", "true"),
        ("it.number == it.number", "true"),
        ("it.number", "18446744073709551616"),
        ("9223372036854775807 + 1 > 9223372036854775806", "true"),
        ("1e308 * 10", "error: the result is too large"),
        ("10 / 3", "3.333"),
        ("1 / 3000", "3.33e-4"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 0.0", "error: division by zero"),
        ("'10' < '9'", "true"),
        ("num('10') < num('9')", "false"),
        ("num(true)", "error: num: expected a number or a text, found a boolean"),
    ] {
        assert_eq!(result(source), expected, "{source}");
    }
}

#[test]
fn what_is_not_known_decides_nothing_and_hides_nothing() {
    for (source, expected) in [
        ("it.u", "<unknown: not collected>"),
        ("it.u == 1", "unknown"),
        ("1 == it.u", "unknown"),
        ("it.u != it.u", "unknown"),
        ("!it.u", "unknown"),
        ("it.u.x", "unknown"),
        ("has(it.u)", "true"),
        ("has(it.u.x)", "unknown"),
        ("it.?u.orValue(1) == 1", "unknown"),
        ("it.?u.?x.orValue(1) == 1", "unknown"),
        ("it.?u.hasValue()", "true"),
        ("it.u || true", "true"),
        ("it.u && false", "false"),
        ("it.u || false", "unknown"),
        ("it.u || 1 / 0 == 1", "error: division by zero"),
        ("it.known ? 1 : it.u", "1"),
        ("it.u ? 1 : 1", "unknown"),
        ("'x' in it.list", "true"),
        ("'y' in it.list", "unknown"),
        ("it.list.exists(x, x == 'x')", "true"),
        ("it.list.all(x, x == 'y')", "false"),
        ("it.list.all(x, x == 'x')", "unknown"),
        ("it.list.filter(x, x == 'x').size()", "unknown"),
        ("it.list == ['y', 'z']", "false"),
        ("it.list == ['x', 'z']", "unknown"),
        ("it.map == it.map", "unknown"),
        ("it.list.size()", "2"),
        ("subset(['x'], it.list)", "true"),
        ("subset(it.list, ['x'])", "unknown"),
        ("size(it.u)", "unknown"),
        ("num(it.u)", "unknown"),
        ("is_secret(it.u)", "unknown"),
        ("selects({}, it.u)", "unknown"),
        ("rx(it.u, 'x')", "unknown"),
        ("it.list.join(',')", "unknown"),
        ("[it.u].sort()", "unknown"),
    ] {
        assert_eq!(result(source), expected, "{source}");
    }
}

#[test]
fn a_secret_can_be_recognised_but_not_read() {
    for (source, expected) in [
        ("it.s", "<secret password 0123456789ab>"),
        ("is_secret(it.s)", "true"),
        ("is_secret(it.text)", "false"),
        ("secret_class(it.s)", "password"),
        ("same_secret(it.s, it.s)", "true"),
        ("same_secret(it.s, it.t)", "false"),
        ("it.s == it.s", "true"),
        ("it.s != it.t", "true"),
        ("it.s in [it.t, it.s]", "true"),
        ("has(it.s)", "true"),
        ("it.s == 'admin'", "unknown"),
        ("'admin' == it.s", "unknown"),
        ("it.s in ['admin', 'changeme']", "unknown"),
        ("it.s.startsWith('a')", "unknown"),
        ("string(it.s)", "unknown"),
        ("size(it.s)", "unknown"),
        ("'x' + it.s", "unknown"),
        ("rx(it.s, 'a')", "unknown"),
        ("[it.s].join('')", "unknown"),
        ("same_secret(it.s, it.text)", "error: same_secret: expected a secret, found a text"),
    ] {
        assert_eq!(result(source), expected, "{source}");
    }
}

#[test]
fn what_cannot_be_right_is_refused_when_the_pack_is_loaded() {
    for (source, message, at) in [
        ("itt.known", "unknown variable `itt`: did you mean `it`?", 0),
        ("1 == 1 && it.knwon", "unknown field of `it`: `knwon`: did you mean `known`?", 13),
        ("it.?deep.inne.orValue(1)", "unknown field of `it`: `inne`: did you mean `inner`?", 9),
        ("has(it.deep.x)", "unknown field of `it`: `x`: expected one of `inner`", 12),
        ("it.map.anything.goes", "", 0),
        ("params.m", "unknown field of `params`: `m`: did you mean `n`?", 7),
        ("siez(it.text)", "unknown function `siez`: did you mean `size`?", 0),
        ("it.text.matches('a')", "unknown function `matches`: use `rx(text, pattern)`", 8),
        ("now()", "unknown function `now`: use `run.time`: a replay must give the same verdict", 0),
        ("it.text.host()", "`host` is called as `host(x)`", 8),
        ("trim(it.text)", "`trim` is called as `x.trim()`", 0),
        ("host(1, 2)", "`host` takes 1 to 1 arguments, not 2", 0),
        ("rx(it.text, '(')", "not a pattern: unclosed group", 12),
        ("rx(it.text, params.re)", "", 0),
        ("rx(it.text, it.text)", "a pattern is a literal text or a text of `params`", 14),
        ("rx(it.text, '(a{1000}){1000}')", "not a pattern: Compiled regex exceeds size limit", 12),
        (
            "it.?text == 'a'",
            "may be absent: end it with `.orValue(default)` or ask `.hasValue()`",
            2,
        ),
        ("it.text.orValue('a')", "is never absent: write `a.?b` for a field that may be", 2),
        ("it.text == null", "a null is the same as absence here: use `has()` or `orValue()`", 11),
        ("{'a': 1}", "of literals, only lists and the empty map `{}` can be written", 0),
        ("[1].all(it, true)", "`it` is a variable already: name this one differently", 7),
        ("'é' == itt", "unknown variable `itt`: did you mean `it`?", 8),
        ("it.known &&", "not an expression: mismatched input '<EOF>'", 11),
        ("1 +\n  'é' ) ", "not an expression: extraneous input ')'", 11),
        ("[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))", "loops nested deeper than 3", 40),
    ] {
        let faults = compile(source).map_or_else(|faults| faults, |_| Vec::new());
        let found = faults.first().map_or(("", 0), |fault| (fault.message.as_str(), fault.at));
        let close = found.0 == message || (!message.is_empty() && found.0.starts_with(message));
        assert!(close && (found.1 == at || found.0.is_empty()), "{source}: {faults:?}");
    }
}

#[test]
fn all_faults_of_an_expression_are_reported() {
    let faults = compile("itt.x && siez(it.nope) == params.z").unwrap_err();
    assert_eq!(faults.len(), 4, "{faults:?}");
}

#[test]
fn no_expression_overflows_a_small_stack() {
    let chain = |start: &str, part: &str| format!("{start}{}", part.repeat(4000 / part.len()));
    let nested =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let sources = [
        chain("1", "+1"),
        chain("it", ".a"),
        chain("it", "[0]"),
        chain("", "!-"),
        chain("", "("),
        chain("", "["),
        chain("", "host("),
        chain("1", "<1"),
        chain("it.known", "||it.known"),
        chain("true ? 1 : ", "true ? 1 : "),
        nested("(", ")", 60),
        nested("[", "]", 60),
        nested("-(", ")", 60),
        nested("host(", ")", 60),
        nested("[1].map(x, ", ")", 3),
        "1".repeat(5000),
    ];
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let run = move || sources.iter().filter(|source| !result(source).starts_with("fault")).count();
    assert!(small.spawn(run).unwrap().join().unwrap() >= 5);
    assert!(result(&chain("1", "+1")).starts_with("fault: nested deeper than 64"));
    assert!(result(&"1".repeat(5000)).starts_with("fault: expression of 5000 bytes"));
}

#[test]
fn no_evaluation_runs_away() {
    let many = format!("[{}1]", "1,".repeat(100));
    let loops = format!("{many}.all(a, {many}.all(b, {many}.all(c, a == b && b == c)))");
    assert_eq!(result(&loops), "unknown");
    assert_eq!(result(&format!("{loops} || true")), result(&loops));
    for source in ["it + it", "[it, it]", "[it, it].flatten()", "it == it ? [it, it] : it"] {
        let program = with_parser_stack(|| {
            let variables = vec![("it".to_owned(), Shape::Open)];
            Program::compile(source, &Scope { variables, params: &Fact::Bool(true) })
        });
        let program = program.unwrap();
        let list = Fact::List(vec![Fact::text("x".repeat(100))]);
        let mut value = Value::of(&list);
        let mut stopped = false;
        for _ in 0..60 {
            match program.run(&mut Machine::new([value.clone()])) {
                Ok(next) => value = next,
                Err(_) => stopped = true,
            }
        }
        let mut shown = String::new();
        value.show(&mut shown, 1000);
        assert!((stopped || source == "[it, it]") && shown.len() < 2000, "{source}");
    }
}

#[test]
fn a_message_shows_values_and_never_a_secret() {
    let message = "{{it.text}} {{it.s}} {{'u: ' + it.u}} {{it.map}} {{it.nope}} {{1 / 0}}";
    let variables = NAMES.map(|name| (name.to_owned(), Shape::Open)).to_vec();
    let scope = Scope { variables, params: &Fact::Bool(true) };
    let template = with_parser_stack(|| Template::compile(message, &scope)).unwrap();
    let (item, empty) = (item(), Fact::List(Vec::new()));
    let mut machine = Machine::new([&empty, &item, &empty].map(Value::of));
    assert_eq!(
        template.render(&mut machine),
        "aaa <secret password 0123456789ab> <unknown: not collected> \
         {a=1, b=<unknown: not collected>} <error: no field `nope`> <error: division by zero>"
    );
    let url = format!(
        "https://u:{}@h/\n",
        Secret { class: "password".to_owned(), fingerprint: "0123456789abcdef".to_owned() }.token()
    );
    let mut shown = String::new();
    Value::Text(&url).show(&mut shown, 100);
    assert_eq!(shown, "https://u:<secret password 0123456789ab>@h/ ");
    let faults = with_parser_stack(|| Template::compile("a {{it.x}} {{itt}} {{", &scope));
    assert_eq!(faults.unwrap_err().iter().map(|fault| fault.at).collect::<Vec<_>>(), [19, 13]);
}

/// What a mutant is told by can be read: it means the same when it is compiled again.
#[test]
fn an_expression_is_shown_as_it_could_be_written() {
    let names = NAMES.map(str::to_owned);
    for (source, shown) in [
        ("it.known && !(it.text == 'a' || 1 < 2)", "it.known && !(it.text == 'a' || 1 < 2)"),
        ("!it.known && it.text != 'a'", "!it.known && it.text != 'a'"),
        ("(1 + 2) * 3 - (4 - 5)", "(1 + 2) * 3 - (4 - 5)"),
        ("it.known ? 'x' : 2 > 1 ? 'y' : 'z'", "it.known ? 'x' : 2 > 1 ? 'y' : 'z'"),
        ("it.?text.orValue('').startsWith('a')", "it.?text.orValue('').startsWith('a')"),
        ("it.list.exists(x, it.list.all(y, y == x))", "it.list.exists(x, it.list.all(y, y == x))"),
        (
            "rx(it.text, params.re) && has(it.deep.inner)",
            "rx(it.text, '^a+$') && has(it.deep.inner)",
        ),
        ("size(it.list) - -1 >= [1, 2][0]", "it.list.size() - -1 >= [1, 2][0]"),
        ("!('x' in it.list) || {}.?a.hasValue()", "!('x' in it.list) || {}.?a.hasValue()"),
        ("math.greatest(1, num('2')) % 2 == 0", "math.greatest(1, num('2')) % 2 == 0"),
    ] {
        let first = super::show::show(&compile(source).unwrap().root, &names);
        assert_eq!(first, shown);
        assert_eq!(super::show::show(&compile(&first).unwrap().root, &names), shown);
    }
}
