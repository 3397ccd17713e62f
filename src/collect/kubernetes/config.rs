//! Which cluster, and as whom: what the user's kubeconfig says.
//!
//! No message here is one of a library: it could quote a token.

use std::ffi::OsStr;
use std::path::PathBuf;

use kube::Config;
use kube::config::{ExecInteractiveMode, Kubeconfig, KubeconfigError};

use super::super::Options;
use super::super::door::Refusal;
use super::refused;
use crate::model::GapReason;

/// How long a kubeconfig may be.
const KUBECONFIG_BYTES_MAX: u64 = 16 << 20;

/// A cluster, or a namespace of it.
pub(super) struct Target {
    /// How it is reached, and as whom.
    pub(super) config: Config,
    /// The context.
    pub(super) context: String,
    /// The namespace, if only one is asked for.
    pub(super) namespace: Option<String>,
}

impl Target {
    /// Finds what `CONTEXT[/NAMESPACE]` names. Contexts may hold slashes; a whole one goes before
    /// one with a namespace.
    pub(super) fn find(asked: &str, options: &Options) -> Result<Self, Refusal> {
        if asked.is_empty() {
            return Err(refused(
                "no context is named, and the current one may be any; name one, as \
                 `kubectl config get-contexts` lists them",
            ));
        }
        let mut kubeconfig = read(options)?;
        let (context, namespace) = split(asked, &kubeconfig)?;
        let proxy = proxy_of(&context, &kubeconfig);
        kubeconfig.current_context = Some(context.clone());
        let config = Config::try_from(kubeconfig).map_err(|error| unusable(&error))?;
        let mut target = Self { config, context, namespace };
        target.settle(proxy.as_deref(), options);
        Ok(target)
    }

    /// Takes into our own hands what the library would decide, by the environment for one.
    fn settle(&mut self, proxy: Option<&str>, options: &Options) {
        let config = &mut self.config;
        config.proxy_url = proxy.and_then(|url| url.parse().ok());
        config.default_retry = false;
        config.connect_timeout =
            Some(std::time::Duration::from_millis(options.limits.request_wait_ms_max));
        if let Some(exec) = &mut config.auth_info.exec {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }

    /// The address, without who asks.
    pub(super) fn url(&self) -> String {
        let url = &self.config.cluster_url;
        let scheme = url.scheme_str().unwrap_or("https");
        let host = url.host().unwrap_or_default();
        let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{host}{port}{}", url.path().trim_end_matches('/'))
    }

    /// Whether anyone could answer for the server.
    pub(super) fn is_unverified(&self) -> bool {
        self.config.accept_invalid_certs
    }
}

/// Reads the files of `KUBECONFIG`, of which those that are not there count for nothing, or else
/// the one in the home folder.
fn read(options: &Options) -> Result<Kubeconfig, Refusal> {
    let variable = |name: &str| {
        let found = options.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_os_str()).filter(|value| !value.is_empty())
    };
    let home = || variable("HOME").or_else(|| variable("USERPROFILE"));
    let paths: Vec<PathBuf> = variable("KUBECONFIG").map_or_else(
        || home().map(in_home).into_iter().collect(),
        |list| std::env::split_paths(list).collect(),
    );
    let mut whole: Option<Kubeconfig> = None;
    for path in paths.iter().filter(|path| path.is_file()) {
        let is_short = path.metadata().is_ok_and(|it| it.len() <= KUBECONFIG_BYTES_MAX);
        let read = is_short.then(|| Kubeconfig::read_from(path).ok()).flatten();
        let merged = read.and_then(|read| match whole.take() {
            None => Some(read),
            Some(whole) => whole.merge(read).ok(),
        });
        let unreadable = || Refusal {
            reason: GapReason::Unparsed,
            message: "cannot read the cluster: a file of KUBECONFIG cannot be read or is no \
                      kubeconfig; see what `kubectl config view` says of it"
                .to_owned(),
        };
        whole = Some(merged.ok_or_else(unreadable)?);
    }
    whole.ok_or_else(|| {
        refused(
            "there is no kubeconfig; name one by the variable KUBECONFIG, or put it where kubectl \
             looks for it, in .kube/config of the home folder",
        )
    })
}

fn unusable(error: &KubeconfigError) -> Refusal {
    // The library reads these variables, whatever becomes of them here.
    let is_proxy =
        matches!(error, KubeconfigError::ParseProxyUrl(_) | KubeconfigError::ParseNoProxy(_));
    refused(if is_proxy {
        "the proxy-url of the context, or HTTPS_PROXY or NO_PROXY in the environment, is none; \
         correct or unset it"
    } else {
        "the context cannot be used: its cluster, address, certificate or key is not in the \
         kubeconfig, or cannot be read; try `kubectl version` in the context"
    })
}

fn in_home(home: &OsStr) -> PathBuf {
    PathBuf::from(home).join(".kube").join("config")
}

fn split(asked: &str, kubeconfig: &Kubeconfig) -> Result<(String, Option<String>), Refusal> {
    let is_context = |name: &str| kubeconfig.contexts.iter().any(|known| known.name == name);
    if is_context(asked) {
        return Ok((asked.to_owned(), None));
    }
    let Some((context, namespace)) = asked.rsplit_once('/').filter(|(it, _)| is_context(it)) else {
        return Err(refused(
            "the kubeconfig has no such context; check the name, `kubectl config get-contexts` \
             lists them",
        ));
    };
    if !is_label(namespace) {
        return Err(refused("what stands behind the '/' is no name of a namespace; check it"));
    }
    Ok((context.to_owned(), Some(namespace.to_owned())))
}

/// Whether a text is a DNS label (RFC 1123), as names of namespaces are.
fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The proxy that the kubeconfig names for a context.
fn proxy_of(context: &str, kubeconfig: &Kubeconfig) -> Option<String> {
    let context = kubeconfig.contexts.iter().find(|known| known.name == context)?;
    let cluster = &context.context.as_ref()?.cluster;
    let cluster = kubeconfig.clusters.iter().find(|known| known.name == *cluster)?;
    cluster.cluster.as_ref()?.proxy_url.clone().filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use kube::config::Kubeconfig;

    use super::{is_label, split};

    #[test]
    fn a_context_may_hold_slashes_and_a_whole_one_goes_first() {
        let named = |name: &str| kube::config::NamedContext {
            name: name.to_owned(),
            ..kube::config::NamedContext::default()
        };
        let contexts = ["a", "a/b", "arn:aws:eks:x:1:cluster/shop"].map(named).into();
        let kubeconfig = Kubeconfig { contexts, ..Kubeconfig::default() };
        let of = |asked: &str| split(asked, &kubeconfig).ok();
        let found = |context: &str, namespace: Option<&str>| {
            Some((context.to_owned(), namespace.map(str::to_owned)))
        };
        assert_eq!(of("a"), found("a", None));
        assert_eq!(of("a/b"), found("a/b", None));
        assert_eq!(of("a/c"), found("a", Some("c")));
        assert_eq!(of("a/b/c"), found("a/b", Some("c")));
        assert_eq!(of("arn:aws:eks:x:1:cluster/shop"), found("arn:aws:eks:x:1:cluster/shop", None));
        let shop = of("arn:aws:eks:x:1:cluster/shop/pay");
        assert_eq!(shop, found("arn:aws:eks:x:1:cluster/shop", Some("pay")));
        for wrong in ["b", "a/", "a/B", "a/-c", "a/c/d", "/c"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_namespace_is_a_label() {
        assert!(is_label("shop-blue") && is_label("9"));
        assert!(!is_label("") && !is_label("a.b") && !is_label(&"a".repeat(64)));
    }
}
