//! Any stream, cut into any pieces: the same packets and the same end as in one piece. The first
//! byte says how many of the next bytes are the lengths of pieces; the last length repeats.

#![no_main]

use mqtt_lab::codec::{DecodeError, PacketSplitter};

const LIMIT: u32 = 10_000;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&count, rest)) = input.split_first() else {
        return;
    };
    let Some((lengths, stream)) = rest.split_at_checked(usize::from(count % 16)) else {
        return;
    };
    let mut pieces = Vec::new();
    let mut left = stream;
    let mut lengths = lengths.iter();
    let mut length = 1;
    while !left.is_empty() {
        length = lengths
            .next()
            .map_or(length.max(1), |&length| usize::from(length));
        let (piece, rest) = left.split_at(length.min(left.len()));
        pieces.push(piece);
        left = rest;
    }
    let (whole, whole_error) = split(&[stream]);
    let (cut, cut_error) = split(&pieces);
    assert_eq!(whole, cut);
    assert_eq!(whole_error, cut_error);
    let used: usize = whole.iter().map(Vec::len).sum();
    assert!(used <= stream.len());
    assert_eq!(whole.concat(), stream[..used]);
});

fn split(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<DecodeError>) {
    let mut splitter = PacketSplitter::new(LIMIT);
    let mut packets = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match splitter.next(&mut input) {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => break,
                Err(error) => return (packets, Some(error)),
            }
        }
        assert!(input.is_empty());
        assert!(splitter.buffered() <= LIMIT as usize);
    }
    (packets, None)
}
