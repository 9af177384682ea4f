//! Cuts a stream of bytes into whole Control Packets.

use super::decode::read_fixed_header;
use super::{DecodeError, DecodeErrorKind};

/// The most that is kept of the buffer between two packets that had to be put together.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Cuts the bytes of one Network Connection into Control Packets, however they arrive: many
/// packets at once, or one byte at a time.
///
/// A packet that is whole in the input is handed out from there, uncopied. Type, flags and length
/// are checked as soon as the fixed header is there, before the rest is waited for, and no memory
/// is taken for bytes that were announced but have not come.
#[derive(Clone, Debug)]
pub struct PacketSplitter {
    maximum_packet_size: u32,
    /// The beginning of a packet that is not whole yet; or the last packet handed out.
    buffer: Vec<u8>,
    is_handed_out: bool,
    error: Option<DecodeError>,
}

impl PacketSplitter {
    /// The size of the largest packet there can be, in bytes: no limit.
    pub const UNLIMITED: u32 = u32::MAX;

    /// A splitter at the beginning of a stream. Packets larger than `maximum_packet_size` bytes,
    /// fixed header included, are refused.
    pub const fn new(maximum_packet_size: u32) -> Self {
        Self {
            maximum_packet_size,
            buffer: Vec::new(),
            is_handed_out: false,
            error: None,
        }
    }

    /// The limit in bytes.
    pub const fn maximum_packet_size(&self) -> u32 {
        self.maximum_packet_size
    }

    /// How many bytes of a packet that is not whole yet are waiting.
    pub fn buffered(&self) -> usize {
        match self.is_handed_out {
            true => 0,
            false => self.buffer.len(),
        }
    }

