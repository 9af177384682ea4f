//! The broker's events as records of the trace.

use crate::broker::{
    ClosedCause, ConnectionId, DiscardCause, DropReason, Event, InflightState, Memory,
    RefusedCause, WillDiscardCause, WillFireCause,
};
use crate::codec::{PacketId, Qos, ReasonCode};
use crate::lab::trace::{
    BrokerNote, ConnectionChange, Inflight, QueueChange, RetainedChange, SessionChange,
    SubscriptionChange, SystemChange, WillChange,
};
use crate::time::Instant;

/// An event as it is recorded.
pub(super) struct Recorded<'a> {
    /// The note. Its `client_id` is left out of the frequent kinds where the record tells.
    pub(super) note: BrokerNote<'a>,
    /// The Topic Name that it is about.
    pub(super) topic: Option<&'a str>,
    /// The Packet Identifier that it is about.
    pub(super) packet_id: Option<PacketId>,
}

impl<'a> Recorded<'a> {
    fn new(note: BrokerNote<'a>) -> Self {
        Self {
            note,
            topic: None,
            packet_id: None,
        }
    }

    fn about(topic: &'a str, note: BrokerNote<'a>) -> Self {
        Self {
            note,
            topic: Some(topic),
            packet_id: None,
        }
    }
}

/// Whose event it is.
pub(super) fn client_id(event: &Event) -> Option<&str> {
    match event {
        Event::ConnectionAccepted { client_id, .. }
        | Event::SessionCreated { client_id }
        | Event::SessionResumed { client_id, .. }
        | Event::SessionDiscarded { client_id, .. }
        | Event::SessionExpired { client_id }
        | Event::Subscribed { client_id, .. }
        | Event::SubscriptionRefused { client_id, .. }
        | Event::Unsubscribed { client_id, .. }
        | Event::Queued { client_id, .. }
        | Event::Dropped { client_id, .. }
        | Event::Inflight { client_id, .. }
        | Event::WillStored { client_id, .. }
        | Event::WillDiscarded { client_id, .. }
        | Event::WillFired { client_id, .. }
        | Event::WillDelayed { client_id, .. }
        | Event::WillCancelled { client_id, .. }
        | Event::MessageExpired { client_id, .. }
        | Event::PublishRefused { client_id, .. } => Some(client_id),
        Event::ConnectionRefused { client_id, .. }
        | Event::ConnectionClosed { client_id, .. }
        | Event::Published { client_id, .. } => client_id.as_deref(),
        Event::RetainedSet { .. }
        | Event::RetainedCleared { .. }
        | Event::RetainedExpired { .. }
        | Event::RetainedRefused { .. }
        | Event::SystemTick
        | Event::Started { .. }
        | Event::Stopped => None,
    }
}

