//! Wills that clients of this page have registered with a server.

use super::{ClientKey, Lab};
use crate::client::{CloseReason, LocalClose};
use crate::codec::{Qos, ReasonCode};
use crate::time::Instant;

/// A will that a server holds, or held when the connection was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredWill {
    /// Whose will it is.
    pub client: ClientKey,
    /// That client's name when the will was registered.
    pub name: String,
    /// The host of the server that holds it, or the lab broker's name.
    pub host: String,
    /// Will Topic.
    pub topic: String,
    /// Will payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: Qos,
    /// Will Retain.
    pub retain: bool,
    /// 5.0: Will Delay Interval in seconds.
    pub delay_interval: u32,
    /// When the server accepted the connection that carried it.
    pub since: Instant,
    /// When that connection ended in a way that makes the server publish it; `None` while armed.
    pub released: Option<Instant>,
}

impl RegisteredWill {
    /// Whether a message from `host` is this will, as far as anybody can tell: the protocol does
    /// not mark it. The QoS may be lower than the will's, and Retain is set only for those who
    /// subscribe later.
    pub(super) fn equals(&self, host: Option<&str>, topic: &str, payload: &[u8]) -> bool {
        self.payload.len() == payload.len()
            && self.topic.len() == topic.len()
            && self.topic == topic
            && self.payload == payload
            && host.is_some_and(|host| host.eq_ignore_ascii_case(&self.host))
    }
}

impl Lab {
    /// Takes in that the server has accepted a connection, and with it the will that it carried.
    /// A will of an earlier connection is no more: resuming the session or beginning a new one
    /// cancels it or has it published [MQTT-3.1.3-9].
    pub(super) fn arm_will(&mut self, key: ClientKey) {
        let now = self.now;
        self.wills.retain(|will| will.client != key);
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        client.will = client.mqtt.armed_will().map(|will| RegisteredWill {
            client: key,
            name: client.name.clone(),
            host: client
                .destination
                .as_ref()
                .map_or_else(String::new, |destination| destination.host().to_owned()),
            topic: will.topic.clone(),
            payload: will.payload.clone(),
            qos: will.qos,
            retain: will.retain,
            delay_interval: will.will_delay_interval.unwrap_or(0),
            since: now,
            released: None,
        });
        self.wills.extend(client.will.clone());
    }

    /// Takes in that a connection is over. Only a DISCONNECT with Reason Code 0 makes the server
    /// forget the will [MQTT-3.1.2-10]; after anything else it publishes it.
    pub(super) fn release_will(&mut self, key: ClientKey, reason: &CloseReason) {
        let now = self.now;
        let Ok(client) = self.roster.find_mut(key) else {
            return;
        };
        let discarded = CloseReason::Local(LocalClose::Disconnected(ReasonCode::Success));
        if *reason == discarded {
            client.will = None;
            self.wills.retain(|will| will.client != key);
            return;
        }
        let own = self.wills.iter_mut().filter(|will| will.client == key);
        for will in own.chain(client.will.as_mut()) {
            will.released.get_or_insert(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_equals_a_will_by_server_topic_and_payload() {
        let will = RegisteredWill {
            client: ClientKey::new(1),
            name: "alice".to_owned(),
            host: "broker.hivemq.com".to_owned(),
            topic: "status/alice".to_owned(),
            payload: b"offline".to_vec(),
            qos: Qos::AtLeastOnce,
            retain: false,
            delay_interval: 0,
            since: Instant::ORIGIN,
            released: None,
        };
        let host = Some("Broker.HiveMQ.com");
        assert!(will.equals(host, "status/alice", b"offline"));
        assert!(!will.equals(host, "status/alice", b"Offline"));
        assert!(!will.equals(host, "status/Alice", b"offline"));
        assert!(!will.equals(Some("localhost"), "status/alice", b"offline"));
        assert!(!will.equals(None, "status/alice", b"offline"));
    }
}
