//! Saying no to a CONNECT (sections 3.1.4 and 3.2.2.2).

use std::sync::Arc;

use super::event::{ClosedCause, Event, RefusedCause};
use super::machine::Machine;
use crate::codec::{
    Connack, ConnackCode, ConnackProperties, ConnectReturnCode, ControlPacket, ControlPacketType,
    DecodeError, DecodeErrorKind, ProtocolVersion, ReasonCode, encode,
};
use crate::time::Instant;

/// Why a CONNECT is not accepted, with the code that says so.
pub(super) struct Refusal {
    pub(super) cause: RefusedCause,
    pub(super) code: ReasonCode,
}

impl Refusal {
    pub(super) const fn new(cause: RefusedCause, code: ReasonCode) -> Self {
        Self { cause, code }
    }
}

impl Machine {
    /// Answers a CONNECT that was understood with a refusal, and closes.
    pub(super) fn refuse(
        &mut self,
        place: u32,
        refusal: &Refusal,
        version: ProtocolVersion,
        client_id: Option<&str>,
        largest: u32,
        now: Instant,
    ) {
        let code = match version {
            ProtocolVersion::V5_0 => ConnackCode::V5(refusal.code),
            _ => ConnackCode::V3(return_code(refusal.code)),
        };
        let words = version.has_properties() && self.options.reason_strings;
        let write = |reason_string| {
            let connack = Connack {
                session_present: false,
                code,
                properties: ConnackProperties {
                    reason_string,
                    ..ConnackProperties::default()
                },
            };
            let packet = ControlPacket::Connack(Box::new(connack));
            let mut bytes = Vec::new();
            let written = encode(&packet, version, &mut bytes);
            debug_assert!(written.is_ok(), "{packet:?} does not encode: {written:?}");
            // [MQTT-3.1.2-24]
            (written.is_ok() && bytes.len() <= largest as usize).then_some(bytes)
        };
        let with_words = words.then(|| write(Some(refusal.code.name()))).flatten();
        if let Some(bytes) = with_words.or_else(|| write(None)) {
            self.transmit(place, bytes);
        }
        let client_id = client_id.map(Arc::from);
        self.tell_refused_connect(place, refusal.cause, Some(refusal.code), client_id);
        self.end_connection(place, ClosedCause::Refused, None, now);
    }

    /// What came first is not CONNECT: nothing is answered [MQTT-3.1.0-1].
    pub(super) fn refuse_not_connect(&mut self, place: u32, kind: ControlPacketType, now: Instant) {
        self.tell_refused_connect(place, RefusedCause::NotConnect(kind), None, None);
        self.end_connection(place, ClosedCause::Refused, None, now);
    }

    /// What came first cannot be read.
    pub(super) fn refuse_malformed(
        &mut self,
        place: u32,
        error: DecodeError,
        raw: &[u8],
        now: Instant,
    ) {
        let cause = match error.kind {
            DecodeErrorKind::UnsupportedProtocolLevel { .. } => RefusedCause::UnsupportedVersion,
            DecodeErrorKind::ClientIdMissing => RefusedCause::ClientIdentifier,
            _ => RefusedCause::Malformed(error),
        };
        let answered = match (error.kind, version_of(raw)) {
            // A version that is newer than 5.0 may understand the form of 5.0; one that is older or
            // unheard of gets that of 3.1.1 [MQTT-3.1.2-2].
            (DecodeErrorKind::UnsupportedProtocolLevel { level: 6..=0x7f }, _) => {
                Some(ProtocolVersion::V5_0)
            }
            (DecodeErrorKind::UnsupportedProtocolLevel { .. }, _) => Some(ProtocolVersion::V3_1_1),
            (DecodeErrorKind::ClientIdMissing, version) => version,
            // Before 5.0 there is no code for it.
            (_, version) => version.filter(|version| version.has_properties()),
        };
        if let Some(version) = answered {
            let refusal = Refusal::new(cause, error.reason_code());
            self.refuse(place, &refusal, version, None, u32::MAX, now);
            return;
        }
        self.tell_refused_connect(place, cause, None, None);
        self.end_connection(place, ClosedCause::Refused, None, now);
    }

    fn tell_refused_connect(
        &mut self,
        place: u32,
        cause: RefusedCause,
        code: Option<ReasonCode>,
        client_id: Option<Arc<str>>,
    ) {
        if let Some(connection) = self.connections.at(place) {
            let connection = connection.id;
            self.outbox.event(|| Event::ConnectionRefused {
                connection,
                client_id,
                cause,
                code,
            });
        }
    }
}

/// The version that a CONNECT asks for, even where the rest of it cannot be read.
fn version_of(raw: &[u8]) -> Option<ProtocolVersion> {
    let (&first, rest) = raw.split_first()?;
    if first >> 4 != ControlPacketType::Connect.as_u8() {
        return None;
    }
    let length = 1 + rest.iter().take_while(|&&byte| byte >= 0x80).count();
    let body = rest.get(length..)?;
    ProtocolVersion::ALL.into_iter().find(|version| {
        let name = version.protocol_name().as_bytes();
        let (Some([0, size]), Some(field)) = (body.first_chunk(), body.get(2..2 + name.len()))
        else {
            return false;
        };
        usize::from(*size) == name.len()
            && field == name
            && body.get(2 + name.len()) == Some(&version.level())
    })
}

/// The Connect Return code of 3.1 and 3.1.1 that says nearest the same.
const fn return_code(code: ReasonCode) -> ConnectReturnCode {
    match code {
        ReasonCode::UnsupportedProtocolVersion => ConnectReturnCode::UnacceptableProtocolVersion,
        ReasonCode::ClientIdentifierNotValid => ConnectReturnCode::IdentifierRejected,
        ReasonCode::BadUserNameOrPassword => ConnectReturnCode::BadUserNameOrPassword,
        ReasonCode::NotAuthorized | ReasonCode::Banned | ReasonCode::BadAuthenticationMethod => {
            ConnectReturnCode::NotAuthorized
        }
        _ => ConnectReturnCode::ServerUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_broken_connect_is_still_known() {
        assert_eq!(
            version_of(b"\x10\x02\0\x04MQTT\x05"),
            Some(ProtocolVersion::V5_0)
        );
        assert_eq!(
            version_of(b"\x10\x80\x01\0\x06MQIsdp\x03rest"),
            Some(ProtocolVersion::V3_1)
        );
        assert_eq!(version_of(b"\x10\x02\0\x04MQTT\x06"), None);
        assert_eq!(version_of(b"\x10\x02\0\x04MQTT"), None);
        assert_eq!(version_of(b"\x20\x02\0\x04MQTT\x05"), None);
        assert_eq!(version_of(b""), None);
    }
}
