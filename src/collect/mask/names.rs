//! Which names promise a secret, and which only look as if they did.
//!
//! In a name the qualifier comes last: `DB_PASSWORD` is a password, `DB_PASSWORD_FILE` a path.

use smallvec::SmallVec;

/// The kind of secret a value of this name holds; nothing for names that promise none.
pub(super) fn secret_class(name: &str) -> Option<&'static str> {
    promised(name).filter(|(_, certain)| *certain).map(|(class, _)| class)
}

/// The kind of secret that a name and its value together promise: a name that may mean something
/// else (`TOKEN_GITHUB`, `TOKEN_AUDIENCE`) is taken at its word when its value looks like a key.
pub(super) fn secret_class_of(name: &str, value: &str) -> Option<&'static str> {
    if holds_keys_of_endpoints(name, value) {
        return Some("api-key");
    }
    let (class, certain) = promised(name)?;
    let says_so = certain || is_key_like(value);
    let is_other = match class {
        // A cookie that is sent has a name and a value.
        "cookie" => !value.contains('='),
        _ => names_a_secret(name, value),
    };
    (says_so && !is_other).then_some(class)
}

/// Whether a value says where the Datadog Agent sends to besides, and with which keys, as
/// `DD_ADDITIONAL_ENDPOINTS={"https://app.datadoghq.eu": ["key"]}` does (DataDog/datadog-agent
/// 0007516b1df9, `pkg/config/config_template.yaml`).
fn holds_keys_of_endpoints(name: &str, value: &str) -> bool {
    const END: &str = "additional_endpoints";
    let end = name.len().checked_sub(END.len()).and_then(|start| name.get(start..));
    value.trim_start().starts_with('{') && end.is_some_and(|end| end.eq_ignore_ascii_case(END))
}

/// Whether a value names the secret instead of being it: `secretKey: db-password` says under which
/// key it is kept, `passwordSecret: my-db` in which object.
fn names_a_secret(name: &str, value: &str) -> bool {
    const OBJECTS: [&str; 4] =
        ["passwordSecret", "credentialsSecret", "apiKeySecret", "existingSecret"];
    let is_label = !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || b"-.".contains(&byte));
    let of_key = name.ends_with("Key") && secret_class(value).is_some();
    is_label && (of_key || OBJECTS.iter().any(|known| name.ends_with(known)))
}

/// The kind of secret that `key` holds below a name: `api: {key: x}`. What lies below `secret`
/// and the like may name a key instead, so there its value must look like one.
pub(super) fn key_class_below(outer: &str, value: &str) -> Option<&'static str> {
    let (class, _) = promised(&format!("{outer}-key"))?;
    (matches!(class, "api-key" | "private-key") || is_key_like(value)).then_some(class)
}

/// The kind of secrets that what lies below this name holds: `passwords`, `apiTokens`.
pub(super) fn plural_class(name: &str) -> Option<&'static str> {
    const NONE_AFTER: &str = "empty encrypted existing image max min public pull sealed stop tls";
    let lower = Words::of(name);
    let words = lower.words();
    let last = words.iter().rposition(|word| !is_number(word) && !listed(VARIANTS, word))?;
    let before = last.checked_sub(1).and_then(|at| words.get(at));
    if name.contains('/') || before.is_some_and(|word| listed(NONE_AFTER, word)) {
        return None;
    }
    let word = *words.get(last)?;
    let is_secure = |word: &&str| matches!(*word, "secret" | "secrets" | "sensitive" | "secure");
    match word {
        "env" | "envs" | "vars" | "variables" if words.first().is_some_and(is_secure) => {
            Some("secret")
        }
        _ if name == "secureJsonData" => Some("secret"),
        "secrets" => Some("secret"),
        "pwds" | "passwds" => Some("password"),
        _ if word.ends_with('s') && !word.ends_with("ss") => Some(stem(&words, last)?.class),
        _ => None,
    }
}

fn is_key_like(value: &str) -> bool {
    (16..=KEY_MAX).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=_-".contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !value.split(['-', '_']).all(|part| part.len() < 12)
}

/// The longest text that is taken for a key by its looks.
const KEY_MAX: usize = 4 << 10;

