//! Bytes as text that can be pasted elsewhere.

/// A form of bytes as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyAs {
    /// `10 0c 00 04`.
    Hex,
    /// `b"\x10\x0c\0\x04MQTT"`.
    RustByteString,
    /// `const unsigned char packet[14] = { 0x10, ... };`.
    CArray,
}

/// Bytes in a row of a C array.
const ROW: usize = 12;

impl CopyAs {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Hex, Self::RustByteString, Self::CArray];

    /// What a button says that copies it; `Copy as` stands before it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::RustByteString => "Rust",
            Self::CArray => "C",
        }
    }

    /// What it is good for.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Hex => "Copies the bytes as hexadecimal digits with spaces between them.",
            Self::RustByteString => "Copies the bytes as a byte string of Rust.",
            Self::CArray => {
                "Copies the bytes as an array of C, which C++ and Arduino sketches read too."
            }
        }
    }

    /// The bytes in this form.
    pub fn text(self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() * 6 + 64);
        match self {
            Self::Hex => push_hex(bytes, " ", &mut text),
            Self::RustByteString => {
                text.push_str("b\"");
                push_escaped(bytes, &mut text);
                text.push('"');
            }
            Self::CArray => {
                // C knows no array without an element.
                let length = bytes.len().to_string();
                text.push_str("const unsigned char packet[");
                text.push_str(&length);
                text.push_str("] = {");
                for row in bytes.chunks(ROW) {
                    text.push_str("\n    ");
                    for (place, byte) in row.iter().enumerate() {
                        text.push_str(if place == 0 { "0x" } else { " 0x" });
                        push_digits(*byte, &mut text);
                        text.push(',');
                    }
                }
                text.push_str("\n};\n");
            }
        }
        text
    }
}

/// Appends bytes as pairs of digits with `between` between them.
pub(super) fn push_hex(bytes: &[u8], between: &str, out: &mut String) {
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 {
            out.push_str(between);
        }
        push_digits(*byte, out);
    }
}

fn push_digits(byte: u8, out: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        out.extend(char::from_digit(digit.into(), 16));
    }
}

fn push_escaped(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(*byte)),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0 => out.push_str("\\0"),
            _ => {
                out.push_str("\\x");
                push_digits(*byte, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECT: &[u8] = b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0";

    #[test]
    fn each_form_is_as_its_language_has_it() {
        assert_eq!(
            CopyAs::Hex.text(CONNECT),
            "10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00"
        );
        assert_eq!(
            CopyAs::RustByteString.text(CONNECT),
            r#"b"\x10\x0c\0\x04MQTT\x04\x02\0<\0\0""#
        );
        assert_eq!(
            CopyAs::CArray.text(CONNECT),
            "const unsigned char packet[14] = {\n    0x10, 0x0c, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, \
             0x04, 0x02, 0x00, 0x3c,\n    0x00, 0x00,\n};\n"
        );
        assert_eq!(
            CopyAs::RustByteString.text(b"\"\\\r\n\t\x7f\xff"),
            r#"b"\"\\\r\n\t\x7f\xff""#
        );
        assert_eq!(CopyAs::Hex.text(&[]), "");
    }
}
