//! Which client of the page something belongs to.

use core::fmt;

/// The key of one client of the page, given once and never reused while the page is open.
///
/// It is the lab's own number, not the Client Identifier, which a person may change or use twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(u16);

/// The numbers from here on are those of bots.
const FIRST_BOT: u16 = 0x8000;

impl ClientKey {
    /// The key with the given number; every number is a valid one.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The key of the bot with this number, from 1; `None` where there are too many.
    pub(super) const fn bot(number: u16) -> Option<Self> {
        match number.checked_add(FIRST_BOT) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Whether it is the key of a bot, which no client has.
    pub const fn is_bot(self) -> bool {
        self.0 >= FIRST_BOT
    }

    /// The number of this key.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "client {}", self.0)
    }
}
