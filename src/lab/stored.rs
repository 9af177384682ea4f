//! What of the lab's own structs is kept between visits, and under which names.
//!
//! A struct names its fields once, in [`Stored::slots`]; reading and writing both follow that list.

use super::connection_form::{ConnectionForm, UserPropertyList, WillForm};
use super::json_value::Json;
use super::settings::{PayloadView, Settings, Theme, TimeView};
use crate::codec::{ProtocolVersion, Qos};

/// A struct whose fields are kept as the members of a JSON object.
pub(super) trait Stored {
    /// The fields, each under the name that it is kept under.
    fn slots(&mut self) -> Vec<(&'static str, Slot<'_>)>;
}

/// One field.
pub(super) enum Slot<'a> {
    Text(&'a mut String),
    Flag(&'a mut bool),
    Pairs(&'a mut UserPropertyList),
    Number(&'a mut dyn StoredNumber),
    Word(&'a mut dyn StoredWord),
    Struct(&'a mut dyn Stored),
}

/// A value that is kept as a number.
pub(super) trait StoredNumber {
    fn number(&self) -> u32;
    /// Takes the value that `number` stands for; `None` where it stands for none.
    fn set_number(&mut self, number: u32) -> Option<()>;
}

/// A value that is kept as one of a few words.
pub(super) trait StoredWord {
    fn word(&self) -> &'static str;
    /// Takes the value that `word` stands for; `None` where it stands for none.
    fn set_word(&mut self, word: &str) -> Option<()>;
}

/// The object that keeps `value`. Takes it by `&mut` because the list of its fields does; it is
/// not changed.
pub(super) fn write(value: &mut dyn Stored) -> Json {
    let slots = value.slots().into_iter();
    Json::Object(
        slots
            .map(|(name, slot)| (name.to_owned(), write_slot(slot)))
            .collect(),
    )
}

/// Fills `value` from the object that keeps it: what the object does not have stays as it is, and
/// what it has besides is passed over. `None` where something is not of its kind.
pub(super) fn read(value: &mut dyn Stored, json: &Json) -> Option<()> {
    if !matches!(json, Json::Object(_)) {
        return None;
    }
    for (name, slot) in value.slots() {
        if let Some(member) = json.member(name) {
            read_slot(slot, member)?;
        }
    }
    Some(())
}

fn write_slot(slot: Slot<'_>) -> Json {
    match slot {
        Slot::Text(text) => Json::Text(text.clone()),
        Slot::Flag(flag) => Json::Flag(*flag),
        Slot::Pairs(pairs) => {
            let pair = |(name, value): &(String, String)| {
                Json::List(vec![Json::Text(name.clone()), Json::Text(value.clone())])
            };
            Json::List(pairs.iter().map(pair).collect())
        }
        Slot::Number(number) => Json::Number(number.number().into()),
        Slot::Word(word) => Json::Text(word.word().to_owned()),
        Slot::Struct(value) => write(value),
    }
}

fn read_slot(slot: Slot<'_>, json: &Json) -> Option<()> {
    match slot {
        Slot::Text(text) => json.text()?.clone_into(text),
        Slot::Flag(flag) => {
            let Json::Flag(value) = json else {
                return None;
            };
            *flag = *value;
        }
        Slot::Pairs(pairs) => {
            pairs.clear();
            for pair in json.list()? {
                let [name, value] = pair.list()? else {
                    return None;
                };
                pairs.push((name.text()?.to_owned(), value.text()?.to_owned()));
            }
        }
        Slot::Number(number) => number.set_number(u32::try_from(json.number()?).ok()?)?,
        Slot::Word(word) => word.set_word(json.text()?)?,
        Slot::Struct(value) => read(value, json)?,
    }
    Some(())
}

impl StoredNumber for u32 {
    fn number(&self) -> u32 {
        *self
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = number;
        Some(())
    }
}

/// 0, 1 or 2.
impl StoredNumber for Qos {
    fn number(&self) -> u32 {
        self.as_u8().into()
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = Self::from_u8(u8::try_from(number).ok()?)?;
        Some(())
    }
}

/// The Protocol Level: 3, 4 or 5.
impl StoredNumber for ProtocolVersion {
    fn number(&self) -> u32 {
        self.level().into()
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        let mut all = Self::ALL.into_iter();
        *self = all.find(|version| version.number() == number)?;
        Some(())
    }
}

macro_rules! as_word {
    ($type:ty: $($word:literal = $value:ident),+) => {
        impl StoredWord for $type {
            fn word(&self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            fn set_word(&mut self, word: &str) -> Option<()> {
                *self = match word {
                    $($word => Self::$value,)+
                    _ => return None,
                };
                Some(())
            }
        }
    };
}

as_word!(Theme: "system" = System, "light" = Light, "dark" = Dark);
as_word!(PayloadView: "text" = Text, "json" = Json, "hex" = Hex);
as_word!(TimeView: "clock" = Clock, "utc" = Utc, "elapsed" = Elapsed);

/// Pairs each field with its own name as text, so that the two cannot part.
macro_rules! slots {
    ($self:ident: $($kind:ident $field:ident),+ $(,)?) => {
        vec![$((stringify!($field), Slot::$kind(&mut $self.$field))),+]
    };
}

impl Stored for Settings {
    fn slots(&mut self) -> Vec<(&'static str, Slot<'_>)> {
        slots!(self:
            Word theme,
            Number trace_megabytes,
            Flag show_sent,
            Word payload_view,
            Flag resubscribe,
            Word time_view,
        )
    }
}

impl Stored for ConnectionForm {
    fn slots(&mut self) -> Vec<(&'static str, Slot<'_>)> {
        slots!(self:
            Flag lab_broker,
            Flag custom,
            Text host,
            Text port,
            Text path,
            Text client_id,
            Text username,
            Text password,
            Flag remember_password,
            Text keep_alive,
            Flag ssl,
            Flag clean_session,
            Number version,
            Text connect_timeout,
            Flag reconnect,
            Text reconnect_period,
            Struct will,
            Text session_expiry_interval,
            Text receive_maximum,
            Text maximum_packet_size,
            Text topic_alias_maximum,
            Flag request_response_information,
            Flag request_problem_information,
            Pairs user_properties,
            Text authentication_method,
            Text authentication_data,
            Flag use_topic_aliases,
        )
    }
}

impl Stored for WillForm {
    fn slots(&mut self) -> Vec<(&'static str, Slot<'_>)> {
        slots!(self:
            Text topic,
            Number qos,
            Flag retain,
            Text message,
            Text delay_interval,
            Text message_expiry_interval,
            Text content_type,
            Text response_topic,
            Text correlation_data,
            Flag payload_is_utf8,
            Pairs user_properties,
        )
    }
}
