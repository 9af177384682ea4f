//! The clients of the page: adding, naming, finding and choosing them.

use super::ClientKey;
use super::connection_form::ConnectionForm;
use super::field::Field;
use super::keys::Counter;
use super::lab_client::LabClient;
use super::payload::is_hidden;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::subscriptions::COLOURS;

/// How many clients there can be at a time.
pub const CLIENTS_MAXIMUM: usize = 32;
/// How long a client's name may be, in characters.
pub const CLIENT_NAME_MAXIMUM: usize = 40;

const NAMES: [&str; 12] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kevin",
    "laura",
];

/// The clients in their order, one of them selected. There is always one, but before the first is
/// added.
#[derive(Debug, Default)]
pub(super) struct Roster {
    clients: Vec<LabClient>,
    selected: usize,
    counter: Counter,
}

impl Roster {
    /// Adds a client and selects it.
    pub(super) fn add(&mut self, form: ConnectionForm) -> Result<ClientKey, Refusal> {
        // A page in which sixty thousand clients were made one after another is at its end, too.
        let number = u16::try_from(self.counter.next());
        let Ok(number) = number.map(ClientKey::new) else {
            return Err(too_many());
        };
        if (number.is_bot() || number.is_of_other_tab()) || self.clients.len() >= CLIENTS_MAXIMUM {
            return Err(too_many());
        }
        let colour = (number.number().wrapping_sub(1) % u16::from(COLOURS)) as u8;
        let client = LabClient::new(number, self.free_name(), colour, form);
        self.clients.push(client);
        self.selected = self.clients.len().saturating_sub(1);
        Ok(number)
    }

    /// Takes a client out and selects its neighbour where it was selected.
    pub(super) fn remove(&mut self, key: ClientKey) -> Result<LabClient, Refusal> {
        let place = self.place(key)?;
        if self.clients.len() == 1 {
            return Err(Refusal::new(RefusalCause::LastClient));
        }
        if self.selected > place || self.selected + 1 == self.clients.len() {
            self.selected = self.selected.saturating_sub(1);
        }
        Ok(self.clients.remove(place))
    }

    pub(super) fn rename(&mut self, key: ClientKey, name: &str) -> Result<(), Refusal> {
        let name = name.trim();
        let place = self.place(key)?;
        check_name(name, CLIENT_NAME_MAXIMUM)?;
        let is_taken = |other: &LabClient| other.key != key && other.name == name;
        if self.clients.iter().any(is_taken) {
            return Err(Refusal::at(
                Field::Name,
                RefusalCause::InForm(FormCause::NameTaken),
            ));
        }
        if let Some(client) = self.clients.get_mut(place) {
            name.clone_into(&mut client.name);
        }
        Ok(())
    }

    pub(super) fn select(&mut self, key: ClientKey) -> Result<(), Refusal> {
        self.selected = self.place(key)?;
        Ok(())
    }

    pub(super) fn selected(&self) -> Option<&LabClient> {
        self.clients.get(self.selected)
    }

    pub(super) fn iter(&self) -> core::slice::Iter<'_, LabClient> {
        self.clients.iter()
    }

    pub(super) fn iter_mut(&mut self) -> core::slice::IterMut<'_, LabClient> {
        self.clients.iter_mut()
    }

    pub(super) fn find(&self, key: ClientKey) -> Option<&LabClient> {
        self.clients.iter().find(|client| client.key == key)
    }

    pub(super) fn find_mut(&mut self, key: ClientKey) -> Result<&mut LabClient, Refusal> {
        self.clients
            .iter_mut()
            .find(|client| client.key == key)
            .ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))
    }

    fn place(&self, key: ClientKey) -> Result<usize, Refusal> {
        self.clients
            .iter()
            .position(|client| client.key == key)
            .ok_or_else(|| Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))
    }

    /// The first of the names that nobody has, with a number where all of them are taken.
    fn free_name(&self) -> String {
        let is_free = |name: &str| self.clients.iter().all(|client| client.name != name);
        if let Some(name) = NAMES.into_iter().find(|name| is_free(name)) {
            return name.to_owned();
        }
        (NAMES.len() + 1..)
            .map(|number| format!("client {number}"))
            .find(|name| is_free(name))
            .unwrap_or_default()
    }
}

