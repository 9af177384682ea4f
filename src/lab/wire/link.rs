//! A packet in the address of the page: a link that shows its dissection, without any connection.
//!
//! `#packet=4c.wAA` is version, direction, and the bytes in base64url: 3, 4 and 5 are MQTT 3.1, 3.1.1 and
//! 5.0; `c` is from the client, `s` from the server, `x` unknown. What stands after `#` never leaves the
//! browser: it is not sent to the host of the page.

use crate::codec::ProtocolVersion;
use crate::lab::export::base64;
use crate::lab::trace::Direction;

/// What the fragment of such an address begins with, without the `#`.
pub const PREFIX: &str = "packet=";

/// The most bytes that a link carries. What is longer would be cut by programs that pass links on.
pub const LINK_MAXIMUM: usize = 4_096;

/// The packet of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedPacket {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// The version to read it as.
    pub version: ProtocolVersion,
    /// Which way it went, where that is known.
    pub direction: Option<Direction>,
}

/// Why there is no link, or none that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// There is nothing to make a link of, or in it.
    #[error("a link needs at least 1 byte")]
    Empty,
    /// The bytes are too many.
    #[error("a link carries at most {LINK_MAXIMUM} bytes; these are {size}")]
    TooLong {
        /// How many they are.
        size: usize,
    },
    /// It does not begin with a version and a direction.
    #[error(
        "after \"packet=\" a version (3, 4 or 5), a direction (c, s or x) and a full stop are needed"
    )]
    Head,
    /// The bytes are no base64url, perhaps because the link was cut.
    #[error(
        "the bytes of the packet cannot be read; the link may have been cut or changed on its way"
    )]
    Bytes,
}

/// The fragment that shows these bytes, without the `#`.
///
/// # Errors
///
/// They are none, or too many.
pub fn packet_link(
    raw: &[u8],
    version: ProtocolVersion,
    direction: Option<Direction>,
) -> Result<String, LinkError> {
    check_length(raw.len())?;
    let mut text = PREFIX.to_owned();
    text.push(match version {
        ProtocolVersion::V3_1 => '3',
        ProtocolVersion::V3_1_1 => '4',
        ProtocolVersion::V5_0 => '5',
    });
    text.push(match direction {
        Some(Direction::Sent) => 'c',
        Some(Direction::Received) => 's',
        None => 'x',
    });
    text.push('.');
    let start = text.len();
    base64::write(raw, &mut text);
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    text.truncate(text.len() - padding);
    let bytes = text.split_off(start);
    Ok(text + &bytes.replace('+', "-").replace('/', "_"))
}

/// Whether a fragment, with or without its `#`, is meant to show a packet.
pub fn is_packet_link(fragment: &str) -> bool {
    without_hash(fragment).starts_with(PREFIX)
}

/// The packet of a fragment, with or without its `#`; `None` where it is not meant to show one.
pub fn read_link(fragment: &str) -> Option<Result<LinkedPacket, LinkError>> {
    let text = without_hash(fragment).strip_prefix(PREFIX)?;
    Some(read(text))
}

fn read(text: &str) -> Result<LinkedPacket, LinkError> {
    let (head, bytes) = text.split_once('.').ok_or(LinkError::Head)?;
    let [version, direction] = head.as_bytes() else {
        return Err(LinkError::Head);
    };
    let version = match version {
        b'3' => ProtocolVersion::V3_1,
        b'4' => ProtocolVersion::V3_1_1,
        b'5' => ProtocolVersion::V5_0,
        _ => return Err(LinkError::Head),
    };
    let direction = match direction {
        b'c' => Some(Direction::Sent),
        b's' => Some(Direction::Received),
        b'x' => None,
        _ => return Err(LinkError::Head),
    };
    // Programs that pass links on may have escaped or added the padding.
    let bytes = bytes.trim_end_matches("%3D").trim_end_matches("%3d");
    let bytes = bytes.trim_end_matches('=');
    check_length(bytes.len() / 4 * 3 + bytes.len() % 4 / 2)?;
    let raw = read_base64url(bytes).ok_or(LinkError::Bytes)?;
    Ok(LinkedPacket {
        raw,
        version,
        direction,
    })
}

