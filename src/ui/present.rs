//! How the lab's plain data is drawn: which shape a state has, which entries a picker offers.

use leptos::prelude::*;

use super::components::{Choice, Tone};
use super::handle::LabHandle;
use crate::codec::ProtocolVersion;
use crate::lab::wording::Standing;
use crate::lab::{BrokerChoice, ClientKey, ConnectionPhase, Lab, LabClient, StateLine, format};
use crate::time::Instant;
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// The shape of a client's connection state.
pub fn state_tone(lab: LabHandle, client: ClientKey) -> Signal<Tone> {
    Signal::derive(move || {
        let line = lab.with(|lab| lab.state_line(client));
        line.as_ref().map(tone).unwrap_or_default()
    })
}

fn tone(line: &StateLine) -> Tone {
    let went_wrong = line.closed.as_ref().is_some_and(|closed| !closed.as_asked);
    match line.phase {
        ConnectionPhase::Connected => Tone::Ok,
        ConnectionPhase::Disconnected if went_wrong => Tone::Bad,
        ConnectionPhase::Disconnected => Tone::Idle,
        ConnectionPhase::Opening
        | ConnectionPhase::AwaitingConnack
        | ConnectionPhase::WithoutConnect
        | ConnectionPhase::Closing
        | ConnectionPhase::ReconnectDelay => Tone::Warn,
    }
}

/// A client's connection state in one word or a few.
pub fn state_words(lab: LabHandle, client: ClientKey) -> Signal<String> {
    lab.words(move |lab| {
        let line = lab.state_line(client);
        line.map(|line| line.status).unwrap_or_default()
    })
}

/// The lab broker, the public brokers, and *Custom*.
pub fn broker_choices(lab: &Lab) -> Vec<Choice> {
    let brokers = lab.brokers().brokers.iter().enumerate();
    let listed =
        brokers.map(|(position, broker)| Choice::new(position.to_string(), broker.label.clone()));
    let mut choices = vec![Choice::new(
        broker_value(BrokerChoice::LabBroker),
        lab.lab_broker_words(),
    )];
    choices.extend(listed);
    choices.push(Choice::new(broker_value(BrokerChoice::Custom), "Custom"));
    choices
}

/// The value of an entry of the picker.
pub fn broker_value(choice: BrokerChoice) -> String {
    match choice {
        BrokerChoice::LabBroker => "lab".to_owned(),
        BrokerChoice::Listed(position) => position.to_string(),
        BrokerChoice::Custom => String::new(),
    }
}

/// The entry of the picker with a value.
pub fn broker_choice(value: &str) -> BrokerChoice {
    match value {
        "lab" => BrokerChoice::LabBroker,
        _ => value
            .parse()
            .map_or(BrokerChoice::Custom, BrokerChoice::Listed),
    }
}

/// One thing that the heading of the Connection panel says beside the state.
#[derive(Clone, Default, PartialEq)]
pub struct ConnectionFact {
    words: String,
    /// What is read letter by letter.
    code: String,
}

impl ConnectionFact {
    /// Words, and what is read letter by letter in monospace.
    pub fn view(self) -> AnyView {
        view! {
            <span class="connection__fact">
                {self.words} " " <span class="mono">{self.code}</span>
            </span>
            // Between two facts, for who copies or hears them.
            " "
        }
        .into_any()
    }
}

/// What the heading of the Connection panel says beside the state. What went wrong has its own
/// place, and is left out here.
pub fn connection_facts(lab: &Lab, key: ClientKey) -> Vec<ConnectionFact> {
    let mut facts = Vec::new();
    let mut say = |words: &str, code: &str| {
        facts.push(ConnectionFact {
            words: words.to_owned(),
            code: code.to_owned(),
        });
    };
    let (Some(client), Some(line)) = (lab.client(key), lab.state_line(key)) else {
        return facts;
    };
    let now = lab.now();
    if let (ConnectionPhase::Connected, Some(negotiated)) = (line.phase, client.negotiated()) {
        let since = line.since.unwrap_or(now);
        say("for", &format::duration(now.saturating_since(since)));
        say(&format!("to {}", lab.broker_words(client)), "");
        say("as", &negotiated.client_id);
        say(&format!("MQTT {}", negotiated.protocol_version.name()), "");
        say(&keep_alive_words(negotiated.keep_alive, client, now), "");
        match (negotiated.protocol_version, negotiated.session_present) {
            (ProtocolVersion::V3_1, _) => {}
            (_, true) if negotiated.session_adopted => say("session present, taken over", ""),
            (_, true) => say("session present", ""),
            (_, false) => say("session not present", ""),
        }
    } else if line.closed.as_ref().is_none_or(|closed| closed.as_asked) {
        say(&line.sentence, "");
    }
    if lab.is_time_paused() {
        say("time is paused", "");
    }
    if let Some(will) = client.will().filter(|will| will.released.is_none()) {
        say("will armed on", &will.topic);
    }
    facts
}

fn keep_alive_words(keep_alive: u16, client: &LabClient, now: Instant) -> String {
    if keep_alive == 0 {
        return "Keep Alive off".to_owned();
    }
    let next = client.mqtt().next_ping().map(|ping| {
        let left = ping.saturating_since(now).as_secs();
        format!(" (next ping in {left} s)")
    });
    format!("Keep Alive {keep_alive} s{}", next.unwrap_or_default())
}

/// The line of the rail under a client: where to, which version, how fast.
pub fn rail_line(lab: &Lab, client: &LabClient) -> String {
    let form = client.connection_form();
    let now = lab.now();
    let rate = client.received_rate().per_second(now) + client.sent_rate().per_second(now);
    let rate = if rate > 0.0 {
        format!(" · {}", format::rate(rate))
    } else {
        String::new()
    };
    let version = form.version.name();
    format!("{version} · {}{rate}", lab.broker_words(client))
}

/// The shape of what stands in a row.
pub const fn standing_tone(standing: Standing) -> Tone {
    match standing {
        Standing::Idle => Tone::Idle,
        Standing::UnderWay => Tone::Warn,
        Standing::Good => Tone::Ok,
        Standing::Bad => Tone::Bad,
    }
}

/// Whether a client can publish and subscribe now.
pub fn is_connected(lab: LabHandle, client: ClientKey) -> Memo<bool> {
    lab.memo(move |lab| {
        let line = lab.state_line(client);
        line.is_some_and(|line| line.phase.is_connected())
    })
}

/// Whether a client speaks MQTT 5.0, or would.
pub fn speaks_5(lab: LabHandle, client: ClientKey) -> Memo<bool> {
    lab.memo(move |lab| {
        let client = lab.client(client);
        client.is_some_and(|client| client.version() == ProtocolVersion::V5_0)
    })
}
