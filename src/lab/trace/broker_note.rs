//! What the lab broker does, as records of the trace, and their form in bytes.
//!
//! A record is small, because a flood makes many. The Topic Name and the Packet Identifier stand in
//! the record itself ([`Record::topic`](super::Record::topic),
//! [`Record::packet_id`](super::Record::packet_id)), the topic interned as that of a PUBLISH is. The
//! client is the record's where it is one of this page, and `client_id` is empty then in the kinds
//! that come with each message.

use super::note::{Fields, put_text};
use super::record::RecordKind;
use crate::codec::{Qos, ReasonCode};
use crate::time::Instant;

/// Something that the lab broker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerNote<'a> {
    /// A Network Connection at the broker.
    Connection {
        /// Its number: that of the client's link.
        connection: u64,
        /// The Client Identifier, empty where it is not known.
        client_id: &'a str,
        /// What became of it.
        change: ConnectionChange,
        /// Why, as one word; empty where it was accepted.
        cause: &'a str,
        /// The code of the CONNACK or the DISCONNECT, as MQTT 5.0 has it.
        code: Option<ReasonCode>,
    },
    /// A session.
    Session {
        /// Whose.
        client_id: &'a str,
        /// What became of it.
        change: SessionChange,
        /// Why it was discarded, as one word.
        cause: &'a str,
    },
    /// A subscription.
    Subscription {
        /// Whose.
        client_id: &'a str,
        /// The Topic Filter, with `$share/` and the group where it is shared.
        filter: &'a str,
        /// What became of it.
        change: SubscriptionChange,
        /// The QoS granted, where it was.
        qos: Qos,
        /// The code of a refusal.
        code: Option<ReasonCode>,
    },
    /// A retained message; its topic is the record's.
    Retained {
        /// What became of it.
        change: RetainedChange,
        /// Its QoS; 0 where it is gone.
        qos: Qos,
        /// The payload's length in bytes; 0 where it is gone.
        length: u32,
    },
    /// A message that waits for a session, or does not; its topic is the record's.
    Queue {
        /// Whose session; empty where the record tells the client.
        client_id: &'a str,
        /// What became of it.
        change: QueueChange,
        /// The QoS it has for this session.
        qos: Qos,
        /// Why it was dropped, as one word.
        reason: &'a str,
        /// How many wait now, where that was told.
        queued: u32,
    },
    /// An exchange of QoS 1 or 2; its Packet Identifier is the record's.
    Inflight {
        /// Whose; empty where the record tells the client.
        client_id: &'a str,
        /// What it waits for.
        state: Inflight,
    },
    /// A Will Message; its topic is the record's.
    Will {
        /// Whose.
        client_id: &'a str,
        /// What became of it.
        change: WillChange,
        /// Why it was published or discarded, as one word.
        cause: &'a str,
        /// When it will be published, where it is delayed.
        until: Option<Instant>,
    },
    /// A message was taken in and given on; its topic is the record's.
    Published {
        /// By whom; empty where the record tells the client, and for the broker itself.
        client_id: &'a str,
        /// With which QoS.
        qos: Qos,
        /// Whether it was to be retained.
        retain: bool,
        /// To how many sessions it was delivered or queued.
        receivers: u32,
        /// Why it was not accepted.
        refused: Option<ReasonCode>,
    },
    /// The broker itself.
    System {
        /// What it did.
        change: SystemChange,
    },
}

macro_rules! changes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$inner])* $variant),+
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }
    )+};
}

changes! {
    /// What became of a Network Connection.
    ConnectionChange {
        /// Its CONNECT was accepted, and there is a new session.
        Accepted,
        /// Its CONNECT was accepted, and the session goes on.
        AcceptedWithSession,
        /// Its CONNECT was refused.
        Refused,
        /// It is closed.
        Closed,
    }
    /// What became of a session.
    SessionChange {
        /// It is new.
        Created,
        /// It goes on with a new connection.
        Resumed,
        /// It is gone.
        Discarded,
        /// It is gone because its Session Expiry Interval is over.
        Expired,
    }
    /// What became of a subscription.
    SubscriptionChange {
        /// It was granted.
        Added,
        /// It was granted in place of one with the same filter.
        Replaced,
        /// It is ended.
        Removed,
        /// It was refused.
        Refused,
    }
    /// What became of a retained message.
    RetainedChange {
        /// It is kept; there was none.
        Set,
        /// It is kept in place of another.
        Replaced,
        /// It was cleared by an empty one, or by a person.
        Cleared,
        /// It is over its Message Expiry Interval.
        Expired,
        /// It was not kept, because there are too many.
        Refused,
    }
    /// What became of a message for a session.
    QueueChange {
        /// It waits.
        Queued,
        /// It will not be delivered.
        Dropped,
        /// It is over its Message Expiry Interval.
        Expired,
    }
    /// What an exchange of QoS 1 or 2 waits for.
    Inflight {
        /// To the Client at QoS 1: PUBACK is awaited.
        AwaitingPuback,
        /// To the Client at QoS 2: PUBREC is awaited.
        AwaitingPubrec,
        /// To the Client at QoS 2: PUBCOMP is awaited.
        AwaitingPubcomp,
        /// To the Client: over.
        Complete,
        /// From the Client at QoS 2: PUBREL is awaited.
        AwaitingPubrel,
        /// From the Client: over.
        Released,
    }
    /// What became of a Will Message.
    WillChange {
        /// It is kept for the connection.
        Stored,
        /// It will not be published.
        Discarded,
        /// It is published.
        Fired,
        /// It will be published unless the Client comes back in time.
        Delayed,
        /// The Client came back in time.
        Cancelled,
    }
    /// What the broker itself did.
    SystemChange {
        /// It published its `$SYS` topics.
        Tick,
        /// It runs, and remembers what it knew.
        StartedWithMemory,
        /// It runs, and remembers nothing.
        StartedWithoutMemory,
        /// It does not run.
        Stopped,
        /// Its options were changed.
        OptionsChanged,
    }
}