/// What the trace keeps of an event. `is_known`: the record tells whose it is.
pub(super) fn recorded(event: &Event, is_known: bool) -> Recorded<'_> {
    let unless_known = |client_id| if is_known { "" } else { client_id };
    match event {
        Event::ConnectionAccepted {
            connection,
            client_id,
            session_present,
            ..
        } => {
            let change = if *session_present {
                ConnectionChange::AcceptedWithSession
            } else {
                ConnectionChange::Accepted
            };
            connection_note(*connection, Some(client_id), change, "", None)
        }
        Event::ConnectionRefused {
            connection,
            client_id,
            cause,
            code,
        } => connection_note(
            *connection,
            client_id.as_deref(),
            ConnectionChange::Refused,
            refused_cause(cause),
            *code,
        ),
        Event::ConnectionClosed {
            connection,
            client_id,
            cause,
            reason_code,
        } => connection_note(
            *connection,
            client_id.as_deref(),
            ConnectionChange::Closed,
            closed_cause(cause),
            *reason_code,
        ),
        Event::SessionCreated { client_id } => session_note(client_id, SessionChange::Created, ""),
        Event::SessionResumed { client_id, .. } => {
            session_note(client_id, SessionChange::Resumed, "")
        }
        Event::SessionDiscarded { client_id, cause } => {
            session_note(client_id, SessionChange::Discarded, discard_cause(*cause))
        }
        Event::SessionExpired { client_id } => session_note(client_id, SessionChange::Expired, ""),
        Event::Subscribed {
            client_id,
            filter,
            qos,
            replaced,
            ..
        } => {
            let change = if *replaced {
                SubscriptionChange::Replaced
            } else {
                SubscriptionChange::Added
            };
            subscription_note(client_id, filter, change, *qos, None)
        }
        Event::SubscriptionRefused {
            client_id,
            filter,
            code,
        } => {
            let change = SubscriptionChange::Refused;
            subscription_note(client_id, filter, change, Qos::AtMostOnce, Some(*code))
        }
        Event::Unsubscribed { client_id, filter } => {
            let change = SubscriptionChange::Removed;
            subscription_note(client_id, filter, change, Qos::AtMostOnce, None)
        }
        Event::RetainedSet {
            topic,
            qos,
            length,
            replaced,
        } => {
            let change = if *replaced {
                RetainedChange::Replaced
            } else {
                RetainedChange::Set
            };
            retained_note(topic, change, *qos, short(*length))
        }
        Event::RetainedCleared { topic } => gone(topic, RetainedChange::Cleared),
        Event::RetainedExpired { topic } => gone(topic, RetainedChange::Expired),
        Event::RetainedRefused { topic } => gone(topic, RetainedChange::Refused),
        Event::Queued {
            client_id,
            topic,
            qos,
            queued,
        } => Recorded::about(
            topic,
            BrokerNote::Queue {
                client_id: unless_known(client_id),
                change: QueueChange::Queued,
                qos: *qos,
                reason: "",
                queued: short(*queued),
            },
        ),
        Event::Dropped {
            client_id,
            topic,
            qos,
            reason,
        } => Recorded::about(
            topic,
            BrokerNote::Queue {
                client_id: unless_known(client_id),
                change: QueueChange::Dropped,
                qos: *qos,
                reason: drop_reason(*reason),
                queued: 0,
            },
        ),
        Event::MessageExpired { client_id, topic } => Recorded::about(
            topic,
            BrokerNote::Queue {
                client_id: unless_known(client_id),
                change: QueueChange::Expired,
                qos: Qos::AtMostOnce,
                reason: "",
                queued: 0,
            },
        ),
        Event::Inflight {
            client_id,
            packet_id,
            state,
        } => Recorded {
            packet_id: Some(*packet_id),
            ..Recorded::new(BrokerNote::Inflight {
                client_id: unless_known(client_id),
                state: inflight(*state),
            })
        },
        Event::WillStored { client_id, topic } => {
            will_note(client_id, topic, WillChange::Stored, "", None)
        }
        Event::WillDiscarded {
            client_id,
            topic,
            cause,
        } => {
            let cause = will_discard_cause(*cause);
            will_note(client_id, topic, WillChange::Discarded, cause, None)
        }
        Event::WillFired {
            client_id,
            topic,
            cause,
        } => {
            let cause = will_fire_cause(*cause);
            will_note(client_id, topic, WillChange::Fired, cause, None)
        }
        Event::WillDelayed {
            client_id,
            topic,
            until,
        } => will_note(client_id, topic, WillChange::Delayed, "", Some(*until)),
        Event::WillCancelled { client_id, topic } => {
            will_note(client_id, topic, WillChange::Cancelled, "", None)
        }
        Event::Published {
            client_id,
            topic,
            qos,
            retain,
            receivers,
        } => Recorded::about(
            topic,
            BrokerNote::Published {
                client_id: unless_known(client_id.as_deref().unwrap_or_default()),
                qos: *qos,
                retain: *retain,
                receivers: short(*receivers),
                refused: None,
            },
        ),
        Event::PublishRefused {
            client_id,
            topic,
            code,
        } => Recorded::about(
            topic,
            BrokerNote::Published {
                client_id: unless_known(client_id),
                qos: Qos::AtMostOnce,
                retain: false,
                receivers: 0,
                refused: Some(*code),
            },
        ),
        Event::SystemTick => system(SystemChange::Tick),
        Event::Started {
            memory: Memory::Kept,
        } => system(SystemChange::StartedWithMemory),
        Event::Started {
            memory: Memory::Lost,
        } => system(SystemChange::StartedWithoutMemory),
        Event::Stopped => system(SystemChange::Stopped),
    }
}

fn system(change: SystemChange) -> Recorded<'static> {
    Recorded::new(BrokerNote::System { change })
}

fn connection_note<'a>(
    connection: ConnectionId,
    client_id: Option<&'a str>,
    change: ConnectionChange,
    cause: &'static str,
    code: Option<ReasonCode>,
) -> Recorded<'a> {
    Recorded::new(BrokerNote::Connection {
        connection: connection.value(),
        client_id: client_id.unwrap_or_default(),
        change,
        cause,
        code,
    })
}

fn session_note<'a>(
    client_id: &'a str,
    change: SessionChange,
    cause: &'static str,
) -> Recorded<'a> {
    Recorded::new(BrokerNote::Session {
        client_id,
        change,
        cause,
    })
}

fn subscription_note<'a>(
    client_id: &'a str,
    filter: &'a str,
    change: SubscriptionChange,
    qos: Qos,
    code: Option<ReasonCode>,
) -> Recorded<'a> {
    Recorded::new(BrokerNote::Subscription {
        client_id,
        filter,
        change,
        qos,
        code,
    })
}

