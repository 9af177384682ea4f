//! A lab with a small scripted server at the other end of all its links, in virtual time.
//!
//! The server speaks through the codec. It routes messages, keeps retained ones and publishes
//! wills; what it is to do wrong is set in [`Server`].

#![allow(dead_code, reason = "each scenario uses its own part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mqtt_lab::codec::{
    Acknowledgement, Connack, ConnackCode, ConnackProperties, ConnectReturnCode, ControlPacket,
    PacketId, PacketSplitter, ProtocolVersion, Publish, PublishProperties, Qos, ReasonCode, Suback,
    SubscriptionIdentifier, SubscriptionIdentifiers, SubscriptionOptions, TopicFilter, TopicName,
    Unsuback, UserProperties, decode, encode, matches,
};
use mqtt_lab::lab::{
    BrokerChoice, ClientKey, Command, ConnectionForm, Effect, Environment, Lab, LabClient,
    LinkEvent, LinkId, PublishForm, Refusal, StateLine, SubscribeForm,
};
use mqtt_lab::time::Instant;

/// The lab, its server, and what time it is for both.
pub(crate) struct World {
    pub(crate) lab: Lab,
    pub(crate) server: Server,
    pub(crate) now: Instant,
    /// What was to be stored, the latest of each key.
    pub(crate) stored: BTreeMap<String, String>,
    /// The URLs that were opened, in order.
    pub(crate) opened: Vec<String>,
    /// Every byte that the lab has sent.
    pub(crate) sent: Vec<u8>,
    /// The parts of files that are being made, and the files that were completed.
    pub(crate) parts: BTreeMap<u32, Vec<u8>>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// What the server does, and what it knows.
pub(crate) struct Server {
    pub(crate) links: Vec<ServerLink>,
    pub(crate) retained: BTreeMap<String, (Vec<u8>, Qos)>,
    /// Whether a WebSocket that is asked for opens.
    pub(crate) opens: bool,
    /// Whether CONNECT is answered.
    pub(crate) answers_connect: bool,
    pub(crate) connack_code: Option<u8>,
    pub(crate) session_present: bool,
    pub(crate) connack_properties: fn() -> ConnackProperties<'static>,
    pub(crate) maximum_grant: Qos,
    /// Filters that are refused.
    pub(crate) refused_filters: Vec<String>,
    /// Whether PUBACK, PUBREC and PUBCOMP are sent.
    pub(crate) acknowledges: bool,
    /// Whether a wrong packet is answered by the end of the connection; else it is a fault of the
    /// lab, and ends the test.
    pub(crate) takes_anything: bool,
    hung_up: Vec<LinkId>,
    to_lab: VecDeque<(LinkId, Vec<u8>)>,
    next_packet_id: u16,
    aliases: BTreeMap<(LinkId, u16), String>,
}

pub(crate) struct ServerLink {
    pub(crate) id: LinkId,
    pub(crate) version: ProtocolVersion,
    pub(crate) client_id: String,
    subscriptions: Vec<(String, SubscriptionOptions, Option<SubscriptionIdentifier>)>,
    will: Option<(String, Vec<u8>, Qos, bool)>,
    splitter: PacketSplitter,
}

/// These scenarios have a server of their own: a client that would go to the lab broker chooses the
/// first of the public ones, as a person would.
fn lead_elsewhere(lab: &mut Lab) {
    let clients: Vec<_> = lab
        .clients()
        .filter(|client| client.connection_form().lab_broker)
        .map(LabClient::key)
        .collect();
    for client in clients {
        let broker = BrokerChoice::Listed(0);
        lab.handle_command(Command::ChooseBroker { client, broker }, Instant::ORIGIN)
            .unwrap();
        while lab.poll_effect().is_some() {}
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Environment {
            seed: 7,
            ..Environment::default()
        })
    }

