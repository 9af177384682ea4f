//! What a Control Packet consists of, for those who look on while it is decoded.

use core::fmt;
use core::ops::Range;

use super::{
    ConnectReturnCode, ControlPacketType, FieldName, PacketId, PayloadFormat, PropertyId,
    ProtocolVersion, Qos, ReasonCode, RetainHandling,
};

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// Nothing of its own: a heading over other fields.
    None,
    /// A number.
    Number(u32),
    /// One bit.
    Flag(bool),
    /// A text.
    Text(&'a str),
    /// Bytes that the protocol gives no meaning.
    Bytes(&'a [u8]),
    /// The type of a packet.
    PacketType(ControlPacketType),
    /// A Packet Identifier.
    PacketId(PacketId),
    /// A version of the protocol.
    Version(ProtocolVersion),
    /// A QoS.
    Qos(Qos),
    /// A Retain Handling.
    RetainHandling(RetainHandling),
    /// A Payload Format Indicator.
    PayloadFormat(PayloadFormat),
    /// Which property follows.
    Property(PropertyId),
    /// A Connect Return code (before 5.0).
    ReturnCode(ConnectReturnCode),
    /// A Reason Code, in that packet.
    ReasonCode(ReasonCode, ControlPacketType),
}

impl FieldValue<'_> {
    /// What the value is called, where it has a name.
    pub const fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::None
            | Self::Number(_)
            | Self::Text(_)
            | Self::Bytes(_)
            | Self::PacketId(_)
            | Self::PacketType(_) => return None,
            Self::Flag(true) => "yes",
            Self::Flag(false) => "no",
            Self::Version(version) => version.name(),
            Self::Qos(Qos::AtMostOnce) => "at most once",
            Self::Qos(Qos::AtLeastOnce) => "at least once",
            Self::Qos(Qos::ExactlyOnce) => "exactly once",
            Self::RetainHandling(RetainHandling::SendAtSubscribe) => "at every subscribe",
            Self::RetainHandling(RetainHandling::SendIfNew) => "only if the subscription is new",
            Self::RetainHandling(RetainHandling::DoNotSend) => "never",
            Self::PayloadFormat(PayloadFormat::UnspecifiedBytes) => "unspecified bytes",
            Self::PayloadFormat(PayloadFormat::Utf8) => "UTF-8 text",
            Self::Property(property) => property.name(),
            Self::ReturnCode(code) => code.name(),
            Self::ReasonCode(code, packet) => code.name_in(packet),
        })
    }
}

impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => Ok(()),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{}", u8::from(flag)),
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { " " };
                    write!(f, "{separator}{byte:02x}")?;
                }
                Ok(())
            }
            Self::PacketType(packet_type) => packet_type.fmt(f),
            Self::PacketId(packet_id) => packet_id.fmt(f),
            Self::Version(version) => write!(f, "{}", version.level()),
            Self::Qos(qos) => qos.fmt(f),
            Self::RetainHandling(handling) => write!(f, "{}", handling.as_u8()),
            Self::PayloadFormat(format) => write!(f, "{}", format.as_u8()),
            Self::Property(property) => write!(f, "0x{:02x}", property.as_u8()),
            Self::ReturnCode(code) => write!(f, "0x{:02x}", code.as_u8()),
            Self::ReasonCode(code, _) => write!(f, "0x{:02x}", code.as_u8()),
        }
    }
}

/// Looks on while a packet is decoded. Every method of the silent one is empty, so that the plain
/// decoder pays nothing.
pub(crate) trait Observer<'a> {
    /// Whether it looks at all.
    const LOOKS: bool = true;

    /// A field of one or more whole bytes was read.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn value(&mut self, _span: Range<usize>, _name: FieldName, _value: FieldValue<'a>) {}

    /// A field with two bytes of length before its value was read; `span` holds both.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn prefixed(&mut self, _span: Range<usize>, _name: FieldName, _value: FieldValue<'a>) {}

    /// The last field has a better reading than the one it was reported with.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn reading(&mut self, _value: FieldValue<'a>) {}

    /// Some bits of the last field mean something of their own.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn bits(&mut self, _mask: u8, _name: FieldName, _value: FieldValue<'a>) {}

    /// The fields from here on belong together.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn open(&mut self, _offset: usize, _name: FieldName) {}

    /// They end here.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn close(&mut self, _offset: usize) {}
}

/// The observer of the plain decoder.
pub(crate) struct Silent;

impl Observer<'_> for Silent {
    const LOOKS: bool = false;
}