impl<'a> BrokerNote<'a> {
    /// The kind of record that carries this note.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Connection { .. } => RecordKind::BrokerConnection,
            Self::Session { .. } => RecordKind::BrokerSession,
            Self::Subscription { .. } => RecordKind::BrokerSubscription,
            Self::Retained { .. } => RecordKind::BrokerRetained,
            Self::Queue { .. } => RecordKind::BrokerQueue,
            Self::Inflight { .. } => RecordKind::BrokerInflight,
            Self::Will { .. } => RecordKind::BrokerWill,
            Self::Published { .. } => RecordKind::BrokerPublished,
            Self::System { .. } => RecordKind::BrokerSystem,
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Connection {
                connection,
                client_id,
                change,
                cause,
                code,
            } => {
                out.extend([change as u8, code_byte(code)]);
                out.extend(connection.to_le_bytes());
                put_text(client_id, out);
                put_text(cause, out);
            }
            Self::Session {
                client_id,
                change,
                cause,
            } => {
                out.push(change as u8);
                put_text(client_id, out);
                put_text(cause, out);
            }
            Self::Subscription {
                client_id,
                filter,
                change,
                qos,
                code,
            } => {
                out.extend([change as u8, qos.as_u8(), code_byte(code)]);
                put_text(client_id, out);
                put_text(filter, out);
            }
            Self::Retained {
                change,
                qos,
                length,
            } => {
                out.extend([change as u8, qos.as_u8()]);
                out.extend(length.to_le_bytes());
            }
            Self::Queue {
                client_id,
                change,
                qos,
                reason,
                queued,
            } => {
                out.extend([change as u8, qos.as_u8()]);
                out.extend(queued.to_le_bytes());
                put_text(reason, out);
                put_text(client_id, out);
            }
            Self::Inflight { client_id, state } => {
                out.push(state as u8);
                put_text(client_id, out);
            }
            Self::Will {
                client_id,
                change,
                cause,
                until,
            } => {
                out.extend([change as u8, u8::from(until.is_some())]);
                out.extend(until.unwrap_or_default().as_micros().to_le_bytes());
                put_text(client_id, out);
                put_text(cause, out);
            }
            Self::Published {
                client_id,
                qos,
                retain,
                receivers,
                refused,
            } => {
                out.extend([qos.as_u8(), u8::from(retain), code_byte(refused)]);
                out.extend(receivers.to_le_bytes());
                put_text(client_id, out);
            }
            Self::System { change } => out.push(change as u8),
        }
    }

    /// The note in a record of `kind`, and the bytes after it.
    pub(super) fn decode(kind: RecordKind, fields: &mut Fields<'a>) -> Option<Self> {
        Some(match kind {
            RecordKind::BrokerConnection => {
                let change = fields.variant(ConnectionChange::ALL)?;
                let code = code(fields)?;
                Self::Connection {
                    connection: u64::from_le_bytes(fields.array()?),
                    client_id: fields.text()?,
                    change,
                    cause: fields.text()?,
                    code,
                }
            }
            RecordKind::BrokerSession => {
                let change = fields.variant(SessionChange::ALL)?;
                Self::Session {
                    client_id: fields.text()?,
                    change,
                    cause: fields.text()?,
                }
            }
            RecordKind::BrokerSubscription => {
                let change = fields.variant(SubscriptionChange::ALL)?;
                let qos = qos(fields)?;
                let code = code(fields)?;
                Self::Subscription {
                    client_id: fields.text()?,
                    filter: fields.text()?,
                    change,
                    qos,
                    code,
                }
            }
            RecordKind::BrokerRetained => Self::Retained {
                change: fields.variant(RetainedChange::ALL)?,
                qos: qos(fields)?,
                length: u32::from_le_bytes(fields.array()?),
            },
            RecordKind::BrokerQueue => {
                let change = fields.variant(QueueChange::ALL)?;
                let qos = qos(fields)?;
                let queued = u32::from_le_bytes(fields.array()?);
                let reason = fields.text()?;
                Self::Queue {
                    client_id: fields.text()?,
                    change,
                    qos,
                    reason,
                    queued,
                }
            }
            RecordKind::BrokerInflight => {
                let state = fields.variant(Inflight::ALL)?;
                Self::Inflight {
                    client_id: fields.text()?,
                    state,
                }
            }
            RecordKind::BrokerWill => {
                let change = fields.variant(WillChange::ALL)?;
                let has_until = fields.variant(&[false, true])?;
                let until = Instant::from_micros(u64::from_le_bytes(fields.array()?));
                Self::Will {
                    client_id: fields.text()?,
                    change,
                    cause: fields.text()?,
                    until: has_until.then_some(until),
                }
            }
            RecordKind::BrokerPublished => {
                let qos = qos(fields)?;
                let retain = fields.variant(&[false, true])?;
                let refused = code(fields)?;
                let receivers = u32::from_le_bytes(fields.array()?);
                Self::Published {
                    client_id: fields.text()?,
                    qos,
                    retain,
                    receivers,
                    refused,
                }
            }
            RecordKind::BrokerSystem => Self::System {
                change: fields.variant(SystemChange::ALL)?,
            },
            _ => return None,
        })
    }
}

