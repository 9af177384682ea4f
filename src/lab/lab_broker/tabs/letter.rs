//! What tabs of one browser write to each other. Each letter reaches all tabs; who it is for stands
//! in it.
//!
//! ```text
//! version 1 · kind 1 · from 8 · to 8 (0: everybody) · link 4 · number 4 · the rest: bytes
//! ```
//!
//! Numbers are big-endian. In all versions the first byte is the version, so that a tab can tell
//! that another one has an older or a newer page.

use core::fmt;

/// The version of the letters that this page writes and reads.
pub(super) const VERSION: u8 = 1;

/// What stands before the bytes.
const HEADER: usize = 26;

/// The most bytes that one letter carries.
pub(super) const PIECE: usize = 64 << 10;

/// Which tab of the browser. Drawn by chance when the page is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(u64);

impl TabId {
    /// The tab with this number. 0 is nobody's, so it stands for 1.
    pub const fn new(number: u64) -> Self {
        Self(if number == 0 { 1 } else { number })
    }

    /// Its number.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TabId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// A letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter<'a> {
    /// Who wrote it.
    pub(super) from: TabId,
    /// Whom it is for; `None`: everybody.
    pub(super) to: Option<TabId>,
    /// What it says.
    pub(super) body: Body<'a>,
}

/// What a letter says. A `link` is the number that the guest has given its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body<'a> {
    /// To everybody: I am new here.
    Hello,
    /// To the new tab: the Client Identifiers that I use, each behind a zero byte.
    Uses(&'a [u8]),
    /// I host the broker.
    Here,
    /// To the host: I am here too.
    Present,
    /// To everybody: I am about to close.
    Leaving,
    /// To the host: a client wants a connection.
    Open {
        /// The link.
        link: u32,
    },
    /// To the guest: there it is.
    Opened {
        /// The link.
        link: u32,
    },
    /// Bytes of the connection.
    Bytes {
        /// The link.
        link: u32,
        /// The bytes, at most [`PIECE`].
        bytes: &'a [u8],
    },
    /// So many bytes more have been taken, and as many more may come.
    Taken {
        /// The link.
        link: u32,
        /// How many.
        bytes: u32,
    },
    /// The connection is over, or was never there.
    Close {
        /// The link.
        link: u32,
        /// Why.
        why: Why,
    },
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its other end has ended it.
    Ended,
    /// The host has as many visitors as it takes.
    NoRoom,
    /// The host's time does not run.
    TimeStandsStill,
    /// The broker is stopped.
    Stopped,
    /// The host knows of no such connection.
    Unknown,
}

/// Why something is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LetterError {
    /// It comes from another version of the page.
    OtherVersion,
    /// It says nothing that this version knows.
    Malformed,
}

impl Why {
    const ALL: [Self; 5] = [
        Self::Ended,
        Self::NoRoom,
        Self::TimeStandsStill,
        Self::Stopped,
        Self::Unknown,
    ];
}

impl<'a> Letter<'a> {
    /// The letter as it is sent.
    pub(super) fn write(&self) -> Vec<u8> {
        let (kind, link, number, bytes): (u8, u32, u32, &[u8]) = match self.body {
            Body::Hello => (1, 0, 0, &[]),
            Body::Uses(names) => (2, 0, 0, names),
            Body::Here => (3, 0, 0, &[]),
            Body::Present => (4, 0, 0, &[]),
            Body::Leaving => (5, 0, 0, &[]),
            Body::Open { link } => (6, link, 0, &[]),
            Body::Opened { link } => (7, link, 0, &[]),
            Body::Bytes { link, bytes } => (8, link, 0, bytes),
            Body::Taken { link, bytes } => (9, link, bytes, &[]),
            Body::Close { link, why } => (10, link, why as u32, &[]),
        };
        let mut letter = Vec::with_capacity(HEADER + bytes.len());
        letter.extend([VERSION, kind]);
        letter.extend(self.from.0.to_be_bytes());
        letter.extend(self.to.map_or(0, |to| to.0).to_be_bytes());
        letter.extend(link.to_be_bytes());
        letter.extend(number.to_be_bytes());
        letter.extend(bytes);
        letter
    }

