//! A Control Packet taken apart for people to look at.

use core::ops::Range;

use super::decode::decode_observed;
use super::field::{FieldValue, Observer};
use super::{DecodeError, FieldName, ProtocolVersion};

/// The most fields that are listed one by one. Lists are far longer in memory than on the wire, so
/// a packet of a million tiny fields must end somewhere.
pub const MAXIMUM_FIELDS: usize = 20_000;

/// Takes `raw` apart with the very decoder that [`decode`](super::decode) is.
///
/// A packet that is wrong is taken apart up to the fault.
pub fn dissect(raw: &[u8], version: ProtocolVersion) -> Dissection<'_> {
    let mut recorder = Recorder {
        fields: Vec::new(),
        open: Vec::new(),
        skipped_groups: 0,
        noted: 0,
        is_full: false,
    };
    let error = decode_observed(raw, version, &mut recorder).err();
    recorder.finish(raw, error)
}

/// What a packet consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissection<'a> {
    /// The fields, in the order of their bytes; a group comes before what is in it. The spans of
    /// those that are no group and no bits follow each other without a gap, from the first byte of
    /// the packet to the last.
    pub fields: Vec<Field<'a>>,
    /// What is wrong with the packet. The fields that were read before it are listed, and what
    /// follows them is one field called `Not decoded`.
    pub error: Option<DecodeError>,
}

/// One field, or a heading over several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its bytes, counted from the packet's first.
    pub span: Range<usize>,
    /// How many groups and bytes it stands in.
    pub depth: u8,
    /// How it fills its bytes.
    pub kind: FieldKind,
    /// What it is called, and where the standard describes it.
    pub name: FieldName,
    /// What stands in it.
    pub value: FieldValue<'a>,
}

impl Field<'_> {
    /// Whether the field stands for its bytes by itself: it is no group and no part of a byte.
    pub const fn is_leaf(&self) -> bool {
        matches!(self.kind, FieldKind::Value | FieldKind::LengthPrefixed)
    }
}

/// How a field fills its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A heading: the fields in its span follow, one deeper.
    Group,
    /// All of its bytes are the value.
    Value,
    /// The first two bytes are the length of the rest, which is the value.
    LengthPrefixed,
    /// These bits of the byte before it in the list.
    Bits(u8),
}

struct Recorder<'a> {
    fields: Vec<Field<'a>>,
    /// The groups that are not closed yet, by their index.
    open: Vec<usize>,
    /// How many more were opened after the list was full.
    skipped_groups: usize,
    /// The end of the last leaf.
    noted: usize,
    is_full: bool,
}

impl<'a> Recorder<'a> {
    fn note(
        &mut self,
        span: Range<usize>,
        kind: FieldKind,
        name: FieldName,
        value: FieldValue<'a>,
    ) {
        if self.is_full || self.fields.len() >= MAXIMUM_FIELDS {
            self.is_full = true;
            return;
        }
        let inner = matches!(kind, FieldKind::Bits(_));
        let depth = u8::try_from(self.open.len() + usize::from(inner)).unwrap_or(u8::MAX);
        if matches!(kind, FieldKind::Value | FieldKind::LengthPrefixed) {
            self.noted = span.end;
        }
        self.fields.push(Field {
            span,
            depth,
            kind,
            name,
            value,
        });
    }

    fn finish(mut self, raw: &'a [u8], error: Option<DecodeError>) -> Dissection<'a> {
        for index in self.open.drain(..) {
            if let Some(group) = self.fields.get_mut(index) {
                group.span.end = raw.len();
            }
        }
        let left = raw.get(self.noted..).unwrap_or_default();
        if !left.is_empty() {
            self.fields.push(Field {
                span: self.noted..raw.len(),
                depth: 0,
                kind: FieldKind::Value,
                name: if self.is_full {
                    FieldName::NotListed
                } else {
                    FieldName::NotDecoded
                },
                value: FieldValue::Bytes(left),
            });
        }
        Dissection {
            fields: self.fields,
            error,
        }
    }
}

impl<'a> Observer<'a> for Recorder<'a> {
    fn value(&mut self, span: Range<usize>, name: FieldName, value: FieldValue<'a>) {
        self.note(span, FieldKind::Value, name, value);
    }

    fn prefixed(&mut self, span: Range<usize>, name: FieldName, value: FieldValue<'a>) {
        self.note(span, FieldKind::LengthPrefixed, name, value);
    }

