//! How the lab's plain data is drawn: which shape a state has, which entries a picker offers.

use leptos::prelude::*;

use super::components::{Choice, Tone};
use super::handle::LabHandle;
use crate::codec::ProtocolVersion;
use crate::lab::wording::Standing;
use crate::lab::{ClientKey, ConnectionPhase, Lab, LabClient, StateLine, format};

/// The shape of a connection's state.
pub fn state_tone(line: &StateLine) -> Tone {
    let went_wrong = line.closed.as_ref().is_some_and(|closed| !closed.as_asked);
    match line.phase {
        ConnectionPhase::Connected => Tone::Ok,
        ConnectionPhase::Disconnected if went_wrong => Tone::Bad,
        ConnectionPhase::Disconnected => Tone::Idle,
        ConnectionPhase::Opening
        | ConnectionPhase::AwaitingConnack
        | ConnectionPhase::Closing
        | ConnectionPhase::ReconnectDelay => Tone::Warn,
    }
}

/// The public brokers, and *Custom*.
pub fn broker_choices(lab: LabHandle) -> Vec<Choice> {
    let mut choices = lab.with_untracked(|lab| {
        let brokers = lab.brokers().brokers.iter().enumerate();
        brokers
            .map(|(position, broker)| Choice::new(position.to_string(), broker.label.clone()))
            .collect::<Vec<_>>()
    });
    choices.push(Choice::new("", "Custom"));
    choices
}

/// The state line of a client; `None` where it has been removed.
pub fn state_line(lab: LabHandle, client: ClientKey) -> Option<StateLine> {
    lab.with(|lab| lab.state_line(client))
}

/// One thing the folded Connection panel says while connected.
#[derive(Clone, PartialEq)]
pub struct ConnectedFact {
    words: &'static str,
    code: String,
}

impl ConnectedFact {
    /// Words, and what is read letter by letter in monospace.
    pub fn view(self) -> AnyView {
        let code =
            (!self.code.is_empty()).then(|| view! { " " <span class="mono">{self.code}</span> });
        view! { <span class="connection__fact">{self.words} {code}</span> }.into_any()
    }
}

/// What the folded Connection panel says while connected.
pub fn connected_facts(lab: LabHandle, client: ClientKey) -> Vec<ConnectedFact> {
    let will = lab.client(client, |client| {
        let will = client.will().filter(|will| will.released.is_none());
        will.map(|will| will.topic.clone())
    });
    let will = will.flatten().map(|topic| ConnectedFact {
        words: "will armed on",
        code: topic,
    });
    will.into_iter().collect()
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
    let broker = form
        .public_broker(lab.brokers())
        .and_then(|position| lab.brokers().brokers.get(position))
        .map(|broker| broker.label.clone());
    let broker = broker.unwrap_or_else(|| format!("{}:{}", form.host, form.port));
    format!("{broker} · {}{rate}", form.version.name())
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
        client.is_some_and(|client| client.connection_form().version == ProtocolVersion::V5_0)
    })
}
