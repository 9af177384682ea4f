//! One way of a connection between two tabs. The browser's channel takes everything at once and
//! tells nobody how much waits in it, so the other end tells how much it has taken, and no more than
//! a window of bytes is on its way.

use std::collections::VecDeque;

use super::letter::{PIECE, Why};

/// How many bytes may be on their way to the other tab, one piece more at most.
pub(super) const WINDOW: usize = 4 * PIECE;

/// The receiver tells what it has taken in lumps of this size at least, so that few letters are
/// needed. Less than the window: there is always something to tell before the sender stops.
const LUMP: usize = PIECE;

/// What leaves this tab on one connection.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pieces: VecDeque<Vec<u8>>,
    held: usize,
    on_its_way: usize,
    ending: Option<Why>,
}

/// The next letter of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Bytes(Vec<u8>),
    Close(Why),
}

impl Outgoing {
    /// Takes bytes to be sent. Nothing bounds them here: whoever sends looks at [`Self::waiting`].
    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        self.held += bytes.len();
        if let Some(last) = self.pieces.back_mut()
            && last.len() + bytes.len() <= PIECE
        {
            last.extend(bytes);
        } else if bytes.len() <= PIECE {
            self.pieces.push_back(bytes);
        } else {
            self.pieces.extend(bytes.chunks(PIECE).map(<[u8]>::to_vec));
        }
    }

    /// Ends the connection behind what is to be sent.
    pub(super) fn end(&mut self, why: Why) {
        self.ending.get_or_insert(why);
    }

    /// Takes in that the other end has taken bytes.
    pub(super) fn taken(&mut self, bytes: usize) {
        self.on_its_way = self.on_its_way.saturating_sub(bytes);
    }

    /// What goes out now.
    pub(super) fn poll(&mut self) -> Option<Next> {
        if self.pieces.is_empty() {
            return self.ending.map(Next::Close);
        }
        if self.on_its_way >= WINDOW {
            return None;
        }
        let piece = self.pieces.pop_front()?;
        self.held -= piece.len();
        self.on_its_way += piece.len();
        Some(Next::Bytes(piece))
    }

    /// Bytes that the other end has not taken.
    pub(super) fn waiting(&self) -> usize {
        self.held + self.on_its_way
    }
}

/// What comes into this tab on one connection.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// Bytes that have come and have not been told as taken.
    untold: usize,
}

impl Incoming {
    pub(super) fn arrive(&mut self, bytes: usize) {
        self.untold += bytes;
    }

    /// What is to be told as taken, when so many bytes still wait in this tab.
    pub(super) fn poll(&mut self, waiting: usize) -> Option<u32> {
        let taken = self.untold.saturating_sub(waiting);
        if taken < LUMP {
            return None;
        }
        self.untold -= taken;
        u32::try_from(taken).ok()
    }

    /// Whether the sender has gone far beyond the window, which no tab of this page does.
    pub(super) const fn is_flooded(&self) -> bool {
        self.untold > 2 * WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_a_window_is_on_its_way_and_all_arrives_in_order() {
        let mut outgoing = Outgoing::default();
        let mut incoming = Incoming::default();
        let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        outgoing.send(sent[..2_999_990].to_vec());
        for byte in &sent[2_999_990..] {
            outgoing.send(vec![*byte]);
        }
        outgoing.end(Why::Ended);
        outgoing.end(Why::Unknown);
        let mut received = Vec::new();
        let mut on_its_way: VecDeque<Vec<u8>> = VecDeque::new();
        loop {
            match outgoing.poll() {
                Some(Next::Bytes(piece)) => {
                    assert!(piece.len() <= PIECE);
                    on_its_way.push_back(piece);
                    let waiting: usize = on_its_way.iter().map(Vec::len).sum();
                    assert!(waiting <= WINDOW + PIECE, "{waiting}");
                }
                Some(Next::Close(why)) => {
                    assert_eq!(why, Why::Ended);
                    break;
                }
                None => {
                    // The receiver takes one piece after another.
                    let piece = on_its_way.pop_front().expect("somebody waits for somebody");
                    incoming.arrive(piece.len());
                    assert!(!incoming.is_flooded());
                    received.extend(piece);
                    if let Some(taken) = incoming.poll(0) {
                        outgoing.taken(taken as usize);
                    }
                }
            }
        }
        received.extend(on_its_way.into_iter().flatten());
        assert!(received == sent);
    }

    #[test]
    fn what_waits_behind_a_slow_reader_is_not_told_as_taken() {
        let mut incoming = Incoming::default();
        incoming.arrive(LUMP);
        assert_eq!(incoming.poll(1), None);
        assert_eq!(incoming.poll(LUMP * 2), None, "a fault may have doubled it");
        assert_eq!(incoming.poll(0), Some(LUMP as u32));
        assert_eq!(incoming.poll(0), None);
        incoming.arrive(2 * WINDOW + 1);
        assert!(incoming.is_flooded());
    }

    #[test]
    fn a_letter_too_many_about_what_was_taken_does_no_harm() {
        let mut outgoing = Outgoing::default();
        outgoing.taken(usize::MAX);
        outgoing.send(vec![1]);
        assert_eq!(outgoing.waiting(), 1);
        assert_eq!(outgoing.poll(), Some(Next::Bytes(vec![1])));
        assert_eq!(outgoing.waiting(), 1);
        outgoing.taken(usize::MAX);
        assert_eq!((outgoing.waiting(), outgoing.poll()), (0, None));
    }
}
