//! What CONNACK said, and what both sides may do on this connection, as rows of name and value.

use super::message_view::Fact;
use super::payload::foreign_words;
use super::views::{REPEATED_MAXIMUM, more_words};
use super::{ClientKey, Lab};
use crate::client::Negotiated;
use crate::codec::ProtocolVersion;

impl Lab {
    /// The facts of a client's connection, the most important first; none while it is not
    /// connected.
    pub fn connack_facts(&self, client: ClientKey) -> Vec<Fact> {
        self.client(client)
            .and_then(|client| client.negotiated())
            .map_or_else(Vec::new, facts)
    }
}

fn facts(negotiated: &Negotiated) -> Vec<Fact> {
    let mut facts = vec![
        fact(
            "CONNACK",
            "0, accepted",
            "The server's answer to CONNECT. 0 means that it has accepted the connection.",
        ),
        fact(
            "Session Present",
            if negotiated.protocol_version == ProtocolVersion::V3_1 {
                "MQTT 3.1 does not tell"
            } else if negotiated.session_adopted {
                "yes, taken over from an earlier connection"
            } else {
                yes_no(negotiated.session_present)
            },
            "Whether the server had kept a session for this ClientID: subscriptions and messages \
             that were waiting.",
        ),
        fact(
            "ClientID",
            &with_origin(&negotiated.client_id, negotiated.client_id_assigned),
            "Under which name the server knows this client.",
        ),
        fact(
            "Keep Alive",
            &with_origin(
                &seconds(negotiated.keep_alive.into(), "off"),
                negotiated.keep_alive_from_server,
            ),
            "After how long without a packet this client sends PINGREQ.",
        ),
        fact(
            "Session Expiry",
            &match negotiated.session_expiry_interval {
                u32::MAX => "never".to_owned(),
                interval => seconds(interval, "with the connection"),
            },
            "How long the server keeps the session after the connection has ended.",
        ),
    ];
    if negotiated.protocol_version == ProtocolVersion::V5_0 {
        facts.extend(limits(negotiated));
        facts.extend(words_of_the_server(negotiated));
    }
    facts
}

fn limits(negotiated: &Negotiated) -> Vec<Fact> {
    let server = &negotiated.server;
    let size = server.maximum_packet_size;
    vec![
        fact(
            "Maximum QoS",
            &server.maximum_qos.to_string(),
            "The highest QoS with which this client may publish.",
        ),
        fact(
            "Retain Available",
            yes_no(server.retain_available),
            "Whether the server keeps retained messages.",
        ),
        fact(
            "Receive Maximum",
            &server.receive_maximum.to_string(),
            "How many QoS 1 and 2 messages this client may have under way at a time.",
        ),
        fact(
            "Maximum Packet Size",
            &size.map_or_else(|| "no limit".to_owned(), |size| format!("{size} bytes")),
            "The largest packet that the server takes.",
        ),
        fact(
            "Topic Alias Maximum",
            &server.topic_alias_maximum.to_string(),
            "How many topics this client may give a number that stands for them.",
        ),
        fact(
            "Wildcard Subscriptions",
            yes_no(server.wildcard_subscription_available),
            "Whether Topic Filters may have + and #.",
        ),
        fact(
            "Subscription Identifiers",
            yes_no(server.subscription_identifiers_available),
            "Whether subscriptions may carry a number that comes back with their messages.",
        ),
        fact(
            "Shared Subscriptions",
            yes_no(server.shared_subscription_available),
            "Whether several clients may share the messages of one $share filter.",
        ),
    ]
}

fn words_of_the_server(negotiated: &Negotiated) -> Vec<Fact> {
    let texts = [
        (
            "Reason String",
            &negotiated.reason_string,
            "What the server says about the connection, for people.",
        ),
        (
            "Response Information",
            &negotiated.response_information,
            "What Response Topics of this client are to begin with.",
        ),
        (
            "Server Reference",
            &negotiated.server_reference,
            "Another server that could be used.",
        ),
        (
            "Authentication Method",
            &negotiated.authentication_method,
            "How client and server have made sure of each other.",
        ),
    ];
    let mut facts: Vec<_> = texts
        .into_iter()
        .filter_map(|(name, text, help)| Some(fact(name, text.as_deref()?, help)))
        .collect();
    let pairs = &negotiated.user_properties;
    let shown = pairs.iter().take(REPEATED_MAXIMUM);
    let shown = shown.map(|(name, value)| format!("{name}: {value}"));
    for value in shown.chain(more_words(pairs.iter().count())) {
        facts.push(fact(
            "User Property",
            &value,
            "A pair of texts that means what server and client agree it to mean.",
        ));
    }
    facts
}

fn fact(name: &'static str, value: &str, help: &'static str) -> Fact {
    Fact {
        name,
        value: foreign_words(value),
        help,
        note: "",
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn with_origin(value: &str, from_server: bool) -> String {
    if from_server {
        format!("{value} (set by the server)")
    } else {
        value.to_owned()
    }
}

fn seconds(number: u32, zero: &str) -> String {
    if number == 0 {
        zero.to_owned()
    } else {
        format!("{number} s")
    }
}
