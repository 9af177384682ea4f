//! One field of a packet in words and in numbers.

use core::ops::Range;

use super::{Entry, Inspection};
use crate::codec::{FieldKind, FieldName, FieldValue, PropertyId};
use crate::lab::explain::wire::field_words;
use crate::lab::{format, payload};

/// The longest value that is shown, in characters; the bytes have all of it.
const VALUE_CHARACTERS: usize = 160;

/// A field with all that is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedField {
    /// Its number in the inspection.
    pub field: usize,
    /// Its bytes, counted from the packet's first.
    pub span: Range<usize>,
    /// How many headings and bytes it stands in.
    pub depth: u8,
    /// How it fills its bytes.
    pub kind: FieldKind,
    /// The byte in its eight bits, the highest first, where bits mean something of their own; of a
    /// field that is some of them, only those. Empty for any other field.
    pub bits: Vec<Option<bool>>,
    /// The standard's name of it.
    pub name: &'static str,
    /// What stands in it; empty for a heading.
    pub value: String,
    /// What that value is called, where it has a name: `at least once`.
    pub reading: &'static str,
    /// What the field is for, in one sentence or two.
    pub meaning: &'static str,
    /// Why it has this value, where that can be told; else empty.
    pub why: String,
    /// Which section of which standard describes it; empty for what is the lab's own.
    pub clause: String,
    /// How its bytes make its value, where that is arithmetic: `0x93 0x02 = 19 + 2 × 128 = 275`.
    pub arithmetic: String,
    /// Its bytes in words: `byte 0`, `bytes 2 to 7`, `bits 7 to 4 of byte 0`.
    pub place: String,
    /// Whether the fault of the packet is shown at it.
    pub is_fault: bool,
}

/// A field as a row of the tree: what it is called and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine {
    /// Its number in the inspection.
    pub field: usize,
    /// How many headings and bytes it stands in.
    pub depth: u8,
    /// As in [`InspectedField::bits`].
    pub bits: Vec<Option<bool>>,
    /// The standard's name of it; of a property's heading, the property's.
    pub name: &'static str,
    /// What stands in it; empty for a heading.
    pub value: String,
    /// What that value is called, where it has a name.
    pub reading: &'static str,
    /// Whether it is a heading.
    pub is_heading: bool,
    /// Whether the fault of the packet is shown at it.
    pub is_fault: bool,
}

impl Inspection {
    /// A field with its words.
    pub fn field(&self, field: usize) -> Option<InspectedField> {
        let entry = self.entries.get(field)?;
        let words = field_words(entry.name, self.home(entry), self.version);
        let (meaning, clause) =
            words.map_or(("", String::new()), |words| (words.meaning, words.clause));
        let line = self.line(field)?;
        Some(InspectedField {
            field,
            span: entry.span.clone(),
            depth: entry.depth,
            kind: entry.kind,
            bits: line.bits,
            name: line.name,
            value: line.value,
            reading: line.reading,
            meaning,
            why: self.why(field, entry),
            clause,
            arithmetic: self.arithmetic(entry),
            place: place(&entry.span, entry.kind),
            is_fault: line.is_fault,
        })
    }

    /// A field without its sentences.
    pub fn line(&self, field: usize) -> Option<FieldLine> {
        let entry = self.entries.get(field)?;
        let value = self.value(entry);
        Some(FieldLine {
            field,
            depth: entry.depth,
            bits: self.bits(field, entry),
            name: match (entry.name, self.property_at(field)) {
                (FieldName::Property, Some(property)) => property.name(),
                (name, _) => name.name_in(self.version),
            },
            value: match value {
                FieldValue::Bytes(bytes) => payload::preview(bytes, VALUE_CHARACTERS),
                FieldValue::Text(text) => payload::preview(text.as_bytes(), VALUE_CHARACTERS),
                // Whoever looks for a type looks for its name; the bits stand beside it.
                FieldValue::Number(number) if self.is_byte_of_bits(field, entry) => {
                    format!("0x{number:02x}")
                }
                other => other.to_string(),
            },
            reading: value.meaning().unwrap_or_default(),
            is_heading: entry.kind == FieldKind::Group,
            is_fault: self.faulty_field() == Some(field),
        })
    }

