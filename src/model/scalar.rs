//! What a scalar means to the program that will read it.
//!
//! A parser hands over text and style; the type of a plain YAML scalar depends on its reader.
//! Kubernetes and Helm read as goyaml.v2 does, the OpenTelemetry Collector as yaml.v3
//! (`kubernetes-sigs/yaml` 742f5e6f `goyaml.v2/resolve.go`; `go.yaml.in/yaml/v3` `resolve.go`).

use std::borrow::Cow;

use super::{Kind, Node, Secret};

/// A number as canonical decimal text, so that nothing signed ever passes through a float.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Largest power of ten that is written out; anything beyond is not a number we compare.
    const EXPONENT_MAX: i32 = 64;

    /// Reads a decimal with an optional sign, fraction and exponent.
    pub fn parse(text: &str) -> Option<Self> {
        if Self::is_canonical(text) {
            return Some(Self(text.to_owned()));
        }
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0
            || !all_digits(whole)
            || !all_digits(fraction)
            || exponent.abs() > Self::EXPONENT_MAX
        {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
        Some(Self::assemble(negative, &format!("{whole}{fraction}"), point))
    }

    /// Reads an integer as Go's `strconv.ParseInt(text, 0, 64)` does, underscores dropped.
    pub fn parse_go_integer(text: &str) -> Option<Self> {
        if Self::is_canonical(text) {
            return Some(Self(text.to_owned()));
        }
        let text: Cow<'_, str> =
            if text.contains('_') { text.replace('_', "").into() } else { text.into() };
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text.as_ref()),
        };
        let (radix, digits) = match digits.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
            [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
            [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
            [b'0', _, ..] => (8, digits.get(1..)?),
            _ => (10, digits),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let magnitude = i128::from_str_radix(digits, radix).ok()?;
        Self::parse(&if negative { (-magnitude).to_string() } else { magnitude.to_string() })
    }

    /// Whether a text is a whole number as [`Number::assemble`] writes it, as nearly all are.
    fn is_canonical(text: &str) -> bool {
        const LENGTH_MAX: usize = 18;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits && (1..=LENGTH_MAX).contains(&text.len()) && (text == "0" || !text.starts_with('0'))
    }

    /// Puts the decimal point after `point` digits (before the first when negative) and trims.
    fn assemble(negative: bool, digits: &str, point: i32) -> Self {
        let zeros = |count: i32| "0".repeat(usize::try_from(count.max(0)).unwrap_or(0));
        let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        let padded = format!("{}{digits}{}", zeros(-point), zeros(point - length));
        let (whole, fraction) =
            padded.split_at_checked(usize::try_from(point.max(0)).unwrap_or(0)).unwrap_or_default();
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            kept => kept,
        };
        let fraction = fraction.trim_end_matches('0');
        let sign = if negative && !(whole == "0" && fraction.is_empty()) { "-" } else { "" };
        let dot = if fraction.is_empty() { "" } else { "." };
        Self(format!("{sign}{whole}{dot}{fraction}"))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A scalar as its reader takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar<'t> {
    /// Absent on purpose.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(&'t str),
    /// A masked secret.
    Secret(Secret),
}

/// How a reader decides the type of a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Typing {
    /// goyaml.v2: YAML 1.1 booleans (`yes`, `on`, `y`), old octals. Kubernetes, Helm.
    Yaml11,
    /// yaml.v3 and YAML 1.2 readers: only `true` and `false` are booleans.
    #[default]
    Yaml12,
    /// Spring: the words of YAML 1.1 without `y` and `n`, and its numbers (`snakeyaml`,
    /// `resolver/Resolver.java`).
    Snake,
    /// Every plain scalar is text. Environment variables, properties, directives.
    Text,
}

