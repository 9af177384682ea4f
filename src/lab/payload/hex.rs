//! Bytes as rows of hexadecimal and ASCII; only the rows asked for are made.

use core::ops::Range;

use super::text::push_hex;

/// How many bytes a row shows.
pub const BYTES_PER_ROW: usize = 16;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexRow {
    /// The offset of its first byte.
    pub offset: usize,
    /// The offset as eight hexadecimal digits.
    pub offset_label: String,
    /// `48 65 6c 6c 6f`, with a wider gap after the eighth byte; as long as its bytes need.
    pub hex: String,
    /// The same bytes as ASCII, with a middle dot for each that is not printable.
    pub ascii: String,
}

/// How many rows a payload of `length` bytes has.
pub const fn hex_row_count(length: usize) -> usize {
    length.div_ceil(BYTES_PER_ROW)
}

/// The rows in `rows`, counted from 0; those beyond the end are left out.
pub fn hex_rows(payload: &[u8], rows: Range<usize>) -> Vec<HexRow> {
    let chunks = payload.chunks(BYTES_PER_ROW).enumerate();
    let wanted = rows.end.saturating_sub(rows.start);
    let chunks = chunks.skip(rows.start).take(wanted);
    chunks.map(|(row, bytes)| make_row(row, bytes)).collect()
}

/// All bytes as pairs of digits with a space between: `48 65 6c`.
pub fn hex_text(payload: &[u8]) -> String {
    let mut text = String::with_capacity(payload.len() * 3);
    for &byte in payload {
        if !text.is_empty() {
            text.push(' ');
        }
        push_byte(&mut text, byte);
    }
    text
}

fn make_row(row: usize, bytes: &[u8]) -> HexRow {
    let offset = row * BYTES_PER_ROW;
    let mut offset_label = String::with_capacity(8);
    push_hex(
        &mut offset_label,
        u32::try_from(offset).unwrap_or(u32::MAX),
        8,
    );
    offset_label.make_ascii_lowercase();

    let mut hex = String::with_capacity(BYTES_PER_ROW * 3);
    let mut ascii = String::with_capacity(BYTES_PER_ROW);
    for (place, &byte) in bytes.iter().enumerate() {
        match place {
            0 => {}
            8 => hex.push_str("  "),
            _ => hex.push(' '),
        }
        push_byte(&mut hex, byte);
        let is_printable = byte == b' ' || byte.is_ascii_graphic();
        ascii.push(if is_printable { char::from(byte) } else { '·' });
    }
    HexRow {
        offset,
        offset_label,
        hex,
        ascii,
    }
}

pub(super) fn push_byte(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0xf] {
        text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_show_offset_hex_and_ascii() {
        let rows = hex_rows(b"Hello, world <b>\x00\xff~", 0..10);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0].hex,
            "48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 20 3c 62 3e"
        );
        assert_eq!(rows[0].ascii, "Hello, world <b>");
        assert_eq!(rows[1].offset, 16);
        assert_eq!(rows[1].offset_label, "00000010");
        assert_eq!(rows[1].hex, "00 ff 7e");
        assert_eq!(rows[1].ascii, "··~");
    }

    #[test]
    fn all_bytes_in_one_line() {
        assert_eq!(hex_text(b"Hi\xff\x00"), "48 69 ff 00");
        assert_eq!(hex_text(b""), "");
    }

    #[test]
    fn only_the_rows_asked_for_are_made() {
        let payload = vec![0xab; 10_000_000];
        assert_eq!(hex_row_count(payload.len()), 625_000);
        let rows = hex_rows(&payload, 624_999..700_000);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].offset_label, "00989670");
        assert_eq!(hex_rows(&payload, 625_000..625_010), []);
        let (start, end) = (5, 3);
        assert_eq!(hex_rows(&payload, start..end), []);
        assert_eq!(
            (hex_row_count(0), hex_row_count(16), hex_row_count(17)),
            (0, 1, 2)
        );
        assert_eq!(hex_rows(b"", 0..1), []);
    }
}
