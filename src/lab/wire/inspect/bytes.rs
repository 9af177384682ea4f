//! The bytes of a packet in rows, as hexadecimal and as characters.

use core::ops::Range;

use super::Inspection;

/// The bytes of a row.
const ROW: usize = 16;

/// Sixteen bytes, or the last few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteRow {
    /// Where it begins.
    pub offset: usize,
    /// The same in hexadecimal, in as many digits as the last row of the packet needs, four at least.
    pub label: String,
    /// Its bytes.
    pub cells: Vec<ByteCell>,
}

/// One byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteCell {
    /// Where it stands in the packet.
    pub offset: usize,
    /// Its two digits; two dots where a byte is missing.
    pub hex: String,
    /// Its character, or a dot.
    pub character: char,
    /// Whether the fault of the packet is at this byte.
    pub is_fault: bool,
}

/// How many rows there are, with one for a byte that is missing at the end.
pub fn byte_row_count(inspection: &Inspection) -> usize {
    inspection.cell_count().div_ceil(ROW)
}

impl Inspection {
    /// Those rows of the bytes; what is beyond the end is left out.
    pub fn byte_rows(&self, rows: Range<usize>) -> Vec<ByteRow> {
        let end = rows.end.min(byte_row_count(self));
        let digits = match self.bytes.len() {
            0..=0x1_0000 => 4,
            0x1_0001..=0x100_0000 => 6,
            _ => 8,
        };
        let row = |row: usize| {
            let offset = row * ROW;
            let last = (offset + ROW).min(self.cell_count());
            ByteRow {
                offset,
                label: format!("{offset:0digits$x}"),
                cells: (offset..last).map(|offset| self.cell(offset)).collect(),
            }
        };
        (rows.start..end).map(row).collect()
    }

    /// The row in which a byte stands.
    pub const fn row_of(offset: usize) -> usize {
        offset / ROW
    }

    /// The byte to go to from another one by so many bytes; stays within the packet.
    pub fn step_byte(&self, from: usize, by: isize) -> usize {
        let last = self.bytes.len().saturating_sub(1);
        from.saturating_add_signed(by).min(last)
    }

    /// As many as there are bytes, and one more where the fault is that one is missing.
    fn cell_count(&self) -> usize {
        let missing = self
            .fault
            .as_ref()
            .is_some_and(|fault| fault.offset >= self.bytes.len());
        self.bytes.len() + usize::from(missing)
    }

    fn cell(&self, offset: usize) -> ByteCell {
        let byte = self.bytes.get(offset).copied();
        ByteCell {
            offset,
            hex: byte.map_or_else(|| "··".to_owned(), |byte| format!("{byte:02x}")),
            character: match byte {
                Some(byte @ 0x20..=0x7e) => char::from(byte),
                Some(_) => '.',
                None => '·',
            },
            is_fault: self
                .fault
                .as_ref()
                .is_some_and(|fault| fault.offset.min(self.bytes.len()) == offset),
        }
    }
}
