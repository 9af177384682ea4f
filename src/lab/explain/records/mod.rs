//! The records of the trace that are no Control Packets, in words: what happened, to whom, and why.

#[cfg(test)]
mod tests;

use super::{fault_deed, fault_line};
use crate::codec::{ControlPacketType, PacketId, Qos, ReasonCode};
use crate::lab::format;
use crate::lab::trace::{
    BrokerNote, ClockChange, ClosedBy, ConnectionChange, FaultNote, Inflight, Note, QueueChange,
    RefusedAction, RetainedChange, SessionChange, SubscriptionChange, SystemChange, WillChange,
};
use crate::time::Instant;

/// What a record is about, besides what its note says.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The name of the client of this page, where it is one.
    pub client: Option<&'a str>,
    /// The Topic Name.
    pub topic: Option<&'a str>,
    /// The Packet Identifier.
    pub packet_id: Option<PacketId>,
    /// How a time is written.
    pub time: &'a dyn Fn(Instant) -> String,
}

/// A record in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventWords {
    /// What it is, in two or three words.
    pub title: &'static str,
    /// What happened, in whole sentences.
    pub text: String,
}

/// The words of a record.
pub fn event(note: &Note<'_>, about: &About<'_>) -> EventWords {
    match *note {
        Note::LinkOpening { url } => {
            let who = who(about, "");
            words(
                "Connection is opened",
                format!("{who} opens a connection to {url}."),
            )
        }
        Note::LinkOpen { subprotocol: "" } => words(
            "Connection is open",
            "Bytes can pass both ways now.".to_owned(),
        ),
        Note::LinkOpen { subprotocol } => words(
            "Connection is open",
            format!("Bytes can pass both ways now, as WebSocket messages of {subprotocol}."),
        ),
        Note::LinkClose { by, code, reason } => link_close(by, code, reason),
        Note::Refused {
            action, words: why, ..
        } => words(
            refused_title(action),
            super::super::refusal::as_sentence(why),
        ),
        Note::Fault { fault } => fault_words(&fault),
        Note::Clock { change, jump } => {
            let by = format::duration(jump);
            match change {
                ClockChange::Paused => words(
                    "Time stands still",
                    "Nothing falls due until time runs again.".to_owned(),
                ),
                ClockChange::Runs => words("Time runs", "Time goes on as on the wall.".to_owned()),
                ClockChange::Jumps => words(
                    "Time jumps",
                    format!(
                        "Time is moved {by} forward; what falls due on the way is done, each at its moment."
                    ),
                ),
                ClockChange::Arrived => words("Time has jumped", format!("It is {by} later now.")),
            }
        }
        Note::Broker(note) => broker(&note, about),
    }
}

fn words(title: &'static str, text: String) -> EventWords {
    EventWords { title, text }
}

/// Who it is, as the beginning of a sentence or within one: the name in this page, or the Client
/// Identifier.
fn who<'a>(about: &About<'a>, client_id: &'a str) -> &'a str {
    match (about.client, client_id) {
        (Some(name), _) => name,
        (None, "") => "a client",
        (None, client_id) => client_id,
    }
}

fn link_close(by: ClosedBy, code: Option<u16>, reason: &str) -> EventWords {
    let by = match by {
        ClosedBy::Client => "The client closed the connection",
        ClosedBy::Server => "The server closed the connection",
        ClosedBy::Network => "The connection was lost on the way",
        ClosedBy::Fault => "The connection was cut on purpose",
    };
    let code = code.map_or_else(String::new, |code| format!(" (WebSocket code {code})"));
    let reason = match reason {
        "" => ".".to_owned(),
        reason => format!(": {reason}"),
    };
    words("Connection is closed", [by, &code, &reason].concat())
}

const fn refused_title(action: RefusedAction) -> &'static str {
    match action {
        RefusedAction::Connect => "Connect refused in this page",
        RefusedAction::Publish => "Publish refused in this page",
        RefusedAction::Subscribe => "Subscribe refused in this page",
        RefusedAction::Unsubscribe => "Unsubscribe refused in this page",
        RefusedAction::Disconnect => "Disconnect refused in this page",
        RefusedAction::Other => "Refused in this page",
    }
}

fn fault_words(fault: &FaultNote) -> EventWords {
    match *fault {
        FaultNote::Cut => words("Cut", super::CUT.does.to_owned()),
        FaultNote::Added(fault) => words("Fault put in place", [&fault_line(fault), "."].concat()),
        FaultNote::Removed(fault) => words("Fault taken away", [&fault_line(fault), "."].concat()),
        FaultNote::Done {
            fault,
            way,
            target,
            deed,
        } => words(
            "A fault at work",
            [
                &fault_deed(way, target, deed),
                " (",
                &fault_line(fault),
                ").",
            ]
            .concat(),
        ),
    }
}

