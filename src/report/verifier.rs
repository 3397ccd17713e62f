//! A page that verifies a signed report in a browser, without a network.
//!
//! It pins the keys it was made with, and comes from whoever verifies, never with the report: who
//! can change the data could change the page. Only its own script runs in it, by digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::evidence::Trust;
use crate::model::Digest;

const PAGE: &str = include_str!("verifier.html");
const STYLE: &str = include_str!("verifier.css");
const SCRIPT: &str = include_str!("verifier.js");

#[derive(Serialize)]
struct Pinned {
    threshold: usize,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    id: String,
    algorithm: &'static str,
    spki: String,
}

/// Writes the page for these keys. The same keys give the same bytes.
///
/// # Errors
///
/// None is known; the writer's own is passed on.
pub fn verifier_page(trust: &Trust) -> Result<String, serde_json::Error> {
    let key = |key: &crate::evidence::PublicKey| Key {
        id: key.id().to_string(),
        algorithm: key.algorithm().as_str(),
        // The lines between those of the PEM are the key itself.
        spki: key.to_pem().lines().filter(|line| !line.starts_with("-----")).collect(),
    };
    let pinned = Pinned { threshold: trust.threshold(), keys: trust.keys().map(key).collect() };
    let pinned = serde_json::to_string(&pinned)?.replace('<', "\\u003c");
    let digest = |text: &str| STANDARD.encode(Digest::of(text.as_bytes()).0);
    Ok(PAGE
        .replace("@SCRIPT@", &digest(SCRIPT))
        .replace("@STYLE@", &digest(STYLE))
        .replace("@STYLE_TEXT@", STYLE)
        .replace("@KEYS@", &pinned)
        .replace("@SCRIPT_TEXT@", SCRIPT))
}