    pub(crate) fn with(environment: Environment) -> Self {
        let mut lab = Lab::new(environment);
        lead_elsewhere(&mut lab);
        Self {
            lab,
            server: Server::new(),
            now: Instant::ORIGIN,
            stored: BTreeMap::new(),
            opened: Vec::new(),
            sent: Vec::new(),
            parts: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    /// The client with this name.
    pub(crate) fn key(&self, name: &str) -> ClientKey {
        let mut clients = self.lab.clients();
        clients.find(|client| client.name() == name).unwrap().key()
    }

    pub(crate) fn client(&self, name: &str) -> &LabClient {
        self.lab.client(self.key(name)).unwrap()
    }

    pub(crate) fn line(&self, name: &str) -> StateLine {
        self.lab.state_line(self.key(name)).unwrap()
    }

    /// Gives a command and lets both sides come to rest.
    pub(crate) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        let outcome = self.lab.handle_command(command, self.now);
        self.settle();
        outcome
    }

    pub(crate) fn edit(&mut self, name: &str, change: impl FnOnce(&mut ConnectionForm)) {
        let client = self.key(name);
        let mut form = self.client(name).connection_form().clone();
        change(&mut form);
        let form = Box::new(form);
        self.command(Command::EditConnection { client, form })
            .unwrap();
    }

    pub(crate) fn connect(&mut self, name: &str, version: ProtocolVersion) {
        self.edit(name, |form| form.version = version);
        let client = self.key(name);
        self.command(Command::Connect { client }).unwrap();
        assert_eq!(self.line(name).status, "connected");
    }

    pub(crate) fn subscribe(&mut self, name: &str, form: SubscribeForm) -> Result<(), Refusal> {
        let client = self.key(name);
        let form = Box::new(form);
        self.command(Command::EditSubscribe { client, form })
            .unwrap();
        self.command(Command::Subscribe { client })
    }

    pub(crate) fn subscribe_to(&mut self, name: &str, filter: &str) {
        let filter = filter.to_owned();
        let form = SubscribeForm {
            filter,
            ..SubscribeForm::default()
        };
        self.subscribe(name, form).unwrap();
    }

    pub(crate) fn publish(&mut self, name: &str, form: PublishForm) -> Result<(), Refusal> {
        let client = self.key(name);
        let form = Box::new(form);
        self.command(Command::EditPublish { client, form }).unwrap();
        self.command(Command::Publish { client })
    }

    pub(crate) fn publish_text(
        &mut self,
        name: &str,
        topic: &str,
        message: &str,
        qos: Qos,
        retain: bool,
    ) {
        let form = PublishForm {
            topic: topic.to_owned(),
            message: message.to_owned(),
            qos,
            retain,
            ..PublishForm::default()
        };
        self.publish(name, form).unwrap();
    }

    /// Topics and payloads of the message list, newest first.
    pub(crate) fn messages(&self, name: &str) -> Vec<(String, String)> {
        let key = self.key(name);
        (0..self.lab.message_count(key))
            .map(|index| {
                let row = self.lab.message_row(key, index).unwrap();
                let payload = String::from_utf8_lossy(row.payload).into_owned();
                (row.topic.to_owned(), payload)
            })
            .collect()
    }

    /// The link that a client has now.
    pub(crate) fn link(&self, name: &str) -> LinkId {
        let client_id = &self.client(name).connection_form().client_id;
        let mut links = self.server.links.iter().rev();
        links.find(|link| link.client_id == *client_id).unwrap().id
    }

    /// The network of a link breaks.
    pub(crate) fn cut(&mut self, link: LinkId) {
        self.server.gone(link);
        let event = LinkEvent::Closed {
            code: 1006,
            reason: "",
            clean: false,
        };
        self.lab.handle_link(link, event, self.now);
        self.settle();
    }

    /// Hands bytes to the lab as they are.
    pub(crate) fn raw(&mut self, link: LinkId, bytes: &[u8]) {
        self.lab
            .handle_link(link, LinkEvent::Received(bytes), self.now);
        self.settle();
    }

    /// Lets time pass, with every deadline on the way.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.lab.poll_timeout().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.lab.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.lab.handle_timeout(end);
        self.settle();
    }