fn broker(note: &BrokerNote<'_>, about: &About<'_>) -> EventWords {
    let topic = about.topic.unwrap_or_default();
    match *note {
        BrokerNote::Connection {
            connection,
            client_id,
            change,
            cause,
            code,
        } => connection_words(
            &Connection {
                connection,
                change,
                cause,
                code,
            },
            who(about, client_id),
        ),
        BrokerNote::Session {
            client_id,
            change,
            cause,
        } => session(who(about, client_id), change, cause),
        BrokerNote::Subscription {
            client_id,
            filter,
            change,
            qos,
            code,
        } => subscription(who(about, client_id), filter, change, qos, code),
        BrokerNote::Retained {
            change,
            qos,
            length,
        } => retained(topic, change, qos, length),
        BrokerNote::Queue {
            client_id,
            change,
            qos,
            reason,
            queued,
        } => queue(who(about, client_id), topic, change, qos, reason, queued),
        BrokerNote::Inflight { client_id, state } => {
            inflight(who(about, client_id), about.packet_id, state)
        }
        BrokerNote::Will {
            client_id,
            change,
            cause,
            until,
        } => {
            let until = until.map(about.time);
            will(who(about, client_id), topic, change, cause, until)
        }
        BrokerNote::Published {
            client_id,
            qos,
            retain,
            receivers,
            refused,
        } => published(
            who(about, client_id),
            topic,
            qos,
            retain,
            receivers,
            refused,
        ),
        BrokerNote::System { change } => {
            let (title, text) = match change {
                SystemChange::Tick => (
                    "$SYS published",
                    "The broker published what has changed of the $SYS topics.",
                ),
                SystemChange::StartedWithMemory => (
                    "Broker started",
                    "The broker runs again, with the sessions and retained messages it had.",
                ),
                SystemChange::StartedWithoutMemory => (
                    "Broker started anew",
                    "The broker runs again and remembers nothing: no session, no retained message.",
                ),
                SystemChange::Stopped => (
                    "Broker stopped",
                    "The broker closed every connection. What it keeps stays until it starts.",
                ),
                SystemChange::OptionsChanged => (
                    "Options changed",
                    "The broker's options were changed. What a client was told when it connected stays true for its connection.",
                ),
            };
            words(title, text.to_owned())
        }
    }
}

struct Connection<'a> {
    connection: u64,
    change: ConnectionChange,
    cause: &'a str,
    code: Option<ReasonCode>,
}

fn connection_words(note: &Connection<'_>, who: &str) -> EventWords {
    let packet = match note.change {
        ConnectionChange::Closed => ControlPacketType::Disconnect,
        _ => ControlPacketType::Connack,
    };
    let code = note.code.map_or_else(String::new, |code| {
        format!(" It said 0x{:02x}, {}.", code.as_u8(), code.name_in(packet))
    });
    let number = note.connection;
    match note.change {
        ConnectionChange::Accepted => words(
            "Connection accepted",
            format!(
                "The broker accepted {who} on connection {number}. There was no session to go on with."
            ),
        ),
        ConnectionChange::AcceptedWithSession => words(
            "Connection accepted",
            format!(
                "The broker accepted {who} on connection {number} and goes on with the session it had."
            ),
        ),
        ConnectionChange::Refused => words(
            "Connection refused",
            format!(
                "The broker refused {who}: {}.{code}",
                connection_cause(note.cause)
            ),
        ),
        ConnectionChange::Closed => words(
            "Connection ended",
            format!(
                "The connection of {who} ended: {}.{code}",
                connection_cause(note.cause)
            ),
        ),
    }
}

