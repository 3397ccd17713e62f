//! One question to the server, asked until it is answered: never for longer than the limits allow.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Request;
use http::header::{ACCEPT, RETRY_AFTER};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::{Body, ClientBuilder};
use tokio::time::{Instant, sleep, timeout_at};

use super::super::Options;
use super::config::Target;
use super::trouble::{Limit, Trouble};
use crate::model::Limits;

/// How often one question is asked.
const ATTEMPTS_MAX: u32 = 5;

/// How long one waits before asking again; each time twice as long.
const BACK_OFF: Duration = Duration::from_millis(250);

/// What answers are asked for.
pub(super) const JSON: &str = "application/json";

/// A server that is asked.
#[derive(Clone)]
pub(super) struct Server {
    client: Client,
    limits: Limits,
    until: Instant,
    taken: Arc<AtomicU64>,
}

/// Why one attempt failed, and after how long another one makes sense, if it does.
struct Failed {
    trouble: Trouble,
    again: Option<Duration>,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, again: None }
    }
}

impl Failed {
    const fn retried(trouble: Trouble) -> Self {
        Self { trouble, again: Some(Duration::ZERO) }
    }
}

impl Server {
    /// Prepares to ask. A program that the kubeconfig names for credentials is run here.
    pub(super) fn connect(target: &Target, options: &Options) -> Result<Self, Trouble> {
        let limits = options.limits;
        let until = Instant::now() + Duration::from_millis(limits.cluster_wait_ms_max);
        let client = ClientBuilder::try_from(target.config.clone()).map_err(|why| unmade(&why))?;
        Ok(Self { client: client.build(), limits, until, taken: Arc::default() })
    }

    /// How much is read.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks for a path, and asks again if that may help.
    pub(super) async fn ask(&self, path: &str, accept: &str) -> Result<Vec<u8>, Trouble> {
        let mut pause = BACK_OFF;
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(path, accept).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => failed,
            };
            let Some(told) = failed.again.filter(|_| attempt < ATTEMPTS_MAX) else {
                return Err(failed.trouble);
            };
            let next = Instant::now() + told.max(pause);
            if next >= self.until {
                return Err(failed.trouble);
            }
            sleep(next - Instant::now()).await;
            attempt += 1;
            pause *= 2;
        }
    }

    async fn attempt(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failed> {
        let most = self.limits.request_wait_ms_max;
        let own = Instant::now() + Duration::from_millis(most);
        match timeout_at(own.min(self.until), self.exchange(path, accept)).await {
            Ok(answer) => answer,
            Err(_) if own < self.until => Err(Failed::retried(Trouble::Over(Limit::Request(most)))),
            Err(_) => Err(Trouble::Over(Limit::Cluster(self.limits.cluster_wait_ms_max)).into()),
        }
    }

    async fn exchange(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failed> {
        let request = Request::get(path).header(ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|_| Trouble::Unexpected)?;
        let response = self.client.send(request).await.map_err(|why| unsent(&why))?;
        let status = response.status().as_u16();
        let told = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let told = Duration::from_secs(told.and_then(|text| text.trim().parse().ok()).unwrap_or(0));
        match status {
            200 => self.body(response.into_body()).await,
            401 => Err(Trouble::Unauthorised.into()),
            403 => Err(Trouble::Forbidden.into()),
            404 => Err(Trouble::Missing.into()),
            410 => Err(Trouble::Gone.into()),
            429 => Err(Failed { trouble: Trouble::Busy, again: Some(told) }),
            500..=599 => Err(Failed { trouble: Trouble::Status(status), again: Some(told) }),
            _ => Err(Trouble::Status(status).into()),
        }
    }

    /// Reads an answer piece by piece, so that one that is too long is not taken in.
    async fn body(&self, mut body: Body) -> Result<Vec<u8>, Failed> {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failed::retried(Trouble::Cut))?;
            let Ok(piece) = frame.into_data() else { continue };
            bytes.extend_from_slice(&piece);
            let (length, most) = (bytes.len() as u64, self.limits.file_bytes_max);
            if length > most {
                return Err(Trouble::Over(Limit::Answer(most)).into());
            }
        }
        let (length, most) = (bytes.len() as u64, self.limits.cluster_bytes_max);
        let before = self.taken.fetch_add(length, Ordering::Relaxed);
        if before.saturating_add(length) > most {
            return Err(Trouble::Over(Limit::Answers(most)).into());
        }
        Ok(bytes)
    }
}

/// Why no client could be made: by the certificates and keys of the kubeconfig, its programs, or a
/// proxy of a kind that is not known.
const fn unmade(why: &kube::Error) -> Trouble {
    let is_proxy = matches!(why, kube::Error::ProxyProtocolUnsupported { .. });
    if is_proxy { Trouble::Unreachable } else { Trouble::Credentials }
}

/// Why a request was not answered. Only words of the libraries are looked for, and none is shown.
fn unsent(why: &kube::Error) -> Failed {
    let mut next: Option<&dyn Error> = Some(why);
    while let Some(error) = next {
        if error.is::<kube::client::AuthError>() {
            return Trouble::Credentials.into();
        }
        if error.to_string().contains("invalid peer certificate") {
            return Trouble::Untrusted.into();
        }
        next = error.source();
    }
    Failed::retried(Trouble::Unreachable)
}
