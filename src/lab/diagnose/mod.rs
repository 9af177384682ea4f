//! Why a connection failed.
//!
//! A browser tells a page almost nothing about a WebSocket that could not be opened, so the lab
//! reasons from what it does know: the address, how far it came, how long that took and how it
//! ended. The answer is a list of causes, the likeliest first, each with words and, where there is one,
//! a change that can be made with one click.

mod words;

use core::net::IpAddr;
use core::time::Duration;

use super::address::{Address, DEFAULT_PATH};
use super::brokers::{BrokerList, PublicBroker, Scheme};
use crate::client::ordered::in_order;
use crate::codec::{ControlPacketType, ProtocolVersion};

/// A connection that ends within this time of being accepted has hardly been used.
const SHORT_LIFE: Duration = Duration::from_secs(10);

/// An attempt that is turned down within this time had someone to turn it down.
const QUICK: Duration = Duration::from_secs(2);

/// How soon after a packet a closing may be its answer.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// What is known about an attempt to connect or about a connection that ended.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whether the page was loaded over https.
    pub page_is_secure: bool,
    /// Whether the browser says that it has no network at all.
    pub is_offline: bool,
    /// Where the connection was to go, or went.
    pub address: &'a Address,
    /// The version of MQTT.
    pub version: ProtocolVersion,
    /// How far it came.
    pub stage: Stage,
    /// How the WebSocket ended; `None` where it did not, and time ran out instead.
    pub close: Option<Close>,
    /// How long the stage lasted.
    pub elapsed: Duration,
    /// Whether another client of this page has connected to the same broker with the same Client Identifier.
    pub same_client_id_in_page: bool,
    /// How many connections of this client in a row, this one included, were closed by the other
    /// side soon after they were accepted.
    pub short_lives: u32,
    /// The last packet this client sent other than PINGREQ, and how long before the end.
    pub last_sent: Option<(ControlPacketType, Duration)>,
}

/// How far an attempt came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not yet tried: what can be said from the address alone.
    BeforeTrying,
    /// The WebSocket never opened.
    Opening,
    /// The WebSocket opened under a sub-protocol that is not MQTT's.
    WrongSubprotocol,
    /// The WebSocket opened and CONNECT was sent, but no CONNACK came.
    AwaitingConnack,
    /// A CONNACK refused the connection.
    Refused {
        /// Its return code (3.1, 3.1.1) or Reason Code (5.0).
        code: u8,
    },
    /// What came was not MQTT.
    NotMqtt,
    /// The connection was accepted, and ended without a DISCONNECT from the broker.
    Connected,
    /// The broker sent DISCONNECT (5.0).
    DisconnectedByServer {
        /// Its Reason Code.
        code: u8,
    },
}

/// How a WebSocket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// The close code that the browser reports.
    pub code: u16,
    /// Whether the closing handshake was completed (`wasClean`).
    pub was_clean: bool,
}

/// One possible cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// How likely.
    pub likelihood: Likelihood,
    /// What can be changed with one click.
    pub remedy: Option<Remedy>,
}

/// How likely a cause is, the likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// The facts allow nothing else.
    Certain,
    /// The usual reason for such facts.
    Likely,
    /// Fits the facts, as other causes do.
    Possible,
}