    fn reading(&mut self, value: FieldValue<'a>) {
        if !self.is_full
            && let Some(last) = self.fields.last_mut()
        {
            last.value = value;
        }
    }

    fn bits(&mut self, mask: u8, name: FieldName, value: FieldValue<'a>) {
        let span = self.noted.saturating_sub(1)..self.noted;
        self.note(span, FieldKind::Bits(mask), name, value);
    }

    fn open(&mut self, offset: usize, name: FieldName) {
        let index = self.fields.len();
        self.note(offset..offset, FieldKind::Group, name, FieldValue::None);
        match self.is_full {
            true => self.skipped_groups += 1,
            false => self.open.push(index),
        }
    }

    fn close(&mut self, offset: usize) {
        if self.skipped_groups > 0 {
            self.skipped_groups -= 1;
        } else if let Some(group) = self.open.pop().and_then(|index| self.fields.get_mut(index)) {
            group.span.end = offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields, one a line, indented by depth.
    fn outline(raw: &[u8], version: ProtocolVersion) -> String {
        let dissection = dissect(raw, version);
        let mut text = String::new();
        for field in &dissection.fields {
            let Range { start, end } = field.span;
            let indent = "  ".repeat(usize::from(field.depth));
            let value = field.value;
            let place = match field.kind {
                FieldKind::Bits(mask) => format!("{mask:08b}"),
                _ => format!("{start}..{end}"),
            };
            let meaning = field.value.meaning().map(|meaning| format!(" ({meaning})"));
            text += &format!("{indent}{place} {}: {value}", field.name.name());
            text += &meaning.unwrap_or_default();
            text += "\n";
        }
        if let Some(error) = dissection.error {
            text += &error.to_string();
        }
        text
    }

    #[test]
    fn a_publish_of_5_0_field_by_field() {
        let raw = b"\x3b\x15\0\x03a/b\x10\xda\x0c\x23\0\x01\x26\0\x01k\0\x03abc21";
        let expected = "\
0..2 Fixed header: 
  0..1 Packet type and flags: 59
    11110000 Packet type: PUBLISH
    00001000 DUP: 1 (yes)
    00000110 QoS: 1 (at least once)
    00000001 RETAIN: 1 (yes)
  1..2 Remaining Length: 21
2..7 Topic Name: a/b
7..9 Packet Identifier: 4314
9..10 Property Length: 12
10..22 Properties: 
  10..13 Property: 
    10..11 Property Identifier: 0x23 (Topic Alias)
    11..13 Topic Alias: 1
  13..22 Property: 
    13..14 Property Identifier: 0x26 (User Property)
    14..17 Name: k
    17..22 Value: abc
22..23 Payload: 32
";
        let raw = &raw[..raw.len() - 1];
        assert_eq!(outline(raw, ProtocolVersion::V5_0), expected);
    }

    #[test]
    fn a_packet_that_is_wrong_is_dissected_up_to_the_fault() {
        let raw = b"\x82\x0a\x10\xd8\0\x03a/b\x01\0\x09";
        let expected = "\
0..2 Fixed header: 
  0..1 Packet type and flags: 130
    11110000 Packet type: SUBSCRIBE
    00001111 Flags: 2
  1..2 Remaining Length: 10
2..4 Packet Identifier: 4312
4..10 Subscription: 
  4..9 Topic Filter: a/b
  9..10 Subscription Options: 1
    11111100 Reserved: 0
    00000011 Maximum QoS: 1 (at least once)
10..12 Subscription: 
10..12 Not decoded: 00 09
SUBSCRIBE at byte 10: Topic Filter needs 11 bytes; 2 are left";
        assert_eq!(outline(raw, ProtocolVersion::V3_1_1), expected);
    }

    #[test]
    fn a_packet_of_very_many_fields_is_listed_up_to_the_limit() {
        // SUBACK with 100,000 Reason Codes.
        let mut raw = b"\x90\xa2\x8d\x06\0\x01".to_vec();
        raw.resize(6 + 100_000, 0x01);
        let dissection = dissect(&raw, ProtocolVersion::V3_1_1);
        assert_eq!(dissection.error, None);
        assert_eq!(dissection.fields.len(), MAXIMUM_FIELDS + 1);
        let last = dissection.fields.last().unwrap();
        assert_eq!((last.name.name(), last.span.end), ("Not listed", raw.len()));
    }
}
