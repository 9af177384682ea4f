//! What can be typed into a field of a packet, and the bytes it stands for.

use super::hex_text::{HexTextError, read_hex, write_hex};

/// A number as it is typed: decimal, or hexadecimal behind `0x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// What was typed.
    pub text: String,
    /// How it is written in the packet.
    pub width: Width,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One byte.
    One,
    /// A Two Byte Integer.
    Two,
    /// A Four Byte Integer.
    Four,
    /// A Variable Byte Integer: one to four bytes.
    Variable,
}

impl Width {
    /// The largest number that can be written.
    pub const fn maximum(self) -> u32 {
        match self {
            Self::One => 0xff,
            Self::Two => 0xffff,
            Self::Four => u32::MAX,
            Self::Variable => LARGEST_VARIABLE,
        }
    }
}

/// The largest Variable Byte Integer.
pub(super) const LARGEST_VARIABLE: u32 = 268_435_455;

impl Number {
    /// A number of this width.
    pub fn new(value: u32, width: Width) -> Self {
        let text = value.to_string();
        Self { text, width }
    }

    /// What was typed.
    ///
    /// # Errors
    ///
    /// It is no number, or does not fit.
    pub fn value(&self) -> Result<u32, ValueFault> {
        let maximum = self.width.maximum();
        number(&self.text)
            .and_then(|value| u32::try_from(value).ok())
            .filter(|&value| value <= maximum)
            .ok_or(ValueFault::NotANumber { maximum })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let value = self.value()?;
        let [_, _, high, low] = value.to_be_bytes();
        match self.width {
            Width::One => out.push(low),
            Width::Two => out.extend_from_slice(&[high, low]),
            Width::Four => out.extend_from_slice(&value.to_be_bytes()),
            Width::Variable => write_variable(value, out),
        }
        Ok(())
    }
}

/// The number in a text; `None` where it is none.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match digits {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok()
        }
        None if text.bytes().all(|digit| digit.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

/// Writes a Variable Byte Integer in its shortest form.
pub(super) fn write_variable(mut value: u32, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Text, or any bytes, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// What was typed.
    pub text: String,
    /// Whether it is bytes in hexadecimal.
    pub is_hexadecimal: bool,
}

impl Content {
    /// This text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_hexadecimal: false,
        }
    }

    /// These bytes: as text where they can be typed as one.
    pub fn of(bytes: &[u8]) -> Self {
        match core::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(|c| c.is_control() || is_invisible(c)) => {
                Self::text(text)
            }
            _ => Self {
                text: write_hex(bytes),
                is_hexadecimal: true,
            },
        }
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// They should be in hexadecimal and are not.
    pub fn bytes(&self) -> Result<Vec<u8>, ValueFault> {
        if self.is_hexadecimal {
            return read_hex(&self.text).map_err(ValueFault::Hex);
        }
        Ok(self.text.clone().into_bytes())
    }

    /// The same bytes, typed in the other way where that is possible.
    pub fn turned(&self) -> Self {
        match (self.bytes(), self.is_hexadecimal) {
            (Ok(bytes), false) => Self {
                text: write_hex(&bytes),
                is_hexadecimal: true,
            },
            (Ok(bytes), true) => Self {
                text: String::from_utf8_lossy(&bytes).into_owned(),
                is_hexadecimal: false,
            },
            (Err(_), is_hexadecimal) => Self {
                text: self.text.clone(),
                is_hexadecimal: !is_hexadecimal,
            },
        }
    }

    pub(super) fn write_sized(&self, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let bytes = self.bytes()?;
        let length = u16::try_from(bytes.len()).map_err(|_| ValueFault::TooLong {
            length: bytes.len(),
            maximum: u16::MAX.into(),
        })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&bytes);
        Ok(())
    }
}

/// What would not be seen in a field: shown as bytes instead.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Why what was typed into a field stands for no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// Not a whole number that fits into its place.
    #[error("this must be a whole number from 0 to {maximum}, or 0x and hexadecimal digits")]
    NotANumber {
        /// The largest that fits.
        maximum: u32,
    },
    /// Longer than the two bytes in front of it can say.
    #[error("this is {length} bytes; at most {maximum} can be written")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most there can be.
        maximum: usize,
    },
    /// Not hexadecimal.
    #[error("{0}")]
    Hex(HexTextError),
}
