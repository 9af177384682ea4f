//! Reading what was typed into a form, and collecting what cannot be used.

use super::field::Field;
use super::refusal::{FormCause, Refusal, RefusalCause};
use crate::codec::{TopicName, UserProperties};

/// The longest text or binary field of MQTT, in bytes (section 1.5.4).
pub(super) const TEXT_MAXIMUM: usize = 65_535;

/// The faults found so far, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct FormCheck {
    errors: Vec<Refusal>,
}

impl FormCheck {
    /// What was read, if there was no fault.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Refusal>> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(self.errors)
        }
    }

    pub(super) fn fault(&mut self, field: Field, cause: RefusalCause) {
        self.errors.push(Refusal::at(field, cause));
    }

    /// A whole number that must be there; the minimum where it cannot be used.
    pub(super) fn number(&mut self, field: Field, text: &str, minimum: u64, maximum: u64) -> u64 {
        match whole_number(text, minimum, maximum) {
            Ok(value) => value,
            Err(cause) => {
                self.fault(field, cause);
                minimum
            }
        }
    }

    /// A whole number that may be left out.
    pub(super) fn optional(
        &mut self,
        field: Field,
        text: &str,
        minimum: u64,
        maximum: u64,
    ) -> Option<u64> {
        if text.trim().is_empty() {
            return None;
        }
        Some(self.number(field, text, minimum, maximum))
    }

    /// A whole number of four bytes that may be left out.
    pub(super) fn optional_u32(&mut self, field: Field, text: &str, minimum: u32) -> Option<u32> {
        let number = self.optional(field, text, minimum.into(), u32::MAX.into())?;
        u32::try_from(number).ok()
    }

    /// A whole number of two bytes that may be left out.
    pub(super) fn optional_u16(&mut self, field: Field, text: &str, minimum: u16) -> Option<u16> {
        let number = self.optional(field, text, minimum.into(), u16::MAX.into())?;
        u16::try_from(number).ok()
    }

    /// A text that MQTT carries: at most 65,535 bytes, without U+0000. `None` where it is empty.
    pub(super) fn text(&mut self, field: Field, text: &str) -> Option<String> {
        if let Some(offset) = text.bytes().position(|byte| byte == 0) {
            self.fault(
                field,
                RefusalCause::InForm(FormCause::NullCharacter { offset }),
            );
        }
        self.bytes(field, text).map(|_| text.to_owned())
    }

    /// A text whose bytes MQTT carries as they are. `None` where it is empty.
    pub(super) fn bytes(&mut self, field: Field, text: &str) -> Option<Vec<u8>> {
        if text.len() > TEXT_MAXIMUM {
            let (length, maximum) = (text.len(), TEXT_MAXIMUM);
            self.fault(
                field,
                RefusalCause::InForm(FormCause::TooLong { length, maximum }),
            );
        }
        (!text.is_empty()).then(|| text.as_bytes().to_vec())
    }

    /// A Topic Name that may be left out.
    pub(super) fn optional_topic(&mut self, field: Field, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        if let Err(error) = TopicName::parse(text) {
            self.fault(field, RefusalCause::InForm(FormCause::TopicName(error)));
        }
        Some(text.to_owned())
    }

    /// User Properties; pairs of which both halves are empty are left out.
    pub(super) fn user_properties(
        &mut self,
        field: Field,
        pairs: &[(String, String)],
    ) -> UserProperties<'static> {
        let mut properties = UserProperties::default();
        for (name, value) in pairs {
            if name.is_empty() && value.is_empty() {
                continue;
            }
            let before = self.errors.len();
            let _ = self.text(field, name);
            let _ = self.text(field, value);
            // Whatever the property could refuse has just been said.
            if self.errors.len() == before && properties.push(name, value).is_err() {
                self.fault(field, RefusalCause::InForm(FormCause::Empty));
            }
        }
        properties
    }
}

/// The first of a form's errors, as the refusal of a command.
pub(super) fn first_error<T>(checked: Result<T, Vec<Refusal>>) -> Result<T, Refusal> {
    checked.map_err(|errors| {
        let first = errors.into_iter().next();
        first.unwrap_or(Refusal::new(RefusalCause::InForm(FormCause::Empty)))
    })
}

/// A whole number within these bounds; spaces around it do no harm.
pub(super) fn whole_number(text: &str, minimum: u64, maximum: u64) -> Result<u64, RefusalCause> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RefusalCause::InForm(FormCause::NotANumber {
            minimum,
            maximum,
        }));
    }
    // What is too long for a u64 is out of every range there is.
    let value = digits.parse().unwrap_or(u64::MAX);
    if (minimum..=maximum).contains(&value) {
        Ok(value)
    } else {
        Err(RefusalCause::InForm(FormCause::OutOfRange {
            value,
            minimum,
            maximum,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(whole_number(" 60 ", 0, 65_535), Ok(60));
        for text in ["", "x", "-1", "1.5", "1e3", "٣"] {
            let cause = RefusalCause::InForm(FormCause::NotANumber {
                minimum: 0,
                maximum: 9,
            });
            assert_eq!(whole_number(text, 0, 9), Err(cause), "{text}");
        }
        let cause = RefusalCause::InForm(FormCause::OutOfRange {
            value: 65_536,
            minimum: 0,
            maximum: 65_535,
        });
        assert_eq!(whole_number("65536", 0, 65_535), Err(cause));
        let cause = whole_number("99999999999999999999999", 0, 9);
        assert!(matches!(
            cause,
            Err(RefusalCause::InForm(FormCause::OutOfRange { .. }))
        ));
    }

    #[test]
    fn user_properties_without_name_and_value_are_left_out() {
        let mut check = FormCheck::default();
        let pairs = [
            ("a".to_owned(), "1".to_owned()),
            (String::new(), String::new()),
            ("a".to_owned(), String::new()),
        ];
        let properties = check.user_properties(Field::UserProperties, &pairs);
        assert_eq!(properties.len(), 2);
        assert!(check.errors.is_empty());
        let pairs = [("a\0".to_owned(), "x".repeat(65_536))];
        check.user_properties(Field::UserProperties, &pairs);
        assert_eq!(check.errors.len(), 2);
    }
}
