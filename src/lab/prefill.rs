//! What the page's own address fills into the forms: `?host=...&port=...&username=...`.
//!
//! The names `username`, `password`, `host`, `port` and `path` are those of the HiveMQ web client, so that
//! existing links keep working; the others are ours. Names are read in any case.

use super::address::{self, PastedScheme};
use super::brokers::BrokerList;
use super::connection_form::BrokerChoice;
use super::lab_client::LabClient;
use crate::codec::{ProtocolVersion, TopicFilter, TopicName};

/// The values found, each already checked; `None` where the address does not name the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefill {
    /// `broker`: the entry of the picker.
    pub broker: Option<BrokerChoice>,
    /// `host`, or the host of a whole address given as `host`.
    pub host: Option<String>,
    /// `port`.
    pub port: Option<u16>,
    /// `path`, with its first slash.
    pub path: Option<String>,
    /// `ssl` (or `tls`). Where a host is named without it, SSL is on, as in the HiveMQ client, unless the port is
    /// one of those on which WebSocket listeners without TLS usually stand.
    pub tls: Option<bool>,
    /// `username`.
    pub username: Option<String>,
    /// `password`.
    pub password: Option<String>,
    /// `clientId`.
    pub client_id: Option<String>,
    /// `keepAlive`, in seconds.
    pub keep_alive: Option<u16>,
    /// `clean` (or `cleanSession`, `cleanStart`).
    pub clean: Option<bool>,
    /// `version`: 3.1, 3.1.1 or 5 (or the Protocol Level 3, 4 or 5).
    pub version: Option<ProtocolVersion>,
    /// `topic`: the Topic Name in the Publish panel.
    pub topic: Option<String>,
    /// `message`: the text in the Publish panel.
    pub message: Option<String>,
    /// `filter` (or `subscribe`): the Topic Filter for a new subscription.
    pub filter: Option<String>,
    /// What was named but could not be used.
    pub ignored: Vec<IgnoredPair>,
}

/// A pair of the page's address that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredPair {
    /// Its name.
    pub key: String,
    /// Why, with what is allowed. The value is not repeated: it may be a secret.
    pub words: &'static str,
}

impl Prefill {
    /// Reads the pairs, already decoded, in their order; of a name that comes twice, the last
    /// counts. Empty values are as good as absent ones.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        brokers: &BrokerList,
    ) -> Self {
        let mut prefill = Self::default();
        for (key, value) in pairs {
            if value.is_empty() {
                continue;
            }
            if let Err(words) = prefill.take(&key.to_ascii_lowercase(), value, brokers) {
                prefill.ignored.push(IgnoredPair {
                    key: key.to_owned(),
                    words,
                });
            }
        }
        if prefill.tls.is_none() && prefill.host.is_some() {
            prefill.tls = Some(!prefill.port.is_some_and(is_usually_without_tls));
        }
        prefill
    }

    /// Whether it says anything of where to connect, and how securely.
    pub fn names_server(&self) -> bool {
        self.broker.is_some() || self.names_address()
    }

    /// Whether it says anything of an address, which leads past the lab broker.
    pub fn names_address(&self) -> bool {
        self.host.is_some() || self.port.is_some() || self.path.is_some() || self.tls.is_some()
    }

    /// Whether the page's address fills in nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn take(&mut self, key: &str, value: &str, brokers: &BrokerList) -> Result<(), &'static str> {
        match key {
            "broker" => self.broker = Some(parse_broker(value, brokers)?),
            "host" => self.take_host(value)?,
            "port" => self.port = Some(address::parse_port(value).map_err(|e| e.words())?),
            "path" => {
                address::check_path(value).map_err(|e| e.words())?;
                let slash = if value.starts_with('/') { "" } else { "/" };
                self.path = Some([slash, value].concat());
            }
            "ssl" | "tls" => self.tls = Some(parse_switch(value)?),
            "username" => self.username = Some(value.to_owned()),
            "password" => self.password = Some(value.to_owned()),
            "clientid" => self.client_id = Some(value.to_owned()),
            "keepalive" => {
                let seconds = value.parse();
                self.keep_alive =
                    Some(seconds.map_err(|_| "Keep Alive is a whole number from 0 to 65535.")?);
            }
            "clean" | "cleansession" | "cleanstart" => self.clean = Some(parse_switch(value)?),
            "version" => self.version = Some(parse_version(value)?),
            "topic" => {
                TopicName::parse(value).map_err(|_| "This is not a valid topic to publish to.")?;
                self.topic = Some(value.to_owned());
            }
            "message" => self.message = Some(value.to_owned()),
            "filter" | "subscribe" => {
                TopicFilter::parse(value).map_err(|_| "This is not a valid topic filter.")?;
                self.filter = Some(value.to_owned());
            }
            _ => return Err("The lab does not know this name."),
        }
        Ok(())
    }

    fn take_host(&mut self, value: &str) -> Result<(), &'static str> {
        let Some(pasted) = address::take_apart(value) else {
            address::check_host(value).map_err(|e| e.words())?;
            self.host = Some(value.trim().to_owned());
            return Ok(());
        };
        address::check_host(&pasted.host).map_err(|e| e.words())?;
        if let PastedScheme::Web { tls } = pasted.scheme {
            self.tls = Some(tls);
        }
        self.port = pasted.port.or(self.port);
        self.path = pasted.path.or(self.path.take());
        self.host = Some(pasted.host);
        Ok(())
    }
}

