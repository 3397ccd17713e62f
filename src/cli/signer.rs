//! Keys that sign: read from a file, or held by a program that signs for us.
//!
//! The program is a plugin of sigstore for key management (`pkg/signature/kms/cliplugin` of
//! sigstore/sigstore at bd0ad712): `v1` and one JSON text are its arguments, the message its input,
//! one JSON text its output. Its exit status means nothing, and nothing it says is believed: a
//! signature that the key it showed does not accept is never used.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, FailureKind};
use super::key_ref::{Access, KeyRef};
use crate::collect::child::{Started, take};
use crate::evidence::json::{Numbers, parse};
use crate::evidence::{KeyError, PrivateKey, PublicKey, Signer, encrypted};

/// How long a program may take for one answer.
const WAIT: Duration = Duration::from_secs(30);
/// The longest answer; a key or a signature has a few hundred bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 16;
/// The number Go has for SHA-256.
const SHA256: u8 = 5;

/// Reads what signs.
pub(super) fn signer(
    reference: &KeyRef,
    access: Access,
    password: Option<&KeyRef>,
) -> Result<Box<dyn Signer>, Failure> {
    if let KeyRef::Program { program, key } = reference {
        return Ok(Box::new(PluginKey::load(program, key)?));
    }
    Ok(Box::new(private_key(reference, access, password)?))
}

/// Reads a private key, under a password or not.
pub(super) fn private_key(
    reference: &KeyRef,
    access: Access,
    password: Option<&KeyRef>,
) -> Result<PrivateKey, Failure> {
    let bytes = reference.secret(access)?;
    let pem = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::config("cannot use the signing key: it is not PEM text"))?;
    let read = match PrivateKey::from_pem(pem) {
        Err(KeyError::Encrypted) => match password {
            None => Err(KeyError::Encrypted),
            Some(password) => encrypted::decrypt(pem, &secret_line(password, access)?),
        },
        other => other,
    };
    read.map_err(|error| Failure::config(format!("cannot use the signing key: {error}")))
}

/// A password: what a reference holds, without the line end that editors add.
pub(super) fn secret_line(reference: &KeyRef, access: Access) -> Result<Vec<u8>, Failure> {
    let read = reference.secret(access);
    let mut bytes = read.map_err(|failure| failure.hint("this is about the password of a key"))?;
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(Failure::config("the password is empty"));
    }
    Ok(bytes)
}

/// A key that a program holds.
struct PluginKey {
    program: String,
    key: String,
    public: PublicKey,
}

impl PluginKey {
    fn load(program: &str, key: &str) -> Result<Self, Failure> {
        let failed = |why: &str| {
            let message = format!("cannot use the key that {program:?} holds: {why}");
            Failure::config(message)
        };
        let method =
            Method { name: "publicKey", public_key: Some(Showing::default()), sign_message: None };
        let answer = ask(program, key, method, Vec::new()).map_err(|why| failed(&why))?;
        let pem =
            answer.public_key.ok_or_else(|| failed("it showed no public key"))?.public_key_pem;
        let pem = STANDARD.decode(pem).ok().and_then(|pem| String::from_utf8(pem).ok());
        let pem = pem.ok_or_else(|| failed("its public key is no PEM in base64"))?;
        let public = PublicKey::from_pem(&pem).map_err(|error| failed(&error.to_string()))?;
        Ok(Self { program: program.to_owned(), key: key.to_owned(), public })
    }
}

impl Signer for PluginKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |why: String| KeyError::Program { program: self.program.clone(), why };
        let method = Method {
            name: "signMessage",
            public_key: None,
            sign_message: Some(Signing { sign_options: Options::default() }),
        };
        let answer = ask(&self.program, &self.key, method, message.to_vec()).map_err(failed)?;
        let signed =
            answer.sign_message.ok_or_else(|| failed("it gave no signature".to_owned()))?;
        let signature = STANDARD
            .decode(signed.signature)
            .map_err(|_| failed("its signature is no base64".to_owned()))?;
        if self.public.accepts(message, &signature) {
            return Ok(signature);
        }
        Err(failed("its signature is not of the key it showed".to_owned()))
    }
}

/// Asks a program once.
fn ask(program: &str, key: &str, method: Method, input: Vec<u8>) -> Result<Answer, String> {
    let question = Question {
        init_options: Init {
            protocol_version: "v1",
            key_resource_id: key,
            hash_func: SHA256,
            rpc_options: Empty {},
        },
        method,
    };
    let question = serde_json::to_string(&question).map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["v1", &question]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::null());
    // References to our own keys and passwords are none of its business.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DRIFTSEAL_") {
            command.env_remove(name);
        }
    }
    let mut started =
        Started::new(command).map_err(|error| format!("it cannot be started: {error}"))?;
    if let Some(mut pipe) = started.input() {
        // A program that does not listen is judged by what it answers.
        std::thread::spawn(move || pipe.write_all(&input));
    }
    let output = started.output().map(|pipe| take(pipe, ANSWER_BYTES_MAX + 1));
    let heard = output.and_then(|output| output.recv_timeout(WAIT).ok());
    started.stop();
    let heard =
        heard.ok_or_else(|| format!("it did not answer within {} seconds", WAIT.as_secs()))?;
    if heard.len() as u64 > ANSWER_BYTES_MAX {
        return Err(format!("it answered with more than {ANSWER_BYTES_MAX} bytes"));
    }
    let answer: Answer = parse(&heard, Numbers::Any)
        .map_err(|error| format!("its answer cannot be read: {error}"))?;
    match answer.error_message.as_deref() {
        None | Some("") => Ok(answer),
        Some(why) => Err(format!("it says {:?}", why.chars().take(200).collect::<String>())),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'q> {
    init_options: Init<'q>,
    #[serde(flatten)]
    method: Method,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Init<'q> {
    protocol_version: &'q str,
    #[serde(rename = "keyResourceID")]
    key_resource_id: &'q str,
    hash_func: u8,
    rpc_options: Empty,
}

#[derive(Serialize, Default)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    #[serde(rename = "methodName")]
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<Showing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_message: Option<Signing>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Options {
    rpc_options: Empty,
    message_options: Empty,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Showing {
    public_key_options: RemoteOptions,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct RemoteOptions {
    rpc_options: Empty,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signing {
    sign_options: Options,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default)]
    public_key: Option<Shown>,
    #[serde(default)]
    sign_message: Option<Signed>,
}

#[derive(Deserialize)]
struct Shown {
    #[serde(rename = "publicKeyPEM")]
    public_key_pem: String,
}

#[derive(Deserialize)]
struct Signed {
    signature: String,
}

/// Says that a reference names a program where a file is needed.
pub(super) fn no_program(what: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("a program cannot hold {what}"))
        .hint("write file:PATH, env:NAME or a path")
}
