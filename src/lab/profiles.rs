//! Connection forms kept under a name.

use super::connection_form::ConnectionForm;
use super::effect::Effect;
use super::errand::CarryOut;
use super::field::Field;
use super::notices::Severity;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::roster::check_name;
use super::storage::{self, PROFILES_KEY};
use super::{ClientKey, Lab, client_identifier};

/// How many profiles are kept.
pub const PROFILES_MAXIMUM: usize = 200;
/// How long a profile's name may be, in characters.
pub const PROFILE_NAME_MAXIMUM: usize = 60;

/// A connection form under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name; no other profile has it.
    pub name: String,
    /// The form. Its password is empty unless it asks to be remembered.
    pub form: ConnectionForm,
}

/// One thing a person does with profiles; a [`Command`](super::Command) can be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileCommand {
    /// Keep the connection form under a name, in place of a profile of the same name.
    Save {
        /// Whose form.
        client: ClientKey,
        /// The name, 1 to 60 characters.
        name: String,
    },
    /// Put a profile into the connection form.
    Load {
        /// Whose form.
        client: ClientKey,
        /// The profile's name.
        name: String,
    },
    /// Keep a copy of a profile under the next free name.
    Duplicate {
        /// The profile's name.
        name: String,
    },
    /// Give a profile another name.
    Rename {
        /// Its name so far.
        name: String,
        /// Its new name.
        new_name: String,
    },
    /// Forget a profile.
    Delete {
        /// The profile's name.
        name: String,
    },
    /// Add the profiles of a text that [`Lab::export_profiles`] has made. Names that are taken get a
    /// number.
    Import {
        /// The text.
        json: String,
    },
}

impl CarryOut for ProfileCommand {
    fn client(&self) -> Option<ClientKey> {
        match self {
            Self::Save { client, .. } | Self::Load { client, .. } => Some(*client),
            _ => None,
        }
    }

    fn changes_clients(&self) -> bool {
        matches!(self, Self::Load { .. })
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal> {
        match *self {
            Self::Save { client, name } => lab.save_profile(client, &name),
            Self::Load { client, name } => lab.load_profile(client, &name),
            Self::Duplicate { name } => lab.duplicate_profile(&name),
            Self::Rename { name, new_name } => lab.rename_profile(&name, &new_name),
            Self::Delete { name } => lab.delete_profile(&name),
            Self::Import { json } => lab.import_profiles(&json),
        }
    }
}

impl Lab {
    fn save_profile(&mut self, client: ClientKey, name: &str) -> Result<(), Refusal> {
        let name = name.trim();
        check_name(name, PROFILE_NAME_MAXIMUM)?;
        let form = self.roster.find_mut(client)?.form.clone();
        self.keep_profile(name, form)?;
        self.store_profiles();
        Ok(())
    }

    fn load_profile(&mut self, client: ClientKey, name: &str) -> Result<(), Refusal> {
        let mut form = self.profile(name)?.form.clone();
        self.roster.find_mut(client)?;
        let others = self.roster.iter().filter(|other| other.key() != client);
        let mut identifiers = others.map(|other| other.connection_form().client_id.as_str());
        let is_made_up = form.client_id.starts_with(client_identifier::PREFIX);
        if is_made_up && identifiers.any(|identifier| identifier == form.client_id) {
            // Two connections under one Client Identifier take the session from each other.
            form.client_id = client_identifier::generate(&mut self.random);
            let words = "Another client of this page has the ClientID of this profile, so that a \
                         new one was made up.";
            self.say(Severity::Information, Some(client), words.to_owned());
        }
        self.roster.find_mut(client)?.form = form;
        Ok(())
    }

    fn duplicate_profile(&mut self, name: &str) -> Result<(), Refusal> {
        let form = self.profile(name)?.form.clone();
        let name = self.free_profile_name(name);
        self.keep_profile(&name, form)?;
        self.store_profiles();
        Ok(())
    }

