//! The names by which commands and views speak of things in the lab.
//!
//! Each is given out once and never used again, so that a late command or a late event of an old
//! socket names nothing rather than something else.

macro_rules! key {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The key with this number; the lab gives them out from 1.
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The number of this key, for element ids and for keyed lists.
            pub const fn value(self) -> u32 {
                self.0
            }
        }
    };
}

key! {
    /// One row of a client's subscription list. Subscribing to the same Topic Filter again keeps
    /// the row and its key.
    SubscriptionKey
}
key! {
    /// One publication of a client, from the button to the end of its handshake.
    PublicationKey
}
key! {
    /// One notice on the screen.
    NoticeKey
}
key! {
    /// One Network Connection, from the moment it is asked for. A client that reconnects gets a
    /// new one.
    LinkId
}

key! {
    /// One line of a chart.
    SeriesKey
}
key! {
    /// One file that is being made.
    FileKey
}

/// Gives out the numbers of keys: 1, 2, 3 and so on, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter(u32);

impl Counter {
    /// The next number.
    pub(super) fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}