    /// Carries everything to where it goes until nothing moves.
    pub(crate) fn settle(&mut self) {
        loop {
            if let Some(effect) = self.lab.poll_effect() {
                self.execute(effect);
            } else if let Some((link, bytes)) = self.server.to_lab.pop_front() {
                self.lab
                    .handle_link(link, LinkEvent::Received(&bytes), self.now);
            } else if let Some(link) = self.server.hung_up.pop() {
                let event = LinkEvent::Closed {
                    code: 1000,
                    reason: "",
                    clean: true,
                };
                self.lab.handle_link(link, event, self.now);
            } else {
                return;
            }
        }
    }

    fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::OpenLink {
                link,
                url,
                protocol,
            } => {
                self.opened.push(url);
                if self.server.opens {
                    self.server.open(link);
                    self.lab
                        .handle_link(link, LinkEvent::Opened { protocol }, self.now);
                }
            }
            Effect::Send { link, bytes } => {
                self.sent.extend_from_slice(&bytes);
                self.server.receive(link, &bytes);
            }
            Effect::CloseLink { link } => {
                self.server.gone(link);
            }
            Effect::Store { key, value } => {
                self.stored.insert(key, value);
            }
            Effect::Forget { key } => {
                self.stored.remove(&key);
            }
            Effect::SaveChunk { file, bytes } => {
                self.parts.entry(file.value()).or_default().extend(bytes);
            }
            Effect::SaveFile { file, name, .. } => {
                let bytes = self.parts.remove(&file.value()).unwrap_or_default();
                self.files.push((name, bytes));
            }
            // This lab has its engine and its broker from the start.
            Effect::FetchEngine | Effect::FetchServer => unreachable!(),
            Effect::DropFile { file } => {
                self.parts.remove(&file.value());
            }
            Effect::Post { .. } | Effect::WatchTab { .. } => {
                panic!("nobody has said that there are other tabs")
            }
        }
    }
}

impl Server {
    fn new() -> Self {
        Self {
            links: Vec::new(),
            retained: BTreeMap::new(),
            opens: true,
            answers_connect: true,
            connack_code: None,
            session_present: false,
            connack_properties: ConnackProperties::default,
            maximum_grant: Qos::ExactlyOnce,
            refused_filters: Vec::new(),
            acknowledges: true,
            takes_anything: false,
            hung_up: Vec::new(),
            to_lab: VecDeque::new(),
            next_packet_id: 0,
            aliases: BTreeMap::new(),
        }
    }

    fn open(&mut self, id: LinkId) {
        self.links.push(ServerLink {
            id,
            version: ProtocolVersion::V3_1_1,
            client_id: String::new(),
            subscriptions: Vec::new(),
            will: None,
            splitter: PacketSplitter::new(268_435_460),
        });
    }

    /// The link is gone; without DISCONNECT before, the will is published.
    pub(crate) fn gone(&mut self, link: LinkId) {
        let Some(place) = self.links.iter().position(|known| known.id == link) else {
            return;
        };
        let gone = self.links.remove(place);
        if let Some((topic, payload, qos, retain)) = gone.will {
            self.route(&topic, &payload, qos, retain, link);
        }
    }

    pub(crate) fn send(&mut self, link: LinkId, packet: &ControlPacket<'_>) {
        let known = self.links.iter().find(|known| known.id == link).unwrap();
        let mut bytes = Vec::new();
        encode(packet, known.version, &mut bytes).unwrap();
        self.to_lab.push_back((link, bytes));
    }

    fn receive(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(place) = self.links.iter().position(|known| known.id == link) else {
            return;
        };
        let mut packets = Vec::new();
        let known = &mut self.links[place];
        let mut rest = bytes;
        loop {
            match known.splitter.next(&mut rest) {
                Ok(Some(raw)) => packets.push(raw.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    assert!(self.takes_anything, "{error}");
                    return self.hang_up(link);
                }
            }
        }
        for raw in packets {
            let known = &self.links[place];
            let packet = match decode(&raw, known.version) {
                // A second CONNECT, and what only servers send, too.
                Ok(packet)
                    if packet.packet_type().sent_by_client()
                        && (known.client_id.is_empty()
                            || !matches!(packet, ControlPacket::Connect(_))) =>
                {
                    packet
                }
                outcome => {
                    assert!(self.takes_anything, "{outcome:?}");
                    return self.hang_up(link);
                }
            };
            self.handle(place, link, &packet);
            if self.links.get(place).is_none_or(|known| known.id != link) {
                return;
            }
        }
    }