/// What may have gone wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    /// A page loaded over https cannot open `ws://`.
    InsecureFromSecurePage,
    /// The browser has no network.
    Offline,
    /// The port is one for MQTT without WebSocket (1883, 8883).
    PlainMqttPort,
    /// SSL is on, and the port is one for connections without it.
    PortWithoutTls,
    /// SSL is off, and the port is one for connections with it.
    PortWithTls,
    /// This public broker listens elsewhere.
    OtherPortOfBroker,
    /// The broker has its WebSocket on another path.
    WrongPath,
    /// Somebody turned the connection down at once: no broker at that port, or a wrong host.
    NothingListens,
    /// Nobody answered: a firewall, a wrong address, a computer that is off.
    NoAnswer,
    /// `localhost` is the computer that the page is on.
    LocalhostIsThisComputer,
    /// The certificate is not accepted.
    Certificate,
    /// The broker does not accept the WebSocket sub-protocol of this version of MQTT.
    Subprotocol,
    /// The network wants a login first, or does not let WebSockets through.
    CaptivePortal,
    /// There is a WebSocket, but not of an MQTT broker.
    NotAnMqttBroker,
    /// The broker closes the connection because it does not speak this version.
    VersionNotSpoken,
    /// The broker closes the connection instead of refusing the sign-in.
    SilentRefusal,
    /// CONNACK refused, with this code of MQTT 3.1 or 3.1.1.
    RefusedV3 {
        /// The return code.
        code: u8,
    },
    /// CONNACK refused, with this Reason Code of MQTT 5.0.
    RefusedV5 {
        /// The Reason Code.
        code: u8,
    },
    /// The broker said goodbye with this Reason Code of MQTT 5.0.
    DisconnectedByServer {
        /// The Reason Code.
        code: u8,
    },
    /// Another client connected with the same Client Identifier.
    TakenOver,
    /// The broker closed the connection because of the packet before.
    LastPacketNotAllowed,
    /// The WebSocket broke without a closing handshake.
    NetworkLost,
    /// The other side closed the WebSocket with this code.
    ClosedByServer {
        /// The close code.
        code: u16,
    },
}

/// A change to make with one click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Take this address instead.
    UseAddress(Address),
    /// Turn SSL on; the port must be looked up.
    TurnOnTls,
    /// Turn SSL off.
    TurnOffTls,
    /// Take this path.
    UsePath(&'static str),
    /// Take this version.
    UseVersion(ProtocolVersion),
    /// Make up a new Client Identifier.
    NewClientId,
    /// Look at this address in a new tab, where the browser says more.
    OpenInTab(String),
    /// Try again.
    Retry,
}

/// The causes that fit the facts, the likeliest first. Before trying, none means that nothing
/// speaks against it.
pub fn diagnose(facts: &Facts<'_>, brokers: &BrokerList) -> Vec<Cause> {
    let mut causes = Causes {
        facts,
        brokers,
        found: Vec::new(),
    };
    match facts.stage {
        Stage::BeforeTrying => causes.judge_address(),
        Stage::Opening => causes.never_opened(),
        Stage::WrongSubprotocol => {
            causes.add(CauseKind::Subprotocol, Likelihood::Certain, None);
        }
        Stage::AwaitingConnack => causes.no_connack(),
        Stage::Refused { code } => causes.refused(code),
        Stage::NotMqtt => {
            let path = causes.path_remedy();
            causes.add(CauseKind::NotAnMqttBroker, Likelihood::Certain, path);
        }
        Stage::Connected => causes.ended(),
        Stage::DisconnectedByServer { code } => causes.disconnected(code),
    }
    // Among equals the order of asking stays.
    in_order(causes.found, |cause| cause.likelihood as u64)
}

struct Causes<'a> {
    facts: &'a Facts<'a>,
    brokers: &'a BrokerList,
    found: Vec<Cause>,
}

