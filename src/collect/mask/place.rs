//! Secrets known by where they stand: fields a schema names, keys that promise a secret, pairs of
//! a name and a value, arguments, documents embedded in texts.

mod commands;
mod references;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::assign::Manner;
use super::declared::SecretPatterns;
use super::edit::Mask;
use super::encoded::{decode, masked};
use super::flat::{by_shape, find_flat, in_blocks, in_comments, tokens};
use super::headers;
use super::key::MaskingKey;
use super::layout::{Layout, verbatim};
use super::names::{is_secret_file, key_class_below, secret_class, secret_class_of};
use super::promise::{Promise, pair};
use super::shape::Triggers;
use super::spelled;
use super::value::{behind_telling_scheme, behind_user, declared_part, secret_part};
use super::variables::{Variable, Variables};
use super::whole::whole;
use crate::dialect::schema::{At, Seg};
use crate::dialect::{self, Dialect, Recognised};
use crate::model::{Kind, Limits, Node, SourceId};
use crate::syntax::{self, Parsed, Syntax};

/// A text with its trees, as a search for secrets sees it.
#[derive(Clone, Copy)]
pub(in crate::collect) struct Page<'w> {
    /// Its name: the file's, or the key it is embedded under.
    pub(in crate::collect) name: &'w str,
    /// The text.
    pub(in crate::collect) text: &'w str,
    /// What it is written in.
    pub(in crate::collect) syntax: &'static dyn Syntax,
    /// What that syntax understood.
    pub(in crate::collect) parsed: &'w Parsed<'w>,
    /// What each of its documents is.
    pub(in crate::collect) recognised: &'w [Recognised],
}

/// What a search needs besides the text.
#[derive(Clone, Copy)]
pub(in crate::collect) struct Search<'w> {
    /// Under which key secrets are fingerprinted.
    pub(in crate::collect) key: &'w MaskingKey,
    /// What else the organisation calls a secret.
    pub(in crate::collect) declared: &'w SecretPatterns,
    /// How deep documents may be embedded.
    pub(in crate::collect) limits: &'w Limits,
    /// The variables that some file of the run tells to hold secrets.
    pub(in crate::collect) variables: Option<&'w Variables>,
}

/// What a text gives away.
pub(super) struct Finds {
    pub(super) masks: Vec<Mask>,
    /// The variables it refers to where secrets are expected.
    pub(super) variables: BTreeSet<Variable>,
}

/// Every secret of a text, by shape and by place. `depth` counts the texts it is embedded in.
pub(super) fn find(search: Search<'_>, page: Page<'_>, depth: u32) -> Finds {
    let triggers = Triggers::with(page.text, search.variables);
    let mut masks = by_shape(search.key, page.text, &triggers);
    masks.extend(in_comments(search.key, page.text, &triggers));
    masks.extend(in_blocks(search.key, page.text, page.syntax.id(), &triggers));
    let spelled = spelled::secrets(page.name, page.text, page.syntax.id());
    masks.extend(tokens(search.key, page.text, spelled));
    let mut walk = Walk {
        search,
        page,
        triggers: &triggers,
        depth,
        masks,
        variables: BTreeSet::new(),
        path: Vec::new(),
        base: 0,
        kind: "",
        dialect: None,
        is_plain: false,
    };
    for (document, recognised) in page.parsed.documents.iter().zip(page.recognised) {
        let Some(root) = page.parsed.tree.root(document.root) else { continue };
        // What others call Secret is masked too.
        walk.judge_by(recognised.identity.own_kind(), recognised.dialect);
        walk.given_by_terraform(root);
        walk.all_secret(root);
        if walk.says_nothing(None, root) {
            walk.encoded(root);
        } else {
            walk.visit(root, None, 0);
        }
    }
    Finds { masks: walk.masks, variables: walk.variables }
}

/// What only the owner of a JSON Web Key has (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 7] = ["k", "d", "p", "q", "dp", "dq", "qi"];
const JWK: Promise = Promise::named("private-key");

struct Walk<'w> {
    search: Search<'w>,
    page: Page<'w>,
    triggers: &'w Triggers,
    depth: u32,
    masks: Vec<Mask>,
    variables: BTreeSet<Variable>,
    path: Vec<Seg<'w>>,
    /// Where in `path` the object begins that `kind` and `dialect` speak of.
    base: usize,
    kind: &'w str,
    dialect: Option<&'static dyn Dialect>,
    /// Whether no field of such an object is a secret by its place alone.
    is_plain: bool,
}

impl<'w> Walk<'w> {
    fn judge_by(&mut self, kind: &'w str, dialect: &'static dyn Dialect) {
        let schema = dialect.schema();
        self.is_plain = !schema.secrets_in(kind) && !schema.embeds_in(kind);
        (self.kind, self.dialect) = (kind, Some(dialect));
    }