    fn hang_up(&mut self, link: LinkId) {
        self.gone(link);
        self.hung_up.push(link);
    }

    fn handle(&mut self, place: usize, link: LinkId, packet: &ControlPacket<'_>) {
        match packet {
            ControlPacket::Connect(connect) => {
                let known = &mut self.links[place];
                known.version = connect.protocol_version;
                known.client_id = connect.client_id.to_owned();
                known.will = connect.will.as_ref().map(|will| {
                    let topic = will.topic.as_str().to_owned();
                    (topic, will.payload.to_vec(), will.qos, will.retain)
                });
                if self.answers_connect {
                    self.answer_connect(place, link);
                }
            }
            ControlPacket::Publish(publish) => self.take(link, publish),
            ControlPacket::Pubrel(pubrel) => {
                let pubcomp = ControlPacket::Pubcomp(Acknowledgement::success(pubrel.packet_id));
                self.acknowledge(link, &pubcomp);
            }
            ControlPacket::Pubrec(pubrec) => {
                let pubrel = ControlPacket::Pubrel(Acknowledgement::success(pubrec.packet_id));
                self.send(link, &pubrel);
            }
            ControlPacket::Subscribe(subscribe) => {
                let mut reason_codes = Vec::new();
                let mut granted = Vec::new();
                for subscription in &subscribe.subscriptions {
                    let filter = subscription.filter.as_str().to_owned();
                    if self.refused_filters.contains(&filter) {
                        reason_codes.push(ReasonCode::UnspecifiedError);
                        continue;
                    }
                    let mut options = subscription.options;
                    options.qos = options.qos.min(self.maximum_grant);
                    reason_codes.push(ReasonCode::from_u8(options.qos.as_u8()).unwrap());
                    let identifier = subscribe.subscription_identifier;
                    self.links[place]
                        .subscriptions
                        .retain(|(known, ..)| *known != filter);
                    granted.push((filter, options, identifier));
                }
                self.links[place].subscriptions.extend(granted.clone());
                let suback = ControlPacket::Suback(Suback {
                    packet_id: subscribe.packet_id,
                    reason_string: None,
                    user_properties: UserProperties::EMPTY,
                    reason_codes,
                });
                self.send(link, &suback);
                for (filter, options, identifier) in granted {
                    self.send_retained(link, &filter, options, identifier);
                }
            }
            ControlPacket::Unsubscribe(unsubscribe) => {
                let known = &mut self.links[place];
                let mut reason_codes = Vec::new();
                for filter in &unsubscribe.filters {
                    known
                        .subscriptions
                        .retain(|(known, ..)| known != filter.as_str());
                    if known.version == ProtocolVersion::V5_0 {
                        reason_codes.push(ReasonCode::Success);
                    }
                }
                let unsuback = ControlPacket::Unsuback(Unsuback {
                    packet_id: unsubscribe.packet_id,
                    reason_string: None,
                    user_properties: UserProperties::EMPTY,
                    reason_codes,
                });
                self.send(link, &unsuback);
            }
            ControlPacket::Pingreq => self.send(link, &ControlPacket::Pingresp),
            ControlPacket::Disconnect(disconnect)
                if disconnect.reason_code == ReasonCode::Success =>
            {
                self.links[place].will = None;
            }
            _ => {}
        }
    }

    fn answer_connect(&mut self, place: usize, link: LinkId) {
        let is_version_5 = self.links[place].version == ProtocolVersion::V5_0;
        let code = self.connack_code.unwrap_or(0);
        let connack = ControlPacket::Connack(Box::new(Connack {
            session_present: self.session_present && code == 0,
            code: if is_version_5 {
                ConnackCode::V5(ReasonCode::from_u8(code).unwrap())
            } else {
                ConnackCode::V3(ConnectReturnCode::from_u8(code).unwrap())
            },
            properties: if is_version_5 {
                (self.connack_properties)()
            } else {
                ConnackProperties::default()
            },
        }));
        self.send(link, &connack);
        if code != 0 {
            self.links[place].will = None;
        }
    }