/// The class of a name, and whether there is no doubt about it.
fn promised(name: &str) -> Option<(&'static str, bool)> {
    if let Some(class) = header_class(name) {
        return Some((class, true));
    }
    let lower = Words::of(name);
    let words = lower.words();
    let (end, stem) = (0..words.len()).rev().find_map(|last| Some((last, stem(&words, last)?)))?;
    let before = end.checked_sub(stem.words).and_then(|at| words.get(at)).copied();
    if before.is_some_and(|word| listed(stem.not_after, word)) {
        return None;
    }
    // An annotation such as `nginx.ingress.kubernetes.io/auth-secret` names a Secret object.
    if stem.class == "secret" && name.contains('/') {
        return None;
    }
    let behind = || words.iter().skip(end + 1);
    let variant = behind().all(|word| is_number(word) || listed(VARIANTS, word));
    let unqualified = behind().all(|word| !listed(QUALIFIERS, word));
    (variant || unqualified).then_some((stem.class, (variant || stem.strong) && !stem.doubtful))
}

/// The kind of secret an HTTP header of this name carries.
pub(super) fn header_class(name: &str) -> Option<&'static str> {
    let known = HEADERS.iter().find(|(header, _)| name.eq_ignore_ascii_case(header));
    known.map(|(_, class)| *class)
}

/// Whether what stands under this name may be `user:password`.
pub(super) fn is_pair_name(name: &str) -> bool {
    let lower = Words::of(name);
    let words = lower.words();
    match words.as_slice() {
        [.., "basicauth" | "digestauth", "user" | "users"]
        | [.., "basic", "auth"]
        | [.., "basic", "auth", "user" | "users" | "credentials"] => true,
        [.., last] => {
            matches!(*last, "auth" | "basicauth" | "credential" | "credentials" | "userpass")
        }
        [] => false,
    }
}

/// Whether a file of this name is a secret as a whole (`tls.key`, a key store).
pub(super) fn is_secret_file(name: &str) -> bool {
    const ENDS: &str = "\
        .key .p12 .pfx .jks .jceks .keystore .kdbx .ppk id_rsa id_ed25519 id_ecdsa .keytab \
         .password .passwd";
    const WHOLE: &str = "ipsec.secrets chap-secrets pap-secrets userlist.txt .dockerconfigjson .dockercfg .pgpass pgpass.conf .netrc _netrc shadow \
                         gshadow .vault-token";
    let lower = name.to_ascii_lowercase();
    let base = lower.rsplit('/').next().unwrap_or(&lower);
    ENDS.split_ascii_whitespace().any(|end| base.ends_with(end))
        || base.ends_with("htpasswd")
        || WHOLE.split_ascii_whitespace().any(|name| base == name)
}

/// Headers that authenticate their sender, and other names that mean one thing only.
const HEADERS: &[(&str, &str)] = &[
    ("authorization", "authorization"),
    ("proxy-authorization", "authorization"),
    ("x-authorization", "authorization"),
    ("x-api-key", "api-key"),
    ("api-key", "api-key"),
    ("x-auth-key", "api-key"),
    ("cookie", "cookie"),
    ("set-cookie", "cookie"),
    ("x-auth-token", "token"),
    ("x-sf-token", "token"),
    ("x-vault-token", "token"),
    ("x-honeycomb-team", "api-key"),
    ("x-otlp-api-key", "api-key"),
    ("dd-api-key", "api-key"),
    ("x-insert-key", "api-key"),
    ("x-license-key", "api-key"),
    ("uptrace-dsn", "api-key"),
    ("secure_link_md5", "secret"),
    ("x-scope-authorization", "authorization"),
];

/// A word, or two, that promise a secret.
struct Stem {
    class: &'static str,
    /// How many words it takes.
    words: usize,
    /// Whether it promises a secret whatever stands behind it, qualifiers excepted.
    strong: bool,
    /// Words that change its meaning when they stand before it.
    not_after: &'static str,
    /// Whether its value must look like a key besides.
    doubtful: bool,
}

const fn strong(class: &'static str, words: usize) -> Stem {
    Stem { class, words, strong: true, not_after: "", doubtful: false }
}

const fn weak(class: &'static str, words: usize, not_after: &'static str) -> Stem {
    Stem { class, words, strong: false, not_after, doubtful: false }
}

const fn doubtful(class: &'static str, words: usize) -> Stem {
    Stem { class, words, strong: false, not_after: "", doubtful: true }
}