fn retained_note(topic: &str, change: RetainedChange, qos: Qos, length: u32) -> Recorded<'_> {
    let note = BrokerNote::Retained {
        change,
        qos,
        length,
    };
    Recorded::about(topic, note)
}

/// A retained message that is not kept.
fn gone(topic: &str, change: RetainedChange) -> Recorded<'_> {
    retained_note(topic, change, Qos::AtMostOnce, 0)
}

fn will_note<'a>(
    client_id: &'a str,
    topic: &'a str,
    change: WillChange,
    cause: &'static str,
    until: Option<Instant>,
) -> Recorded<'a> {
    let note = BrokerNote::Will {
        client_id,
        change,
        cause,
        until,
    };
    Recorded::about(topic, note)
}

fn inflight(state: InflightState) -> Inflight {
    match state {
        InflightState::AwaitingPuback => Inflight::AwaitingPuback,
        InflightState::AwaitingPubrec => Inflight::AwaitingPubrec,
        InflightState::AwaitingPubcomp => Inflight::AwaitingPubcomp,
        InflightState::Complete => Inflight::Complete,
        InflightState::AwaitingPubrel => Inflight::AwaitingPubrel,
        InflightState::Released => Inflight::Released,
    }
}

/// Why a connection was refused, as one word.
pub(super) fn refused_cause(cause: &RefusedCause) -> &'static str {
    match cause {
        RefusedCause::Stopped => "stopped",
        RefusedCause::AsTold => "as_told",
        RefusedCause::Malformed(_) => "malformed",
        RefusedCause::NotConnect(_) => "not_connect",
        RefusedCause::UnsupportedVersion => "version",
        RefusedCause::ClientIdentifier => "client_identifier",
        RefusedCause::Credentials => "credentials",
        RefusedCause::Anonymous => "anonymous",
        RefusedCause::AuthenticationMethod => "authentication_method",
        RefusedCause::WillQos => "will_qos",
        RefusedCause::WillRetain => "will_retain",
        RefusedCause::WillNotAuthorized => "will_not_authorized",
        RefusedCause::TooMany => "too_many",
    }
}

/// Why a connection ended, as one word.
pub(super) fn closed_cause(cause: &ClosedCause) -> &'static str {
    match cause {
        ClosedCause::Disconnect => "disconnect",
        ClosedCause::NetworkLost => "netloss",
        ClosedCause::KeepAliveTimeout => "keepalive",
        ClosedCause::ConnectTimeout => "connect_timeout",
        ClosedCause::TakenOver => "takeover",
        ClosedCause::Malformed(_) => "malformed",
        ClosedCause::Violation(_) => "protocol_error",
        ClosedCause::Refused => "refused",
        ClosedCause::Administrative => "administrative",
        ClosedCause::Stopped => "stopped",
        ClosedCause::NotReading => "not_reading",
        ClosedCause::PacketTooLarge => "packet_too_large",
    }
}

fn discard_cause(cause: DiscardCause) -> &'static str {
    match cause {
        DiscardCause::WithConnection => "with_connection",
        DiscardCause::CleanStart => "clean_start",
        DiscardCause::Administrative => "administrative",
        DiscardCause::MemoryLost => "memory_lost",
    }
}

fn drop_reason(reason: DropReason) -> &'static str {
    match reason {
        DropReason::QueueFull => "queue_full",
        DropReason::Absent => "absent",
        DropReason::Congested => "congested",
        DropReason::TooLarge => "too_large",
        DropReason::RefusedByClient(_) => "refused_by_client",
        DropReason::SessionEnded => "session_ended",
    }
}

/// Why a will was not published, as one word.
pub(super) fn will_discard_cause(cause: WillDiscardCause) -> &'static str {
    match cause {
        WillDiscardCause::Disconnect => "disconnect",
        WillDiscardCause::NotAuthorized => "not_authorized",
        WillDiscardCause::MemoryLost => "memory_lost",
    }
}

/// Why a will was published, as one word.
pub(super) fn will_fire_cause(cause: WillFireCause) -> &'static str {
    match cause {
        WillFireCause::NetworkLost => "netloss",
        WillFireCause::KeepAliveTimeout => "keepalive",
        WillFireCause::ProtocolError => "protocol_error",
        WillFireCause::TakenOver => "takeover",
        WillFireCause::DisconnectWithWillMessage => "dwwm",
        WillFireCause::DisconnectWithError => "disconnect_with_error",
        WillFireCause::Administrative => "administrative",
        WillFireCause::Stopped => "stopped",
        WillFireCause::DelayElapsed => "delay_elapsed",
        WillFireCause::SessionEnded => "session_end",
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
