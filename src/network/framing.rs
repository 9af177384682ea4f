//! Where in a stream of bytes the Control Packets begin and end.

use std::borrow::Cow;

use crate::codec::{ControlPacketType, PacketId, read_fixed_header};

/// Follows a stream from packet to packet. Unlike a splitter it does not wait for a packet to be
/// whole: what is to become of one is decided when its fixed header is.
#[derive(Clone, Debug)]
pub(super) enum Framing {
    /// Within a fixed header, or between two packets.
    Header {
        /// What there is of it, at most four bytes.
        bytes: Vec<u8>,
        /// How many of them have been given out already.
        given: usize,
    },
    /// Within a packet, of which so many bytes are still to come.
    Body { missing: usize },
    /// There are no packets from here on.
    Lost,
}

/// Some bytes of the stream, of one packet at most.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) place: Place,
}

/// Where a [`Piece`] stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In a packet.
    Packet {
        /// What its fixed header says, if the piece begins with that.
        begins: Option<FixedHeader>,
        /// Whether the piece ends with the packet.
        ends: bool,
    },
    /// Behind the last packet that could be told.
    Loose,
}

/// What a fixed header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct FixedHeader {
    pub(super) packet_type: ControlPacketType,
    /// Of the whole packet, in bytes.
    pub(super) length: usize,
}

impl Default for Framing {
    fn default() -> Self {
        Self::Header {
            bytes: Vec::new(),
            given: 0,
        }
    }
}

impl Framing {
    /// The next piece off the front of `input`; `None` when that is used up.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        if input.is_empty() {
            return None;
        }
        match self {
            Self::Lost => Some(Piece {
                bytes: Cow::Borrowed(core::mem::take(input)),
                place: Place::Loose,
            }),
            Self::Body { missing } => {
                let (bytes, rest) = input.split_at((*missing).min(input.len()));
                *input = rest;
                *missing -= bytes.len();
                let ends = *missing == 0;
                if ends {
                    *self = Self::default();
                }
                Some(Piece {
                    bytes: Cow::Borrowed(bytes),
                    place: Place::Packet { begins: None, ends },
                })
            }
            Self::Header { bytes, given } if bytes.is_empty() => {
                let given = *given;
                self.begin(Cow::Borrowed(core::mem::take(input)), given, input)
            }
            Self::Header { bytes, given } => {
                // A fixed header has at most five bytes: look again after each.
                let (next, rest) = input.split_at(1);
                *input = rest;
                let mut whole = core::mem::take(bytes);
                whole.extend_from_slice(next);
                let given = *given;
                let mut none: &[u8] = &[];
                match self.begin(Cow::Owned(whole), given, &mut none) {
                    Some(piece) => Some(piece),
                    None => self.next(input),
                }
            }
        }
    }

    /// Bytes that are kept until the fixed header is whole.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Header { bytes, given } => bytes.len() - given,
            Self::Body { .. } | Self::Lost => 0,
        }
    }

    /// Gives out what is kept. The packet counts as one that has begun before.
    pub(super) fn give_held(&mut self) -> Vec<u8> {
        match self {
            Self::Header { bytes, given } => {
                let held = bytes.get(*given..).unwrap_or_default().to_vec();
                *given = bytes.len();
                held
            }
            Self::Body { .. } | Self::Lost => Vec::new(),
        }
    }

    /// Follows bytes that pass by, and keeps none.
    pub(super) fn watch(&mut self, mut bytes: &[u8]) {
        while self.next(&mut bytes).is_some() {}
        if let Self::Header { bytes, given } = self {
            *given = bytes.len();
        }
    }

    /// `bytes` begin with a fixed header, or with some of it, of which `given` bytes have been
    /// given out. Puts what is behind the packet into `rest`.
    fn begin<'a>(
        &mut self,
        bytes: Cow<'a, [u8]>,
        given: usize,
        rest: &mut &'a [u8],
    ) -> Option<Piece<'a>> {
        let without_given = |bytes: Cow<'a, [u8]>| match (given, bytes) {
            (0, bytes) => bytes,
            (_, bytes) => Cow::Owned(bytes.get(given..).unwrap_or_default().to_vec()),
        };
        match read_fixed_header(&bytes) {
            Ok(None) => {
                *self = Self::Header {
                    bytes: bytes.into_owned(),
                    given,
                };
                None
            }
            Ok(Some((packet_type, length))) => {
                let bytes = match bytes {
                    Cow::Borrowed(all) => {
                        let (own, behind) = all.split_at(length.min(all.len()));
                        *rest = behind;
                        Cow::Borrowed(own)
                    }
                    Cow::Owned(header) => Cow::Owned(header),
                };
                let missing = length - bytes.len();
                *self = match missing {
                    0 => Self::default(),
                    _ => Self::Body { missing },
                };
                let header = FixedHeader {
                    packet_type,
                    length,
                };
                Some(Piece {
                    bytes: without_given(bytes),
                    place: Place::Packet {
                        begins: (given == 0).then_some(header),
                        ends: missing == 0,
                    },
                })
            }
            Err(_) => {
                *self = Self::Lost;
                Some(Piece {
                    bytes: without_given(bytes),
                    place: Place::Loose,
                })
            }
        }
    }
}

