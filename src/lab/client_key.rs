//! Which client of the page something belongs to.

use core::fmt;

/// The key of one client of the page, given once and never reused while the page is open.
///
/// It is the lab's own number, not the Client Identifier, which a person may change or use twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(u16);

/// The numbers from here on are those of bots,
const FIRST_BOT: u16 = 0x8000;

/// and from here on those of other tabs' clients.
const FIRST_OF_OTHER_TABS: u16 = 0xc000;

impl ClientKey {
    /// The key with the given number; every number is a valid one.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The key of the bot with this number, from 1; `None` where there are too many.
    pub(super) const fn bot(number: u16) -> Option<Self> {
        if number < FIRST_OF_OTHER_TABS - FIRST_BOT {
            Some(Self(FIRST_BOT + number))
        } else {
            None
        }
    }

    /// The key of another tab's client, by its number from 0; the last one is that of all for whom there is none left.
    pub(super) const fn of_other_tab(number: u16) -> Self {
        Self(FIRST_OF_OTHER_TABS.saturating_add(number))
    }

    /// Whether it is the key of a bot, which no client has.
    pub const fn is_bot(self) -> bool {
        self.0 >= FIRST_BOT && self.0 < FIRST_OF_OTHER_TABS
    }

    /// Whether it is the key of a client of another tab, which uses the lab broker of this one. Only the trace knows it.
    pub const fn is_of_other_tab(self) -> bool {
        self.0 >= FIRST_OF_OTHER_TABS
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