fn too_many() -> Refusal {
    Refusal::new(RefusalCause::InForm(FormCause::TooMany {
        what: "clients",
        maximum: CLIENTS_MAXIMUM,
    }))
}

/// Checks the name of a client or profile.
pub(super) fn check_name(name: &str, maximum: usize) -> Result<(), Refusal> {
    let length = name.chars().count();
    if length == 0 {
        return Err(Refusal::at(
            Field::Name,
            RefusalCause::InForm(FormCause::Empty),
        ));
    }
    if length > maximum {
        let cause = RefusalCause::InForm(FormCause::TooManyCharacters { length, maximum });
        return Err(Refusal::at(Field::Name, cause));
    }
    // The joiners are part of how some scripts, and some emoji, are written.
    let is_joiner = |character| matches!(character, '\u{200c}' | '\u{200d}');
    let mut characters = name.chars();
    let hidden = characters.position(|c| (is_hidden(c) || c.is_control()) && !is_joiner(c));
    if let Some(place) = hidden {
        let position = place + 1;
        let cause = RefusalCause::InForm(FormCause::HiddenCharacter { position });
        return Err(Refusal::at(Field::Name, cause));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(roster: &Roster) -> Vec<&str> {
        roster.iter().map(|client| client.name.as_str()).collect()
    }

    #[test]
    fn names_are_free_ones_and_never_given_twice() {
        let mut roster = Roster::default();
        for _ in 0..3 {
            roster.add(ConnectionForm::default()).unwrap();
        }
        assert_eq!(names(&roster), ["alice", "bob", "carol"]);
        let bob = ClientKey::new(2);
        roster.remove(bob).unwrap();
        assert!(roster.find(bob).is_none());
        roster.add(ConnectionForm::default()).unwrap();
        assert_eq!(names(&roster), ["alice", "carol", "bob"]);
        assert_eq!(roster.selected().unwrap().key, ClientKey::new(4));
        let refusal = roster.rename(ClientKey::new(4), " carol ").unwrap_err();
        assert_eq!(refusal.cause, RefusalCause::InForm(FormCause::NameTaken));
        assert!(roster.rename(ClientKey::new(4), "  ").is_err());
        assert!(roster.rename(ClientKey::new(4), &"x".repeat(41)).is_err());
        roster.rename(ClientKey::new(4), "greenhouse").unwrap();
        assert_eq!(names(&roster), ["alice", "carol", "greenhouse"]);
    }

    #[test]
    fn there_are_at_least_one_and_at_most_32() {
        let mut roster = Roster::default();
        for _ in 0..CLIENTS_MAXIMUM {
            roster.add(ConnectionForm::default()).unwrap();
        }
        assert!(roster.add(ConnectionForm::default()).is_err());
        let keys: Vec<_> = roster.iter().map(|client| client.key).collect();
        for &key in keys.iter().take(CLIENTS_MAXIMUM - 1) {
            roster.remove(key).unwrap();
            assert!(roster.selected().is_some());
        }
        let refusal = roster.remove(keys[CLIENTS_MAXIMUM - 1]).unwrap_err();
        assert_eq!(refusal.cause, RefusalCause::LastClient);
    }

    #[test]
    fn removing_keeps_the_selection_where_it_was() {
        let mut roster = Roster::default();
        let keys: Vec<_> = (0..4)
            .map(|_| roster.add(ConnectionForm::default()).unwrap())
            .collect();
        roster.select(keys[2]).unwrap();
        roster.remove(keys[0]).unwrap();
        assert_eq!(roster.selected().unwrap().key, keys[2]);
        roster.remove(keys[2]).unwrap();
        assert_eq!(roster.selected().unwrap().key, keys[3]);
        roster.remove(keys[3]).unwrap();
        assert_eq!(roster.selected().unwrap().key, keys[1]);
    }
}
