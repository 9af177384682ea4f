//! Control Packets to bytes.

use super::packet::ControlPacket;
use super::sink::{
    Counter, MAXIMUM_REMAINING_LENGTH, Sink, Written, any_sink, variable_byte_integer,
};
use super::{ControlPacketType, EncodeError, ProtocolVersion};

/// Appends `packet`, in its shortest form, to `out`, and returns how many bytes it has.
///
/// Properties are written in the order of the fields of their struct, which is the order in which
/// the standard describes them.
///
/// # Errors
///
/// What the decoder would refuse to read is refused here; `out` is as before then.
#[inline]
pub fn encode(
    packet: &ControlPacket<'_>,
    version: ProtocolVersion,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    match packet {
        ControlPacket::Publish(publish) => publish.encode(version, out),
        _ => encode_body(first_byte(packet), &Body { packet, version }, out),
    }
}

/// How many bytes [`encode`] would append.
///
/// # Errors
///
/// As [`encode`].
pub fn encoded_len(
    packet: &ControlPacket<'_>,
    version: ProtocolVersion,
) -> Result<usize, EncodeError> {
    let remaining = remaining_length(&Body { packet, version })?;
    let (_, length) = variable_byte_integer(remaining);
    Ok(1 + length + remaining as usize)
}

/// What stands behind the fixed header.
pub(crate) trait PutBody {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written;
}

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn encode_body(
    first_byte: u8,
    body: &impl PutBody,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let remaining = remaining_length(body)?;
    let (bytes, length) = variable_byte_integer(remaining);
    let whole = 1 + length + remaining as usize;
    out.reserve(whole);
    out.push(first_byte);
    out.extend_from_slice(bytes.get(..length).unwrap_or_default());
    body.put(any_sink(out))?;
    Ok(whole)
}

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn remaining_length(body: &impl PutBody) -> Result<u32, EncodeError> {
    debug_assert_eq!(MAXIMUM_REMAINING_LENGTH, (1 << 28) - 1);
    let mut counter = Counter::default();
    body.put(any_sink(&mut counter))?;
    counter.remaining_length()
}

struct Body<'p, 'a> {
    packet: &'p ControlPacket<'a>,
    version: ProtocolVersion,
}

impl PutBody for Body<'_, '_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        use ControlPacketType as Type;
        let version = self.version;
        match self.packet {
            ControlPacket::Connect(packet) => packet.put(sink, version),
            ControlPacket::Connack(packet) => packet.put(sink, version),
            ControlPacket::Publish(packet) => packet.put(sink, version),
            ControlPacket::Puback(packet) => packet.put(sink, Type::Puback, version),
            ControlPacket::Pubrec(packet) => packet.put(sink, Type::Pubrec, version),
            ControlPacket::Pubrel(packet) => packet.put(sink, Type::Pubrel, version),
            ControlPacket::Pubcomp(packet) => packet.put(sink, Type::Pubcomp, version),
            ControlPacket::Subscribe(packet) => packet.put(sink, version),
            ControlPacket::Suback(packet) => packet.put(sink, version),
            ControlPacket::Unsubscribe(packet) => packet.put(sink, version),
            ControlPacket::Unsuback(packet) => packet.put(sink, version),
            ControlPacket::Pingreq | ControlPacket::Pingresp => Ok(()),
            ControlPacket::Disconnect(packet) => packet.put(sink, version),
            ControlPacket::Auth(packet) => packet.put(sink, version),
        }
    }
}

