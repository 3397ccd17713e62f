//! Why something of a cluster could not be had, and what to do about it.
//!
//! What a server says of an error is not shown: it may quote what it holds.

use super::super::door::Refusal;
use crate::model::GapReason;

/// Why an answer could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// 401.
    Unauthorised,
    /// 403.
    Forbidden,
    /// 404.
    Missing,
    /// 410.
    Gone,
    /// 429, to the end.
    Busy,
    /// Any other status; one from 500 on was the answer to the end.
    Status(u16),
    /// A limit was reached.
    Over(Limit),
    /// No connection.
    Unreachable,
    /// The certificate is not trusted.
    Untrusted,
    /// The kubeconfig yields no credentials.
    Credentials,
    /// The connection broke off.
    Cut,
    /// The answer is no JSON.
    Garbled,
    /// The answer is JSON, but not what was asked for.
    Unexpected,
    /// A server that says there is more, and gives the same again.
    Circular,
    /// An API that the server does not vouch for: the one behind it does not answer.
    Stale,
}

/// A limit with what it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Milliseconds of one request.
    Request(u64),
    /// Milliseconds of the whole.
    Cluster(u64),
    /// Bytes of one answer.
    Answer(u64),
    /// Bytes of all answers.
    Answers(u64),
}

impl Trouble {
    /// What to say when it kept one from doing `what`.
    pub(super) fn refusal(self, what: &str) -> Refusal {
        Refusal { reason: self.reason(), message: format!("cannot {what}: {}", self.why()) }
    }

    const fn reason(self) -> GapReason {
        match self {
            Self::Missing => GapReason::SourceMissing,
            Self::Over(_) => GapReason::LimitReached,
            Self::Garbled | Self::Unexpected => GapReason::Unparsed,
            Self::Unauthorised
            | Self::Forbidden
            | Self::Gone
            | Self::Busy
            | Self::Status(_)
            | Self::Unreachable
            | Self::Untrusted
            | Self::Credentials
            | Self::Cut
            | Self::Circular
            | Self::Stale => GapReason::Unreadable,
        }
    }

    fn why(self) -> String {
        let why = match self {
            Self::Over(limit) => return limit.why(),
            Self::Status(status @ 500..) => {
                return format!("the server failed ({status}), time and again; try again later");
            }
            Self::Status(status) => {
                return format!(
                    "the server refused ({status}); see what `kubectl get --v=6` says of it"
                );
            }
            Self::Unauthorised => {
                "the server does not accept the credentials (401); log in again, or renew the token"
            }
            Self::Forbidden => {
                "the account may not (403); grant it what deploy/cluster-reader.yaml grants"
            }
            Self::Missing => "the server does not have it (404); check the name",
            Self::Gone => {
                "the list changed faster than it could be read, time and again (410); try again \
                 when less is going on"
            }
            Self::Busy => {
                "the server has too much to do (429) and said so to the end; try again later"
            }
            Self::Unreachable => {
                "no connection to the server could be made; check its address in the kubeconfig, \
                 and its proxy-url if there is a proxy: variables such as HTTPS_PROXY are not read"
            }
            Self::Untrusted => {
                "the certificate of the server is not trusted; check certificate-authority and \
                 tls-server-name in the kubeconfig"
            }
            Self::Credentials => {
                "the kubeconfig yields no credentials; run `kubectl auth whoami` in the context to \
                 see why. A program that asks for them must not need an answer"
            }
            Self::Cut => "the connection broke off within the answer, time and again; try again",
            Self::Garbled => {
                "the answer is no JSON; check that the address in the kubeconfig is that of an API \
                 server"
            }
            Self::Unexpected => {
                "the answer is not what the Kubernetes API gives; check that the address in the \
                 kubeconfig is that of an API server"
            }
            Self::Circular => {
                "the server gives the same page again and again; report it to its makers"
            }
            Self::Stale => {
                "the server it comes from does not answer; see `kubectl get apiservices`, repair \
                 or remove it"
            }
        };
        why.to_owned()
    }
}

impl Limit {
    fn why(self) -> String {
        match self {
            Self::Request(most) => format!(
                "no whole answer came within request_wait_ms_max ({most} milliseconds), time and \
                 again; try again when the server has less to do"
            ),
            Self::Cluster(most) => format!(
                "the time of the whole source was over, cluster_wait_ms_max ({most} milliseconds); \
                 ask for a namespace, or leave kinds out by a pattern"
            ),
            Self::Answer(most) => {
                format!("one answer is longer than file_bytes_max ({most} bytes)")
            }
            Self::Answers(most) => format!(
                "all answers together are longer than cluster_bytes_max ({most} bytes); ask for a \
                 namespace, or leave kinds out by a pattern"
            ),
        }
    }
}
