//! Dissect: bytes from anywhere, taken apart. Nothing is sent, and no connection is needed.

mod answer;
mod list;

use std::sync::Arc;

use leptos::prelude::*;

use super::copy::{self, Copied};
use super::inspector::inspector;
use crate::codec::ProtocolVersion;
use crate::lab::LabClient;
use crate::lab::trace::Direction;
use crate::lab::wire::copy_as::CopyAs;
use crate::lab::wire::inspect::inspect;
use crate::lab::wire::link::{LinkError, read_link};
use crate::lab::wire::paste::{PasteError, Pasted, PastedPacket, paste};
use crate::platform::page;
use crate::ui::components::{
    Button, ButtonKind, Choice, EmptyState, Select, TextField, TextKind, when,
};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::{Memo, State};

/// What is remembered while the drawer is closed, or shows something else.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    text: Arc<str>,
    version: Option<ProtocolVersion>,
    direction: Option<Direction>,
    chosen: usize,
    /// The fragment of the page's address that was read last.
    fragment: String,
    trouble: Option<LinkError>,
}

/// The pane's own state, which outlives it.
#[derive(Clone, Copy)]
struct Form(State<Kept>);

impl Form {
    /// Shows the packet that the page's address names, unless it has been shown before.
    fn read_address(self) {
        let fragment = page::fragment();
        if self.0.with_untracked(|kept| kept.fragment == fragment) {
            return;
        }
        let Some(packet) = read_link(&fragment) else {
            return;
        };
        let mut kept = Kept {
            fragment,
            ..Kept::default()
        };
        match packet {
            Ok(packet) => {
                kept.text = CopyAs::Hex.text(&packet.raw).into();
                kept.version = Some(packet.version);
                kept.direction = packet.direction;
            }
            Err(error) => kept.trouble = Some(error),
        }
        self.0.set(kept);
    }

    /// Takes text that was typed or pasted; version and direction are guessed anew when the field was empty before.
    fn type_text(self, text: &str) {
        self.0.update(|kept| {
            if kept.text.trim().is_empty() || text.trim().is_empty() {
                (kept.version, kept.direction) = (None, None);
            }
            kept.trouble = None;
            kept.chosen = 0;
            kept.text = text.into();
        });
    }

    fn choose(self, place: usize) {
        self.0.update(|kept| kept.chosen = place);
    }

    fn read_as(self, version: Option<ProtocolVersion>) {
        self.0.update(|kept| kept.version = version);
    }

    fn chosen(self) -> usize {
        self.0.with(|kept| kept.chosen)
    }

    fn version(self) -> Option<ProtocolVersion> {
        self.0.with(|kept| kept.version)
    }

    fn direction(self) -> Option<Direction> {
        self.0.with(|kept| kept.direction)
    }
}

/// What has become of the text; none while there is none.
type Answer = Memo<Option<Result<Arc<Pasted>, PasteError>>>;

/// A CONNECT of MQTT 3.1.1, with a will, a user name and a password.
const EXAMPLE: &str = "10 40 00 04 4d 51 54 54 04 d6 00 3c 00 08 63 6c 69 65 6e 74 2d 31 00 0a 2f 68 61 6e 73 2f 77 69 6c 6c 00 0f 75 6e 65 78 70 65 63 74 65 64 20 65 78 69 74 00 04 68 61 6e 73 00 07 6c 65 74 6d 65 69 6e";

/// The pane.
pub(super) fn view(kept: State<Kept>) -> AnyView {
    let (lab, kept) = (use_lab(), Form(kept));
    kept.read_address();
    let listening = window_event_listener_untyped("hashchange", move |_| kept.read_address());
    on_cleanup(move || listening.remove());
    let usual = lab.memo(|lab| {
        let form = lab.selected().map(LabClient::connection_form);
        form.map_or(ProtocolVersion::V3_1_1, |form| form.version)
    });
    // What else is remembered changes nothing about the answer.
    let asked = Memo::new(move || {
        kept.0
            .with(|kept| (kept.text.clone(), kept.version, kept.direction))
    });
    let answer: Answer = Memo::new(move || {
        let (text, version, direction) = asked.get();
        let is_blank = text.trim().is_empty();
        (!is_blank).then(|| paste(&text, version, direction, usual.get()).map(Arc::new))
    });
    let packet = Memo::new(move || {
        let answer = answer.read();
        let pasted = answer.as_ref()?.as_ref().ok()?;
        let packet = pasted.packets.get(kept.chosen())?;
        Some(Chosen {
            raw: pasted.bytes.get(packet.span.clone())?.to_vec(),
            packet: packet.clone(),
        })
    });
    let inspected = Memo::new(move || {
        let chosen = packet.read();
        let Chosen { raw, packet } = chosen.as_ref()?;
        Some(Arc::new(inspect(
            raw,
            packet.version,
            Some(packet.direction),
        )))
    });
    let copied = move || {
        packet.get_untracked().map(|chosen| Copied {
            raw: chosen.raw,
            version: chosen.packet.version,
            direction: Some(chosen.packet.direction),
        })
    };
    view! {
        <div class="dissect">
            <div class="dissect__side">
                {form(kept, answer)} {answer::view(kept, answer)} {list::view(kept, answer)}
            </div>
            <div class="dissect__main">
                {when(
                    move || packet.with(Option::is_some),
                    move || {
                        view! {
                            {copy::buttons(copied)}
                            {inspector(inspected)}
                        }
                            .into_any()
                    },
                )}
                {when(
                    move || packet.with(Option::is_none),
                    move || {
                        view! {
                            <EmptyState
                                title="No packet yet"
                                text="Paste the bytes of an MQTT packet: from Wireshark, from a log, from a program. Every byte is explained here, and nothing is sent."
                            />
                        }
                            .into_any()
                    },
                )}
            </div>
        </div>
    }
    .into_any()
}

