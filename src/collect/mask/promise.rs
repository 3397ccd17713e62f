//! What a place promises to hold, and what of the promise goes on to what lies below it.

use super::headers;
use super::names::{is_pair_name, plural_class, secret_class, secret_class_of};
use crate::model::{Entry, Kind, Node};

/// What stands at a place that promises a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promise {
    pub(super) class: &'static str,
    /// Whether a schema says so, rather than a name.
    pub(super) declared: bool,
    pub(super) base64: bool,
    /// Whether it is of `user:password`, of which only the password is a secret.
    pub(super) pair: bool,
    reach: Reach,
}

/// How far a promise goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the value itself.
    Value,
    /// To everything below a name in the plural; of a list below `secrets`, members are names.
    All { inner: bool, names: bool },
    /// To what lies below a name in the plural and only describes: what looks like a key there.
    KeyLike,
    /// To the keys below it: what a variable may be, in nginx's `map`.
    Keys,
    /// To every header below it that may let somebody in.
    Headers,
    /// To a member of a list of headers.
    Header,
}

/// Keys under a name in the plural whose values say something about the secret.
const DESCRIBING: &str = "\
    account audience description domain driver email enabled env environment expires expiry \
    external file format gid group groups host id issuer key kind labels level login mode name \
    namespace owner path permissions policies port provider realm ref role roles rotation scope \
    scopes secretname source subject target ttl type uid url usage usages user username version";

impl Promise {
    /// By a field of a schema.
    pub(super) const fn declared(class: &'static str, base64: bool) -> Self {
        Self { class, declared: true, base64, pair: false, reach: Reach::Value }
    }

    /// By a place where headers are listed.
    pub(super) const fn headers() -> Self {
        Self { reach: Reach::Headers, ..Self::named("header") }
    }

    /// By a name under which headers are listed: `OTEL_EXPORTER_OTLP_HEADERS`.
    pub(super) fn header_list(name: &str) -> Option<Self> {
        headers::is_list_name(name).then_some(Self::headers())
    }

    /// Whether a text it stands for is a list of headers.
    pub(super) fn is_of_headers(self) -> bool {
        self.reach == Reach::Headers
    }

    /// By the name of a value.
    pub(super) const fn named(class: &'static str) -> Self {
        Self { class, declared: false, base64: false, pair: false, reach: Reach::Value }
    }

    /// By the name of a variable that something refers to where a secret is expected.
    pub(super) const fn variable() -> Self {
        Self::named("variable")
    }

    /// By the place of a map, for all that lies below it.
    pub(super) const fn all(class: &'static str) -> Self {
        Self { reach: Reach::All { inner: false, names: false }, ..Self::named(class) }
    }

    /// By a name that may stand for `user:password`.
    pub(super) fn user_and_password(name: &str) -> Option<Self> {
        is_pair_name(name).then_some(Self { pair: true, ..Self::named("password") })
    }

    /// By the head of a block that maps what a variable may be: `map $http_x_api_key $client`.
    pub(super) fn mapped(head: &str) -> Option<Self> {
        let variable = head.strip_prefix("map")?.trim_start().strip_prefix('$')?;
        let class = secret_class(variable.split([' ', '\t']).next()?)?;
        Some(Self { reach: Reach::Keys, ..Self::named(class) })
    }

    /// By the address that a list of keys is for: `"https://app.datadoghq.eu": [key]`.
    pub(super) fn sent_to(address: &str, keys: Node<'_>) -> Option<Self> {
        let is_address = address.starts_with("https://") || address.starts_with("http://");
        (is_address && keys.kind() == Kind::List).then_some(Self::named("api-key").key_like())
    }

    /// By a name in the plural, for all that lies below it.
    pub(super) fn plural(name: &str) -> Option<Self> {
        let class = plural_class(name)?;
        let names = matches!(class, "secret" | "credential");
        let reach = Reach::All { inner: false, names };
        Some(Self { reach, ..Self::named(class) })
    }

    /// By a name in the plural that is the beginning of a dotted one: `passwords.bob`.
    pub(super) fn dotted(name: &str) -> Option<Self> {
        let (head, last) = name.rsplit_once('.')?;
        let plural = head.split('.').find_map(Self::plural)?;
        Some(plural.of(last))
    }

    /// What is left of it for a member of a map it covers.
    pub(super) fn member(self, map: Node<'_>, key: &str) -> Option<Self> {
        match self.reach {
            Reach::Value => holds_the_value(key).then_some(self),
            Reach::KeyLike => Some(self),
            Reach::Keys => None,
            Reach::Headers => headers::class_of(key).map(Self::named),
            Reach::Header => headers::described_class(map, key).map(Self::named),
            Reach::All { inner, .. } => {
                let is_record =
                    inner && map.entries().any(|e| secret_class(e.key.text()).is_some());
                Some(if is_record { self.key_like() } else { self.of(key) })
            }
        }
    }

    /// What is left of it for a member of a list it covers.
    pub(super) fn item(self, item: Node<'_>) -> Option<Self> {
        match self.reach {
            _ if self.declared => None,
            Reach::All { names: true, .. } if item.is_scalar() => Some(self.key_like()),
            Reach::All { names, .. } => {
                Some(Self { reach: Reach::All { inner: true, names }, ..self })
            }
            Reach::Headers if item.kind() == Kind::Map => {
                Some(Self { reach: Reach::Header, ..self })
            }
            Reach::Value | Reach::KeyLike | Reach::Headers | Reach::Header => Some(self),
            Reach::Keys => None,
        }
    }