/// The bytes of base64url without padding (RFC 4648, section 5).
pub(super) fn read_base64url(text: &str) -> Option<Vec<u8>> {
    let mut plain = text.replace('-', "+").replace('_', "/");
    while !plain.len().is_multiple_of(4) {
        plain.push('=');
    }
    base64::read(&plain)
}

fn check_length(size: usize) -> Result<(), LinkError> {
    match size {
        0 => Err(LinkError::Empty),
        1..=LINK_MAXIMUM => Ok(()),
        _ => Err(LinkError::TooLong { size }),
    }
}

fn without_hash(fragment: &str) -> &str {
    fragment.strip_prefix('#').unwrap_or(fragment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ping_is_a_short_link() {
        let link = packet_link(&[0xc0, 0], ProtocolVersion::V3_1_1, Some(Direction::Sent));
        assert_eq!(link.as_deref(), Ok("packet=4c.wAA"));
        for fragment in ["#packet=4c.wAA", "packet=4c.wAA=", "packet=4c.wAA%3D"] {
            let packet = read_link(fragment).unwrap().unwrap();
            assert_eq!(
                (packet.raw, packet.version),
                (vec![0xc0, 0], ProtocolVersion::V3_1_1)
            );
        }
        assert!(is_packet_link("#packet=") && !is_packet_link("#pack") && !is_packet_link(""));
    }

    #[test]
    fn what_is_no_link_says_why() {
        let error = |fragment: &str| read_link(fragment).unwrap().unwrap_err();
        assert_eq!(read_link("#settings"), None);
        assert_eq!(error("#packet="), LinkError::Head);
        assert_eq!(error("#packet=6c.wAA"), LinkError::Head);
        assert_eq!(error("#packet=5ü.wAA"), LinkError::Head);
        assert_eq!(error("#packet=5c.w"), LinkError::Empty);
        assert_eq!(error("#packet=5c."), LinkError::Empty);
        assert_eq!(error("#packet=5c.w!A"), LinkError::Bytes);
        assert_eq!(
            error("#packet=5c.<script>alert(1)</script>"),
            LinkError::Bytes
        );
        assert_eq!(error("#packet=5c.wA%00"), LinkError::Bytes);
        let long = format!("#packet=5c.{}", "A".repeat(10_000_000));
        assert_eq!(error(&long), LinkError::TooLong { size: 7_500_000 });
        let raw = vec![0; LINK_MAXIMUM + 1];
        let size = raw.len();
        let link = packet_link(&raw, ProtocolVersion::V5_0, None);
        assert_eq!(link, Err(LinkError::TooLong { size }));
        assert_eq!(
            packet_link(&[], ProtocolVersion::V5_0, None),
            Err(LinkError::Empty)
        );
    }

    proptest! {
        #[test]
        fn any_packet_comes_back(raw in prop::collection::vec(any::<u8>(), 1..200), way in 0..3, level in 0..3_usize) {
            let version = ProtocolVersion::ALL[level];
            let direction = [None, Some(Direction::Sent), Some(Direction::Received)][way as usize];
            let link = packet_link(&raw, version, direction).unwrap();
            prop_assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=.-_".contains(&byte)));
            let packet = read_link(&link).unwrap();
            prop_assert_eq!(packet, Ok(LinkedPacket { raw, version, direction }));
        }

        #[test]
        fn any_fragment_is_harmless(text in "\\PC{0,60}", rest in "[A-Za-z0-9_=%.-]{0,60}") {
            let _ = read_link(&text);
            let _ = read_link(&format!("#packet={text}"));
            let _ = read_link(&format!("#packet=5c.{rest}"));
            if let Some(Ok(packet)) = read_link(&format!("#packet=5c.{rest}")) {
                prop_assert!(!packet.raw.is_empty() && packet.raw.len() <= LINK_MAXIMUM);
            }
        }
    }
}
