//! What is typed to break a link: text to a [`Fault`], or words for what is wrong with it.

use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use super::explain::{fault_line, ways};
use super::format;
use super::refusal::as_sentence;
use crate::codec::ControlPacketType;
use crate::network::{Fault, FaultKind, Packets, Ways};

/// The most packets that a fault can be set for.
const COUNT_MAXIMUM: u64 = 1_000_000;
/// The longest delay and the longest jitter, in milliseconds: ten minutes.
const DELAY_MAXIMUM: u64 = 600_000;
/// The furthest byte of a packet that can be changed: the last that a packet can have.
const OFFSET_MAXIMUM: u64 = 268_435_459;
/// The largest slice, in bytes, and the highest rate, in bytes per second.
const BYTES_MAXIMUM: u64 = 100_000_000;

/// One field of a [`FaultForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultField {
    /// Which direction.
    Direction,
    /// Which kind of packet.
    Packets,
    /// How many packets.
    Count,
    /// The delay in milliseconds.
    Delay,
    /// The jitter in milliseconds.
    Jitter,
    /// Which byte of the packet.
    Offset,
    /// Which of its bits, in hexadecimal.
    Mask,
    /// The largest piece in bytes.
    SliceBytes,
    /// Bytes per second.
    Rate,
}

impl FaultField {
    /// The name of the control on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direction => "Direction",
            Self::Packets => "Packets",
            Self::Count => "How many",
            Self::Delay => "Delay in ms",
            Self::Jitter => "Jitter in ms",
            Self::Offset => "Byte",
            Self::Mask => "Bits (hex)",
            Self::SliceBytes => "Bytes in a piece",
            Self::Rate => "Bytes per second",
        }
    }

    /// One sentence on what it is.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Direction => "Whether what the client sends is meant, what it is sent, or both.",
            Self::Packets => "Which kind of Control Packet is meant. The others pass unharmed.",
            Self::Count => {
                "So many packets from now on; then the fault is used up and takes itself away."
            }
            Self::Delay => "Each packet arrives at least this much later, 1000 being a second.",
            Self::Jitter => {
                "A random part of this is added to the delay of each packet, so that they come unevenly."
            }
            Self::Offset => {
                "Which byte of the packet, from 0: byte 0 holds its type and flags, the next ones its length."
            }
            Self::Mask => {
                "The bits that are turned over, as two hexadecimal digits: 01 is the lowest bit, 80 the highest, ff all."
            }
            Self::SliceBytes => "The largest piece that arrives at once; 1 sends byte by byte.",
            Self::Rate => "How many bytes are let through in a second; 1200 is a slow modem.",
        }
    }

    /// What can be chosen, as values and labels; empty for a field that is typed.
    pub fn choices(self) -> Vec<(String, String)> {
        match self {
            Self::Direction => {
                let choice = |direction: Ways| {
                    (ways_value(direction).to_owned(), ways(direction).to_owned())
                };
                Ways::ALL.map(choice).to_vec()
            }
            Self::Packets => {
                let any = ("any".to_owned(), "any".to_owned());
                let types = ControlPacketType::ALL.into_iter();
                let choice =
                    |kind: ControlPacketType| (kind.name().to_owned(), kind.name().to_owned());
                core::iter::once(any).chain(types.map(choice)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What is typed and chosen to break a link in one way. Begins with values that are worth trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultForm {
    kind: FaultKind,
    ways: Ways,
    packets: Packets,
    count: String,
    delay: String,
    jitter: String,
    offset: String,
    mask: String,
    slice_bytes: String,
    rate: String,
}

/// Why a field of the form cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultFieldError {
    /// It is empty.
    #[error("a number is needed, from {minimum} to {maximum}")]
    Empty {
        /// The lowest allowed.
        minimum: u64,
        /// The highest allowed.
        maximum: u64,
    },
    /// It is no whole number.
    #[error("this is no whole number; it must be one from {minimum} to {maximum}")]
    NoNumber {
        /// The lowest allowed.
        minimum: u64,
        /// The highest allowed.
        maximum: u64,
    },
    /// It is too small or too large.
    #[error("this is {value}; it must be from {minimum} to {maximum}")]
    OutOfRange {
        /// What was typed.
        value: u64,
        /// The lowest allowed.
        minimum: u64,
        /// The highest allowed.
        maximum: u64,
    },
    /// It is no byte in hexadecimal.
    #[error("two hexadecimal digits are needed, from 01 to ff")]
    NoByte,
    /// It is the byte that changes nothing.
    #[error("00 turns no bit over; it must be from 01 to ff")]
    NoBit,
}

impl FaultFieldError {
    /// The same as a sentence.
    pub fn words(&self) -> String {
        as_sentence(&self.to_string())
    }
}

impl FaultForm {
    /// The form for one way to break a link, filled in so that it can be used as it is.
    pub fn new(kind: FaultKind) -> Self {
        let (ways, packets) = match kind {
            FaultKind::BlackHole | FaultKind::Delay => (Ways::Both, Packets::Any),
            FaultKind::Swallow => (Ways::Down, Packets::Of(ControlPacketType::Puback)),
            FaultKind::Duplicate | FaultKind::Corrupt => {
                (Ways::Up, Packets::Of(ControlPacketType::Publish))
            }
            FaultKind::Slice | FaultKind::RateLimit => (Ways::Both, Packets::Any),
        };
        Self {
            kind,
            ways,
            packets,
            count: "1".to_owned(),
            delay: "2000".to_owned(),
            jitter: "500".to_owned(),
            offset: "0".to_owned(),
            mask: "06".to_owned(),
            slice_bytes: "1".to_owned(),
            rate: "20".to_owned(),
        }
    }

    /// In which way it breaks a link.
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The fields that this kind of fault has.
    pub const fn fields(&self) -> &'static [FaultField] {
        use FaultField::{
            Count, Delay, Direction, Jitter, Mask, Offset, Packets, Rate, SliceBytes,
        };
        match self.kind {
            FaultKind::BlackHole => &[Direction],
            FaultKind::Swallow | FaultKind::Duplicate => &[Direction, Packets, Count],
            FaultKind::Delay => &[Direction, Delay, Jitter],
            FaultKind::Corrupt => &[Direction, Packets, Count, Offset, Mask],
            FaultKind::Slice => &[Direction, SliceBytes],
            FaultKind::RateLimit => &[Direction, Rate],
        }
    }

    /// What stands in a field: the text, or the value of the choice.
    pub fn value(&self, field: FaultField) -> String {
        match field {
            FaultField::Direction => ways_value(self.ways).to_owned(),
            FaultField::Packets => match self.packets {
                Packets::Any => "any".to_owned(),
                Packets::Of(kind) => kind.name().to_owned(),
            },
            FaultField::Count => self.count.clone(),
            FaultField::Delay => self.delay.clone(),
            FaultField::Jitter => self.jitter.clone(),
            FaultField::Offset => self.offset.clone(),
            FaultField::Mask => self.mask.clone(),
            FaultField::SliceBytes => self.slice_bytes.clone(),
            FaultField::Rate => self.rate.clone(),
        }
    }

    /// Puts a text into a field, or the value of a choice; what cannot be chosen changes nothing.
    pub fn set(&mut self, field: FaultField, value: &str) {
        let text = match field {
            FaultField::Direction => {
                let mut all = Ways::ALL.into_iter();
                self.ways = all
                    .find(|direction| ways_value(*direction) == value)
                    .unwrap_or(self.ways);
                return;
            }
            FaultField::Packets => {
                let mut all = ControlPacketType::ALL.into_iter();
                let kind = all.find(|kind| kind.name() == value);
                self.packets = match (value, kind) {
                    ("any", _) => Packets::Any,
                    (_, Some(kind)) => Packets::Of(kind),
                    (_, None) => self.packets,
                };
                return;
            }
            FaultField::Count => &mut self.count,
            FaultField::Delay => &mut self.delay,
            FaultField::Jitter => &mut self.jitter,
            FaultField::Offset => &mut self.offset,
            FaultField::Mask => &mut self.mask,
            FaultField::SliceBytes => &mut self.slice_bytes,
            FaultField::Rate => &mut self.rate,
        };
        value.clone_into(text);
    }

    /// What is wrong with a field, in a sentence; `None` where it can be used.
    pub fn problem(&self, field: FaultField) -> Option<String> {
        let error = match field {
            FaultField::Direction | FaultField::Packets => None,
            FaultField::Mask => mask(&self.mask).err(),
            FaultField::Count => above_zero(&self.count, COUNT_MAXIMUM).err(),
            FaultField::SliceBytes => above_zero(&self.slice_bytes, BYTES_MAXIMUM).err(),
            FaultField::Rate => above_zero(&self.rate, BYTES_MAXIMUM).err(),
            FaultField::Offset => number(&self.offset, 0, OFFSET_MAXIMUM).err(),
            FaultField::Delay => number(&self.delay, 0, DELAY_MAXIMUM).err(),
            FaultField::Jitter => number(&self.jitter, 0, DELAY_MAXIMUM).err(),
        };
        error.map(|error| error.words())
    }

    /// The fault.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with its fields.
    pub fn fault(&self) -> Result<Fault, FaultFieldError> {
        let (ways, packets) = (self.ways, self.packets);
        let count = || above_zero(&self.count, COUNT_MAXIMUM);
        let time = |text| number(text, 0, DELAY_MAXIMUM).map(Duration::from_millis);
        Ok(match self.kind {
            FaultKind::BlackHole => Fault::BlackHole { ways },
            FaultKind::Swallow => Fault::Swallow {
                ways,
                packets,
                count: count()?,
            },
            FaultKind::Delay => Fault::Delay {
                ways,
                delay: time(&self.delay)?,
                jitter: time(&self.jitter)?,
            },
            FaultKind::Duplicate => Fault::Duplicate {
                ways,
                packets,
                count: count()?,
            },
            FaultKind::Corrupt => Fault::Corrupt {
                ways,
                packets,
                offset: number(&self.offset, 0, OFFSET_MAXIMUM)? as u32,
                mask: mask(&self.mask)?,
                count: count()?,
            },
            FaultKind::Slice => Fault::Slice {
                ways,
                bytes: above_zero(&self.slice_bytes, BYTES_MAXIMUM)?,
            },
            FaultKind::RateLimit => Fault::RateLimit {
                ways,
                bytes_per_second: above_zero(&self.rate, BYTES_MAXIMUM)?,
            },
        })
    }

    /// What it would do, in one line; where a field is to be corrected, that.
    pub fn line(&self) -> String {
        match self.fault() {
            Ok(fault) => fault_line(fault),
            Err(_) => "a field is to be corrected".to_owned(),
        }
    }
}

const fn ways_value(ways: Ways) -> &'static str {
    match ways {
        Ways::Up => "up",
        Ways::Down => "down",
        Ways::Both => "both",
    }
}

fn number(text: &str, minimum: u64, maximum: u64) -> Result<u64, FaultFieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FaultFieldError::Empty { minimum, maximum });
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FaultFieldError::NoNumber { minimum, maximum });
    }
    // Digits alone that are no `u64` are too many of them.
    let value = text.parse().unwrap_or(u64::MAX);
    if !(minimum..=maximum).contains(&value) {
        return Err(FaultFieldError::OutOfRange {
            value,
            minimum,
            maximum,
        });
    }
    Ok(value)
}

