//! The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian.

/// Ethernet.
const LINK_TYPE: u16 = 1;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const COMMENT: u16 = 1;
/// The program that made the file, in a section header.
const APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_DESCRIBED: u16 = 3;
const TIME_RESOLUTION: u16 = 9;
const PACKET_FLAGS: u16 = 2;

/// The longest text of an option, in bytes; longer ones are cut.
const TEXT_MAXIMUM: usize = 4_096;

/// The head of a file: what it is, and who made it.
pub(super) fn section_header(application: &str, comment: &str, out: &mut Vec<u8>) {
    block(SECTION_HEADER, out, |out| {
        out.extend(0x1a2b_3c4d_u32.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        // How long the section is, is not known when it begins.
        out.extend(u64::MAX.to_le_bytes());
        text_option(COMMENT, comment, out);
        text_option(APPLICATION, application, out);
        end_of_options(out);
    });
}

/// An interface, by which packets say whose they are. Its times are microseconds.
pub(super) fn interface(name: &str, description: &str, out: &mut Vec<u8>) {
    block(INTERFACE_DESCRIPTION, out, |out| {
        out.extend(LINK_TYPE.to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        // No packet is cut.
        out.extend(0_u32.to_le_bytes());
        text_option(INTERFACE_NAME, name, out);
        text_option(INTERFACE_DESCRIBED, description, out);
        option(TIME_RESOLUTION, &[6], out);
        end_of_options(out);
    });
}

/// A frame at its time, in microseconds since the beginning of 1970. Without a comment it has none.
pub(super) fn packet(
    interface: u32,
    time: u64,
    is_outbound: bool,
    frame: &[u8],
    comment: &str,
    out: &mut Vec<u8>,
) {
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    block(ENHANCED_PACKET, out, |out| {
        out.extend(interface.to_le_bytes());
        out.extend(((time >> 32) as u32).to_le_bytes());
        out.extend((time as u32).to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(length.to_le_bytes());
        padded(frame, out);
        let direction: u32 = if is_outbound { 2 } else { 1 };
        option(PACKET_FLAGS, &direction.to_le_bytes(), out);
        if !comment.is_empty() {
            text_option(COMMENT, comment, out);
        }
        end_of_options(out);
    });
}

/// A block with its length before and behind what `fill` puts in.
fn block(number: u32, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    out.extend(number.to_le_bytes());
    let place = out.len();
    out.extend([0; 4]);
    fill(out);
    let length = u32::try_from(out.len() + 8 - place).unwrap_or(u32::MAX);
    let length = length.to_le_bytes();
    if let Some(field) = out.get_mut(place..place + 4) {
        field.copy_from_slice(&length);
    }
    out.extend(length);
}

fn text_option(code: u16, text: &str, out: &mut Vec<u8>) {
    let end = (0..=text.len().min(TEXT_MAXIMUM)).rfind(|end| text.is_char_boundary(*end));
    let text = text.get(..end.unwrap_or(0));
    option(code, text.unwrap_or_default().as_bytes(), out);
}

fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend(code.to_le_bytes());
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend(length.to_le_bytes());
    padded(value, out);
}

fn end_of_options(out: &mut Vec<u8>) {
    out.extend([0; 4]);
}

/// Bytes up to a multiple of four.
fn padded(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes);
    let rest = bytes.len().next_multiple_of(4) - bytes.len();
    out.extend(core::iter::repeat_n(0, rest));
}
