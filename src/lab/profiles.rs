//! Connection forms kept under a name.

use serde::{Deserialize, Serialize};

use super::connection_form::ConnectionForm;

/// How many profiles are kept.
pub const PROFILES_MAXIMUM: usize = 200;
/// How long a profile's name may be, in characters.
pub const PROFILE_NAME_MAXIMUM: usize = 60;

/// A connection form under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name; no other profile has it.
    pub name: String,
    /// The form. Its password is empty unless it asks to be remembered.
    pub form: ConnectionForm,
}
