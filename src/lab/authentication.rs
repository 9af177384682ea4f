//! Enhanced authentication (MQTT 5.0): what the server asks for, and a person's answer to it.

use super::errand::CarryOut;
use super::payload::foreign_words;
use super::publish::from_hexadecimal;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::views::text_or_hexadecimal;
use super::{ClientKey, Field, Lab};

/// A step that the server asks for and that has not been answered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Its Authentication Data: as text where it is text, else in hexadecimal; `None` without any.
    pub data: Option<String>,
    /// Its Reason String.
    pub reason: Option<String>,
}

impl Challenge {
    pub(super) fn new(data: Option<&[u8]>, reason: Option<&str>) -> Self {
        Self {
            data: data.map(text_or_hexadecimal),
            reason: reason.map(foreign_words),
        }
    }
}

/// What a person does in enhanced authentication; a [`Command`](super::Command) can be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthenticationCommand {
    /// Answer what the server asks for in AUTH: [`Lab::challenge`].
    AnswerChallenge {
        /// Which client.
        client: ClientKey,
        /// The Authentication Data as it was typed; empty for none.
        data: String,
        /// Whether it is typed in hexadecimal.
        is_hexadecimal: bool,
    },
    /// Authenticate again on the connection there is (MQTT 5.0).
    Reauthenticate {
        /// Which client.
        client: ClientKey,
        /// The Authentication Data as it was typed; empty for none.
        data: String,
        /// Whether it is typed in hexadecimal.
        is_hexadecimal: bool,
    },
}

impl CarryOut for AuthenticationCommand {
    fn client(&self) -> Option<ClientKey> {
        match self {
            Self::AnswerChallenge { client, .. } | Self::Reauthenticate { client, .. } => {
                Some(*client)
            }
        }
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal> {
        match *self {
            Self::AnswerChallenge {
                client,
                data,
                is_hexadecimal,
            } => lab.answer_challenge(client, &data, is_hexadecimal),
            Self::Reauthenticate {
                client,
                data,
                is_hexadecimal,
            } => lab.reauthenticate(client, &data, is_hexadecimal),
        }
    }
}

impl Lab {
    /// What the server of this client asks for in an AUTH packet, until it is answered or the connection ends.
    pub fn challenge(&self, client: ClientKey) -> Option<&Challenge> {
        self.client(client)?.challenge.as_ref()
    }

    /// Whether this client can begin a re-authentication: connected with an Authentication Method,
    /// and nothing to answer.
    pub fn can_reauthenticate(&self, client: ClientKey) -> bool {
        self.client(client).is_some_and(|client| {
            client.phase().is_connected()
                && client.mqtt.options().authentication_method.is_some()
                && client.challenge.is_none()
        })
    }

    fn answer_challenge(
        &mut self,
        key: ClientKey,
        data: &str,
        is_hexadecimal: bool,
    ) -> Result<(), Refusal> {
        let data = data_of(data, is_hexadecimal)?;
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        client
            .mqtt
            .authenticate(data.as_deref(), now)
            .map_err(refused)?;
        client.challenge = None;
        self.drain(key);
        Ok(())
    }

    fn reauthenticate(
        &mut self,
        key: ClientKey,
        data: &str,
        is_hexadecimal: bool,
    ) -> Result<(), Refusal> {
        let data = data_of(data, is_hexadecimal)?;
        let now = self.now;
        let client = self.roster.find_mut(key)?;
        client
            .mqtt
            .reauthenticate(data.as_deref(), now)
            .map_err(refused)?;
        self.drain(key);
        Ok(())
    }
}

fn refused(error: crate::client::AuthenticateError) -> Refusal {
    Refusal::at(Field::AuthenticationData, RefusalCause::Authenticate(error))
}

/// The bytes that were typed; `None` for nothing, which is sent without the property.
fn data_of(text: &str, is_hexadecimal: bool) -> Result<Option<Vec<u8>>, Refusal> {
    let bytes = if is_hexadecimal {
        from_hexadecimal(text).map_err(|cause| Refusal::at(Field::AuthenticationData, cause))?
    } else {
        text.as_bytes().to_vec()
    };
    let (length, maximum) = (bytes.len(), usize::from(u16::MAX));
    if length > maximum {
        let cause = RefusalCause::InForm(FormCause::TooLong { length, maximum });
        return Err(Refusal::at(Field::AuthenticationData, cause));
    }
    Ok((!bytes.is_empty()).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_text_or_hexadecimal_and_may_be_empty() {
        assert_eq!(data_of("", false), Ok(None));
        assert_eq!(data_of("", true), Ok(None));
        assert_eq!(data_of("ab", false), Ok(Some(b"ab".to_vec())));
        assert_eq!(data_of("61 FF", true), Ok(Some(vec![0x61, 0xff])));
        assert!(data_of("6", true).is_err());
        assert!(data_of("xy", true).is_err());
        assert!(data_of(&"x".repeat(65_536), false).is_err());
    }
}
