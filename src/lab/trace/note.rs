//! The records that are no Control Packets, and their form in bytes.
//!
//! The form lives only as long as the page, so that it may change freely: the fields in the order
//! of their declaration, little-endian, each text with its length in four bytes before it.

use core::time::Duration;

use super::broker_note::BrokerNote;
use super::fault_note::FaultNote;
use super::record::RecordKind;

/// Something that happened beside the Control Packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// A link is being opened.
    LinkOpening {
        /// Where to.
        url: &'a str,
    },
    /// The link is open.
    LinkOpen {
        /// The WebSocket sub-protocol that was agreed upon, empty where the peer named none.
        subprotocol: &'a str,
    },
    /// The link is closed, or could not be opened.
    LinkClose {
        /// Who closed it.
        by: ClosedBy,
        /// The WebSocket close code, where there was one.
        code: Option<u16>,
        /// Why, in words: the peer's own where it sent some.
        reason: &'a str,
    },
    /// Something asked for was refused before anything was sent.
    Refused {
        /// What was asked for.
        action: RefusedAction,
        /// Why it was refused.
        cause: RefusalCause,
        /// The same in words, with the limit and the value.
        words: &'a str,
    },
    /// Something was broken on purpose.
    Fault {
        /// What was done.
        fault: FaultNote,
    },
    /// The lab's time was paused, ran again, or was moved forward by a person.
    Clock {
        /// What was done.
        change: ClockChange,
        /// By how much it was moved forward.
        jump: Duration,
    },
    /// The lab broker did something.
    Broker(BrokerNote<'a>),
}

/// What was done to the lab's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ClockChange {
    /// It stands still.
    Paused = 0,
    /// It goes on.
    Runs = 1,
    /// It jumps forward; what falls due on the way follows, each at its own instant.
    Jumps = 2,
    /// The jump has arrived, or was ended early by a pause.
    Arrived = 3,
}

impl ClockChange {
    const ALL: [Self; 4] = [Self::Paused, Self::Runs, Self::Jumps, Self::Arrived];
}

/// Who closed a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ClosedBy {
    /// The client in this page, as it was told to or because of a timeout or a broken rule.
    Client = 0,
    /// The Server at the other end.
    Server = 1,
    /// Neither: the network went away, or there was nobody to open it to.
    Network = 2,
    /// A fault that was asked for.
    Fault = 3,
}

impl ClosedBy {
    const ALL: [Self; 4] = [Self::Client, Self::Server, Self::Network, Self::Fault];
}

/// What was asked for when it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RefusedAction {
    /// To connect.
    Connect = 0,
    /// To publish, or to clear a retained message.
    Publish = 1,
    /// To subscribe.
    Subscribe = 2,
    /// To unsubscribe.
    Unsubscribe = 3,
    /// To disconnect.
    Disconnect = 4,
    /// Something else.
    Other = 5,
}