impl Causes<'_> {
    fn add(&mut self, kind: CauseKind, likelihood: Likelihood, remedy: Option<Remedy>) {
        self.found.push(Cause {
            kind,
            likelihood,
            remedy,
        });
    }

    /// What is wrong with the address whatever happened.
    fn judge_address(&mut self) {
        let address = self.facts.address;
        let listener = self.public_listener().map(PublicBroker::address);
        if self.facts.page_is_secure && !address.tls && !is_loopback(&address.host) {
            let sibling = self.brokers.tls_sibling(address.host.trim());
            let remedy = sibling.map_or(Remedy::TurnOnTls, |broker| {
                Remedy::UseAddress(broker.address())
            });
            self.add(
                CauseKind::InsecureFromSecurePage,
                Likelihood::Certain,
                Some(remedy),
            );
            return;
        }
        if self.facts.is_offline && !is_loopback(&address.host) {
            self.add(CauseKind::Offline, Likelihood::Likely, None);
        }
        match (listener, address.port, address.tls) {
            (Some(listener), 1883 | 8883, _) => self.add(
                CauseKind::PlainMqttPort,
                Likelihood::Likely,
                Some(Remedy::UseAddress(listener)),
            ),
            (None, 1883 | 8883, _) => {
                self.add(CauseKind::PlainMqttPort, Likelihood::Likely, None);
            }
            (Some(listener), port, _) if port != listener.port => {
                // A broker may well have more listeners than the list knows of.
                let likelihood = match self.facts.stage {
                    Stage::BeforeTrying => Likelihood::Possible,
                    _ => Likelihood::Likely,
                };
                let remedy = Some(Remedy::UseAddress(listener));
                self.add(CauseKind::OtherPortOfBroker, likelihood, remedy);
            }
            (None, 80 | 8000 | 8083 | 9001, true) => self.add(
                CauseKind::PortWithoutTls,
                Likelihood::Likely,
                Some(Remedy::TurnOffTls),
            ),
            (None, 443 | 8081 | 8084 | 8443 | 8884, false) => self.add(
                CauseKind::PortWithTls,
                Likelihood::Likely,
                Some(Remedy::TurnOnTls),
            ),
            _ => {}
        }
    }

    fn never_opened(&mut self) {
        self.judge_address();
        let address = self.facts.address;
        let is_certain = self
            .found
            .iter()
            .any(|cause| cause.likelihood == Likelihood::Certain);
        if is_certain {
            return;
        }
        let is_loopback = is_loopback(&address.host);
        let is_quick = self.facts.close.is_some() && self.facts.elapsed < QUICK;

        if self.facts.version == ProtocolVersion::V3_1 {
            self.add(
                CauseKind::Subprotocol,
                Likelihood::Likely,
                Some(Remedy::UseVersion(ProtocolVersion::V3_1_1)),
            );
        }
        if is_loopback {
            self.add(CauseKind::LocalhostIsThisComputer, Likelihood::Likely, None);
        }
        if let Some(remedy) = self.path_remedy() {
            self.add(CauseKind::WrongPath, Likelihood::Likely, Some(remedy));
        }
        if is_quick {
            self.add(CauseKind::NothingListens, Likelihood::Likely, None);
        } else {
            self.add(CauseKind::NoAnswer, Likelihood::Likely, Some(Remedy::Retry));
        }
        if address.tls {
            let url = Address {
                path: "/".to_owned(),
                ..address.clone()
            };
            let url = url.url().replacen("wss://", "https://", 1);
            self.add(
                CauseKind::Certificate,
                Likelihood::Possible,
                Some(Remedy::OpenInTab(url)),
            );
        }
        if self.path_remedy().is_none() {
            self.add(CauseKind::WrongPath, Likelihood::Possible, None);
        }
        if self.facts.version != ProtocolVersion::V3_1 {
            self.add(CauseKind::Subprotocol, Likelihood::Possible, None);
        }
        if !is_loopback {
            self.add(CauseKind::CaptivePortal, Likelihood::Possible, None);
        }
    }

    fn no_connack(&mut self) {
        if self.facts.close.is_none() {
            // It listens and is silent: brokers answer CONNECT, whatever they think of it.
            let path = self.path_remedy();
            self.add(CauseKind::NotAnMqttBroker, Likelihood::Likely, path);
            self.add(
                CauseKind::NoAnswer,
                Likelihood::Possible,
                Some(Remedy::Retry),
            );
        } else {
            let older = match self.facts.version {
                ProtocolVersion::V5_0 | ProtocolVersion::V3_1 => Some(ProtocolVersion::V3_1_1),
                ProtocolVersion::V3_1_1 => None,
            };
            if let Some(version) = older {
                self.add(
                    CauseKind::VersionNotSpoken,
                    Likelihood::Likely,
                    Some(Remedy::UseVersion(version)),
                );
            }
            self.add(CauseKind::SilentRefusal, Likelihood::Likely, None);
            let path = self.path_remedy();
            self.add(CauseKind::NotAnMqttBroker, Likelihood::Possible, path);
            self.closing();
        }
    }

    fn refused(&mut self, code: u8) {
        let (kind, remedy) = match self.facts.version {
            ProtocolVersion::V5_0 => {
                let remedy = match code {
                    0x84 => Some(Remedy::UseVersion(ProtocolVersion::V3_1_1)),
                    0x85 => Some(Remedy::NewClientId),
                    0x88 | 0x89 | 0x9f => Some(Remedy::Retry),
                    _ => None,
                };
                (CauseKind::RefusedV5 { code }, remedy)
            }
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => {
                let other = match self.facts.version {
                    ProtocolVersion::V3_1 => ProtocolVersion::V3_1_1,
                    ProtocolVersion::V3_1_1 | ProtocolVersion::V5_0 => ProtocolVersion::V5_0,
                };
                let remedy = match code {
                    1 => Some(Remedy::UseVersion(other)),
                    2 => Some(Remedy::NewClientId),
                    3 => Some(Remedy::Retry),
                    _ => None,
                };
                (CauseKind::RefusedV3 { code }, remedy)
            }
        };
        self.add(kind, Likelihood::Certain, remedy);
    }

    fn ended(&mut self) {
        let facts = self.facts;
        if facts.is_offline && !is_loopback(&facts.address.host) {
            self.add(CauseKind::Offline, Likelihood::Likely, None);
        }
        let is_fighting = facts.short_lives >= 2 && facts.elapsed < SHORT_LIFE;
        // A broker of MQTT 5.0 says so with 0x8e, unless the line was too slow for its DISCONNECT.
        let may_be_taken_over = facts.same_client_id_in_page || is_fighting;
        if may_be_taken_over {
            self.add(
                CauseKind::TakenOver,
                Likelihood::Likely,
                Some(Remedy::NewClientId),
            );
        }
        let answers = |packet: ControlPacketType, since: Duration| {
            since < ANSWER_TIME
                && matches!(
                    packet,
                    ControlPacketType::Publish
                        | ControlPacketType::Subscribe
                        | ControlPacketType::Unsubscribe
                )
        };
        if let Some((packet, since)) = facts.last_sent
            && answers(packet, since)
            && !facts.same_client_id_in_page
        {
            self.add(CauseKind::LastPacketNotAllowed, Likelihood::Likely, None);
        }
        self.closing();
        if !may_be_taken_over {
            self.add(
                CauseKind::TakenOver,
                Likelihood::Possible,
                Some(Remedy::NewClientId),
            );
        }
    }

    fn disconnected(&mut self, code: u8) {
        const SESSION_TAKEN_OVER: u8 = 0x8e;
        if code == SESSION_TAKEN_OVER {
            self.add(
                CauseKind::TakenOver,
                Likelihood::Certain,
                Some(Remedy::NewClientId),
            );
        } else {
            self.add(
                CauseKind::DisconnectedByServer { code },
                Likelihood::Certain,
                None,
            );
        }
    }

    /// What the way the WebSocket ended says.
    fn closing(&mut self) {
        const ABNORMAL: u16 = 1006;
        match self.facts.close {
            Some(Close { code, was_clean }) if was_clean && code != ABNORMAL => self.add(
                CauseKind::ClosedByServer { code },
                Likelihood::Possible,
                None,
            ),
            Some(_) => self.add(
                CauseKind::NetworkLost,
                Likelihood::Possible,
                Some(Remedy::Retry),
            ),
            None => {}
        }
    }

    /// Where a public broker of that host does listen, with or without TLS as is wanted.
    fn public_listener(&self) -> Option<&PublicBroker> {
        let address = self.facts.address;
        let mut brokers = self.brokers.brokers.iter();
        brokers.find(|broker| {
            broker.host.eq_ignore_ascii_case(address.host.trim())
                && (broker.scheme == Scheme::Wss) == address.tls
        })
    }

    fn path_remedy(&self) -> Option<Remedy> {
        let path = self.facts.address.path.trim();
        let is_default = path == DEFAULT_PATH || path == DEFAULT_PATH.trim_start_matches('/');
        (!is_default).then_some(Remedy::UsePath(DEFAULT_PATH))
    }
}

/// Whether the host is the computer on which the page runs.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim().trim_end_matches('.');
    let is_name = host.eq_ignore_ascii_case("localhost")
        || host.len() > 10 && host.to_ascii_lowercase().ends_with(".localhost");
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    let address = unbracketed.parse::<IpAddr>();
    is_name || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