    fn rename_profile(&mut self, name: &str, new_name: &str) -> Result<(), Refusal> {
        let new_name = new_name.trim();
        check_name(new_name, PROFILE_NAME_MAXIMUM)?;
        if name != new_name && self.profile(new_name).is_ok() {
            return Err(Refusal::at(
                Field::Name,
                RefusalCause::InForm(FormCause::NameTaken),
            ));
        }
        let place = self
            .profiles
            .iter()
            .position(|profile| profile.name == name);
        let Some(profile) = place.and_then(|place| self.profiles.get_mut(place)) else {
            return Err(Refusal::at(Field::Name, RefusalCause::UnknownProfile));
        };
        new_name.clone_into(&mut profile.name);
        self.store_profiles();
        Ok(())
    }

    fn delete_profile(&mut self, name: &str) -> Result<(), Refusal> {
        self.profile(name)?;
        self.profiles.retain(|profile| profile.name != name);
        if self.profiles.is_empty() {
            let key = PROFILES_KEY.to_owned();
            self.effects.push_back(Effect::Forget { key });
        } else {
            self.store_profiles();
        }
        Ok(())
    }

    fn import_profiles(&mut self, json: &str) -> Result<(), Refusal> {
        let imported = storage::read_profiles(json)
            .map_err(|error| Refusal::new(RefusalCause::NoProfiles(error)))?;
        if self.profiles.len() + imported.len() > PROFILES_MAXIMUM {
            return Err(too_many());
        }
        for profile in &imported {
            check_name(profile.name.trim(), PROFILE_NAME_MAXIMUM)?;
        }
        for profile in imported {
            let name = self.free_profile_name(profile.name.trim());
            self.keep_profile(&name, profile.form)?;
        }
        self.store_profiles();
        Ok(())
    }

    /// Has the profiles that another tab has stored, with the passwords that only this one knows.
    pub(super) fn take_profiles(&mut self, mut profiles: Vec<Profile>) {
        for profile in &mut profiles {
            let own = self.profiles.iter().find(|own| own.name == profile.name);
            let Some(own) = own.filter(|_| !profile.form.remember_password) else {
                continue;
            };
            profile.form.password.clone_from(&own.form.password);
            // Another host or user must not be given it.
            if profile.form != own.form {
                profile.form.password.clear();
            }
        }
        self.profiles = profiles;
    }

    fn profile(&self, name: &str) -> Result<&Profile, Refusal> {
        self.profiles
            .iter()
            .find(|profile| profile.name == name)
            .ok_or_else(|| Refusal::at(Field::Name, RefusalCause::UnknownProfile))
    }

    /// Keeps a form under a name, in place of one that has it.
    fn keep_profile(&mut self, name: &str, form: ConnectionForm) -> Result<(), Refusal> {
        if let Some(profile) = self.profiles.iter_mut().find(|p| p.name == name) {
            profile.form = form;
            return Ok(());
        }
        if self.profiles.len() >= PROFILES_MAXIMUM {
            return Err(too_many());
        }
        let name = name.to_owned();
        self.profiles.push(Profile { name, form });
        Ok(())
    }

    /// `name`, or with the first number behind it that makes it free.
    fn free_profile_name(&self, name: &str) -> String {
        if self.profile(name).is_err() {
            return name.to_owned();
        }
        let stem: String = name.chars().take(PROFILE_NAME_MAXIMUM - 6).collect();
        (2..)
            .map(|number| format!("{stem} ({number})"))
            .find(|name| self.profile(name).is_err())
            .unwrap_or(stem)
    }

    fn store_profiles(&mut self) {
        let value = storage::write_profiles(&self.profiles);
        self.store(PROFILES_KEY, value);
    }
}

fn too_many() -> Refusal {
    Refusal::new(RefusalCause::InForm(FormCause::TooMany {
        what: "profiles",
        maximum: PROFILES_MAXIMUM,
    }))
}
