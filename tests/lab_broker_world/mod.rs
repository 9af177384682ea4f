//! A lab whose clients are at the lab broker, in virtual time. Nothing is played: the broker is
//! the lab's own.

#![allow(dead_code, reason = "each scenario uses its own part of it")]

use std::time::Duration;

use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::trace::{BrokerNote, Note, Record, RecordKind};
use mqtt_lab::lab::{
    BrokerChoice, ClientKey, Command, ConnectionForm, Effect, Environment, Fault, Lab, LabClient,
    PublishForm, Refusal, SubscribeForm,
};
use mqtt_lab::time::Instant;

pub(crate) struct World {
    pub(crate) lab: Lab,
    /// The driver's time.
    pub(crate) now: Instant,
    /// What the lab has asked its driver for.
    pub(crate) effects: Vec<Effect>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::seeded(7)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self::with(Environment {
            seed,
            ..Environment::default()
        })
    }

    pub(crate) fn with(environment: Environment) -> Self {
        Self::around(Lab::new(environment))
    }

    /// A world of one client, alice, whose lab has no broker yet.
    pub(crate) fn without_server(environment: Environment) -> Self {
        Self::around(Lab::without_server(environment))
    }

    fn around(lab: Lab) -> Self {
        let mut world = Self {
            lab,
            now: Instant::ORIGIN,
            effects: Vec::new(),
        };
        let client = world.key("alice");
        let broker = BrokerChoice::LabBroker;
        world.command(Command::ChooseBroker { client, broker });
        world
    }

    /// A world in which these have been added after alice, each with its own name as its Client
    /// Identifier, and none is connected.
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut world = Self::new();
        for (place, name) in names.iter().enumerate() {
            if place > 0 {
                world.command(Command::AddClient);
            }
            world.edit(name, |form| form.client_id = (*name).to_owned());
        }
        world
    }

    pub(crate) fn key(&self, name: &str) -> ClientKey {
        let mut clients = self.lab.clients();
        clients.find(|client| client.name() == name).unwrap().key()
    }

    pub(crate) fn client(&self, name: &str) -> &LabClient {
        self.lab.client(self.key(name)).unwrap()
    }

    pub(crate) fn status(&self, name: &str) -> String {
        self.lab.state_line(self.key(name)).unwrap().status
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.try_command(command).unwrap();
    }

    pub(crate) fn try_command(&mut self, command: Command) -> Result<(), Refusal> {
        let outcome = self.lab.handle_command(command, self.now);
        self.settle();
        outcome
    }

    pub(crate) fn edit(&mut self, name: &str, change: impl FnOnce(&mut ConnectionForm)) {
        let client = self.key(name);
        let mut form = self.client(name).connection_form().clone();
        change(&mut form);
        let form = Box::new(form);
        self.command(Command::EditConnection { client, form });
    }

    pub(crate) fn connect(&mut self, name: &str) {
        let client = self.key(name);
        self.command(Command::Connect { client });
        assert_eq!(self.status(name), "connected");
    }

    pub(crate) fn connect_with(&mut self, name: &str, version: ProtocolVersion) {
        self.edit(name, |form| form.version = version);
        self.connect(name);
    }

    pub(crate) fn disconnect(&mut self, name: &str) {
        let client = self.key(name);
        let reason_code = mqtt_lab::codec::ReasonCode::Success;
        self.command(Command::Disconnect {
            client,
            reason_code,
        });
    }

    pub(crate) fn cut(&mut self, name: &str) {
        let client = self.key(name);
        self.command(Command::CutNow { client });
    }

    pub(crate) fn fault(&mut self, name: &str, fault: Fault) {
        let client = self.key(name);
        self.command(Command::AddFault { client, fault });
    }

    pub(crate) fn subscribe(&mut self, name: &str, filter: &str, qos: Qos) {
        let client = self.key(name);
        let form = SubscribeForm {
            filter: filter.to_owned(),
            qos,
            ..SubscribeForm::default()
        };
        let form = Box::new(form);
        self.command(Command::EditSubscribe { client, form });
        self.command(Command::Subscribe { client });
    }

    pub(crate) fn publish(&mut self, name: &str, topic: &str, message: &str, qos: Qos) {
        self.publish_form(name, topic, message, qos, |_| {});
    }

    pub(crate) fn publish_form(
        &mut self,
        name: &str,
        topic: &str,
        message: &str,
        qos: Qos,
        change: impl FnOnce(&mut PublishForm),
    ) {
        let client = self.key(name);
        let mut form = PublishForm {
            topic: topic.to_owned(),
            message: message.to_owned(),
            qos,
            ..PublishForm::default()
        };
        change(&mut form);
        let form = Box::new(form);
        self.command(Command::EditPublish { client, form });
        self.command(Command::Publish { client });
    }

    /// Payloads of the message list, oldest first.
    pub(crate) fn messages(&self, name: &str) -> Vec<String> {
        let key = self.key(name);
        let count = self.lab.message_count(key);
        let row = |index| self.lab.message_row(key, index).unwrap();
        (0..count)
            .rev()
            .map(|index| String::from_utf8_lossy(row(index).payload).into_owned())
            .collect()
    }

    /// Lets the driver's time pass, with every deadline on the way.
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

    pub(crate) fn pass_secs(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(crate) fn jump_secs(&mut self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.command(Command::JumpTime { by });
    }

    pub(crate) fn settle(&mut self) {
        for _ in 0..100_000 {
            while let Some(effect) = self.lab.poll_effect() {
                self.effects.push(effect);
            }
            if !self.lab.has_work() {
                return;
            }
            self.lab.work(10_000);
        }
        panic!("the lab does not come to rest");
    }

    /// The records of the whole trace.
    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = Record<'_>> {
        let trace = self.lab.trace();
        trace.records(trace.first()..trace.next())
    }

    pub(crate) fn count(&self, kind: RecordKind) -> usize {
        self.records()
            .filter(|record| record.kind() == kind)
            .count()
    }

    pub(crate) fn broker_notes(&self) -> Vec<(Instant, BrokerNote<'_>)> {
        let trace = self.lab.trace();
        let records = trace.records(trace.first()..trace.next());
        records
            .filter_map(|record| match record.note()? {
                Note::Broker(note) => Some((record.time(), note)),
                _ => None,
            })
            .collect()
    }

    /// Everything in the trace as text, to be compared byte for byte.
    pub(crate) fn dump(&self) -> String {
        let line = |record: Record<'_>| {
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:02x?}\n",
                record.time(),
                record.kind(),
                record.client(),
                record.topic(),
                record.packet_id(),
                record.raw()
            )
        };
        self.records().map(line).collect()
    }
}

/// A whole second of the lab.
pub(crate) fn at_secs(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}
