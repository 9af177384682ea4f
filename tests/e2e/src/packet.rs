//! The few MQTT bytes that the scripted peer speaks, written here by hand: a peer that used the product's own codec
//! would share its mistakes.

use anyhow::{Context, Result, ensure};

/// Which MQTT a test runs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.
    V3_1,
    /// MQTT 3.1.1.
    V3_1_1,
    /// MQTT 5.0.
    V5_0,
}

impl Version {
    /// The words in the `MQTT version` control.
    pub fn label(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        }
    }

    /// An empty property list where this version has one.
    fn no_properties(self) -> &'static [u8] {
        match self {
            Self::V3_1 | Self::V3_1_1 => &[],
            Self::V5_0 => &[0],
        }
    }
}

/// Control Packet types, as the high nibble of the first byte.
pub mod kind {
    /// CONNECT
    pub const CONNECT: u8 = 1;
    /// PUBLISH
    pub const PUBLISH: u8 = 3;
    /// PUBACK
    pub const PUBACK: u8 = 4;
    /// PUBREC
    pub const PUBREC: u8 = 5;
    /// PUBREL
    pub const PUBREL: u8 = 6;
    /// PUBCOMP
    pub const PUBCOMP: u8 = 7;
    /// SUBSCRIBE
    pub const SUBSCRIBE: u8 = 8;
    /// UNSUBSCRIBE
    pub const UNSUBSCRIBE: u8 = 10;
    /// PINGREQ
    pub const PINGREQ: u8 = 12;
    /// DISCONNECT
    pub const DISCONNECT: u8 = 14;
}

/// CONNACK with a code of the version in hand (0 accepts).
pub fn connack(version: Version, session_present: bool, code: u8) -> Vec<u8> {
    packet(
        0x20,
        &[&[u8::from(session_present), code], version.no_properties()],
    )
}

/// SUBACK with one code per filter.
pub fn suback(version: Version, packet_id: u16, codes: &[u8]) -> Vec<u8> {
    packet(
        0x90,
        &[&packet_id.to_be_bytes(), version.no_properties(), codes],
    )
}

/// PUBLISH at QoS 0.
pub fn publish(version: Version, topic: &str, payload: &[u8]) -> Vec<u8> {
    packet(0x30, &[&string(topic), version.no_properties(), payload])
}

/// PUBLISH at QoS 1 or 2.
pub fn publish_at(
    version: Version,
    qos: u8,
    packet_id: u16,
    topic: &str,
    payload: &[u8],
) -> Vec<u8> {
    packet(
        0x30 | qos << 1,
        &[
            &string(topic),
            &packet_id.to_be_bytes(),
            version.no_properties(),
            payload,
        ],
    )
}

/// PUBREL for a QoS 2 delivery.
pub fn pubrel(packet_id: u16) -> Vec<u8> {
    packet(0x62, &[&packet_id.to_be_bytes()])
}

/// PUBACK, PUBREC or PUBCOMP, by the kind's number.
pub fn acknowledgement(kind: u8, packet_id: u16) -> Vec<u8> {
    packet(kind << 4, &[&packet_id.to_be_bytes()])
}

/// PINGRESP.
pub fn pingresp() -> Vec<u8> {
    vec![0xd0, 0]
}

/// DISCONNECT from the Server with a Reason Code (MQTT 5.0 only).
pub fn server_disconnect(reason_code: u8) -> Vec<u8> {
    packet(0xe0, &[&[reason_code, 0]])
}

/// A Control Packet from its first byte and the parts of its body.
pub fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = vec![first];
    let mut rest = body.len();
    loop {
        let low = u8::try_from(rest % 128).unwrap_or_default();
        rest /= 128;
        bytes.push(if rest > 0 { low | 0x80 } else { low });
        if rest == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

fn string(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// A Control Packet as the peer received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The Control Packet type.
    pub kind: u8,
    /// The low nibble of the first byte.
    pub flags: u8,
    /// Everything after the fixed header.
    pub body: Vec<u8>,
}

impl Received {
    /// The QoS of a PUBLISH.
    pub fn qos(&self) -> u8 {
        self.flags >> 1 & 3
    }

    /// The Topic Name of a PUBLISH.
    pub fn topic(&self) -> Result<String> {
        let (text, _) = self.topic_and_rest()?;
        Ok(String::from_utf8(text.to_vec())?)
    }

    /// The Packet Identifier of any packet that has one.
    pub fn packet_id(&self) -> Result<u16> {
        let at = if self.kind == kind::PUBLISH {
            self.topic_and_rest()?.1
        } else {
            &self.body
        };
        let bytes = at
            .first_chunk::<2>()
            .context("too short for a Packet Identifier")?;
        Ok(u16::from_be_bytes(*bytes))
    }

    fn topic_and_rest(&self) -> Result<(&[u8], &[u8])> {
        ensure!(self.kind == kind::PUBLISH, "not a PUBLISH: {self:?}");
        let (length, rest) = self
            .body
            .split_first_chunk::<2>()
            .context("no Topic Name")?;
        rest.split_at_checked(u16::from_be_bytes(*length).into())
            .context("short Topic Name")
    }
}

/// Cuts a byte stream into Control Packets.
#[derive(Debug, Default)]
pub struct Stream {
    buffer: Vec<u8>,
}

impl Stream {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole packet, if it is there.
    pub fn next_packet(&mut self) -> Result<Option<Received>> {
        let Some(&first) = self.buffer.first() else {
            return Ok(None);
        };
        let mut length = 0_usize;
        for (index, &byte) in self.buffer.iter().enumerate().skip(1) {
            ensure!(index <= 4, "the Remaining Length has more than four bytes");
            length |= usize::from(byte & 0x7f) << (7 * (index - 1));
            if byte & 0x80 == 0 {
                let end = index + 1 + length;
                if self.buffer.len() < end {
                    return Ok(None);
                }
                let body = self.buffer[index + 1..end].to_vec();
                self.buffer.drain(..end);
                return Ok(Some(Received {
                    kind: first >> 4,
                    flags: first & 0x0f,
                    body,
                }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_survive_any_split() {
        let sent = [
            publish_at(Version::V5_0, 1, 7, "a/b", &[9; 300]),
            pingresp(),
        ]
        .concat();
        let mut stream = Stream::default();
        let mut packets = Vec::new();
        for byte in sent {
            stream.push(&[byte]);
            packets.extend(stream.next_packet().unwrap());
        }
        assert_eq!(packets.len(), 2);
        assert_eq!(packets[0].topic().unwrap(), "a/b");
        assert_eq!(packets[0].packet_id().unwrap(), 7);
        assert_eq!(packets[0].qos(), 1);
        assert_eq!(
            packets[1],
            Received {
                kind: 13,
                flags: 0,
                body: vec![]
            }
        );
    }

    #[test]
    fn bytes_are_those_of_the_standard() {
        assert_eq!(connack(Version::V3_1_1, false, 5), [0x20, 2, 0, 5]);
        assert_eq!(connack(Version::V5_0, true, 0), [0x20, 3, 1, 0, 0]);
        assert_eq!(suback(Version::V3_1_1, 1, &[2]), [0x90, 3, 0, 1, 2]);
        assert_eq!(
            publish(Version::V3_1_1, "a", b"b"),
            [0x30, 4, 0, 1, b'a', b'b']
        );
    }
}
