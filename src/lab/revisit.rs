//! What a visit leaves to the next one: the clients of the page, each with its Connection form.

use super::profiles::Profile;
use super::storage::{self, CLIENTS_KEY};
use super::{Command, Lab, client_identifier};

/// What is stored of the clients.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// What was stored last.
    latest: String,
    /// Whether the storage has refused it. Then it is not tried again at every key.
    refused: bool,
}

impl Kept {
    pub(super) fn refuse(&mut self) {
        self.refused = true;
    }
}

impl Command {
    /// Whether it can change what is stored of the clients.
    pub(super) fn changes_clients(&self) -> bool {
        if let Self::Errand(errand) = self {
            return errand.changes_clients();
        }
        matches!(
            self,
            Self::AddClient
                | Self::RemoveClient { .. }
                | Self::RenameClient { .. }
                | Self::EditConnection { .. }
                | Self::ChooseBroker { .. }
                | Self::NewClientIdentifier { .. }
                | Self::ApplyRemedy { .. }
        )
    }
}

impl Lab {
    /// Stores the clients where they have changed.
    pub(super) fn keep_clients(&mut self) {
        if self.kept.refused {
            return;
        }
        let clients = self.roster.iter().map(|client| Profile {
            name: client.name.clone(),
            form: client.form.clone(),
        });
        let json = storage::write_clients(&clients.collect::<Vec<_>>());
        if json != self.kept.latest {
            self.kept.latest.clone_from(&json);
            self.store(CLIENTS_KEY, json);
        }
    }

    /// Adds the clients of the visit before, or the first one there ever is.
    pub(super) fn restore_clients(&mut self, stored: Vec<Profile>) {
        for Profile { name, mut form } in stored {
            let is_made_up = form.client_id.starts_with(client_identifier::PREFIX);
            if is_made_up && form.clean_session {
                // Nothing waits under it, and another tab of this page may be using it.
                form.client_id = client_identifier::generate(&mut self.random);
            }
            let Ok(key) = self.roster.add(form) else {
                break;
            };
            // Where the name cannot be used, the client has got another one.
            let _ = self.roster.rename(key, &name);
        }
        match self.roster.iter().next().map(|client| client.key) {
            // It is there.
            Some(first) => drop(self.roster.select(first)),
            None => drop(self.add_client()),
        }
    }
}