/// The ports on which brokers usually offer WebSocket without TLS.
const fn is_usually_without_tls(port: u16) -> bool {
    matches!(port, 80 | 8000 | 8080 | 8083 | 8090 | 9001)
}

fn parse_broker(value: &str, brokers: &BrokerList) -> Result<BrokerChoice, &'static str> {
    let value = value.to_ascii_lowercase();
    match value.as_str() {
        "lab" => Ok(BrokerChoice::LabBroker),
        "custom" => Ok(BrokerChoice::Custom),
        slug => brokers
            .position_of_slug(slug)
            .map(BrokerChoice::Listed)
            .ok_or(
                "The broker is lab, custom, or the name of an entry of the picker in small \
                 letters, with a hyphen for each space.",
            ),
    }
}

fn parse_switch(value: &str) -> Result<bool, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("This is a switch: true or false."),
    }
}

fn parse_version(value: &str) -> Result<ProtocolVersion, &'static str> {
    match value {
        "3.1" | "3" => Ok(ProtocolVersion::V3_1),
        "3.1.1" | "4" => Ok(ProtocolVersion::V3_1_1),
        "5.0" | "5" => Ok(ProtocolVersion::V5_0),
        _ => Err("The version is 3.1, 3.1.1 or 5.0."),
    }
}

