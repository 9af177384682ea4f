//! The public brokers that the picker offers, read from `brokers.json`.

use super::address::Address;
use super::json_value::Json;

/// The public brokers and how fresh that knowledge is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerList {
    /// The day on which the list was written down: `2026-11-21`.
    pub listed_on: String,
    /// The day on which every entry was last connected to, `None` where that has not been done.
    pub checked_on: Option<String>,
    /// The brokers, in the order in which the picker shows them.
    pub brokers: Vec<PublicBroker>,
}

impl BrokerList {
    /// The first broker that stands at `address`, whatever the case of its host.
    pub fn find(&self, address: &Address) -> Option<&PublicBroker> {
        self.brokers.iter().find(|broker| broker.is_at(address))
    }

    /// The position of the broker that a page's address calls `slug`: its label in small letters,
    /// with a hyphen for what is neither letter nor digit.
    pub fn position_of_slug(&self, slug: &str) -> Option<usize> {
        self.brokers.iter().position(|broker| broker.slug() == slug)
    }

    /// The same host with TLS: what to offer where a page on https cannot open `ws://`.
    pub fn tls_sibling(&self, host: &str) -> Option<&PublicBroker> {
        let mut with_tls = self.brokers.iter().filter(|b| b.scheme == Scheme::Wss);
        with_tls.find(|broker| broker.host.eq_ignore_ascii_case(host))
    }

    /// When the list was last checked, in words for the picker.
    pub fn freshness(&self) -> String {
        match &self.checked_on {
            Some(day) => ["Last checked on ", day, "."].concat(),
            None => [
                "The list is of ",
                &self.listed_on,
                ", and not checked since.",
            ]
            .concat(),
        }
    }
}

/// One entry of the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicBroker {
    /// Who runs it, and whether it is the listener with SSL. No two are the same.
    pub label: String,
    /// With or without TLS.
    pub scheme: Scheme,
    /// The host's name.
    pub host: String,
    /// The port of its WebSocket listener.
    pub port: u16,
    /// The path of its WebSocket listener.
    pub path: String,
}

impl PublicBroker {
    /// Whether it listens at `address`, whatever the case of its host.
    pub fn is_at(&self, address: &Address) -> bool {
        self.host.eq_ignore_ascii_case(&address.host)
            && self.port == address.port
            && self.path == address.path
            && (self.scheme == Scheme::Wss) == address.tls
    }

    /// What a page's address calls it.
    pub fn slug(&self) -> String {
        let letters = self.label.chars().map(|character| {
            if character.is_ascii_alphanumeric() {
                character.to_ascii_lowercase()
            } else {
                '-'
            }
        });
        letters.collect()
    }

    /// Where it listens.
    pub fn address(&self) -> Address {
        Address {
            tls: self.scheme == Scheme::Wss,
            host: self.host.clone(),
            port: self.port,
            path: self.path.clone(),
        }
    }
}

/// How a broker's WebSocket listener is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without encryption.
    Ws,
    /// Inside TLS.
    Wss,
}

/// The list that comes with the lab.
///
/// It is part of the program and a test reads it, so that the empty list, which stands for a file
/// that cannot be read, is never seen.
pub fn public_brokers() -> BrokerList {
    parse().unwrap_or_default()
}

fn parse() -> Option<BrokerList> {
    let json = Json::parse(include_str!("brokers.json")).ok()?;
    let checked_on = json.member("checked_on")?;
    let brokers = json.member("brokers")?.list()?.iter();
    Some(BrokerList {
        listed_on: text(&json, "listed_on")?,
        checked_on: checked_on.text().map(str::to_owned),
        brokers: brokers.map(parse_broker).collect::<Option<_>>()?,
    })
}

fn parse_broker(json: &Json) -> Option<PublicBroker> {
    Some(PublicBroker {
        label: text(json, "label")?,
        scheme: match json.member("scheme")?.text()? {
            "ws" => Scheme::Ws,
            "wss" => Scheme::Wss,
            _ => return None,
        },
        host: text(json, "host")?,
        port: u16::try_from(json.member("port")?.number()?).ok()?,
        path: text(json, "path")?,
    })
}

fn text(json: &Json, name: &str) -> Option<String> {
    json.member(name)?.text().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::address;

    #[test]
    fn the_file_can_be_read_and_every_entry_is_a_valid_address() {
        let list = parse().unwrap();
        assert_eq!(list.brokers.len(), 6);
        for broker in &list.brokers {
            let same = list.brokers.iter().filter(|b| b.label == broker.label);
            assert_eq!(same.count(), 1, "{}", broker.label);
            assert_eq!(address::check_host(&broker.host), Ok(()));
            assert_eq!(address::check_path(&broker.path), Ok(()));
            assert!(broker.port > 0);
            let address = broker.address();
            assert_eq!(list.find(&address), Some(broker), "entries differ");
            let place = list.position_of_slug(&broker.slug());
            assert_eq!(place.map(|place| &list.brokers[place]), Some(broker));
            assert!(list.tls_sibling(&broker.host).is_some());
        }
        for day in [Some(&list.listed_on), list.checked_on.as_ref()]
            .into_iter()
            .flatten()
        {
            let parts: Vec<_> = day.split('-').map(str::len).collect();
            assert_eq!(parts, [4, 2, 2]);
        }
    }

    #[test]
    fn the_well_known_listeners_are_there() {
        let list = public_brokers();
        let urls: Vec<_> = list.brokers.iter().map(|b| b.address().url()).collect();
        for url in [
            "ws://broker.hivemq.com:8000/mqtt",
            "wss://broker.hivemq.com:8884/mqtt",
            "ws://test.mosquitto.org:8080/mqtt",
            "wss://test.mosquitto.org:8081/mqtt",
            "ws://broker.emqx.io:8083/mqtt",
            "wss://broker.emqx.io:8084/mqtt",
        ] {
            assert!(urls.iter().any(|listed| listed == url), "{url}");
        }
    }

    #[test]
    fn the_list_says_how_fresh_it_is() {
        let mut list = public_brokers();
        list.checked_on = None;
        assert!(list.freshness().contains("not checked"));
        list.checked_on = Some("2026-11-22".to_owned());
        assert_eq!(list.freshness(), "Last checked on 2026-11-22.");
    }
}