/// Words before `key` that make it a secret. `public`, `primary`, `sort` and the like do not.
const SECRET_KEYS: &str = "\
    access account admin aes auth cipher client crypto decryption encrypt encryption fernet functions hmac host ingest \
    ingestion instrumentation integration jwt license licence master nonce secret server service \
    session shared signing write";

/// Programs whose word for their password is `auth`: `REDISCLI_AUTH`.
const STORES: &str = "redis rediscli valkey valkeycli";

fn stem(words: &[&str], last: usize) -> Option<Stem> {
    let word = *words.get(last)?;
    let before = last.checked_sub(1).and_then(|at| words.get(at)).copied();
    let ends = |text: &str| word.ends_with(text);
    match word {
        "key" | "keys" => match before? {
            "api" => Some(strong("api-key", 2)),
            "private" => Some(strong("private-key", 2)),
            word if listed(SECRET_KEYS, word) => Some(weak("access-key", 2, "")),
            "app" | "routing" | "site" | "stream" | "enrollment" => Some(doubtful("access-key", 2)),
            "storage" | "ssh" | "sas" | "preshared" | "application" => {
                Some(weak("access-key", 2, ""))
            }
            _ => None,
        },
        "pass" => Some(weak("password", 1, PASSING)),
        "pw" if before.is_some() => Some(weak("password", 1, "")),
        "passwort" | "passkey" | "mdp" | "psk" | "passcode" | "requirepass" | "masterauth" => {
            Some(weak("password", 1, ""))
        }
        "secret" if before == Some("client") => Some(weak("client-secret", 2, "")),
        "sig" | "signature" if before == Some("sas") => Some(weak("token", 2, "")),
        "salt" if matches!(before?, "auth" | "hash" | "in" | "jwt" | "nonce" | "password") => {
            Some(weak("secret", 2, ""))
        }
        "auth" if listed(STORES, before?) => Some(weak("password", 2, "")),
        "bearer" | "mnemonic" | "pepper" => Some(weak("secret", 1, "")),
        "salt" | "hmac" | "license" | "licence" | "otp" | "seed" | "sig" | "signature" | "totp" => {
            Some(doubtful("secret", 1))
        }
        "cookie" if matches!(before?, "erlang" | "dist") => Some(weak("secret", 2, "")),
        "string" if before == Some("community") => Some(weak("password", 2, "")),
        "pin" if matches!(before?, "hsm" | "user" | "so" | "slot" | "token" | "pkcs") => {
            Some(weak("password", 2, ""))
        }
        "community" if matches!(before?, "snmp" | "ro" | "rw" | "trap") => {
            Some(weak("password", 2, ""))
        }
        _ if ends("password")
            || ends("passwd")
            || ends("passphrase")
            || ends("pwd")
            || matches!(word, "storepass" | "keypass") =>
        {
            Some(strong("password", 1))
        }
        "authtok" | "sshpass" | "dbpass" | "userpass" | "rootpass" | "adminpass" | "smtppass"
        | "redispass" | "bindpass" | "authpass" | "rocommunity" | "rwcommunity"
        | "trapcommunity" => Some(weak("password", 1, "")),
        _ if ends("bindpw") || ends("rootpw") => Some(weak("password", 1, "")),
        _ if ends("passwords") || ends("passphrases") => Some(weak("password", 1, "empty")),
        _ if ends("apikey") || ends("apikeys") => Some(strong("api-key", 1)),
        _ if ends("privatekey") => Some(strong("private-key", 1)),
        _ if ends("clientsecret") => Some(weak("client-secret", 1, "")),
        _ if ends("accesskey") || ends("secretkey") || ends("accountkey") || ends("signingkey") => {
            Some(weak("access-key", 1, ""))
        }
        _ if ends("secret") => Some(weak("secret", 1, "existing pull tls")),
        _ if ends("token") || ends("tokens") => Some(weak("token", 1, "max min stop")),
        _ if ends("credential") || ends("credentials") => Some(weak("credential", 1, "")),
        _ => None,
    }
}

/// What stands before `pass` where it means "hand on".
const PASSING: &str = "\
    proxy fastcgi uwsgi scgi grpc memcached by band";