    /// Reads what has come.
    pub(super) fn read(letter: &'a [u8]) -> Result<Self, LetterError> {
        match letter.first() {
            Some(&VERSION) => Self::read_known(letter).ok_or(LetterError::Malformed),
            Some(_) => Err(LetterError::OtherVersion),
            None => Err(LetterError::Malformed),
        }
    }

    fn read_known(letter: &'a [u8]) -> Option<Self> {
        let (header, bytes) = letter.split_first_chunk::<HEADER>()?;
        let rest: &[u8] = header.get(1..)?;
        let (&kind, rest) = rest.split_first()?;
        let (from, rest) = rest.split_first_chunk()?;
        let (to, rest) = rest.split_first_chunk()?;
        let (link, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        let (from, to) = (u64::from_be_bytes(*from), u64::from_be_bytes(*to));
        let (link, number) = (u32::from_be_bytes(*link), u32::from_be_bytes(*number));
        if from == 0 || bytes.len() > PIECE {
            return None;
        }
        let body = match kind {
            1 => Body::Hello,
            2 => Body::Uses(bytes),
            3 => Body::Here,
            4 => Body::Present,
            5 => Body::Leaving,
            6 => Body::Open { link },
            7 => Body::Opened { link },
            8 => Body::Bytes { link, bytes },
            9 => Body::Taken {
                link,
                bytes: number,
            },
            10 => Body::Close {
                link,
                why: *Why::ALL.get(usize::try_from(number).ok()?)?,
            },
            _ => return None,
        };
        Some(Self {
            from: TabId(from),
            to: (to != 0).then_some(TabId(to)),
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Vec<Letter<'static>> {
        let bodies = [
            Body::Hello,
            Body::Uses(b"\0alice\0bob"),
            Body::Here,
            Body::Present,
            Body::Leaving,
            Body::Open { link: 7 },
            Body::Opened { link: u32::MAX },
            Body::Bytes {
                link: 7,
                bytes: b"\xc0\0",
            },
            Body::Taken {
                link: 7,
                bytes: 70_000,
            },
        ];
        let closings = Why::ALL.map(|why| Body::Close { link: 7, why });
        bodies
            .into_iter()
            .chain(closings)
            .map(|body| Letter {
                from: TabId::new(3),
                to: matches!(body, Body::Open { .. }).then_some(TabId::new(u64::MAX)),
                body,
            })
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for letter in letters() {
            assert_eq!(Letter::read(&letter.write()), Ok(letter), "{letter:?}");
        }
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_no_letter() {
        for letter in letters() {
            let written = letter.write();
            for length in 0..HEADER.min(written.len()) {
                let part = &written[..length];
                assert_eq!(Letter::read(part), Err(LetterError::Malformed), "{part:?}");
            }
            for kind in [0, 11, 255] {
                let mut other = written.clone();
                other[1] = kind;
                assert_eq!(Letter::read(&other), Err(LetterError::Malformed));
            }
            let mut nobody = written.clone();
            nobody[2..10].fill(0);
            assert_eq!(Letter::read(&nobody), Err(LetterError::Malformed));
            for version in [0, 2, 255] {
                let mut other = written.clone();
                other[0] = version;
                assert_eq!(Letter::read(&other), Err(LetterError::OtherVersion));
                // Whatever another version writes behind it.
                assert_eq!(Letter::read(&other[..1]), Err(LetterError::OtherVersion));
            }
        }
        let body = Body::Close {
            link: 1,
            why: Why::Unknown,
        };
        let (from, to) = (TabId::new(3), None);
        let mut unknown = Letter { from, to, body }.write();
        unknown[25] = 5;
        assert_eq!(Letter::read(&unknown), Err(LetterError::Malformed));
        let bytes = &vec![0; PIECE + 1];
        let body = Body::Bytes { link: 1, bytes };
        let large = Letter { from, to, body }.write();
        assert_eq!(Letter::read(&large), Err(LetterError::Malformed));
    }
}