impl RefusedAction {
    const ALL: [Self; 6] = [
        Self::Connect,
        Self::Publish,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Disconnect,
        Self::Other,
    ];
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RefusalCause {
    /// None of the others.
    Other = 0,
    /// `+` or `#` in a Topic Name.
    WildcardInTopic = 1,
    /// A Topic Name that is wrong in another way.
    InvalidTopic = 2,
    /// A Topic Filter that is wrong.
    InvalidFilter = 3,
    /// A string or binary field beyond 65,535 bytes, or a packet beyond what the Server accepts.
    TooLong = 4,
    /// There is no connection.
    NotConnected = 5,
    /// A Keep Alive beyond 65,535 seconds.
    KeepAliveRange = 6,
    /// The Server does not support what was asked for, such as a QoS or Retain.
    NotSupported = 7,
    /// A queue, the Receive Maximum or the Packet Identifiers are used up.
    QuotaExceeded = 8,
    /// A field that is missing or wrong, such as a host or a port.
    InvalidField = 9,
    /// What was asked for is under way or done already.
    AlreadyDone = 10,
}

impl RefusalCause {
    const ALL: [Self; 11] = [
        Self::Other,
        Self::WildcardInTopic,
        Self::InvalidTopic,
        Self::InvalidFilter,
        Self::TooLong,
        Self::NotConnected,
        Self::KeepAliveRange,
        Self::NotSupported,
        Self::QuotaExceeded,
        Self::InvalidField,
        Self::AlreadyDone,
    ];
}

impl<'a> Note<'a> {
    /// The kind of record that carries this note.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::LinkOpening { .. } => RecordKind::LinkOpening,
            Self::LinkOpen { .. } => RecordKind::LinkOpen,
            Self::LinkClose { .. } => RecordKind::LinkClose,
            Self::Refused { .. } => RecordKind::Refused,
            Self::Fault { .. } => RecordKind::Fault,
            Self::Clock { .. } => RecordKind::Clock,
            Self::Broker(note) => note.kind(),
        }
    }

    /// Appends the note in its byte form.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::LinkOpening { url: text } | Self::LinkOpen { subprotocol: text } => {
                put_text(text, out);
            }
            Self::LinkClose { by, code, reason } => {
                out.extend([by as u8, u8::from(code.is_some())]);
                out.extend(code.unwrap_or(0).to_le_bytes());
                put_text(reason, out);
            }
            Self::Refused {
                action,
                cause,
                words,
            } => {
                out.extend([action as u8, cause as u8]);
                put_text(words, out);
            }
            Self::Fault { fault } => fault.encode(out),
            Self::Broker(note) => note.encode(out),
            Self::Clock { change, jump } => {
                out.push(change as u8);
                out.extend(jump.as_secs().to_le_bytes());
                out.extend(jump.subsec_nanos().to_le_bytes());
            }
        }
    }

    /// The note in a record of `kind`; `None` for a Control Packet, and for bytes that are not
    /// exactly one note.
    pub(super) fn decode(kind: RecordKind, bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let note = match kind {
            RecordKind::Sent
            | RecordKind::Received
            | RecordKind::BrokerReceived
            | RecordKind::BrokerSent => return None,
            RecordKind::LinkOpening => Self::LinkOpening {
                url: fields.text()?,
            },
            RecordKind::LinkOpen => Self::LinkOpen {
                subprotocol: fields.text()?,
            },
            RecordKind::LinkClose => {
                let by = fields.variant(&ClosedBy::ALL)?;
                let has_code = fields.variant(&[false, true])?;
                let code = u16::from_le_bytes(fields.array()?);
                Self::LinkClose {
                    by,
                    code: has_code.then_some(code),
                    reason: fields.text()?,
                }
            }
            RecordKind::Refused => Self::Refused {
                action: fields.variant(&RefusedAction::ALL)?,
                cause: fields.variant(&RefusalCause::ALL)?,
                words: fields.text()?,
            },
            RecordKind::Fault => Self::Fault {
                fault: FaultNote::decode(&mut fields)?,
            },
            RecordKind::Clock => {
                let change = fields.variant(&ClockChange::ALL)?;
                let seconds = u64::from_le_bytes(fields.array()?);
                let nanoseconds = u32::from_le_bytes(fields.array()?);
                Self::Clock {
                    change,
                    jump: Duration::from_secs(seconds)
                        .checked_add(Duration::from_nanos(u64::from(nanoseconds)))?,
                }
            }
            kind => Self::Broker(BrokerNote::decode(kind, &mut fields)?),
        };
        fields.0.is_empty().then_some(note)
    }
}

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out.extend(text.as_bytes());
}

/// The bytes of a note that are still to be read.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn variant<Variant: Copy>(&mut self, all: &[Variant]) -> Option<Variant> {
        let [number] = self.array()?;
        all.get(usize::from(number)).copied()
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = u32::from_le_bytes(self.array()?);
        let (text, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> Vec<Note<'static>> {
        let mut notes = vec![
            Note::LinkOpening {
                url: "ws://localhost:8000/mqtt",
            },
            Note::LinkOpen { subprotocol: "" },
        ];
        for change in ClockChange::ALL {
            for jump in [Duration::MAX, Duration::from_millis(1_500)] {
                notes.push(Note::Clock { change, jump });
            }
        }
        for by in ClosedBy::ALL {
            for code in [None, Some(0), Some(1006), Some(u16::MAX)] {
                let reason = "größer";
                notes.push(Note::LinkClose { by, code, reason });
            }
        }
        for action in RefusedAction::ALL {
            for cause in RefusalCause::ALL {
                notes.push(Note::Refused {
                    action,
                    cause,
                    words: "topic name is 70000 bytes; at most 65535 are allowed",
                });
            }
        }
        notes.push(Note::Fault {
            fault: FaultNote::Cut,
        });
        notes
    }

    #[test]
    fn every_note_comes_back_as_it_went_in() {
        for note in notes() {
            let mut bytes = Vec::new();
            note.encode(&mut bytes);
            assert_eq!(Note::decode(note.kind(), &bytes), Some(note));
        }
    }

    #[test]
    fn bytes_that_are_no_note_are_none() {
        for note in notes() {
            let mut bytes = Vec::new();
            note.encode(&mut bytes);
            for end in 0..bytes.len() {
                assert_eq!(Note::decode(note.kind(), &bytes[..end]), None);
            }
            bytes.push(0);
            assert_eq!(Note::decode(note.kind(), &bytes), None);
        }
        assert_eq!(Note::decode(RecordKind::Fault, &[1]), None);
        assert_eq!(Note::decode(RecordKind::Sent, &[0xc0, 0]), None);
        assert_eq!(
            Note::decode(RecordKind::LinkOpen, &[1, 0, 0, 0, 0xff]),
            None
        );
    }
}
