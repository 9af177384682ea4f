//! Where the fields of a packet go when it is written.
//!
//! Each packet lists its fields once, for any [`Sink`]. It is run twice: into a [`Counter`], which
//! checks every field and adds up the length, and then into the bytes. So a packet that cannot be
//! written leaves no trace, and the room for one that can is reserved once.

use super::properties::PropertyRun;
use super::utf8_field::{holds_null, position};
use super::{EncodeError, PropertyId, ProtocolVersion};

pub(crate) type Written = Result<(), EncodeError>;

pub(crate) trait Sink {
    fn raw(&mut self, bytes: &[u8]) -> Written;

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn byte(&mut self, value: u8) -> Written {
        self.raw(&[value])
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn two_bytes(&mut self, value: u16) -> Written {
        self.raw(&value.to_be_bytes())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn four_bytes(&mut self, value: u32) -> Written {
        self.raw(&value.to_be_bytes())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn variable(&mut self, value: u32) -> Written {
        let (bytes, length) = variable_byte_integer(value);
        self.raw(bytes.get(..length).unwrap_or_default())
    }

    /// Binary Data: two bytes of length, then the bytes.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn binary(&mut self, field: &'static str, bytes: &[u8]) -> Written {
        let length = bytes.len();
        let Ok(short) = u16::try_from(length) else {
            return Err(EncodeError::TooLong { field, length });
        };
        self.two_bytes(short)?;
        self.raw(bytes)
    }

    /// A UTF-8 Encoded String.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn text(&mut self, field: &'static str, text: &str) -> Written {
        self.check_text(field, text)?;
        self.binary(field, text.as_bytes())
    }

    /// Whether the text may be sent; only looked at when counting.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn check_text(&mut self, _field: &'static str, _text: &str) -> Written {
        Ok(())
    }

    /// The identifier of the property whose value follows.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn property(&mut self, property: PropertyId) -> Written {
        self.byte(property.as_u8())
    }

    /// All properties of one kind.
    fn run(&mut self, property: PropertyId, run: &PropertyRun<'_>) -> Written;

    fn flag_property(&mut self, property: PropertyId, value: Option<bool>) -> Written {
        self.byte_property(property, value.map(u8::from))
    }

    fn byte_property(&mut self, property: PropertyId, value: Option<u8>) -> Written {
        let Some(value) = value else { return Ok(()) };
        self.property(property)?;
        self.byte(value)
    }

    fn short_property(&mut self, property: PropertyId, value: Option<u16>) -> Written {
        let Some(value) = value else { return Ok(()) };
        self.property(property)?;
        self.two_bytes(value)
    }

    fn number_property(&mut self, property: PropertyId, value: Option<u32>) -> Written {
        let Some(value) = value else { return Ok(()) };
        self.property(property)?;
        self.four_bytes(value)
    }

    fn text_property(&mut self, property: PropertyId, value: Option<&str>) -> Written {
        let Some(value) = value else { return Ok(()) };
        self.property(property)?;
        self.text(property.name(), value)
    }

    fn binary_property(&mut self, property: PropertyId, value: Option<&[u8]>) -> Written {
        let Some(value) = value else { return Ok(()) };
        self.property(property)?;
        self.binary(property.name(), value)
    }
}

/// `sink`, on the page behind a table of its methods: the fields of every packet are compiled once
/// there, for all sinks. Elsewhere speed matters more.
#[cfg(target_arch = "wasm32")]
pub(crate) fn any_sink(sink: &mut impl Sink) -> &mut dyn Sink {
    sink
}

#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(crate) fn any_sink<S: Sink>(sink: &mut S) -> &mut S {
    sink
}

/// What has properties.
pub(crate) trait Properties {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written;
}

/// Writes the Property Length and the properties; before 5.0, refuses all properties.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn put_properties(
    sink: &mut (impl Sink + ?Sized),
    version: ProtocolVersion,
    properties: &impl Properties,
) -> Written {
    if version != ProtocolVersion::V5_0 {
        return properties.put(any_sink(&mut Refusal { version }));
    }
    let mut counter = Counter::default();
    properties.put(any_sink(&mut counter))?;
    sink.variable(counter.remaining_length()?)?;
    properties.put(sink)
}

/// Checks and counts.
#[derive(Default)]
pub(crate) struct Counter {
    length: u64,
}

impl Counter {
    /// What was counted, as the Remaining Length of a packet.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn remaining_length(&self) -> Result<u32, EncodeError> {
        match u32::try_from(self.length) {
            Ok(length) if length <= MAXIMUM_REMAINING_LENGTH => Ok(length),
            _ => Err(EncodeError::PacketTooLarge {
                length: self.length,
            }),
        }
    }
}

impl Sink for Counter {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn raw(&mut self, bytes: &[u8]) -> Written {
        self.length += bytes.len() as u64;
        Ok(())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn check_text(&mut self, field: &'static str, text: &str) -> Written {
        if holds_null(text.as_bytes()) {
            let offset = position(text.as_bytes(), |byte| byte == 0);
            return Err(EncodeError::NullCharacter { field, offset });
        }
        Ok(())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn run(&mut self, _property: PropertyId, run: &PropertyRun<'_>) -> Written {
        self.length += run.encoded_len() as u64;
        Ok(())
    }
}

impl Sink for Vec<u8> {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn raw(&mut self, bytes: &[u8]) -> Written {
        self.extend_from_slice(bytes);
        Ok(())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn run(&mut self, property: PropertyId, run: &PropertyRun<'_>) -> Written {
        run.encode(property, self);
        Ok(())
    }
}

/// Refuses the first property.
struct Refusal {
    version: ProtocolVersion,
}

impl Sink for Refusal {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn raw(&mut self, _bytes: &[u8]) -> Written {
        Ok(())
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn property(&mut self, property: PropertyId) -> Written {
        let version = self.version;
        Err(EncodeError::PropertyNotInVersion { property, version })
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn run(&mut self, property: PropertyId, run: &PropertyRun<'_>) -> Written {
        match run.len() {
            0 => Ok(()),
            _ => self.property(property),
        }
    }
}

/// The largest Remaining Length (section 2.1.4).
pub(crate) const MAXIMUM_REMAINING_LENGTH: u32 = 268_435_455;

/// The bytes of a Variable Byte Integer and how many of them count.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) const fn variable_byte_integer(value: u32) -> ([u8; 4], usize) {
    let low = (value & 0x7f) as u8;
    let second = (value >> 7 & 0x7f) as u8;
    let third = (value >> 14 & 0x7f) as u8;
    let fourth = (value >> 21 & 0x7f) as u8;
    match value {
        0..0x80 => ([low, 0, 0, 0], 1),
        0x80..0x4000 => ([low | 0x80, second, 0, 0], 2),
        0x4000..0x20_0000 => ([low | 0x80, second | 0x80, third, 0], 3),
        _ => ([low | 0x80, second | 0x80, third | 0x80, fourth], 4),
    }
}