    /// Whether a key of a map it covers is a secret itself: `tokens: {4fJ9sK2mQ8xZ: admin}`.
    pub(super) fn covers_key(self, key: &str) -> bool {
        match self.reach {
            Reach::All { .. } => is_material(key, 12),
            Reach::Keys => is_material(key, 8),
            Reach::Value | Reach::KeyLike | Reach::Headers | Reach::Header => false,
        }
    }

    /// Whether it says nothing of a text after all.
    pub(super) fn passes_over(self, text: &str) -> bool {
        self.reach == Reach::KeyLike && !is_material(text.trim(), 8)
    }

    fn of(self, key: &str) -> Self {
        let last = key.rsplit(['_', '-', '@']).next().unwrap_or(key).to_ascii_lowercase();
        let describes = DESCRIBING.split_ascii_whitespace().any(|word| word == last);
        let Reach::All { names, .. } = self.reach else { return self };
        let reach = Reach::All { inner: true, names };
        if describes { self.key_like() } else { Self { reach, ..self } }
    }

    const fn key_like(self) -> Self {
        Self { reach: Reach::KeyLike, ..self }
    }
}

/// Whether a text is rather a piece of a key than a name: it mixes letters and digits, and not
/// only as names do (`checkout-service-v2`).
pub fn is_material(text: &str, length_min: usize) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    let separators: &[char] = &['-', '_', '.', '/', ':', '@'];
    let is_name = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        let only_letters = letters.bytes().all(|byte| byte.is_ascii_alphabetic());
        only_letters && (digits <= 3 || letters.is_empty())
    };
    text.len() >= length_min
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && (text.len() >= 12 && !text.contains(separators) || !text.split(separators).all(is_name))
        && !super::value::is_reference(text)
}

/// Whether a key of a map under a secret's name holds the secret.
fn holds_the_value(key: &str) -> bool {
    const KEYS: &str = "value default constant_value plaintext literal inline inline_string inline_bytes content text";
    let key = key.strip_prefix(['@', '#']).unwrap_or(key);
    KEYS.split(' ').any(|known| key.eq_ignore_ascii_case(known))
}

/// Keys under which a name stands, and those under which its value does.
const PAIRS: [(&str, &str); 21] = [
    ("name", "value"),
    ("key", "value"),
    ("header", "value"),
    ("Name", "Value"),
    ("Key", "Value"),
    ("ParameterKey", "ParameterValue"),
    ("OptionName", "Value"),
    ("name", "default"),
    ("variable", "value"),
    ("@name", "@value"),
    ("@key", "@value"),
    ("@Name", "@Value"),
    ("@Key", "@Value"),
    ("@name", "value"),
    ("@key", "value"),
    ("@name", "#text"),
    ("@key", "#text"),
    ("@id", "#text"),
    ("@id", "@value"),
    ("param-name", "param-value"),
    ("env-entry-name", "env-entry-value"),
];

/// The class of what an operation of a JSON patch (RFC 6902) writes, by the last name of its path.
/// Only Secrets have `stringData`.
fn patched(map: Node<'_>) -> Option<&'static str> {
    let (path, value) = (map.text_at(&["path"])?, map.text_at(&["value"])?);
    map.get("op")?;
    if path.starts_with("/stringData/") {
        return Some("kubernetes-secret");
    }
    let name = path.rsplit('/').next()?.replace("~1", "/").replace("~0", "~");
    secret_class_of(&name, value)
}

/// Which key of a pair such as `{name: DB_PASSWORD, value: …}` holds a secret; `is_variable` tells
/// names of variables that hold one.
pub(super) fn pair(
    map: Node<'_>,
    is_variable: impl Fn(&str) -> bool,
) -> Option<(&'static str, Promise)> {
    let is_value = |entry: Entry<'_>| {
        let key = entry.key.text();
        matches!(key, "Default" | "default") || PAIRS.iter().any(|(_, value)| *value == key)
    };
    // Most maps are no pair, and every one is asked.
    if !map.entries().any(is_value) {
        return None;
    }
    let says = |key| map.text_at(&[key]).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    for (mark, value) in [("sensitive", "value"), ("sensitive", "default"), ("NoEcho", "Default")] {
        if says(mark) && map.get(value).is_some() {
            return Some((value, Promise::named("secret")));
        }
    }
    if let Some(class) = patched(map) {
        return Some(("value", Promise::named(class)));
    }
    PAIRS.iter().find_map(|(name, value)| {
        let content = map.get(value)?;
        let named = map.text_at(&[name])?;
        let class = secret_class_of(named, content.text()).map(Promise::named);
        let class = class.or_else(|| Promise::header_list(named));
        let class = class.or_else(|| is_variable(named).then(Promise::variable));
        Some((*value, class.or_else(|| Promise::user_and_password(named))?))
    })
}

#[cfg(test)]
mod tests {
    use super::is_material;

    #[test]
    fn names_with_numbers_are_no_keys() {
        for text in ["4fJ9sK2mQ8xZ", "SECRETVALUE1", "abc123x-def456y", "p@ss!w0rd#123"] {
            assert!(is_material(text, 12), "{text}");
        }
        for text in [
            "checkout-service-v2",
            "prod-2024-blue",
            "checkoutservice",
            "4fJ9sK2m",
            "file:/x1y2z3a4b5",
        ] {
            assert!(!is_material(text, 12), "{text}");
        }
        assert!(is_material("hunter2xyz", 8) && !is_material("db-password2", 8));
    }
}
