//! Client Identifiers: making one up, and saying where one may be refused.

use crate::random::SplitMix64;

/// The longest Client Identifier that every Server must accept, in bytes [MQTT-3.1.3-5].
pub const PORTABLE_LENGTH: usize = 23;

/// What a made-up Client Identifier begins with.
pub const PREFIX: &str = "clientId-";

const RANDOM_LENGTH: usize = 10;
const LETTERS_AND_DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new Client Identifier: `clientId-` and 10 letters or digits.
pub fn generate(random: &mut SplitMix64) -> String {
    let mut identifier = String::with_capacity(PREFIX.len() + RANDOM_LENGTH);
    identifier.push_str(PREFIX);
    for _ in 0..RANDOM_LENGTH {
        let place = random.below(LETTERS_AND_DIGITS.len() as u32) as usize;
        identifier.push(
            LETTERS_AND_DIGITS
                .get(place)
                .map_or('0', |&byte| char::from(byte)),
        );
    }
    identifier
}

/// Checks a Client Identifier: `Ok` with a hint where it may be sent but some Servers may refuse
/// it.
///
/// # Errors
///
/// What keeps it out of any CONNECT packet.
pub fn check(identifier: &str) -> Result<Option<PortabilityHint>, ClientIdentifierError> {
    let length = identifier.len();
    if length > 65_535 {
        return Err(ClientIdentifierError::TooLong { length });
    }
    if let Some(offset) = identifier.bytes().position(|byte| byte == 0) {
        return Err(ClientIdentifierError::NullCharacter { offset });
    }
    let has_others = identifier.chars().any(|c| !c.is_ascii_alphanumeric());
    // What the lab itself makes up has a hyphen, which no known Server refuses.
    let has_unusual = identifier
        .chars()
        .any(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | ':'));
    Ok(match (length > PORTABLE_LENGTH, has_others) {
        _ if length == 0 => Some(PortabilityHint::Empty),
        (true, true) => Some(PortabilityHint::LongAndOtherCharacters),
        (true, false) => Some(PortabilityHint::Long),
        (false, true) if has_unusual => Some(PortabilityHint::OtherCharacters),
        (false, _) => None,
    })
}

/// Why a Server may refuse a Client Identifier that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortabilityHint {
    /// It is empty: the Server is to choose one.
    Empty,
    /// It is longer than 23 bytes.
    Long,
    /// It has other characters than letters and digits.
    OtherCharacters,
    /// Both.
    LongAndOtherCharacters,
}

impl PortabilityHint {
    /// The hint in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => {
                "Empty: the broker chooses a ClientID for you. In MQTT 3.1.1 this needs Clean \
                 Session, and MQTT 3.1 does not allow it."
            }
            Self::Long => {
                "Longer than 23 characters: allowed, and most brokers accept it, but some small \
                 or old ones do not."
            }
            Self::OtherCharacters => {
                "Has other characters than letters and digits: allowed, and most brokers accept \
                 them, but they do not have to."
            }
            Self::LongAndOtherCharacters => {
                "Longer than 23 characters, or with other characters than letters and digits: \
                 allowed, but a broker does not have to accept it."
            }
        }
    }
}

/// Why a text cannot be a Client Identifier at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientIdentifierError {
    /// It does not fit its two length bytes.
    #[error("client identifier is {length} bytes; at most 65535 are allowed")]
    TooLong {
        /// Its length in bytes of UTF-8.
        length: usize,
    },
    /// It holds U+0000 [MQTT-1.5.4-2].
    #[error("client identifier holds U+0000 at byte {offset}")]
    NullCharacter {
        /// Where, in bytes.
        offset: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_identifiers_have_the_known_form_and_differ() {
        let mut random = SplitMix64::new(1);
        let first = generate(&mut random);
        let second = generate(&mut random);
        assert_ne!(first, second);
        for identifier in [&first, &second] {
            let rest = identifier.strip_prefix("clientId-").unwrap();
            assert_eq!(rest.len(), 10);
            assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert_eq!(check(identifier), Ok(None));
        }
        assert_eq!(generate(&mut SplitMix64::new(1)), first);
    }

    #[test]
    fn hints_and_errors() {
        let at_limit = "a".repeat(23);
        assert_eq!(check(&at_limit), Ok(None));
        assert_eq!(check(&"a".repeat(24)), Ok(Some(PortabilityHint::Long)));
        assert_eq!(check(""), Ok(Some(PortabilityHint::Empty)));
        assert_eq!(
            check("my client"),
            Ok(Some(PortabilityHint::OtherCharacters))
        );
        assert_eq!(check("grün"), Ok(Some(PortabilityHint::OtherCharacters)));
        let both = "paho-mqtt/python/000000000001";
        assert_eq!(
            check(both),
            Ok(Some(PortabilityHint::LongAndOtherCharacters))
        );
        assert!(check(&"a".repeat(65_535)).is_ok());
        let length = 65_536;
        assert_eq!(
            check(&"a".repeat(length)),
            Err(ClientIdentifierError::TooLong { length })
        );
        assert_eq!(
            check("a\0b"),
            Err(ClientIdentifierError::NullCharacter { offset: 1 })
        );
    }
}