/// Picks the Packet Identifier out of a packet that goes by in pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketIdReader {
    place: IdPlace,
    /// The position, within the packet, of the next byte.
    at: usize,
    header: usize,
    high: Option<u8>,
    packet_id: Option<PacketId>,
}

#[derive(Clone, Copy, Debug)]
enum IdPlace {
    /// The packet has none.
    Nowhere,
    /// Behind a Topic Name whose length is still to be read.
    BehindTopic { high: Option<u8> },
    /// So many bytes behind the fixed header.
    At(usize),
}

impl PacketIdReader {
    /// For a packet that begins with these bytes, its whole fixed header among them.
    pub(super) fn new(header: FixedHeader, bytes: &[u8]) -> Self {
        let first = bytes.first().copied().unwrap_or_default();
        let place = match header.packet_type {
            ControlPacketType::Publish if first & 0b0110 == 0 => IdPlace::Nowhere,
            ControlPacketType::Publish => IdPlace::BehindTopic { high: None },
            ControlPacketType::Puback
            | ControlPacketType::Pubrec
            | ControlPacketType::Pubrel
            | ControlPacketType::Pubcomp
            | ControlPacketType::Subscribe
            | ControlPacketType::Suback
            | ControlPacketType::Unsubscribe
            | ControlPacketType::Unsuback => IdPlace::At(0),
            ControlPacketType::Connect
            | ControlPacketType::Connack
            | ControlPacketType::Pingreq
            | ControlPacketType::Pingresp
            | ControlPacketType::Disconnect
            | ControlPacketType::Auth => IdPlace::Nowhere,
        };
        let length = bytes.iter().skip(1).take_while(|&&byte| byte >= 0x80);
        Self {
            place,
            at: 0,
            header: 2 + length.count(),
            high: None,
            packet_id: None,
        }
    }

    /// Takes in the next bytes of the packet.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let (at, header) = (self.at, self.header);
        let body = |position: usize| {
            let index = (header + position).checked_sub(at)?;
            bytes.get(index).copied()
        };
        if let IdPlace::BehindTopic { high } = &mut self.place {
            *high = high.or(body(0));
            if let (Some(high), Some(low)) = (*high, body(1)) {
                self.place = IdPlace::At(2 + usize::from(u16::from_be_bytes([high, low])));
            }
        }
        if let IdPlace::At(position) = self.place {
            self.high = self.high.or(body(position));
            if let (Some(high), Some(low)) = (self.high, body(position + 1)) {
                self.packet_id = PacketId::new(u16::from_be_bytes([high, low]));
                self.place = IdPlace::Nowhere;
            }
        }
        self.at += bytes.len();
    }

    /// What has been found so far.
    pub(super) const fn packet_id(&self) -> Option<PacketId> {
        self.packet_id
    }
}