    /// Whether no name and no shape in a subtree, or of the key it stands under, begins anything
    /// that may be a secret: most of what is visited.
    fn says_nothing(&self, key: Option<Node<'w>>, node: Node<'w>) -> bool {
        self.is_plain
            && !node.is_scalar()
            && !node.in_tree_with_copies()
            && !self.has_triggers(node)
            && key.is_none_or(|key| !self.has_triggers(key))
    }

    /// Masks the texts of such a subtree that are base64 of others: they say nothing as they are.
    fn encoded(&mut self, node: Node<'w>) {
        for scalar in node.scalars() {
            if let Some(token) = masked(self.search.key, scalar.text()) {
                self.masks.push(whole(self.page.text, scalar, self.page.syntax.id(), token));
            }
        }
    }

    /// Visits a node. Trees are as deep as [`Limits::depth_max`] at most, and so is this.
    fn visit(&mut self, node: Node<'w>, promise: Option<Promise>, depth: u32) {
        if depth > self.search.limits.depth_max.saturating_add(1) {
            return;
        }
        match node.kind() {
            Kind::Map => self.map(node, promise, depth),
            Kind::List => self.list(node, promise, depth),
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                let masked = promise.is_some_and(|promise| self.keep_promise(node, promise));
                if !masked && !node.is_copied() {
                    self.scan(node);
                }
            }
        }
    }

    fn map(&mut self, node: Node<'w>, inherited: Option<Promise>, depth: u32) {
        let outer = (self.base, self.kind, self.dialect, self.is_plain);
        let triggered = self.has_triggers(node);
        if triggered && depth > 0 {
            self.enter_object(node);
        }
        self.enter_embedded();
        for marked in self.dialect.map(|dialect| dialect.sensitive(node)).into_iter().flatten() {
            self.keep_promise(marked, Promise::declared("sensitive-value", false));
        }
        let is_variable = |name: &str| self.is_variable(name);
        let pair = if triggered { pair(node, is_variable) } else { None };
        let is_jwk = triggered && node.get("kty").is_some();
        if triggered {
            self.commands(node);
        }
        for entry in node.entries() {
            let key = entry.key.text();
            let own = inherited.filter(|promise| promise.covers_key(key));
            let masked = own.is_some_and(|promise| self.keep_promise(entry.key, promise));
            if !masked && !entry.key.is_copied() && entry.key.is_scalar() {
                self.scan(entry.key);
            }
            self.path.push(Seg::Key(key));
            let promise = self
                .declared()
                .or_else(|| (is_jwk && PRIVATE_MEMBERS.contains(&key)).then_some(JWK))
                .or_else(|| pair.filter(|(holder, _)| *holder == key).map(|(_, class)| class))
                .or_else(|| self.named(node, entry.key, entry.value))
                .or_else(|| inherited.and_then(|promise| promise.member(node, key)));
            if promise.is_none() && self.says_nothing(Some(entry.key), entry.value) {
                self.encoded(entry.value);
            } else {
                self.visit(entry.value, promise, depth.saturating_add(1));
            }
            self.path.pop();
        }
        (self.base, self.kind, self.dialect, self.is_plain) = outer;
    }

    fn list(&mut self, node: Node<'w>, promise: Option<Promise>, depth: u32) {
        let triggered = self.has_triggers(node);
        if triggered {
            self.command(None, &node.items().collect::<Vec<_>>());
        }
        self.options(node);
        let mut flag: Option<Promise> = None;
        for item in node.items() {
            let argument = flag.take().filter(|_| !item.text().starts_with('-'));
            if triggered && item.is_scalar() && item.text().starts_with('-') {
                let name = item.text().trim_start_matches('-');
                let alone = !name.contains(['=', ' ']);
                flag = secret_class(name).map(Promise::named);
                flag = flag.or_else(|| Promise::header_list(name)).filter(|_| alone);
            }
            self.path.push(Seg::Item(""));
            let promise = argument.or(promise.and_then(|promise| promise.item(item)));
            if promise.is_none() && self.says_nothing(None, item) {
                self.encoded(item);
            } else {
                self.visit(item, promise, depth.saturating_add(1));
            }
            self.path.pop();
        }
    }

    /// A Kubernetes object within another (`kind: List`) is judged by its own kind.
    fn enter_object(&mut self, node: Node<'w>) {
        if let (Some(kind), Some(_)) = (node.text_at(&["kind"]), node.text_at(&["apiVersion"])) {
            match self.dialect {
                Some(dialect) => self.judge_by(kind, dialect),
                None => self.kind = kind,
            }
            self.base = self.path.len();
        }
    }

    /// A subtree that is a document of another dialect is judged by that one.
    fn enter_embedded(&mut self) {
        let Some(dialect) = self.dialect else { return };
        let at = At { kind: self.kind, path: self.here() };
        if let Some(embedded) = dialect.schema().embed(at).and_then(dialect::by_id) {
            self.judge_by(embedded.id(), embedded);
            self.base = self.path.len();
        }
    }

    fn here(&self) -> &[Seg<'w>] {
        self.path.get(self.base..).unwrap_or_default()
    }

    /// What the schema says of the place.
    fn declared(&self) -> Option<Promise> {
        let at = At { kind: self.kind, path: self.here() };
        let field = self.dialect?.schema().secret(at)?;
        Some(Promise::declared(&field.class, field.base64))
    }

    /// What the name of a key promises.
    fn named(&self, map: Node<'w>, key: Node<'w>, value: Node<'w>) -> Option<Promise> {
        let name = key.text();
        if let (false, Some(Seg::Key(outer))) = (value.is_scalar(), self.path.iter().nth_back(1)) {
            let all = match name {
                "data" | "stringData" if matches!(*outer, "secret" | "secrets") => {
                    Some(Promise::all("secret"))
                }
                "users" => Promise::user_and_password(outer),
                _ => None,
            };
            if all.is_some() {
                return all;
            }
        }
        if !self.has_triggers(key) && !key.is_copied() {
            return None;
        }
        let headers = || {
            let dialect = self.dialect.map_or("", |dialect| dialect.id());
            let sent = headers::are_sent(&self.path, dialect).then(Promise::headers);
            sent.or_else(|| headers::dotted_class(name).map(Promise::named))
        };
        let promise = Promise::dotted(name).or_else(|| Promise::header_list(name));
        if let Some(promise) = promise.or_else(headers) {
            return Some(promise);
        }
        if self.is_variable(name) {
            return Some(Promise::variable());
        }
        if !value.is_scalar()
            && let Some(promise) = Promise::sent_to(name, value)
                .or_else(|| Promise::mapped(name))
                .or_else(|| Promise::plural(name))
        {
            return Some(promise);
        }
        let below = || match self.path.iter().nth_back(1) {
            Some(Seg::Key(outer)) if name == "key" => key_class_below(outer, value.text()),
            Some(_) | None => None,
        };
        let class = secret_class_of(name, value.text()).or_else(below).or_else(|| {
            let long = value.is_scalar() && value.text().len() >= 64;
            let of_registry = name == "auth" && self.path.contains(&Seg::Key("auths"));
            let class = if of_registry { "basic-credentials" } else { "private-key" };
            (of_registry || long && is_secret_file(name)).then_some(class)
        });
        let Some(class) = class else { return Promise::user_and_password(name) };
        // `secretKey` of an external secret names a key; what stands under `encryptedData` is
        // ciphertext.
        let names_a_key = class == "access-key"
            && map.entries().any(|entry| matches!(entry.key.text(), "remoteRef" | "sourceRef"));
        let encrypted = self.path.contains(&Seg::Key("encryptedData"));
        (!names_a_key && !encrypted).then(|| Promise::named(class))
    }

    fn has_triggers(&self, node: Node<'w>) -> bool {
        let span = node.span();
        self.triggers
            .any_within(span.start as usize..(span.end as usize).max(span.start as usize + 1))
    }

    /// Masks what a promise covers; false when there is nothing to mask.
    fn keep_promise(&mut self, node: Node<'w>, promise: Promise) -> bool {
        let text = node.text();
        self.refer(promise, text);
        if promise.is_of_headers() {
            return self.header_list(node);
        }
        if promise.passes_over(text) {
            return false;
        }
        let part = match promise {
            Promise { declared: true, .. } => declared_part(text),
            Promise { pair: true, .. } => behind_user(text),
            Promise { .. } => secret_part(text),
        };
        let Some(part) = part.filter(|_| !matches!(node.kind(), Kind::Null | Kind::Bool)) else {
            return false;
        };
        let secret = text.get(part.clone()).unwrap_or_default();
        let decoded = promise.base64.then(|| decode(secret)).flatten();
        let bytes = decoded.as_deref().unwrap_or(secret.as_bytes());
        let mut token = self.search.key.token(promise.class, bytes);
        if decoded.is_some() {
            token = STANDARD.encode(token);
        }
        let all = secret.trim().len() == text.trim().len();
        let mask = if all {
            whole(self.page.text, node, self.page.syntax.id(), token)
        } else if let Some(layout) = Layout::of(node) {
            layout.place(Mask::over(text, part, token))
        } else {
            let token = self.search.key.token(promise.class, text.as_bytes());
            whole(self.page.text, node, self.page.syntax.id(), token)
        };
        self.masks.push(mask);
        true
    }

    /// Masks the secrets of a list of headers; what else there is in it is to be scanned.
    fn header_list(&mut self, node: Node<'w>) -> bool {
        let found = headers::of_list(node.text());
        let masks = tokens(self.search.key, node.text(), found);
        self.place(node, masks);
        false
    }

    /// Writes masks that were found in a scalar's text where they stand in the page's.
    fn place(&mut self, node: Node<'w>, masks: Vec<Mask>) {
        let text = node.text();
        if masks.is_empty() {
            return;
        }
        if let Some(layout) = Layout::of(node) {
            self.masks.extend(masks.into_iter().map(|mask| layout.place(mask)));
        } else if let Some(masks) = verbatim(node, text, &masks) {
            self.masks.extend(masks);
        } else {
            let token = self.search.key.token("embedded", text.as_bytes());
            self.masks.push(whole(self.page.text, node, self.page.syntax.id(), token));
        }
    }

    /// Looks for secrets within a text that is not one itself.
    fn scan(&mut self, node: Node<'w>) {
        self.refer_within(node.text());
        if let Some(token) = masked(self.search.key, node.text()) {
            self.masks.push(whole(self.page.text, node, self.page.syntax.id(), token));
            return;
        }
        let span = node.span();
        let span = span.start as usize..span.end as usize;
        let mut kinds = self.triggers.within(span).map(|(_, _, kind)| kind).peekable();
        if kinds.peek().is_none() {
            return;
        }
        let telling = kinds.any(|kind| !kind.is_shape());
        let text = node.text();
        if !telling && matches!(Layout::of(node), Some(Layout::Verbatim(_))) {
            return; // The shapes of the whole text cover it.
        }
        let masks = self.within(node, text);
        self.place(node, masks);
    }

    /// The masks of a scalar's text, in places of that text.
    fn within(&mut self, node: Node<'w>, text: &str) -> Vec<Mask> {
        let (key, variables) = (self.search.key, self.search.variables);
        let lines = text.contains('\n');
        if self.path.is_empty() {
            return find_flat(key, text, Manner::Lines, variables);
        }
        if lines || text.starts_with(['{', '[']) {
            if let Some(masks) = self.embedded(text) {
                return masks;
            }
            if is_secret_object(text) {
                return vec![Mask::over(
                    text,
                    0..text.len(),
                    key.token("embedded", text.as_bytes()),
                )];
            }
            let mut masks = find_flat(key, text, Manner::Lines, variables);
            masks.extend(find_flat(key, text, Manner::Arguments, variables));
            return masks;
        }
        if let Some(masks) = self.directive(node, text) {
            return masks;
        }
        if let Some(part) = behind_telling_scheme(text) {
            let secret = text.get(part.clone()).unwrap_or_default();
            return vec![Mask::over(text, part, key.token("authorization", secret.as_bytes()))];
        }
        find_flat(key, text, Manner::Arguments, variables)
    }

    /// A directive whose first argument is a name and whose second is its value.
    fn directive(&self, node: Node<'w>, text: &str) -> Option<Vec<Mask>> {
        let Some(Seg::Key(key)) = self.path.last() else { return None };
        let found = headers::set(key, text).filter(|_| !node.is_copied())?;
        Some(tokens(self.search.key, text, [found]))
    }

    /// The masks of a text that is a document of its own.
    fn embedded(&mut self, text: &str) -> Option<Vec<Mask>> {
        if self.depth >= self.search.limits.embedding_depth_max {
            return None;
        }
        let name = match self.path.last() {
            Some(Seg::Key(key)) => *key,
            Some(Seg::Item(_)) | None => "",
        };
        let syntax = syntax::detect(name, text).filter(|syntax| syntax.id() != "text")?;
        let parsed = syntax.parse(text, SourceId(0), self.search.limits);
        let roots: Vec<Node<'_>> =
            parsed.documents.iter().filter_map(|known| parsed.tree.root(known.root)).collect();
        if !parsed.issues.is_empty()
            || roots.is_empty()
            || roots.iter().all(|root| root.is_scalar())
        {
            return None;
        }
        let recognised: Vec<Recognised> =
            roots.iter().map(|root| dialect::recognise(name, syntax.id(), *root)).collect();
        let page = Page { name, text, syntax, parsed: &parsed, recognised: &recognised };
        let found = find(self.search, page, self.depth.saturating_add(1));
        self.variables.extend(found.variables);
        Some(found.masks)
    }
}

/// Whether a text that could not be read as a document is a Secret: its keys promise nothing.
fn is_secret_object(text: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    has("kind") && has("Secret") && (has("stringData") || has("data"))
}