    fn is_byte_of_bits(&self, field: usize, entry: &Entry) -> bool {
        entry.kind == FieldKind::Value && entry.span.len() == 1 && !self.bits_of(field).is_empty()
    }

    fn bits(&self, field: usize, entry: &Entry) -> Vec<Option<bool>> {
        let mask = match entry.kind {
            FieldKind::Bits(mask) => mask,
            _ if self.is_byte_of_bits(field, entry) => 0xff,
            _ => return Vec::new(),
        };
        let byte = self
            .bytes
            .get(entry.span.start)
            .copied()
            .unwrap_or_default();
        let bit = |bit: u8| (mask >> bit & 1 != 0).then_some(byte >> bit & 1 != 0);
        (0..8).rev().map(bit).collect()
    }

    fn arithmetic(&self, entry: &Entry) -> String {
        let bytes = self.bytes.get(entry.span.clone()).unwrap_or_default();
        match (entry.kind, entry.name) {
            (FieldKind::LengthPrefixed, _) => {
                let (length, _) = bytes.split_at_checked(2).unwrap_or_default();
                let sum = big_endian(length);
                match bytes.len() {
                    3 => format!("{sum} byte follows"),
                    _ => format!("{sum} bytes follow"),
                }
            }
            (
                FieldKind::Value,
                FieldName::RemainingLength
                | FieldName::PropertyLength
                | FieldName::PropertyValue(PropertyId::SubscriptionIdentifier),
            ) => variable_byte_integer(bytes),
            (
                FieldKind::Value,
                FieldName::PacketIdentifier | FieldName::KeepAlive | FieldName::PropertyValue(_),
            ) if bytes.len() > 1 => big_endian(bytes),
            _ => String::new(),
        }
    }
}

/// A number of two or four bytes, the most significant first.
pub(super) fn big_endian(bytes: &[u8]) -> String {
    let mut value = 0_u64;
    let mut terms = Vec::new();
    for (index, &byte) in bytes.iter().enumerate() {
        value = value << 8 | u64::from(byte);
        let place = bytes.len() - 1 - index;
        match (byte, place) {
            (0, 1..) => {}
            (byte, 0) => terms.push(byte.to_string()),
            (byte, place) => terms.push(product(byte, 1 << (8 * place))),
        }
    }
    sum(bytes, &terms, value)
}

/// A number that takes as many bytes as it needs, the least significant first, seven bits in each.
pub(super) fn variable_byte_integer(bytes: &[u8]) -> String {
    let mut value = 0_u64;
    let mut terms = Vec::new();
    for (place, &byte) in bytes.iter().enumerate().take(4) {
        let digit = byte & 0x7f;
        value |= u64::from(digit) << (7 * place);
        terms.push(match place {
            0 => digit.to_string(),
            _ => product(digit, 1 << (7 * place)),
        });
    }
    sum(bytes, &terms, value)
}

fn product(digit: u8, factor: u64) -> String {
    format!("{digit} × {}", format::count(factor))
}

/// The bytes, what they come to, and the value where that is not the same already.
fn sum(bytes: &[u8], terms: &[String], value: u64) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    let (hex, value) = (hex.join(" "), value.to_string());
    match terms.join(" + ") {
        terms if terms == value => format!("{hex} = {value}"),
        terms => format!("{hex} = {terms} = {value}"),
    }
}

fn place(span: &Range<usize>, kind: FieldKind) -> String {
    let start = span.start;
    match (kind, span.len()) {
        (FieldKind::Bits(mask), _) => {
            let low = mask.trailing_zeros();
            let high = 7_u32.saturating_sub(mask.leading_zeros());
            if low == high {
                format!("bit {low} of byte {start}")
            } else {
                format!("bits {high} to {low} of byte {start}")
            }
        }
        (_, 0) => format!("before byte {start}"),
        (_, 1) => format!("byte {start}"),
        (_, _) => format!("bytes {start} to {}", span.end - 1),
    }
}