    /// Takes the next packet off the front of the stream. `input` is what has newly arrived; what
    /// is used up is cut off its front. `None` says that the input is used up and more is needed:
    /// call again with the same `input` until then.
    ///
    /// # Errors
    ///
    /// Where the bytes cannot be the beginning of a packet, or the packet is too large. A stream
    /// cannot be picked up again behind an error: every later call gives the same error.
    #[inline]
    pub fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'s [u8]>, DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.is_handed_out {
            self.forget_handed_out();
        }
        if !self.buffer.is_empty() {
            return self.next_buffered(input);
        }
        match self.whole_length(input) {
            Ok(Some(length)) if length <= input.len() => {
                let (packet, rest) = input.split_at(length);
                *input = rest;
                Ok(Some(packet))
            }
            Ok(_) => {
                self.buffer.extend_from_slice(input);
                *input = &[];
                Ok(None)
            }
            Err(error) => self.fail(error),
        }
    }

    /// Goes on with a packet whose beginning came before.
    fn next_buffered<'s>(&'s mut self, input: &mut &[u8]) -> Result<Option<&'s [u8]>, DecodeError> {
        loop {
            let wanted = match self.whole_length(&self.buffer) {
                // The fixed header has at most five bytes: look again after each.
                Ok(None) => self.buffer.len() + 1,
                Ok(Some(length)) => length,
                Err(error) => return self.fail(error),
            };
            let missing = wanted - self.buffer.len();
            let (taken, rest) = input.split_at(missing.min(input.len()));
            self.buffer.extend_from_slice(taken);
            *input = rest;
            if taken.len() < missing {
                return Ok(None);
            }
            if self.whole_length(&self.buffer) == Ok(Some(self.buffer.len())) {
                self.is_handed_out = true;
                return Ok(Some(&self.buffer));
            }
        }
    }

    /// The whole length of the packet that `bytes` begin with, once its fixed header is there.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn whole_length(&self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        let Some((packet_type, length)) = read_fixed_header(bytes)? else {
            return Ok(None);
        };
        let limit = self.maximum_packet_size;
        match u32::try_from(length) {
            Ok(size) if size > limit => Err(DecodeError {
                kind: DecodeErrorKind::PacketTooLarge {
                    length: size,
                    limit,
                },
                packet: Some(packet_type),
                offset: 1,
            }),
            _ => Ok(Some(length)),
        }
    }

    #[cold]
    fn forget_handed_out(&mut self) {
        self.is_handed_out = false;
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_CAPACITY);
    }

    #[cold]
    fn fail<T>(&mut self, error: DecodeError) -> Result<T, DecodeError> {
        self.error = Some(error);
        self.buffer = Vec::new();
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ControlPacketType, ReasonCode};

    const PUBLISH: &[u8] = b"\x30\x08\x00\x03a/b123";
    const PINGRESP: &[u8] = b"\xd0\x00";

    fn packets(splitter: &mut PacketSplitter, mut input: &[u8]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(packet) = splitter.next(&mut input).unwrap() {
            all.push(packet.to_vec());
        }
        assert!(input.is_empty());
        all
    }

    #[test]
    fn many_packets_in_one_input_come_out_uncopied() {
        let stream = [PUBLISH, PINGRESP, PUBLISH].concat();
        let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
        let mut input = &stream[..];
        let first = splitter.next(&mut input).unwrap().unwrap();
        assert!(core::ptr::eq(first, &raw const stream[..PUBLISH.len()]));
        assert_eq!(splitter.next(&mut input), Ok(Some(PINGRESP)));
        assert_eq!(splitter.next(&mut input), Ok(Some(PUBLISH)));
        assert_eq!(splitter.next(&mut input), Ok(None));
    }

    #[test]
    fn every_split_in_two_and_single_bytes_give_the_same_packets() {
        let long = [&b"\x30\xac\x02\x00\x01a"[..], &[7; 297]].concat();
        let stream = [PUBLISH, PINGRESP, &long, PINGRESP].concat();
        let expected = [PUBLISH, PINGRESP, &long, PINGRESP];
        for split in 0..=stream.len() {
            let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
            let mut all = packets(&mut splitter, &stream[..split]);
            all.extend(packets(&mut splitter, &[]));
            all.extend(packets(&mut splitter, &stream[split..]));
            assert_eq!(all, expected, "split at {split}");
            assert_eq!(splitter.buffered(), 0);
        }
        let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
        let bytes = stream.chunks(1);
        let all: Vec<_> = bytes
            .flat_map(|byte| packets(&mut splitter, byte))
            .collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn mqtt_3_1_2_24_a_packet_over_the_limit_is_refused_at_its_header() {
        let mut splitter = PacketSplitter::new(300);
        let mut input = &b"\x30\xac\x02"[..];
        let error = splitter.next(&mut input).unwrap_err();
        assert_eq!(error.reason_code(), ReasonCode::PacketTooLarge);
        assert_eq!(
            error.to_string(),
            "PUBLISH at byte 1: packet is 303 bytes; at most 300 are accepted"
        );
        assert_eq!(splitter.next(&mut &PINGRESP[..]), Err(error));
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
        // 268,435,455 bytes are announced.
        for piece in [&b"\x30\xff"[..], b"\xff\xff", b"\x7f", b"\x00\x01a"] {
            assert_eq!(splitter.next(&mut { piece }), Ok(None));
        }
        assert_eq!(splitter.buffered(), 8);
        assert!(splitter.buffer.capacity() < 100);
    }

    #[test]
    fn a_wrong_first_byte_is_refused_at_once_and_a_wrong_length_where_it_shows() {
        for (stream, packet, offset) in [
            (&b"\x00"[..], None, 0),
            (b"HTTP/1.1 400", Some(ControlPacketType::Puback), 0),
            (b"\x36", Some(ControlPacketType::Publish), 0),
            (b"\xc0\x80\x00", Some(ControlPacketType::Pingreq), 1),
            (b"\x30\xff\xff\xff\xff", Some(ControlPacketType::Publish), 1),
        ] {
            let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
            let mut error = None;
            for byte in stream.chunks(1) {
                error = error.or(splitter.next(&mut { byte }).err());
            }
            let error = error.unwrap();
            assert_eq!((error.packet, error.offset), (packet, offset));
            assert_eq!(error.reason_code(), ReasonCode::MalformedPacket);
            let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
            assert_eq!(splitter.next(&mut { stream }), Err(error));
        }
    }
}
