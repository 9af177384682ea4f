//! One TCP connection as it would have been: Ethernet, IPv4 and TCP around bytes.

use crate::lab::trace::Direction;

/// The most that one IPv4 packet holds behind the two headers.
pub(super) const SEGMENT: usize = 65_535 - 40;
/// What one end may send before the other acknowledges it without sending anything itself.
const UNACKNOWLEDGED: u32 = 256 * 1024;
/// Where MQTT is served without encryption.
const SERVER_PORT: u16 = 1_883;

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// Maximum segment size, no operation, and a window that is shifted by 14 bits.
const SYN_OPTIONS: [u8; 8] = [2, 4, (SEGMENT >> 8) as u8, SEGMENT as u8, 1, 3, 3, 14];

/// A TCP connection: who it is between, and how far each end has come.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    client: End,
    server: End,
}

#[derive(Clone, Copy, Debug)]
struct End {
    hardware: [u8; 6],
    address: [u8; 4],
    port: u16,
    /// The sequence number of the next byte that this end sends.
    next: u32,
    /// What this end has acknowledged of the other's.
    acknowledged: u32,
    /// The number of the next IPv4 packet.
    identification: u16,
}

impl Stream {
    /// The connection with this number, from 0, of a client to a server.
    pub(super) fn new(client: u16, server: u8, number: u32) -> Self {
        let [high, low] = client.to_be_bytes();
        let port = 49_152 + (number % 16_384) as u16;
        // Ports come again after 16,384 connections: then it is another address.
        let round = (number / 16_384) as u8;
        Self {
            client: End::new([10, round, high, low], port),
            server: End::new([198, 51, 100, server], SERVER_PORT),
        }
    }

    /// Whether `sender` has so much on its way that the other end acknowledges it now.
    pub(super) fn needs_acknowledgement(&self, sender: Direction) -> bool {
        let (from, to) = match sender {
            Direction::Sent => (&self.client, &self.server),
            Direction::Received => (&self.server, &self.client),
        };
        from.next.wrapping_sub(to.acknowledged) >= UNACKNOWLEDGED
    }

    /// A frame of `sender`, put into `frame`.
    pub(super) fn put(&mut self, sender: Direction, flags: u8, data: &[u8], frame: &mut Vec<u8>) {
        let (from, to) = match sender {
            Direction::Sent => (&mut self.client, &self.server),
            Direction::Received => (&mut self.server, &self.client),
        };
        let acknowledges = flags & ACK != 0;
        let options: &[u8] = if flags & SYN != 0 { &SYN_OPTIONS } else { &[] };
        if acknowledges {
            from.acknowledged = to.next;
        }
        frame.clear();
        frame.extend(to.hardware);
        frame.extend(from.hardware);
        frame.extend(0x0800_u16.to_be_bytes());

        let segment_length = (20 + options.len() + data.len()) as u16;
        let mut ip = [0; 20];
        ip[0] = 0x45;
        ip[2..4].copy_from_slice(&(20 + segment_length).to_be_bytes());
        ip[4..6].copy_from_slice(&from.identification.to_be_bytes());
        // It may not be fragmented.
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = 6;
        ip[12..16].copy_from_slice(&from.address);
        ip[16..20].copy_from_slice(&to.address);
        let checksum = !folded(sum(&ip));
        ip[10..12].copy_from_slice(&checksum.to_be_bytes());
        frame.extend(ip);

        let mut tcp = [0; 20];
        tcp[0..2].copy_from_slice(&from.port.to_be_bytes());
        tcp[2..4].copy_from_slice(&to.port.to_be_bytes());
        tcp[4..8].copy_from_slice(&from.next.to_be_bytes());
        let acknowledged = if acknowledges { from.acknowledged } else { 0 };
        tcp[8..12].copy_from_slice(&acknowledged.to_be_bytes());
        tcp[12] = ((20 + options.len() as u8) / 4) << 4;
        tcp[13] = flags;
        tcp[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
        let pseudo = sum(&from.address) + sum(&to.address) + 6 + u64::from(segment_length);
        let checksum = !folded(pseudo + sum(&tcp) + sum(options) + sum(data));
        tcp[16..18].copy_from_slice(&checksum.to_be_bytes());
        frame.extend(tcp);
        frame.extend(options);
        frame.extend(data);

        let numbered = u32::from(flags & (SYN | FIN) != 0);
        from.next = from.next.wrapping_add(numbered + data.len() as u32);
        from.identification = from.identification.wrapping_add(1);
    }
}

impl End {
    fn new(address: [u8; 4], port: u16) -> Self {
        let [a, b, c, d] = address;
        Self {
            // An address that its owner has given out, not a maker of hardware.
            hardware: [0x02, 0, a, b, c, d],
            address,
            port,
            next: 0,
            acknowledged: 0,
            identification: 0,
        }
    }
}

/// The sum of bytes as 16-bit words, the last one filled up (RFC 1071).
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<2>();
    let words: u64 = words
        .iter()
        .map(|word| u64::from(u16::from_be_bytes(*word)))
        .sum();
    words + rest.first().map_or(0, |byte| u64::from(*byte) << 8)
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}
