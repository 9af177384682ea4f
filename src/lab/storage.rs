//! What is kept between visits, as versioned JSON.

use super::connection_form::ConnectionForm;
use super::effect::StorageError;
use super::json_value::Json;
use super::profiles::Profile;
use super::settings::Settings;
use super::stored;

/// The version that is written, and the newest that can be read.
const VERSION: u32 = 1;

/// Where the settings are kept.
pub const SETTINGS_KEY: &str = "mqtt-lab.settings";
/// Where the clients are kept.
pub const CLIENTS_KEY: &str = "mqtt-lab.clients";
/// Where the options of the lab broker are kept.
pub const BROKER_KEY: &str = "mqtt-lab.broker";
/// Where the profiles are kept.
pub const PROFILES_KEY: &str = "mqtt-lab.profiles";

/// The settings as JSON.
pub(super) fn write_settings(settings: &Settings) -> String {
    write("settings", stored::write(&mut settings.clone()))
}

/// The settings from JSON.
pub(super) fn read_settings(json: &str) -> Result<Settings, StorageError> {
    let json = read(json, "settings")?;
    let mut settings = Settings::default();
    stored::read(&mut settings, &json).ok_or(StorageError::Unreadable)?;
    settings.trace_megabytes = settings.trace_megabytes.clamp(
        Settings::TRACE_MEGABYTES_MINIMUM,
        Settings::TRACE_MEGABYTES_MAXIMUM,
    );
    Ok(settings)
}

/// The profiles as JSON, without the passwords that nobody asked to keep.
pub(super) fn write_profiles(profiles: &[Profile]) -> String {
    write_forms("profiles", profiles)
}

/// The profiles from JSON.
pub(super) fn read_profiles(json: &str) -> Result<Vec<Profile>, StorageError> {
    read_forms(json, "profiles")
}

/// The clients as JSON, without the passwords that nobody asked to keep.
pub(super) fn write_clients(clients: &[Profile]) -> String {
    write_forms("clients", clients)
}

/// The clients from JSON.
pub(super) fn read_clients(json: &str) -> Result<Vec<Profile>, StorageError> {
    read_forms(json, "clients")
}

fn write_forms(kind: &str, profiles: &[Profile]) -> String {
    let profile = |profile: &Profile| {
        let mut form = profile.form.clone();
        if !form.remember_password {
            form.password.clear();
        }
        Json::Object(vec![
            ("name".to_owned(), Json::Text(profile.name.clone())),
            ("form".to_owned(), stored::write(&mut form)),
        ])
    };
    write(kind, Json::List(profiles.iter().map(profile).collect()))
}

fn read_forms(json: &str, kind: &str) -> Result<Vec<Profile>, StorageError> {
    let profile = |json: &Json| {
        let name = json.member("name")?.text()?.to_owned();
        let mut form = ConnectionForm {
            // Forms of before there was one led elsewhere.
            lab_broker: false,
            ..ConnectionForm::default()
        };
        stored::read(&mut form, json.member("form")?)?;
        Some(Profile { name, form })
    };
    let json = read(json, kind)?;
    let profiles = json
        .list()
        .and_then(|all| all.iter().map(profile).collect());
    profiles.ok_or(StorageError::Unreadable)
}

/// An object of the version and, under `name`, what is kept.
pub(super) fn write(name: &str, value: Json) -> String {
    let object = Json::Object(vec![
        ("version".to_owned(), Json::Number(VERSION.into())),
        (name.to_owned(), value),
    ]);
    let mut json = String::new();
    object.write(&mut json);
    json
}

/// What an object of a version that can be read has under `name`.
pub(super) fn read(json: &str, name: &str) -> Result<Json, StorageError> {
    let object = Json::parse(json).map_err(|_| StorageError::Unreadable)?;
    let version = object.member("version").and_then(Json::number);
    let version = version.and_then(|version| u32::try_from(version).ok());
    match version {
        Some(found) if found > VERSION => Err(StorageError::NewerVersion {
            found,
            supported: VERSION,
        }),
        Some(_) => object.member(name).cloned().ok_or(StorageError::Unreadable),
        None => Err(StorageError::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ProtocolVersion, Qos};
    use crate::lab::settings::{PayloadView, Theme, TimeView};

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
    fn every_field_is_kept_under_its_name() {
        let settings = Settings {
            theme: Theme::Dark,
            trace_megabytes: 7,
            show_sent: true,
            payload_view: PayloadView::Hex,
            resubscribe: false,
            time_view: TimeView::Elapsed,
        };
        let json = write_settings(&settings);
        assert_eq!(
            json,
            "{\"version\":1,\"settings\":{\"theme\":\"dark\",\"trace_megabytes\":7,\
             \"show_sent\":true,\"payload_view\":\"hex\",\"resubscribe\":false,\
             \"time_view\":\"elapsed\"}}"
        );
        assert_eq!(read_settings(&json), Ok(settings));
        let json = write_profiles(&[profile(true)]);
        // A field that is added to the form has to be kept with it: the struct's own list of
        // fields, as `Debug` writes it, against the names in JSON.
        let listed = format!("{:?}", profile(true).form);
        let mut fields = 0;
        for (before, _) in listed.match_indices(": ") {
            let name = listed[..before].rsplit([' ', '{']).next().unwrap();
            if name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'0'..=b'9'))
            {
                fields += 1;
                assert!(json.contains(&format!("\"{name}\":")), "{name} in {json}");
            }
        }
        assert_eq!(fields, 38);
        assert!(
            json.contains("\"user_properties\":[[\"a\",\"1\"]]"),
            "{json}"
        );
        assert!(json.contains("\"version\":5,"), "{json}");
        assert!(json.contains("\"qos\":2,"), "{json}");
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
            "{\"version\":1,\"profiles\":{}}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":[]}]}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"host\":null}}]}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"ssl\":1}}]}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"will\":{\"qos\":3}}}]}",
            "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"user_properties\":[[\"a\"]]}}]}",
        ] {
            assert_eq!(read_profiles(json), Err(StorageError::Unreadable), "{json}");
        }
        let newer = StorageError::NewerVersion {
            found: 2,
            supported: 1,
        };
        assert_eq!(read_settings("{\"version\":2,\"x\":0}"), Err(newer));
        let json = "{\"version\":1,\"settings\":{\"theme\":\"pink\"}}";
        assert_eq!(read_settings(json), Err(StorageError::Unreadable));
    }

    #[test]
    fn fields_of_later_versions_of_this_page_have_defaults() {
        let json = "{\"version\":1,\"profiles\":[{\"name\":\"a\",\"form\":{\"new\":-1.5,\"host\":\"h\"}}]}";
        let profiles = read_profiles(json).unwrap();
        let expected = ConnectionForm {
            lab_broker: false,
            host: "h".to_owned(),
            ..ConnectionForm::default()
        };
        assert_eq!(profiles.first().map(|p| &p.form), Some(&expected));
        let json = "{\"version\":1,\"settings\":{\"trace_megabytes\":0}}";
        assert_eq!(read_settings(json).unwrap().trace_megabytes, 1);
    }
}