impl Typing {
    /// Reads a scalar node. Lists and maps read as null; ask [`Node::kind`] first.
    pub fn read(self, node: Node<'_>) -> Scalar<'_> {
        let text = node.text();
        match node.kind() {
            Kind::List | Kind::Map | Kind::Null => Scalar::Null,
            Kind::Bool => Scalar::Bool(text.eq_ignore_ascii_case("true")),
            Kind::Number => Number::parse(text).map_or(Scalar::Text(text), Scalar::Number),
            Kind::Text => Self::text(text),
            Kind::Plain => self.plain(text),
        }
    }

    /// Types the text of a plain scalar.
    pub fn plain(self, text: &str) -> Scalar<'_> {
        if self == Self::Text {
            return Self::text(text);
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
            "true" | "True" | "TRUE" => return Scalar::Bool(true),
            "false" | "False" | "FALSE" => return Scalar::Bool(false),
            "y" | "Y" if self == Self::Yaml11 => return Scalar::Bool(true),
            "n" | "N" if self == Self::Yaml11 => return Scalar::Bool(false),
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" if self != Self::Yaml12 => {
                return Scalar::Bool(true);
            }
            "no" | "No" | "NO" | "off" | "Off" | "OFF" if self != Self::Yaml12 => {
                return Scalar::Bool(false);
            }
            _ if self == Self::Snake && self.may_be_more(text) => return Self::text(text),
            _ => (),
        }
        let may_be_number =
            text.as_bytes().first().is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(b));
        if may_be_number {
            let number = Number::parse_go_integer(text).or_else(|| Number::parse(text));
            if let Some(number) = number {
                return Scalar::Number(number);
            }
        }
        Self::text(text)
    }

    /// Whether a plain scalar may be something to its reader that is no [`Scalar`] here, so that
    /// quotes around it are meaning: infinity, a date, a number in sixties.
    pub fn may_be_more(self, text: &str) -> bool {
        let number = text.trim_start_matches(['+', '-']);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let mut behind = number.get(digits..).unwrap_or_default().chars();
        let sign = behind.next();
        let signed = matches!(sign, Some('e' | 'E')) && behind.as_str().starts_with(['+', '-']);
        let goes_on = signed || behind.as_str().starts_with(|c: char| c.is_ascii_digit());
        let infinite = matches!(number.to_ascii_lowercase().as_str(), ".inf" | ".nan");
        let is_date = digits == 4 && sign == Some('-') && goes_on;
        let in_sixties = digits > 0 && matches!(sign, Some(':' | '_')) && goes_on;
        let of_either_kind = digits > 0 && matches!(sign, Some('o' | 'O' | 'e' | 'E')) && goes_on;
        match self {
            Self::Text => false,
            Self::Yaml11 => infinite,
            Self::Yaml12 => infinite || is_date,
            Self::Snake => infinite || in_sixties || of_either_kind,
        }
    }

    fn text(text: &str) -> Scalar<'_> {
        Secret::parse(text).map_or(Scalar::Text(text), Scalar::Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, Scalar, Typing};

    #[test]
    fn equal_numbers_have_one_text() {
        let cases = [
            ("1", "1"),
            ("1.0", "1"),
            ("007", "7"),
            ("-0.0", "0"),
            ("-1.50", "-1.5"),
            (".5", "0.5"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("18446744073709551616", "18446744073709551616"),
        ];
        for (text, canonical) in cases {
            assert_eq!(Number::parse(text).unwrap().as_str(), canonical, "{text}");
        }
        for text in ["", "-", "0x10", "1.2.3", "1e999", "١", "e3", "."] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn plain_scalars_are_typed_as_their_reader_does() {
        let number = |text| Scalar::Number(Number::parse(text).unwrap());
        assert_eq!(Typing::Yaml11.plain("0755"), number("493"));
        assert_eq!(Typing::Yaml11.plain("1_000"), number("1000"));
        assert_eq!(Typing::Yaml12.plain("0o14"), number("12"));
        assert_eq!(Typing::Yaml11.plain("yes"), Scalar::Bool(true));
        assert_eq!(Typing::Yaml12.plain("yes"), Scalar::Text("yes"));
        assert_eq!(Typing::Yaml12.plain("2001-12-14"), Scalar::Text("2001-12-14"));
        assert_eq!(Typing::Text.plain("true"), Scalar::Text("true"));
        assert_eq!(Typing::Yaml12.plain("0:0"), Scalar::Text("0:0"));
    }
}
