//! Whose packets come from other tabs: a key for each of their clients, by which the trace knows them.

use std::collections::VecDeque;

use super::letter::TabId;
use crate::lab::ClientKey;

/// How many clients of other tabs are kept in mind by name. Records of one that is forgotten stay, and it gets
/// another key when it comes again.
const NAMES_MAXIMUM: usize = 1_024;

/// How much of a Client Identifier is kept, in characters.
const NAME_LENGTH: usize = 64;

/// The clients of other tabs that have connected to the broker of this one, least recent first.
#[derive(Debug)]
pub(super) struct Names {
    known: VecDeque<Name>,
    next: u16,
}

#[derive(Debug)]
struct Name {
    key: ClientKey,
    tab: TabId,
    client_id: String,
}

impl Names {
    pub(super) const fn new() -> Self {
        Self {
            known: VecDeque::new(),
            next: 0,
        }
    }

    /// The key of a tab's client: that which it had before, where it has told the same Client Identifier.
    pub(super) fn key_of(&mut self, tab: TabId, client_id: &str) -> ClientKey {
        let client_id = shortened(client_id);
        let is_it = |name: &Name| name.tab == tab && name.client_id == client_id;
        let place = match client_id {
            // The broker will give it one.
            "" => None,
            _ => self.known.iter().position(is_it),
        };
        let name = match place.and_then(|place| self.known.remove(place)) {
            Some(name) => name,
            None => {
                let key = ClientKey::of_other_tab(self.next);
                self.next = self.next.saturating_add(1);
                Name {
                    key,
                    tab,
                    client_id: client_id.to_owned(),
                }
            }
        };
        if self.known.len() >= NAMES_MAXIMUM {
            self.known.pop_front();
        }
        let key = name.key;
        self.known.push_back(name);
        key
    }

    /// Takes in the Client Identifier that a client has got.
    pub(super) fn rename(&mut self, key: ClientKey, client_id: &str) {
        if let Some(name) = self.known.iter_mut().rev().find(|name| name.key == key)
            && name.client_id.is_empty()
        {
            shortened(client_id).clone_into(&mut name.client_id);
        }
    }

    /// The Client Identifier of a client; `None` where it is not known any more, or has told none.
    pub(super) fn find(&self, key: ClientKey) -> Option<&str> {
        let mut names = self.known.iter().rev();
        let name = names.find(|name| name.key == key)?;
        (!name.client_id.is_empty()).then_some(name.client_id.as_str())
    }
}

fn shortened(client_id: &str) -> &str {
    let end = client_id.char_indices().nth(NAME_LENGTH);
    end.and_then(|(end, _)| client_id.get(..end))
        .unwrap_or(client_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_comes_again_has_the_same_key() {
        let (one, other) = (TabId::new(1), TabId::new(2));
        let mut names = Names::new();
        let alice = names.key_of(one, "alice");
        assert_ne!(names.key_of(other, "alice"), alice);
        assert_ne!(names.key_of(one, "bob"), alice);
        assert_eq!(names.key_of(one, "alice"), alice);
        assert!(alice.is_of_other_tab() && !alice.is_bot());
        assert_eq!(names.find(alice), Some("alice"));
    }

    #[test]
    fn who_has_told_no_name_is_called_as_the_broker_says() {
        let tab = TabId::new(1);
        let mut names = Names::new();
        let first = names.key_of(tab, "");
        assert_ne!(names.key_of(tab, ""), first);
        assert_eq!(names.find(first), None);
        names.rename(first, "auto-1");
        assert_eq!(names.find(first), Some("auto-1"));
        assert_eq!(names.key_of(tab, "auto-1"), first);
    }

    #[test]
    fn names_are_bounded_in_number_and_length() {
        let tab = TabId::new(1);
        let mut names = Names::new();
        let first = names.key_of(tab, "first");
        let long = names.key_of(tab, &"é".repeat(70_000));
        assert_eq!(names.find(long).map(str::len), Some(2 * NAME_LENGTH));
        for number in 0..70_000 {
            names.key_of(tab, &format!("client {number}"));
        }
        assert_eq!(names.known.len(), NAMES_MAXIMUM);
        assert_eq!(names.find(first), None);
        let last = names.known.back().map(|name| name.key);
        assert!(last.is_some_and(ClientKey::is_of_other_tab));
    }
}