    fn take(&mut self, link: LinkId, publish: &Publish<'_>) {
        let alias = publish.properties.topic_alias;
        if let (Some(alias), Some(topic)) = (alias, publish.topic) {
            let topic = topic.as_str().to_owned();
            self.aliases.insert((link, alias.get()), topic);
        }
        let known = alias.and_then(|alias| self.aliases.get(&(link, alias.get())));
        let topic = publish.topic.map(|topic| topic.as_str().to_owned());
        let Some(topic) = topic.or_else(|| known.cloned()) else {
            assert!(self.takes_anything, "no name for {alias:?}");
            return self.hang_up(link);
        };
        let (qos, retain) = (publish.qos, publish.retain);
        if let Some(packet_id) = publish.packet_id {
            let answer = Acknowledgement::success(packet_id);
            let answer = match qos {
                Qos::ExactlyOnce => ControlPacket::Pubrec(answer),
                _ => ControlPacket::Puback(answer),
            };
            self.acknowledge(link, &answer);
        }
        self.route(&topic, publish.payload, qos, retain, link);
    }

    fn acknowledge(&mut self, link: LinkId, packet: &ControlPacket<'_>) {
        if self.acknowledges {
            self.send(link, packet);
        }
    }

    /// Publishes a message to everyone who has subscribed to it.
    pub(crate) fn route(
        &mut self,
        topic: &str,
        payload: &[u8],
        qos: Qos,
        retain: bool,
        from: LinkId,
    ) {
        if retain {
            if payload.is_empty() {
                self.retained.remove(topic);
            } else {
                self.retained
                    .insert(topic.to_owned(), (payload.to_vec(), qos));
            }
        }
        let name = TopicName::parse(topic).unwrap();
        let mut deliveries = Vec::new();
        for link in &self.links {
            let mut granted = None;
            let mut as_published = false;
            let mut identifiers = SubscriptionIdentifiers::default();
            for (filter, options, identifier) in &link.subscriptions {
                let filter = TopicFilter::parse(filter).unwrap();
                if matches(filter, name) && !(options.no_local && link.id == from) {
                    granted = granted.max(Some(options.qos));
                    as_published |= options.retain_as_published;
                    if let Some(identifier) = *identifier {
                        identifiers.push(identifier);
                    }
                }
            }
            if let Some(granted) = granted {
                deliveries.push((
                    link.id,
                    granted.min(qos),
                    as_published && retain,
                    identifiers,
                ));
            }
        }
        for (link, qos, retain, identifiers) in deliveries {
            self.deliver(link, topic, payload, qos, retain, identifiers);
        }
    }

    fn send_retained(
        &mut self,
        link: LinkId,
        filter: &str,
        options: SubscriptionOptions,
        identifier: Option<SubscriptionIdentifier>,
    ) {
        let filter = TopicFilter::parse(filter).unwrap();
        for (topic, (payload, qos)) in self.retained.clone() {
            if matches(filter, TopicName::parse(&topic).unwrap()) {
                let mut identifiers = SubscriptionIdentifiers::default();
                if let Some(identifier) = identifier {
                    identifiers.push(identifier);
                }
                let qos = qos.min(options.qos);
                self.deliver(link, &topic, &payload, qos, true, identifiers);
            }
        }
    }

    pub(crate) fn deliver(
        &mut self,
        link: LinkId,
        topic: &str,
        payload: &[u8],
        qos: Qos,
        retain: bool,
        subscription_identifiers: SubscriptionIdentifiers<'static>,
    ) {
        let packet_id = (qos != Qos::AtMostOnce).then(|| {
            self.next_packet_id = self.next_packet_id % 65_535 + 1;
            PacketId::new(self.next_packet_id).unwrap()
        });
        let publish = ControlPacket::Publish(Publish {
            dup: false,
            qos,
            retain,
            topic: Some(TopicName::parse(topic).unwrap()),
            packet_id,
            properties: PublishProperties {
                subscription_identifiers,
                ..PublishProperties::default()
            },
            payload,
        });
        self.send(link, &publish);
    }
}