/// No Reason Code has this value.
const NO_CODE: u8 = 0xff;

fn code_byte(code: Option<ReasonCode>) -> u8 {
    code.map_or(NO_CODE, ReasonCode::as_u8)
}

fn code(fields: &mut Fields<'_>) -> Option<Option<ReasonCode>> {
    let [byte] = fields.array()?;
    if byte == NO_CODE {
        return Some(None);
    }
    ReasonCode::from_u8(byte).map(Some)
}

fn qos(fields: &mut Fields<'_>) -> Option<Qos> {
    let [byte] = fields.array()?;
    Qos::from_u8(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::trace::Note;

    fn notes() -> Vec<BrokerNote<'static>> {
        let mut notes = Vec::new();
        for &change in ConnectionChange::ALL {
            for code in [None, Some(ReasonCode::SessionTakenOver)] {
                notes.push(BrokerNote::Connection {
                    connection: u64::MAX,
                    client_id: "größer",
                    change,
                    cause: "takeover",
                    code,
                });
            }
        }
        notes.extend(
            SessionChange::ALL
                .iter()
                .map(|&change| BrokerNote::Session {
                    client_id: "a",
                    change,
                    cause: "",
                }),
        );
        notes.extend(
            SubscriptionChange::ALL
                .iter()
                .map(|&change| BrokerNote::Subscription {
                    client_id: "a",
                    filter: "$share/g/a/#",
                    change,
                    qos: Qos::ExactlyOnce,
                    code: Some(ReasonCode::NotAuthorized),
                }),
        );
        notes.extend(
            RetainedChange::ALL
                .iter()
                .map(|&change| BrokerNote::Retained {
                    change,
                    qos: Qos::AtLeastOnce,
                    length: 70_000,
                }),
        );
        notes.extend(QueueChange::ALL.iter().map(|&change| BrokerNote::Queue {
            client_id: "",
            change,
            qos: Qos::AtMostOnce,
            reason: "queue_full",
            queued: 1_000,
        }));
        notes.extend(Inflight::ALL.iter().map(|&state| BrokerNote::Inflight {
            client_id: "",
            state,
        }));
        for until in [None, Some(Instant::from_micros(u64::MAX))] {
            notes.extend(WillChange::ALL.iter().map(|&change| BrokerNote::Will {
                client_id: "a",
                change,
                cause: "netloss",
                until,
            }));
        }
        for refused in [None, Some(ReasonCode::NotAuthorized)] {
            notes.push(BrokerNote::Published {
                client_id: "",
                qos: Qos::ExactlyOnce,
                retain: true,
                receivers: 3,
                refused,
            });
        }
        notes.extend(
            SystemChange::ALL
                .iter()
                .map(|&change| BrokerNote::System { change }),
        );
        notes
    }

    #[test]
    fn every_note_comes_back_as_it_went_in_and_nothing_else_is_one() {
        for note in notes() {
            let mut bytes = Vec::new();
            note.encode(&mut bytes);
            assert_eq!(Note::decode(note.kind(), &bytes), Some(Note::Broker(note)));
            for end in 0..bytes.len() {
                assert_eq!(Note::decode(note.kind(), &bytes[..end]), None, "{note:?}");
            }
            bytes.push(0);
            assert_eq!(Note::decode(note.kind(), &bytes), None);
        }
    }

    #[test]
    fn what_comes_with_each_message_is_small() {
        let size = |note: BrokerNote<'_>| {
            let mut bytes = Vec::new();
            note.encode(&mut bytes);
            bytes.len()
        };
        let state = Inflight::Complete;
        assert_eq!(
            size(BrokerNote::Inflight {
                client_id: "",
                state
            }),
            5
        );
        assert_eq!(
            size(BrokerNote::Published {
                client_id: "",
                qos: Qos::AtMostOnce,
                retain: false,
                receivers: 1,
                refused: None,
            }),
            11
        );
    }
}