fn first_byte(packet: &ControlPacket<'_>) -> u8 {
    match packet {
        ControlPacket::Publish(publish) => publish.first_byte(),
        _ => packet.packet_type().as_u8() << 4 | packet.packet_type().fixed_flags(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{
        Acknowledgement, Auth, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
        ConnectReturnCode, Disconnect, PacketId, PropertyId, Publish, PublishProperties, Qos,
        ReasonCode, Suback, Subscribe, Subscription, SubscriptionOptions, TopicFilter,
        TopicFilterError, TopicName, Unsuback, UserProperties,
    };

    const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
    const V5: ProtocolVersion = ProtocolVersion::V5_0;

    /// The error of `packet`, which must leave no trace.
    fn error(packet: ControlPacket<'_>, version: ProtocolVersion) -> EncodeError {
        let mut out = b"before".to_vec();
        let error = encode(&packet, version, &mut out).unwrap_err();
        assert_eq!(out, b"before");
        assert_eq!(encoded_len(&packet, version), Err(error));
        error
    }

    fn publish() -> Publish<'static> {
        Publish {
            topic: TopicName::parse("t").ok(),
            ..Publish::default()
        }
    }

    fn connect() -> Connect<'static> {
        Connect {
            client_id: "id",
            ..Connect::default()
        }
    }

    fn id() -> PacketId {
        PacketId::MIN
    }

    fn subscribe(filter: TopicFilter<'_>, options: SubscriptionOptions) -> ControlPacket<'_> {
        ControlPacket::Subscribe(Subscribe {
            packet_id: id(),
            subscription_identifier: None,
            user_properties: UserProperties::EMPTY,
            subscriptions: vec![Subscription { filter, options }],
        })
    }

    #[test]
    fn what_only_5_0_has_is_refused_before_it() {
        let property = PropertyId::MessageExpiryInterval;
        let mut with_expiry = publish();
        with_expiry.properties.message_expiry_interval = Some(1);
        let mut with_pair = publish();
        with_pair.properties.user_properties = UserProperties::from_pairs([("a", "b")]).unwrap();
        for version in [ProtocolVersion::V3_1, V3] {
            assert_eq!(
                error(ControlPacket::Publish(with_expiry.clone()), version),
                EncodeError::PropertyNotInVersion { property, version }
            );
            let error = error(ControlPacket::Publish(with_pair.clone()), version);
            let property = PropertyId::UserProperty;
            assert_eq!(
                error,
                EncodeError::PropertyNotInVersion { property, version }
            );
        }
        let version = V3;
        let refused = Acknowledgement::with_reason(id(), ReasonCode::NotAuthorized);
        let packet = ControlPacketType::Puback;
        let code = 0x87;
        assert_eq!(
            error(ControlPacket::Puback(refused), V3),
            EncodeError::ReasonCodeNotAllowed { packet, code }
        );
        let leave = Disconnect {
            reason_code: ReasonCode::DisconnectWithWillMessage,
            ..Disconnect::default()
        };
        let packet = ControlPacketType::Disconnect;
        let code = 0x04;
        assert_eq!(
            error(ControlPacket::Disconnect(leave), V3),
            EncodeError::ReasonCodeNotAllowed { packet, code }
        );
        let what = "AUTH";
        assert_eq!(
            error(ControlPacket::Auth(Auth::default()), V3),
            EncodeError::NotInVersion { what, version }
        );
        let options = SubscriptionOptions {
            retain_as_published: true,
            ..SubscriptionOptions::default()
        };
        let filter = TopicFilter::parse("a").unwrap();
        assert!(matches!(
            error(subscribe(filter, options), V3),
            EncodeError::NotInVersion { .. }
        ));
        let unsuback = Unsuback {
            packet_id: id(),
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: vec![ReasonCode::Success],
        };
        assert!(matches!(
            error(ControlPacket::Unsuback(unsuback), V3),
            EncodeError::NotInVersion { .. }
        ));
        let asked = V5;
        let v5_connect = Connect {
            protocol_version: V5,
            ..connect()
        };
        assert_eq!(
            error(ControlPacket::Connect(Box::new(v5_connect)), V3),
            EncodeError::VersionMismatch { asked, version }
        );
        let connack = Connack {
            session_present: false,
            code: ConnackCode::V5(ReasonCode::Success),
            properties: ConnackProperties::default(),
        };
        error(ControlPacket::Connack(Box::new(connack)), V3);
    }

    #[test]
    fn publish_flags_and_packet_identifier_must_fit_the_qos() {
        let dup = Publish {
            dup: true,
            ..publish()
        };
        assert_eq!(
            error(ControlPacket::Publish(dup), V3),
            EncodeError::DupAtQos0
        );
        let with_id = Publish {
            packet_id: Some(id()),
            ..publish()
        };
        assert_eq!(
            error(ControlPacket::Publish(with_id), V3),
            EncodeError::PacketIdAtQos0
        );
        let without_id = Publish {
            qos: Qos::ExactlyOnce,
            ..publish()
        };
        assert_eq!(
            error(ControlPacket::Publish(without_id), V5),
            EncodeError::PacketIdMissing
        );
        let nameless = ControlPacket::Publish(Publish::default());
        assert_eq!(error(nameless.clone(), V5), EncodeError::TopicNameMissing);
        assert_eq!(error(nameless, V3), EncodeError::TopicNameMissing);
    }

    #[test]
    fn texts_and_bytes_must_fit_their_length_and_hold_no_null() {
        let long = "x".repeat(65_536);
        let too_long = Connect {
            client_id: &long,
            ..connect()
        };
        assert_eq!(
            error(ControlPacket::Connect(Box::new(too_long)), V3).to_string(),
            "Client Identifier is 65536 bytes; at most 65535 are allowed"
        );
        let null = Connect {
            username: Some("a\0"),
            ..connect()
        };
        let field = "User Name";
        let offset = 1;
        assert_eq!(
            error(ControlPacket::Connect(Box::new(null)), V3),
            EncodeError::NullCharacter { field, offset }
        );
        let correlation = Publish {
            properties: PublishProperties {
                correlation_data: Some(long.as_bytes()),
                ..PublishProperties::default()
            },
            ..publish()
        };
        let field = "Correlation Data";
        let length = 65_536;
        assert_eq!(
            error(ControlPacket::Publish(correlation), V5),
            EncodeError::TooLong { field, length }
        );
    }

    #[test]
    fn the_largest_packet_is_the_largest() {
        // The topic takes three bytes.
        let payload = vec![0; MAXIMUM_REMAINING_LENGTH as usize - 2];
        let too_large = Publish {
            payload: &payload,
            ..publish()
        };
        assert_eq!(
            error(ControlPacket::Publish(too_large), V3).to_string(),
            "packet has 268435456 bytes after its fixed header; at most 268435455 are allowed"
        );
        let largest = ControlPacket::Publish(Publish {
            payload: payload.get(1..).unwrap(),
            ..publish()
        });
        assert_eq!(encoded_len(&largest, V3), Ok(268_435_460));
    }

    #[test]
    fn what_the_decoder_refuses_is_not_written() {
        let anonymous = Connect {
            client_id: "",
            ..connect()
        };
        assert_eq!(
            error(ControlPacket::Connect(Box::new(anonymous)), V3),
            EncodeError::ClientIdMissing
        );
        let password = Connect {
            password: Some(b"x"),
            ..connect()
        };
        assert_eq!(
            error(ControlPacket::Connect(Box::new(password)), V3),
            EncodeError::PasswordWithoutUserName
        );
        let data = Connect {
            protocol_version: V5,
            properties: ConnectProperties {
                authentication_data: Some(b"x"),
                ..ConnectProperties::default()
            },
            ..connect()
        };
        assert_eq!(
            error(ControlPacket::Connect(Box::new(data)), V5),
            EncodeError::AuthenticationDataWithoutMethod
        );
        let connack = Connack {
            session_present: true,
            code: ConnackCode::V3(ConnectReturnCode::NotAuthorized),
            properties: ConnackProperties::default(),
        };
        assert_eq!(
            error(ControlPacket::Connack(Box::new(connack)), V3),
            EncodeError::SessionPresentWithRefusal
        );
        let connack = Connack {
            session_present: false,
            code: ConnackCode::V5(ReasonCode::Success),
            properties: ConnackProperties {
                maximum_qos: Some(Qos::ExactlyOnce),
                ..ConnackProperties::default()
            },
        };
        let property = PropertyId::MaximumQos;
        assert_eq!(
            error(ControlPacket::Connack(Box::new(connack)), V5),
            EncodeError::PropertyValue { property }
        );
        let auth = Auth {
            reason_code: ReasonCode::ContinueAuthentication,
            ..Auth::default()
        };
        assert_eq!(
            error(ControlPacket::Auth(auth), V5),
            EncodeError::AuthenticationMethodMissing
        );
        let suback = |reason_codes| {
            ControlPacket::Suback(Suback {
                packet_id: id(),
                reason_string: None,
                user_properties: UserProperties::EMPTY,
                reason_codes,
            })
        };
        assert_eq!(error(suback(vec![]), V3), EncodeError::NoReasonCode);
        error(suback(vec![ReasonCode::NotAuthorized]), V3);
        error(suback(vec![ReasonCode::ServerBusy]), V5);
        let group = TopicFilter::parse_without_shared("$share/group").unwrap();
        assert_eq!(
            error(subscribe(group, SubscriptionOptions::default()), V5),
            EncodeError::TopicFilter(TopicFilterError::SharedFilterMissing)
        );
        let no_local = SubscriptionOptions {
            no_local: true,
            ..SubscriptionOptions::default()
        };
        let shared = TopicFilter::parse("$share/group/a").unwrap();
        assert_eq!(
            error(subscribe(shared, no_local), V5),
            EncodeError::NoLocalOnSharedSubscription
        );
    }
}