/// What a password name may end in while its value is no password.
const QUALIFIERS: &str = "\
    age algo algorithm arn attempts auth authentication change changed class column command \
    complexity config count days dir directory disabled driver duration enable enabled \
    encoder encoding encryption endpoint env expiration expires expiry field file files flow \
    form format from grant header history hint host hours id ids interval key keys kind \
    label length level lifetime limit manager max message method min mode name names \
    parameter path pattern period placeholder plugin policy port prefix prompt provider ref \
    refs regex required reset retries rotation rule rules scope source store strategy \
    strength suffix timeout title ttl type uri url validation variable \
    hasher hashers location login rounds stdin validators";

/// What may stand behind a name without changing what it holds.
const VARIANTS: &str = "\
    a admin app b backup base base64 blue current data db default dev green hash literal \
    main master new next old plain pre previous primary prod production qa raw replica root \
    secondary stage staging string test text user value";

/// Whether a list of words has a word.
fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name in lower case, its words apart: `dbPassword`, `DB_PASSWORD` and `db-password` are alike.
struct Words(String);

impl Words {
    fn of(name: &str) -> Self {
        let mut text = String::with_capacity(name.len() + 4);
        let bytes = name.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                text.push(' ');
                continue;
            }
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let after = bytes.get(at + 1);
            let humps = before.is_some_and(u8::is_ascii_lowercase) && byte.is_ascii_uppercase();
            let acronym_ends = before.is_some_and(u8::is_ascii_uppercase)
                && byte.is_ascii_uppercase()
                && after.is_some_and(u8::is_ascii_lowercase);
            let numbered = before.is_some_and(u8::is_ascii_alphabetic) && byte.is_ascii_digit();
            if humps || acronym_ends || numbered {
                text.push(' ');
            }
            text.push(char::from(byte.to_ascii_lowercase()));
        }
        Self(text)
    }

    fn words(&self) -> SmallVec<[&str; 8]> {
        self.0.split_ascii_whitespace().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{secret_class, secret_class_of};

    #[test]
    fn a_doubtful_name_is_judged_with_its_value() {
        let key = "4fJ9sK2mQ8xZ7pL1";
        assert_eq!(secret_class_of("TOKEN_GITHUB", key), Some("token"));
        assert_eq!(secret_class_of("TOKEN_AUDIENCE", "api://payments"), None);
        assert_eq!(secret_class_of("secretName", "checkout-db-credentials-2024"), None);
        assert_eq!(secret_class_of("token_id", key), None);
        assert_eq!(secret_class_of("routing_key", key), Some("access-key"));
        assert_eq!(secret_class_of("routing_key", "orders.created.v2"), None);
        assert_eq!(secret_class_of("license", "Apache-2.0"), None);
    }

    #[test]
    fn names_that_promise_a_secret_are_known() {
        for name in "\
            password DB_PASSWORD dbPassword spring.datasource.password DB_PASSWORD_BLUE passwd \
            pwd SMTP_PASS secret CLIENT_SECRET clientSecret token GITHUB_TOKEN authToken \
            accesstoken api_key apikey X-API-Key APIKey private_key privateKey \
            aws_secret_access_key SecretAccessKey access_key credential db-credentials \
            Authorization x-honeycomb-team DD-API-KEY SECRET_KEY_BASE client-key-data PASSWORD_2 \
            password_hash AccountKey encryption_key keystorePassword requirepass \
            ssl.key.password _authToken AUTH_SALT HSM_PIN snmp_community rabbitmq.erlangCookie \
            InstrumentationKey REDIS_AUTH REDISCLI_AUTH datadog.api.key app.pepper NONCE_KEY"
            .split_ascii_whitespace()
        {
            assert!(secret_class(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_secret_are_left_alone() {
        for name in "\
            PASSWORD_FILE password_path SECRET_NAME secretName TOKEN_TTL token_url TOKEN_URI \
            token_endpoint secret_type password_length PASSWORD_ENABLED secretKeyRef secretRef \
            SECRET_ARN secret_id tokenReview api_key_id proxy_pass bypass compass tokenizer \
            max_tokens public_key sort_key primaryKey PasswordAuthentication password_policy \
            imagePullSecrets existingSecret nginx.ingress.kubernetes.io/auth-secret keyspace \
            REDIS_AUTH_ENABLED OAUTH secretary PermitEmptyPasswords passwordKey token_audience secretStoreRef passthrough"
            .split_ascii_whitespace()
        {
            assert_eq!(secret_class(name), None, "{name}");
        }
    }
}
