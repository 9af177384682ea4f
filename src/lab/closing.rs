//! How a connection ended: who ended it, why, and what may be the cause.

use core::time::Duration;

use super::destination::Destination;
use super::diagnose::{Cause, Close, Facts, Likelihood, Remedy, Stage, diagnose};
use super::explain::{close_code, connect_return_code, decode_error, reason_code};
use super::lab_broker::words::{self, Ending};
use super::payload::foreign_words;
use super::refusal::{as_sentence, explained};
use super::state_line::{Closed, ConnectionPhase};
use super::will::RegisteredWill;
use super::{ClientKey, Field, Lab, Refusal, RefusalCause};
use crate::client::{CloseReason, LocalClose, Phase, TransportMisuse, Violation};
use crate::codec::{ConnackCode, ControlPacketType, ReasonCode};

/// A connection that ends sooner after it was accepted has hardly been used.
const SHORT_LIFE_SECONDS: u64 = 10;

/// What speaks against an address before it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it is, in a few words.
    pub name: &'static str,
    /// What it means and what to do, in whole sentences.
    pub words: String,
    /// What can be changed with one click.
    pub remedy: Option<Remedy>,
}

impl Lab {
    /// Keeps how a client's connection ended, for its state line.
    pub(super) fn note_closed(&mut self, key: ClientKey, reason: &CloseReason) {
        let now = self.now;
        let is_same = self.has_same_client_id(key);
        // One that has not been fetched is not stopped.
        let broker_runs = self.server.state().is_none_or(|state| state.is_running());
        let has_faults = !self.faults(key).is_empty();
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        if let CloseReason::Transport {
            phase: Phase::Connected,
            ..
        } = reason
        {
            let is_short = client.stage_elapsed(now).as_secs() < SHORT_LIFE_SECONDS;
            client.short_lives = if is_short { client.short_lives + 1 } else { 0 };
        }
        let lab_broker = client.is_at_lab_broker();
        let is_by_hand = client.ends_by_hand(reason, now);
        // What a person has done on purpose needs no diagnosis.
        let stage = stage(reason).filter(|_| is_by_hand.is_none());
        let causes = match (stage, &client.destination) {
            (Some(stage), Some(Destination::Server(address))) => diagnose(
                &Facts {
                    page_is_secure: self.page_is_https,
                    is_offline: self.is_offline,
                    address,
                    version: client.mqtt.options().protocol_version,
                    stage,
                    close: close(reason),
                    elapsed: client.stage_elapsed(now),
                    same_client_id_in_page: is_same,
                    short_lives: client.short_lives,
                    last_sent: client
                        .last_sent
                        .map(|(packet, at)| (packet, now.saturating_since(at))),
                },
                &self.brokers,
            ),
            _ => Vec::new(),
        };
        let (own_advice, own_remedies) = if lab_broker && is_by_hand.is_none() {
            words::advice(&Ending {
                reason,
                is_running: broker_runs,
                has_faults,
                same_client_id_in_page: is_same,
            })
        } else {
            (Vec::new(), Vec::new())
        };
        // One that an earlier connection left behind has been released already.
        let armed = client.will.as_ref().filter(|will| will.released.is_none());
        let mut why = why(reason, armed);
        if client.is_cut {
            why = words::CUT.to_owned() + if armed.is_some() { words::CUT_WILL } else { "" };
        } else if !client.lost_words.is_empty() {
            client.lost_words.clone_into(&mut why);
        } else if lab_broker {
            why = words::without_websocket(why);
        }
        if matches!(reason, CloseReason::Transport { .. }) && !client.close_words.is_empty() {
            add_server_words(&mut why, Some(&client.close_words), None);
        }
        if let Some(words) = is_by_hand {
            why = [words, why].concat();
        }
        client.closed = Some(Closed {
            by: if client.is_cut {
                words::CUT_BY
            } else if !client.lost_words.is_empty() && !by(reason).is_empty() {
                words::LOST_BY
            } else {
                by(reason)
            }
            .to_owned(),
            // What a refusal says of itself need not be said again as advice.
            advice: causes
                .iter()
                .map(advice)
                .chain(own_advice)
                .filter(|advice| !why.contains(advice.as_str()))
                .collect(),
            why,
            remedies: causes
                .into_iter()
                .filter_map(|cause| cause.remedy)
                .chain(own_remedies)
                .collect(),
            as_asked: matches!(reason, CloseReason::Local(_)),
        });
    }

    pub(super) fn doubts_here(&self, key: ClientKey) -> Vec<Doubt> {
        let Some(client) = self.client(key) else {
            return Vec::new();
        };
        // Nothing speaks against the broker in the page.
        let Some(address) = client
            .form
            .address()
            .filter(|_| client.phase().can_connect() && !client.form.lab_broker)
        else {
            return Vec::new();
        };
        let facts = Facts {
            page_is_secure: self.page_is_https,
            is_offline: self.is_offline,
            address: &address,
            version: client.form.version,
            stage: Stage::BeforeTrying,
            close: None,
            elapsed: Duration::ZERO,
            same_client_id_in_page: false,
            short_lives: 0,
            last_sent: None,
        };
        let said = |cause: &Cause| {
            let closed = client.closed.as_ref();
            closed.is_some_and(|closed| closed.advice.contains(&advice(cause)))
        };
        diagnose(&facts, &self.brokers)
            .into_iter()
            .filter(|cause| cause.likelihood < Likelihood::Possible && !said(cause))
            .map(|cause| Doubt {
                name: cause.words().name,
                words: explained(cause.words()),
                remedy: cause.remedy,
            })
            .collect()
    }