/// Why a connection was refused or ended, as the end of a sentence.
pub fn connection_cause(cause: &str) -> &'static str {
    match cause {
        "stopped" => "the broker was stopped",
        "as_told" => "it was told to refuse the next CONNECT",
        "malformed" => "what came was no MQTT packet",
        "not_connect" => "the first packet was not CONNECT",
        "version" => "the broker does not speak this version of MQTT",
        "client_identifier" => "the Client Identifier cannot be used",
        "credentials" => "the user name or the password is wrong",
        "anonymous" => "it gave no user name, and only known users may connect",
        "authentication_method" => {
            "it asked for an authentication method that the broker does not have"
        }
        "will_qos" => "the QoS of its will is above the maximum",
        "will_retain" => "its will is to be retained, and retained messages are not available",
        "will_not_authorized" => "it may not publish on the topic of its will",
        "too_many" => "there are as many connections or sessions as there may be",
        "disconnect" => "the client sent DISCONNECT",
        "netloss" => "the connection was lost, without a DISCONNECT",
        "keepalive" => "nothing came for one and a half times the Keep Alive",
        "connect_timeout" => "no CONNECT came in time",
        "takeover" => "another connection took the Client Identifier over",
        "protocol_error" => "the client broke a rule of the protocol",
        "refused" => "its CONNECT was refused",
        "administrative" => "it was ended at the broker",
        "not_reading" => "the client does not read what is sent to it",
        "packet_too_large" => "a packet was larger than the broker takes",
        _ => "for a reason that was not recorded",
    }
}

fn session(who: &str, change: SessionChange, cause: &str) -> EventWords {
    match change {
        SessionChange::Created => words(
            "Session created",
            format!(
                "The broker began a session for {who}: from now on it remembers subscriptions and unfinished messages."
            ),
        ),
        SessionChange::Resumed => words(
            "Session resumed",
            format!("The broker still had the session of {who}, and goes on with it."),
        ),
        SessionChange::Expired => words(
            "Session expired",
            format!(
                "The session of {who} was without a connection for as long as it may be. It is gone, with what waited in it."
            ),
        ),
        SessionChange::Discarded => words(
            "Session discarded",
            format!("The session of {who} is gone: {}.", discard_cause(cause)),
        ),
    }
}

fn discard_cause(cause: &str) -> &'static str {
    match cause {
        "with_connection" => "it was to end with its connection",
        "clean_start" => "the client asked for a clean one",
        "administrative" => "it was discarded at the broker",
        "memory_lost" => "the broker lost its memory",
        _ => "for a reason that was not recorded",
    }
}

fn subscription(
    who: &str,
    filter: &str,
    change: SubscriptionChange,
    qos: Qos,
    code: Option<ReasonCode>,
) -> EventWords {
    let qos = qos.as_u8();
    match change {
        SubscriptionChange::Added => words(
            "Subscribed",
            format!("{who} now gets what matches {filter}, at QoS {qos} at most."),
        ),
        SubscriptionChange::Replaced => words(
            "Subscription replaced",
            format!(
                "{who} had a subscription to {filter} already; the new one takes its place, at QoS {qos} at most."
            ),
        ),
        SubscriptionChange::Removed => words(
            "Unsubscribed",
            format!("{who} does not get what matches {filter} any more."),
        ),
        SubscriptionChange::Refused => {
            let code = code_words(code, ControlPacketType::Suback);
            words(
                "Subscription refused",
                format!("The broker refused {who} the subscription to {filter}{code}."),
            )
        }
    }
}

fn code_words(code: Option<ReasonCode>, packet: ControlPacketType) -> String {
    code.map_or_else(String::new, |code| {
        format!(": 0x{:02x}, {}", code.as_u8(), code.name_in(packet))
    })
}

fn retained(topic: &str, change: RetainedChange, qos: Qos, length: u32) -> EventWords {
    let size = format::exact_bytes(length.into());
    let qos = qos.as_u8();
    match change {
        RetainedChange::Set => words(
            "Retained",
            format!(
                "The broker keeps this message of {size} and QoS {qos} for {topic}. Whoever subscribes gets it at once."
            ),
        ),
        RetainedChange::Replaced => words(
            "Retained message replaced",
            format!(
                "The broker keeps this message of {size} and QoS {qos} for {topic}, in place of the one before."
            ),
        ),
        RetainedChange::Cleared => words(
            "Retained message cleared",
            format!("An empty retained message clears: nothing is kept for {topic} any more."),
        ),
        RetainedChange::Expired => words(
            "Retained message expired",
            format!("The Message Expiry Interval of what was kept for {topic} is over."),
        ),
        RetainedChange::Refused => words(
            "Not retained",
            format!(
                "There is no room for another retained message: what was published on {topic} is delivered, but not kept."
            ),
        ),
    }
}

fn queue(
    who: &str,
    topic: &str,
    change: QueueChange,
    qos: Qos,
    reason: &str,
    queued: u32,
) -> EventWords {
    let qos = qos.as_u8();
    match change {
        QueueChange::Queued => words(
            "Message queued",
            format!(
                "A message on {topic} at QoS {qos} waits for {who}; {} wait now.",
                format::count(queued.into())
            ),
        ),
        QueueChange::Expired => words(
            "Message expired",
            format!(
                "A message on {topic} was over its Message Expiry Interval before {who} could get it."
            ),
        ),
        QueueChange::Dropped => words(
            "Message dropped",
            format!(
                "A message on {topic} at QoS {qos} does not reach {who}: {}.",
                drop_cause(reason)
            ),
        ),
    }
}