fn above_zero(text: &str, maximum: u64) -> Result<NonZeroU32, FaultFieldError> {
    let value = number(text, 1, maximum)?;
    let found = u32::try_from(value).ok().and_then(NonZeroU32::new);
    found.ok_or(FaultFieldError::OutOfRange {
        value,
        minimum: 1,
        maximum,
    })
}

fn mask(text: &str) -> Result<NonZeroU8, FaultFieldError> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = digits.unwrap_or(text);
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Err(FaultFieldError::NoByte);
    }
    let byte = u8::from_str_radix(digits, 16).map_err(|_| FaultFieldError::NoByte)?;
    NonZeroU8::new(byte).ok_or(FaultFieldError::NoBit)
}

impl super::FaultRow {
    /// The fault in one line, such as `swallow the next 2 PUBACK, server to client`.
    pub fn line(&self) -> String {
        fault_line(self.fault)
    }

    /// How far it has come, such as `3 packets so far, 2 left`.
    pub fn progress(&self) -> String {
        let touched = match self.touched {
            0 => "no packet so far".to_owned(),
            1 => "1 packet so far".to_owned(),
            touched => format!("{} packets so far", format::count(touched)),
        };
        match self.left {
            Some(left) => format!("{touched}, {} left", format::count(left.get().into())),
            None => format!("{touched}, until removed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_is_enough_for_every_kind() {
        for kind in FaultKind::ALL {
            let form = FaultForm::new(kind);
            assert_eq!(form.fault().map(Fault::kind), Ok(kind));
            assert!(
                form.fields()
                    .iter()
                    .all(|field| form.problem(*field).is_none())
            );
        }
        let line = |kind| FaultForm::new(kind).line();
        assert_eq!(
            line(FaultKind::Swallow),
            "swallow the next PUBACK, server to client"
        );
        assert_eq!(
            line(FaultKind::Delay),
            "delay by 2000 ms to 2500 ms, both ways"
        );
    }

    #[test]
    fn every_field_of_a_kind_reaches_its_fault() {
        // Changing any one of the fields that are shown changes the fault.
        for kind in FaultKind::ALL {
            let plain = FaultForm::new(kind);
            for &field in plain.fields() {
                let mut form = plain.clone();
                let other = match field {
                    FaultField::Direction if plain.ways == Ways::Up => "down",
                    FaultField::Direction => "up",
                    FaultField::Packets => "SUBSCRIBE",
                    _ => "17",
                };
                form.set(field, other);
                assert_eq!(form.value(field), other);
                assert!(form.fault().is_ok(), "{kind:?} {field:?}");
                assert_ne!(form.fault(), plain.fault(), "{kind:?} {field:?}");
            }
        }
    }

    #[test]
    fn every_choice_can_be_chosen_and_nothing_else() {
        for field in [FaultField::Direction, FaultField::Packets] {
            let choices = field.choices();
            assert!(choices.len() >= 3);
            for (value, label) in choices {
                let mut form = FaultForm::new(FaultKind::Swallow);
                form.set(field, &value);
                assert_eq!(form.value(field), value);
                assert!(!label.is_empty());
                form.set(field, "sideways");
                assert_eq!(form.value(field), value);
            }
        }
        assert!(FaultField::Count.choices().is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_said_at_its_field() {
        let problem = |kind, field, text: &str| {
            let mut form = FaultForm::new(kind);
            form.set(field, text);
            assert_eq!(form.fault().is_err(), form.problem(field).is_some());
            if form.fault().is_err() {
                assert_eq!(form.line(), "a field is to be corrected");
            }
            form.problem(field).unwrap_or_default()
        };
        let count = |text| problem(FaultKind::Swallow, FaultField::Count, text);
        assert_eq!(count(" 3 "), "");
        assert_eq!(count(""), "A number is needed, from 1 to 1000000.");
        assert_eq!(count("0"), "This is 0; it must be from 1 to 1000000.");
        for text in ["two", "-1", "1.5", "1e3", "+1", "١"] {
            let words = count(text);
            assert!(
                words.starts_with("This is no whole number"),
                "{text}: {words}"
            );
        }
        assert!(count("99999999999999999999999").contains("must be from 1"));
        let delay = |text| problem(FaultKind::Delay, FaultField::Delay, text);
        assert_eq!(delay("0"), "");
        assert_eq!(delay("600000"), "");
        assert_eq!(
            delay("600001"),
            "This is 600001; it must be from 0 to 600000."
        );
        assert_ne!(problem(FaultKind::Delay, FaultField::Jitter, "x"), "");
        let rate = |text| problem(FaultKind::RateLimit, FaultField::Rate, text);
        assert_eq!(rate("1"), "");
        assert_ne!(rate("0"), "");
        let slice = |text| problem(FaultKind::Slice, FaultField::SliceBytes, text);
        assert_eq!(slice("7"), "");
        assert_ne!(slice("0"), "");
        let offset = |text| problem(FaultKind::Corrupt, FaultField::Offset, text);
        assert_eq!(offset("268435459"), "");
        assert_ne!(offset("268435460"), "");
        let mask = |text| problem(FaultKind::Corrupt, FaultField::Mask, text);
        for good in ["1", "80", "0xff", "Ff", " 06 "] {
            assert_eq!(mask(good), "", "{good}");
        }
        assert_eq!(
            mask("00"),
            "00 turns no bit over; it must be from 01 to ff."
        );
        for bad in ["", "0x", "100", "g1", "-1", "é"] {
            assert!(mask(bad).starts_with("Two hexadecimal digits"), "{bad}");
        }
    }

    #[test]
    fn every_field_has_a_name_and_a_sentence() {
        let mut names = Vec::new();
        let forms = FaultKind::ALL.map(FaultForm::new);
        for field in forms.iter().flat_map(|form| form.fields()) {
            assert!(field.help().ends_with('.') && field.help().len() <= 140);
            if !names.contains(&field.name()) {
                names.push(field.name());
            }
        }
        assert_eq!(names.len(), 9);
    }

    #[test]
    fn a_fault_in_place_says_how_far_it_has_come() {
        let row = |touched, left| super::super::FaultRow {
            key: super::super::FaultKey::for_tests(1),
            fault: Fault::BlackHole { ways: Ways::Both },
            left: NonZeroU32::new(left),
            touched,
        };
        assert_eq!(row(0, 2).progress(), "no packet so far, 2 left");
        assert_eq!(row(1, 1).progress(), "1 packet so far, 1 left");
        assert_eq!(
            row(1_200, 0).progress(),
            "1,200 packets so far, until removed"
        );
        assert_eq!(row(0, 0).line(), "black hole, both ways");
    }
}
