//! Blue and green, side by side.

/// The position of one environment in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The live deployment.
    Blue,
    /// The candidate.
    Green,
}

impl Side {
    /// Both, blue first.
    pub const BOTH: [Self; 2] = [Self::Blue, Self::Green];

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }
}

/// Two of anything, one per side. A snapshot has no colour of its own; its place in a pair is it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair<T> {
    /// From the live deployment.
    pub blue: T,
    /// From the candidate.
    pub green: T,
}

impl<T> Pair<T> {
    /// Puts two things side by side, blue first.
    pub const fn new(blue: T, green: T) -> Self {
        Self { blue, green }
    }

    /// Makes each side with one function.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self { blue: make(Side::Blue), green: make(Side::Green) }
    }

    /// Borrows both.
    pub const fn as_ref(&self) -> Pair<&T> {
        Pair { blue: &self.blue, green: &self.green }
    }

    /// Applies one function to both.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Pair<U> {
        Pair { blue: change(self.blue), green: change(self.green) }
    }

    /// Joins two pairs side by side.
    pub fn zip<U>(self, other: Pair<U>) -> Pair<(T, U)> {
        Pair { blue: (self.blue, other.blue), green: (self.green, other.green) }
    }

    /// Exchanges the sides.
    #[must_use]
    pub fn swap(self) -> Self {
        Self { blue: self.green, green: self.blue }
    }

    /// Picks one.
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    /// Picks one to change.
    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        }
    }
}

impl<T> Pair<Option<T>> {
    /// Both, where both are there.
    pub fn both(self) -> Option<Pair<T>> {
        Some(Pair { blue: self.blue?, green: self.green? })
    }

    /// Green's, else blue's: the side a reader of the candidate wants to see.
    pub fn nearest(self) -> Option<T> {
        self.green.or(self.blue)
    }
}
