//! The ways of proving that a difference is legitimate, by name.

/// One way of proving that a difference is legitimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Explainer {
    /// One text in other quotes.
    Quoting,
    /// One truth in other words.
    BooleanWord,
    /// Nothing in other words.
    NullWord,
    /// One number in other digits.
    NumberSpelling,
    /// A field's text that is read as a number.
    NumberText,
    /// A field's text that is read as a boolean, in any case.
    BooleanCase,
    /// A field's text that is read as a boolean of PostgreSQL.
    PostgresBoolean,
    /// A truth of Go.
    GoBoolean,
    /// A whole number in decimal digits.
    Integer,
    /// A time of protobuf.
    ProtobufDuration,
    /// A time of Spring.
    SpringDuration,
    /// An amount of memory of Spring.
    SpringSize,
    /// An amount in other units of Kubernetes.
    Quantity,
    /// A time in other units.
    Duration,
    /// An amount of memory in other units.
    Memory,
    /// A size of nginx in other units.
    NginxSize,
    /// A time of nginx.
    NginxTime,
    /// A time of OpenSSH.
    SshTime,
    /// An amount of memory in other units of PostgreSQL.
    PostgresMemory,
    /// A time in other units of PostgreSQL.
    PostgresTime,
    /// A size in binary units, whoever reads it.
    BinarySize,
    /// A field that is text whatever it looks like.
    Text,
    /// Words in another order.
    Words,
    /// Values between commas in another order.
    CommaSet,
    /// An address of a host or network.
    Address,
    /// An address of a page, with or without the port of its scheme.
    Url,
    /// A reference to an image as Docker reads it.
    Image,
    /// A reference to an image as a node of a cluster reads it.
    PulledImage,
    /// A schedule of cron.
    Schedule,
    /// A share of a hundred.
    Percentage,
    /// Another form of the same, as a dialect knows it.
    Form,
    /// Another key for the same content.
    OtherKey,
    /// Another spelling of a key.
    KeySpelling,
    /// Keys in another order.
    OrderOfKeys,
    /// Members of a list in another order.
    OrderOfMembers,
    /// Members of a set in another order.
    OrderOfSet,
    /// Pairs in another order.
    OrderOfPairs,
    /// A list of pairs for a map.
    ListIsMap,
    /// A list of keys for a map.
    KeysAreMap,
    /// Null for no field.
    NullIsAbsent,
    /// Null for an empty section.
    EmptySection,
    /// Ends of lines, and empty ones, of a text.
    LineEnds,
    /// Layout and comments of a whole document.
    Layout,
    /// A field that its reader does not look at.
    Ignored,
    /// The documented default spelled out.
    Default,
    /// An empty map for a default that is one.
    EmptyDefault,
    /// The default of a variable in a list of variables.
    VariableDefault,
    /// A default that depends on other fields.
    Implied,
    /// The colour map.
    Colour,
    /// A field that a tool writes.
    Generated,
    /// A value that a tool writes, checked against what it is made of.
    Derived,
    /// A hash that was recomputed.
    Hash,
    /// A document that a tool made of another one, compared with that.
    Copy,
    /// Roles and bindings that come to the same for everybody.
    EffectiveAccess,
}

impl Explainer {
    /// Every one.
    pub const ALL: [Self; 54] = [
        Self::Quoting,
        Self::BooleanWord,
        Self::NullWord,
        Self::NumberSpelling,
        Self::NumberText,
        Self::BooleanCase,
        Self::PostgresBoolean,
        Self::NginxTime,
        Self::SshTime,
        Self::GoBoolean,
        Self::Integer,
        Self::ProtobufDuration,
        Self::SpringDuration,
        Self::SpringSize,
        Self::Quantity,
        Self::Duration,
        Self::Memory,
        Self::NginxSize,
        Self::PostgresMemory,
        Self::PostgresTime,
        Self::BinarySize,
        Self::Text,
        Self::Words,
        Self::CommaSet,
        Self::Address,
        Self::Url,
        Self::Image,
        Self::PulledImage,
        Self::Schedule,
        Self::Percentage,
        Self::Form,
        Self::OtherKey,
        Self::KeySpelling,
        Self::OrderOfKeys,
        Self::OrderOfMembers,
        Self::OrderOfSet,
        Self::OrderOfPairs,
        Self::ListIsMap,
        Self::KeysAreMap,
        Self::NullIsAbsent,
        Self::EmptySection,
        Self::LineEnds,
        Self::Layout,
        Self::Ignored,
        Self::Default,
        Self::EmptyDefault,
        Self::VariableDefault,
        Self::Implied,
        Self::Colour,
        Self::Generated,
        Self::Derived,
        Self::Hash,
        Self::Copy,
        Self::EffectiveAccess,
    ];
}

/// Which explainers may prove anything: all of them, but where a test asks what one is for. What
/// one that is left out would have proved stays unexplained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explainers(u64);

impl Default for Explainers {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

impl Explainers {
    /// The same without one.
    #[must_use]
    pub const fn without(self, explainer: Explainer) -> Self {
        Self(self.0 & !(1 << explainer as u32))
    }

    /// Whether one is among them.
    pub const fn include(self, explainer: Explainer) -> bool {
        self.0 & (1 << explainer as u32) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Explainer, Explainers};

    #[test]
    fn each_explainer_has_a_place_of_its_own() {
        let all = Explainers::default();
        for one in Explainer::ALL {
            let left = Explainer::ALL.iter().filter(|other| all.without(one).include(**other));
            assert_eq!(left.count(), Explainer::ALL.len() - 1, "{one:?}");
        }
    }
}