/// The packet that is chosen, with its bytes.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    raw: Vec<u8>,
    packet: PastedPacket,
}

fn form(kept: Form, answer: Answer) -> AnyView {
    let is_blank = move || kept.0.with(|kept| kept.text.trim().is_empty());
    let error = move || {
        let answer = answer.read();
        let error = answer.as_ref()?.as_ref().err()?;
        Some(sentence(&error.to_string()))
    };
    let version_hint = move || {
        let answer = answer.read();
        let pasted = answer.as_ref()?.as_ref().ok()?;
        kept.version()
            .is_none()
            .then(|| format!("MQTT {}: {}", pasted.version, pasted.version_why))
    };
    let direction_hint = move || {
        let answer = answer.read();
        let pasted = answer.as_ref()?.as_ref().ok()?;
        let packet = pasted.packets.get(kept.chosen())?;
        let words = match packet.direction {
            Direction::Sent => "From the client: ",
            Direction::Received => "From the server: ",
        };
        kept.direction()
            .is_none()
            .then(|| words.to_owned() + packet.direction_why)
    };
    view! {
        <TextField
            label="Bytes"
            kind=TextKind::Block(4)
            class="w-full dissect__text"
            help="Hexadecimal digits in any usual form: with spaces, colons, commas, 0x or \\x, as an array of a program, as a dump with offsets, or base64. WebSocket frames and the headers of a captured packet may stand before it."
            placeholder="10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00"
            value=Signal::derive(move || kept.0.with(|kept| kept.text.to_string()))
            on_input=move |text: String| kept.type_text(&text)
            error=Signal::derive(error)
        />
        <div class="fields dissect__choices">
            <Select
                label="Read as MQTT"
                class="w-s"
                help="The same bytes mean other things in another version. A CONNECT says its own."
                choices=vec![
                    Choice::new("guess", "what fits"),
                    Choice::new("3", "3.1"),
                    Choice::new("4", "3.1.1"),
                    Choice::new("5", "5.0"),
                ]
                value=Signal::derive(move || match kept.version() {
                    None => "guess".to_owned(),
                    Some(version) => version.level().to_string(),
                })
                on_change=move |value: String| {
                    let chosen = ProtocolVersion::ALL
                        .into_iter()
                        .find(|version| version.level().to_string() == value);
                    kept.read_as(chosen);
                }
            />
            <Select
                label="Sent by"
                class="w-s"
                help="Some packets only a client may send, and some only a server."
                choices=vec![
                    Choice::new("guess", "who fits"),
                    Choice::new("client", "the client"),
                    Choice::new("server", "the server"),
                ]
                value=Signal::derive(move || {
                    match kept.direction() {
                        None => "guess",
                        Some(Direction::Sent) => "client",
                        Some(Direction::Received) => "server",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    let chosen = match value.as_str() {
                                "client" => Some(Direction::Sent),
                                "server" => Some(Direction::Received),
                                _ => None,
                            };
                    kept.0.update(|kept| kept.direction = chosen);
                }
            />
            {when(
                is_blank,
                move || {
                    view! {
                        <Button
                            label="Try an example"
                            on_press=move |()| kept.type_text(EXAMPLE)
                        />
                    }
                        .into_any()
                },
            )}
            {when(
                move || !kept.0.with(|kept| kept.text.is_empty()),
                move || {
                    view! {
                        <Button
                            label="Clear"
                            kind=ButtonKind::Quiet
                            on_press=move |()| kept.type_text("")
                        />
                    }
                        .into_any()
                },
            )}
        </div>
        <p class="hint" hidden=move || version_hint().is_none()>{version_hint}</p>
        <p class="hint" hidden=move || direction_hint().is_none()>{direction_hint}</p>
    }
    .into_any()
}

/// Words of an error as a sentence.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