    /// Makes the change that the state line has offered.
    pub(super) fn apply_remedy(&mut self, key: ClientKey, remedy: Remedy) -> Result<(), Refusal> {
        let client = self.roster.find_mut(key)?;
        let form = &mut client.form;
        match remedy {
            Remedy::UseAddress(address) => {
                form.lab_broker = false;
                form.ssl = address.tls;
                form.host = address.host;
                form.port = address.port.to_string();
                form.path = address.path;
            }
            Remedy::TurnOnTls => form.ssl = true,
            Remedy::TurnOffTls => form.ssl = false,
            Remedy::UsePath(path) => path.clone_into(&mut form.path),
            Remedy::UseVersion(version) => form.version = version,
            Remedy::NewClientId => {
                form.client_id = super::client_identifier::generate(&mut self.random);
            }
            Remedy::Retry => return self.connect(key),
            // The page does this itself; for the lab there is nothing to change.
            Remedy::OpenInTab(_) => {
                return Err(Refusal::at(Field::Host, RefusalCause::NotForTheLab));
            }
        }
        Ok(())
    }

    /// Whether another client of the page is connected to the same server under the same Client
    /// Identifier.
    fn has_same_client_id(&self, key: ClientKey) -> bool {
        let Some(client) = self.roster.find(key) else {
            return false;
        };
        let own = &client.mqtt.options().client_id;
        // A server closes the older connection before it accepts the newer one.
        let is_same = |other: &super::LabClient| {
            other.key != key
                && other.destination == client.destination
                && matches!(
                    other.phase(),
                    ConnectionPhase::AwaitingConnack | ConnectionPhase::Connected
                )
                && other.mqtt.options().client_id == *own
        };
        !own.is_empty() && self.roster.iter().any(is_same)
    }
}

/// How far the connection came, for the diagnosis; `None` where there is nothing to find out.
fn stage(reason: &CloseReason) -> Option<Stage> {
    let stage = |phase: &Phase| {
        Some(match phase {
            Phase::Opening => Stage::Opening,
            Phase::AwaitingConnack => Stage::AwaitingConnack,
            Phase::Connected => Stage::Connected,
            Phase::WithoutConnect => return None,
        })
    };
    Some(match reason {
        // A limit that is too low says all by itself.
        CloseReason::Local(_) | CloseReason::ServerLimitTooLow { .. } => return None,
        CloseReason::Refused { code, .. } => Stage::Refused { code: code.as_u8() },
        CloseReason::ByServer { reason_code, .. } => Stage::DisconnectedByServer {
            code: reason_code.as_u8(),
        },
        CloseReason::Transport { phase, .. } | CloseReason::ConnectTimeout { phase, .. } => {
            return stage(phase);
        }
        CloseReason::KeepAliveTimeout { .. } => Stage::Connected,
        CloseReason::Violation(Violation::Transport(TransportMisuse::WrongSubprotocol)) => {
            Stage::WrongSubprotocol
        }
        CloseReason::Violation(
            Violation::Transport(TransportMisuse::TextFrame) | Violation::Malformed(_),
        ) => Stage::NotMqtt,
        // A server that speaks MQTT and breaks its rules: the violation itself says all.
        CloseReason::Violation(_) => return None,
    })
}

fn close(reason: &CloseReason) -> Option<Close> {
    let CloseReason::Transport { close, .. } = reason else {
        return None;
    };
    Some(Close {
        code: close.code?,
        was_clean: close.clean,
    })
}

/// Who ended a connection; empty where there never was one.
fn by(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::Local(_) => "you",
        CloseReason::ConnectTimeout { .. }
        | CloseReason::KeepAliveTimeout { .. }
        | CloseReason::ServerLimitTooLow { .. }
        | CloseReason::Violation(_) => "this client",
        CloseReason::Refused { .. } | CloseReason::ByServer { .. } => "the server",
        CloseReason::Transport { close, phase } => match (close.clean, phase) {
            (true, _) => "the server",
            (false, Phase::Opening) => "",
            (false, _) => "the network or the server",
        },
    }
}

/// Why a bot's connection ended, in whole sentences.
pub(super) fn why_words(reason: &CloseReason) -> String {
    why(reason, None)
}

