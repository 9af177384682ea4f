//! What is kept between visits, as versioned JSON.

use serde::{Deserialize, Serialize};

use super::effect::StorageError;
use super::profiles::Profile;
use super::settings::Settings;

/// The version that is written, and the newest that can be read.
const VERSION: u32 = 1;

/// Where the settings are kept.
pub const SETTINGS_KEY: &str = "mqtt-lab.settings";
/// Where the profiles are kept.
pub const PROFILES_KEY: &str = "mqtt-lab.profiles";

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct StoredSettings {
    version: u32,
    settings: Settings,
}

#[derive(Serialize, Deserialize)]
struct StoredProfiles {
    version: u32,
    profiles: Vec<Profile>,
}

/// The settings as JSON.
pub(super) fn write_settings(settings: &Settings) -> String {
    write(&StoredSettings {
        version: VERSION,
        settings: settings.clone(),
    })
}

/// The settings from JSON.
pub(super) fn read_settings(json: &str) -> Result<Settings, StorageError> {
    let stored: StoredSettings = read(json)?;
    let mut settings = stored.settings;
    settings.trace_megabytes = settings.trace_megabytes.clamp(
        Settings::TRACE_MEGABYTES_MINIMUM,
        Settings::TRACE_MEGABYTES_MAXIMUM,
    );
    Ok(settings)
}

/// The profiles as JSON, without the passwords that nobody asked to keep.
pub(super) fn write_profiles(profiles: &[Profile]) -> String {
    let mut profiles = profiles.to_vec();
    for profile in &mut profiles {
        if !profile.form.remember_password {
            profile.form.password.clear();
        }
    }
    write(&StoredProfiles {
        version: VERSION,
        profiles,
    })
}

/// The profiles from JSON.
pub(super) fn read_profiles(json: &str) -> Result<Vec<Profile>, StorageError> {
    Ok(read::<StoredProfiles>(json)?.profiles)
}

fn write<T: Serialize>(value: &T) -> String {
    // Structs of texts, numbers and switches have nothing that JSON could refuse.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, StorageError> {
    let Version { version } = serde_json::from_str(json).map_err(|_| StorageError::Unreadable)?;
    if version > VERSION {
        return Err(StorageError::NewerVersion {
            found: version,
            supported: VERSION,
        });
    }
    serde_json::from_str(json).map_err(|_| StorageError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ProtocolVersion, Qos};
    use crate::lab::connection_form::ConnectionForm;

    fn profile(remember_password: bool) -> Profile {
        let mut form = ConnectionForm {
            password: "secret".to_owned(),
            remember_password,
            version: ProtocolVersion::V5_0,
            ..ConnectionForm::default()
        };
        form.will.qos = Qos::ExactlyOnce;
        form.user_properties.push(("a".into(), "1".into()));
        Profile {
            name: "classroom".to_owned(),
            form,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let settings = Settings {
            trace_megabytes: 7,
            ..Settings::default()
        };
        assert_eq!(read_settings(&write_settings(&settings)), Ok(settings));
        let profiles = vec![profile(true)];
        assert_eq!(read_profiles(&write_profiles(&profiles)), Ok(profiles));
    }

    #[test]
    fn passwords_are_stored_only_if_asked() {
        let json = write_profiles(&[profile(false)]);
        assert!(!json.contains("secret"));
        assert!(write_profiles(&[profile(true)]).contains("secret"));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for json in [
            "",
            "null",
            "[]",
            "{}",
            "{\"version\":1}",
            "{\"version\":1,\"profiles\":[{}]}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"version\":9}}]}",
            "{\"version\":\"1\",\"profiles\":[]}",
        ] {
            assert_eq!(read_profiles(json), Err(StorageError::Unreadable), "{json}");
        }
        let newer = StorageError::NewerVersion {
            found: 2,
            supported: 1,
        };
        assert_eq!(read_settings("{\"version\":2,\"x\":0}"), Err(newer));
    }

    #[test]
    fn fields_of_later_versions_of_this_page_have_defaults() {
        let json = "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"host\":\"h\"}}]}";
        let profiles = read_profiles(json).unwrap();
        let expected = ConnectionForm {
            host: "h".to_owned(),
            ..ConnectionForm::default()
        };
        assert_eq!(profiles.first().map(|p| &p.form), Some(&expected));
        let json = "{\"version\":1,\"settings\":{\"trace_megabytes\":0}}";
        assert_eq!(read_settings(json).unwrap().trace_megabytes, 1);
    }
}