fn drop_cause(reason: &str) -> &'static str {
    match reason {
        "queue_full" => "as many messages wait as may wait",
        "absent" => "the client is absent, and messages of QoS 0 do not wait",
        "congested" => {
            "the connection takes no more at the moment, and messages of QoS 0 do not wait"
        }
        "too_large" => "it is larger than the client takes",
        "refused_by_client" => "the client refused it",
        "session_ended" => "its session has ended",
        _ => "for a reason that was not recorded",
    }
}

fn inflight(who: &str, packet_id: Option<PacketId>, state: Inflight) -> EventWords {
    let id = packet_id.map_or(0, PacketId::value);
    match state {
        Inflight::AwaitingPuback => words(
            "In flight",
            format!("Message {id} (QoS 1) is on its way to {who}; the broker waits for PUBACK."),
        ),
        Inflight::AwaitingPubrec => words(
            "In flight",
            format!("Message {id} (QoS 2) is on its way to {who}; the broker waits for PUBREC."),
        ),
        Inflight::AwaitingPubcomp => words(
            "In flight",
            format!(
                "{who} has message {id} (QoS 2); the broker released it and waits for PUBCOMP."
            ),
        ),
        Inflight::Complete => words(
            "Delivered",
            format!(
                "The exchange of message {id} with {who} is complete. Its number is free again."
            ),
        ),
        Inflight::AwaitingPubrel => words(
            "Received",
            format!(
                "The broker has message {id} (QoS 2) of {who} and keeps its number until PUBREL, so that a repetition is known as one."
            ),
        ),
        Inflight::Released => words(
            "Released",
            format!("{who} released message {id} (QoS 2): its number may be used again."),
        ),
    }
}

fn will(
    who: &str,
    topic: &str,
    change: WillChange,
    cause: &str,
    until: Option<String>,
) -> EventWords {
    match change {
        WillChange::Stored => words(
            "Will stored",
            format!(
                "The broker keeps the will of {who} for {topic}, to publish it if the connection ends without a DISCONNECT."
            ),
        ),
        WillChange::Discarded => words(
            "Will discarded",
            format!(
                "The will of {who} for {topic} is not published: {}.",
                will_discard(cause)
            ),
        ),
        WillChange::Fired => words(
            "Will published",
            format!(
                "The will of {who} was published on {topic}: {}.",
                will_fire(cause)
            ),
        ),
        WillChange::Delayed => {
            let until = until.unwrap_or_default();
            words(
                "Will delayed",
                format!(
                    "The connection of {who} is lost. Its will for {topic} is published at {until}, unless it comes back before."
                ),
            )
        }
        WillChange::Cancelled => words(
            "Will cancelled",
            format!(
                "{who} came back before the Will Delay Interval was over: its will for {topic} is not published."
            ),
        ),
    }
}

fn will_discard(cause: &str) -> &'static str {
    match cause {
        "disconnect" => "the client left with a DISCONNECT",
        "not_authorized" => "the client may not publish there any more",
        "memory_lost" => "the broker lost its memory",
        _ => "for a reason that was not recorded",
    }
}

fn will_fire(cause: &str) -> &'static str {
    match cause {
        "dwwm" => "the client asked for it in its DISCONNECT (0x04)",
        "disconnect_with_error" => "its DISCONNECT names an error",
        "delay_elapsed" => "the Will Delay Interval is over",
        "session_end" => "the session has ended",
        cause => connection_cause(cause),
    }
}

fn published(
    who: &str,
    topic: &str,
    qos: Qos,
    retain: bool,
    receivers: u32,
    refused: Option<ReasonCode>,
) -> EventWords {
    if refused.is_some() {
        let code = code_words(refused, ControlPacketType::Puback);
        return words(
            "Publication refused",
            format!("What {who} published on {topic} goes to nobody{code}."),
        );
    }
    let kept = if retain {
        ", and is to be retained"
    } else {
        ""
    };
    let to = match receivers {
        0 => "nobody: no subscription matches".to_owned(),
        1 => "1 session".to_owned(),
        many => format!("{} sessions", format::count(many.into())),
    };
    let qos = qos.as_u8();
    words(
        "Published",
        format!("What {who} published on {topic} at QoS {qos} goes to {to}{kept}."),
    )
}