impl LabClient {
    /// Fills the forms from what the page's address says.
    pub(super) fn prefill(&mut self, prefill: Prefill, brokers: &BrokerList) {
        fn fill<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        let form = &mut self.form;
        if prefill.names_address() {
            form.lab_broker = false;
        }
        if let Some(broker) = prefill.broker {
            // It was looked up in this very list.
            let _ = form.choose_broker(broker, brokers);
        }
        fill(&mut form.host, prefill.host);
        fill(&mut form.port, prefill.port.map(|port| port.to_string()));
        fill(&mut form.path, prefill.path);
        fill(&mut form.ssl, prefill.tls);
        fill(&mut form.username, prefill.username);
        fill(&mut form.password, prefill.password);
        fill(&mut form.client_id, prefill.client_id);
        fill(
            &mut form.keep_alive,
            prefill.keep_alive.map(|s| s.to_string()),
        );
        fill(&mut form.clean_session, prefill.clean);
        fill(&mut form.version, prefill.version);
        fill(&mut self.publish_form.topic, prefill.topic);
        fill(&mut self.publish_form.message, prefill.message);
        fill(&mut self.subscribe_form.filter, prefill.filter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::brokers::public_brokers;

    fn prefill(pairs: &[(&str, &str)]) -> Prefill {
        Prefill::from_pairs(pairs.iter().copied(), &public_brokers())
    }

    #[test]
    fn a_link_made_for_the_hivemq_client_fills_the_same_fields() {
        let filled = prefill(&[
            ("username", "me"),
            ("password", "p w"),
            ("host", "abc.s1.eu.hivemq.cloud"),
            ("port", "8884"),
            ("path", "/mqtt"),
        ]);
        assert_eq!(filled.username.as_deref(), Some("me"));
        assert_eq!(filled.password.as_deref(), Some("p w"));
        assert_eq!(filled.host.as_deref(), Some("abc.s1.eu.hivemq.cloud"));
        assert_eq!(filled.port, Some(8884));
        assert_eq!(filled.path.as_deref(), Some("/mqtt"));
        assert_eq!(filled.tls, Some(true));
        assert_eq!(filled.ignored, []);
    }

    #[test]
    fn a_host_implies_ssl_unless_something_says_otherwise() {
        assert_eq!(prefill(&[("host", "x")]).tls, Some(true));
        assert_eq!(prefill(&[("host", "x"), ("ssl", "false")]).tls, Some(false));
        assert_eq!(prefill(&[("host", "x"), ("port", "8000")]).tls, Some(false));
        assert_eq!(prefill(&[("port", "8000"), ("host", "x")]).tls, Some(false));
        assert_eq!(
            prefill(&[("host", "x"), ("port", "8000"), ("ssl", "1")]).tls,
            Some(true)
        );
        assert_eq!(prefill(&[("host", "ws://x:1234")]).tls, Some(false));
        assert_eq!(prefill(&[("port", "8000")]).tls, None);
    }

    #[test]
    fn a_whole_address_as_host_is_taken_apart() {
        let filled = prefill(&[("host", "wss://x:8884/mqtt")]);
        assert_eq!(filled.host.as_deref(), Some("x"));
        assert_eq!((filled.port, filled.tls), (Some(8884), Some(true)));
        assert_eq!(filled.path.as_deref(), Some("/mqtt"));
    }

    #[test]
    fn our_own_names() {
        let filled = prefill(&[
            ("clientId", "student-7"),
            ("version", "5"),
            ("clean", "no"),
            ("keepAlive", "30"),
            ("topic", "room/temp"),
            ("message", "21 <b>"),
            ("filter", "room/+"),
            ("path", "ws"),
        ]);
        assert_eq!(filled.client_id.as_deref(), Some("student-7"));
        assert_eq!(filled.version, Some(ProtocolVersion::V5_0));
        assert_eq!((filled.clean, filled.keep_alive), (Some(false), Some(30)));
        assert_eq!(filled.topic.as_deref(), Some("room/temp"));
        assert_eq!(filled.message.as_deref(), Some("21 <b>"));
        assert_eq!(filled.filter.as_deref(), Some("room/+"));
        assert_eq!(filled.path.as_deref(), Some("/ws"));
        assert_eq!((filled.host, filled.tls), (None, None));
    }

    #[test]
    fn the_broker_is_an_entry_of_the_picker() {
        let broker = |value| prefill(&[("broker", value)]).broker;
        assert_eq!(broker("lab"), Some(BrokerChoice::LabBroker));
        assert_eq!(broker("Custom"), Some(BrokerChoice::Custom));
        assert_eq!(broker("hivemq"), Some(BrokerChoice::Listed(0)));
        assert_eq!(broker("hivemq-with-ssl"), Some(BrokerChoice::Listed(1)));
        let filled = prefill(&[("broker", "lab")]);
        assert!(filled.names_server() && !filled.names_address());
    }

    #[test]
    fn what_cannot_be_used_is_named_and_changes_nothing() {
        for (key, value) in [
            ("broker", "nobody"),
            ("host", "a b"),
            ("host", "wss://a b/c"),
            ("port", "0"),
            ("port", "99999"),
            ("path", "/a#b"),
            ("ssl", "perhaps"),
            ("clean", "2"),
            ("keepAlive", "70000"),
            ("version", "6"),
            ("topic", "a/#"),
            ("filter", "a#"),
            ("utm_source", "x"),
        ] {
            let filled = prefill(&[(key, value)]);
            let expected = Prefill {
                ignored: filled.ignored.clone(),
                ..Prefill::default()
            };
            assert_eq!(filled, expected);
            assert_eq!(filled.ignored.len(), 1, "{key}");
            assert_eq!(filled.ignored[0].key, key);
        }
    }

    #[test]
    fn empty_values_are_absent_and_the_last_of_a_name_counts() {
        assert!(prefill(&[("host", ""), ("port", "")]).is_empty());
        assert_eq!(prefill(&[("port", "1"), ("PORT", "2")]).port, Some(2));
    }
}