/// Why a connection ended, in whole sentences. `will` is the one that the server held.
fn why(reason: &CloseReason, will: Option<&RegisteredWill>) -> String {
    match reason {
        CloseReason::Local(local) => local_words(local) + will_words(local, will),
        CloseReason::Refused {
            code,
            reason_string,
            server_reference,
        } => {
            let explanation = match code {
                ConnackCode::V3(code) => connect_return_code(code.as_u8()),
                ConnackCode::V5(code) => reason_code(code.as_u8(), ControlPacketType::Connack),
            };
            let mut words = format!(
                "CONNACK refused the connection with code {}: {}. {}",
                code_number(*code),
                explanation.name,
                explained(explanation)
            );
            add_server_words(
                &mut words,
                reason_string.as_deref(),
                server_reference.as_deref(),
            );
            words
        }
        CloseReason::ByServer {
            reason_code: code,
            reason_string,
            server_reference,
        } => {
            let explanation = reason_code(code.as_u8(), ControlPacketType::Disconnect);
            let mut words = format!(
                "DISCONNECT with Reason Code 0x{:02X}: {}. {}",
                code.as_u8(),
                explanation.name,
                explained(explanation)
            );
            add_server_words(
                &mut words,
                reason_string.as_deref(),
                server_reference.as_deref(),
            );
            words
        }
        CloseReason::Transport { close, phase } => {
            let stage = match phase {
                Phase::Opening => "The WebSocket could not be opened",
                Phase::AwaitingConnack => "The WebSocket was closed before CONNACK came",
                Phase::Connected => "The WebSocket was closed without a DISCONNECT",
                Phase::WithoutConnect => "The WebSocket, open without CONNECT, was closed",
            };
            match close.code {
                Some(code) => {
                    let explanation = close_code(code);
                    let name = explanation.name;
                    format!(
                        "{stage} (close code {code}, {name}). {}",
                        explanation.meaning
                    )
                }
                None => format!("{stage}."),
            }
        }
        CloseReason::ConnectTimeout { phase, after } => {
            let what = match phase {
                Phase::Opening => "the WebSocket did not open",
                Phase::AwaitingConnack | Phase::Connected | Phase::WithoutConnect => {
                    "no CONNACK came"
                }
            };
            format!("Within {} s {what}.", after.as_secs())
        }
        CloseReason::KeepAliveTimeout { after } => format!(
            "PINGREQ was sent, and nothing came back within {} s: the connection is dead.",
            after.as_secs()
        ),
        CloseReason::ServerLimitTooLow {
            packet,
            size,
            maximum,
        } => format!(
            "{} was due, which takes {size} bytes; the server's Maximum Packet Size allows at \
             most {maximum}, so it must not be sent (MQTT-3.2.2-15), and MQTT cannot go on \
             without it. The server's limit is to be raised.",
            packet.name()
        ),
        CloseReason::Violation(Violation::Malformed(error)) => {
            let explanation = decode_error(error.kind);
            format!(
                "The server broke a rule of MQTT ({}). {} {}",
                error.clause(),
                as_sentence(&error.to_string()),
                explained(explanation)
            )
        }
        CloseReason::Violation(violation) => format!(
            "The server broke a rule of MQTT ({}). {}",
            violation.clause(),
            as_sentence(&violation.to_string())
        ),
    }
}

fn local_words(local: &LocalClose) -> String {
    match local {
        LocalClose::Disconnected(ReasonCode::Success) => "DISCONNECT was sent.".to_owned(),
        LocalClose::Disconnected(code) => format!(
            "DISCONNECT was sent with Reason Code 0x{:02X}, {code}.",
            code.as_u8()
        ),
        LocalClose::Died => {
            "The connection was cut off without a DISCONNECT, as by a device that loses power."
                .to_owned()
        }
        LocalClose::Cancelled => "The attempt was given up before CONNECT was sent.".to_owned(),
    }
}

/// What becomes of the will; nothing where there was none.
fn will_words(local: &LocalClose, will: Option<&RegisteredWill>) -> &'static str {
    match (local, will) {
        (_, None) | (LocalClose::Cancelled, _) => "",
        (LocalClose::Disconnected(ReasonCode::Success), _) => " The server forgets the will.",
        (_, Some(will)) if will.delay_interval > 0 => {
            " The server publishes the will after its Will Delay Interval, or when the session \
             ends if that is sooner."
        }
        _ => " The server publishes the will.",
    }
}

fn code_number(code: ConnackCode) -> String {
    match code {
        ConnackCode::V3(code) => code.as_u8().to_string(),
        ConnackCode::V5(code) => format!("0x{:02X}", code.as_u8()),
    }
}

fn add_server_words(words: &mut String, reason: Option<&str>, elsewhere: Option<&str>) {
    if let Some(reason) = reason {
        words.push_str(" The server says: ");
        words.push_str(&foreign_words(reason));
    }
    if let Some(elsewhere) = elsewhere {
        words.push_str(" It names another server: ");
        words.push_str(&foreign_words(elsewhere));
    }
}

fn advice(cause: &Cause) -> String {
    let words = explained(cause.words());
    match cause.likelihood {
        Likelihood::Certain => words,
        likelihood => format!("{} ({}): {words}", cause.words().name, likelihood.word()),
    }
}
