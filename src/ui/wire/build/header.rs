//! What is built, from which example, and its fixed header.

use leptos::prelude::*;

use super::Building;
use crate::codec::{ControlPacketType, ProtocolVersion};
use crate::lab::ClientKey;
use crate::lab::wire::build::{Bits, Described, FormPlace, PacketForm, Preset, fixed_header_bits};
use crate::ui::components::{Button, Checkbox, Choice, Select, TextField, TextKind, dynamic};
use crate::ui::element::view;
use crate::ui::handle::use_lab;

/// The examples, and the fields of the first bytes.
pub(super) fn view(client: ClientKey, builder: Building) -> AnyView {
    view! {
        <div class="fields builder__top">
            <Select
                label="Example"
                class="w-m"
                choices=Signal::derive(move || examples(version(builder)))
                value=builder.words(|builder| {
                    let preset = builder.preset();
                    preset.map_or_else(String::new, |preset| preset.name().to_owned())
                })
                on_change=move |name: String| {
                    let preset = Preset::ALL.into_iter().find(|preset| preset.name() == name);
                    if let Some(preset) = preset {
                        builder.0.update(|builder| builder.choose(preset));
                    }
                }
                help="Packets to begin with: right ones, and ones that break one rule each."
            />
            <Button
                label="Undo"
                small=true
                disabled=Signal::derive(move || !builder.0.with(|builder| builder.can_undo()))
                hint="Takes back what an example, a new type or other bytes have overwritten."
                on_press=move |()| builder.0.update(|builder| builder.undo())
            />
        </div>
        {answer(builder)}
        {other_version(client, builder)}
        <div class="fields">
            <Select
                label="Packet type"
                class="w-m"
                choices=Signal::derive(types)
                value=builder.words(|builder| builder.form().packet_type.to_string())
                on_change=move |number: String| {
                    if let Ok(number) = number.parse() {
                        builder.edit(|form| *form = form.with_type(number));
                    }
                }
                help="The first four bits. Another type keeps the fields that both have."
            />
            <Select
                label="Version"
                class="w-p"
                choices=Signal::derive(versions)
                value=builder.words(|builder| builder.form().version.name().to_owned())
                on_change=move |name: String| {
                    let mut versions = ProtocolVersion::ALL.into_iter();
                    if let Some(version) = versions.find(|version| version.name() == name) {
                        builder.edit(|form| *form = form.with_version(version));
                    }
                }
                help="Which fields the packet has. The server reads it in the version of the connection."
            />
            {dynamic(move || flags(builder))}
            <TextField
                label="Remaining Length"
                class="w-p"
                kind=TextKind::Code
                placeholder="counted"
                value=builder.words(|builder| {
                    builder.form().remaining_length.clone().unwrap_or_default()
                })
                on_input=move |text: String| {
                    let text = Some(text).filter(|text| !text.is_empty());
                    builder.edit(|form| form.remaining_length = text);
                }
                error=fault_at(builder, FormPlace::RemainingLength)
                help="How many bytes follow. Empty, it is counted; a number, or the bytes themselves as 0x80 0x01, overrides that."
            />
        </div>
    }
    .into_any()
}

/// What was typed there and stands for no bytes.
pub(super) fn fault_at(builder: Building, place: FormPlace) -> Signal<Option<String>> {
    builder.fault(move |builder| {
        let mut faults = builder.form_faults().iter();
        let fault = faults.find(|fault| fault.place == place)?;
        Some(fault.words())
    })
}

fn version(builder: Building) -> ProtocolVersion {
    builder.0.with(|builder| builder.form().version)
}

fn examples(version: ProtocolVersion) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "Choose one")];
    let presets = Preset::ALL.into_iter();
    choices.extend(
        presets
            .filter(|preset| preset.is_of(version))
            .map(|preset| {
                let group = if preset.is_right() { "Right" } else { "Wrong" };
                Choice::new(preset.name(), preset.name()).under(group)
            }),
    );
    choices
}

/// What a server ought to answer to the example, as long as it is one.
fn answer(builder: Building) -> AnyView {
    let answer = builder.memo(|builder| {
        let is_described = builder.described() == Described::Yes || builder.preset().is_some();
        let preset = builder.preset().filter(|_| is_described)?;
        Some(preset.answer(builder.form().version))
    });
    dynamic(move || match answer.get() {
        None => ().into_any(),
        Some(answer) => view! {
            <p class="builder__answer">
                <strong>"What a server ought to answer: "</strong>
                {answer}
            </p>
        }
        .into_any(),
    })
}

/// Said where the connection is of another version than the packet.
fn other_version(client: ClientKey, builder: Building) -> AnyView {
    let lab = use_lab();
    let connection = lab.memo(move |lab| lab.version_by_hand(client));
    let own = builder.memo(|builder| builder.form().version);
    dynamic(move || {
        let Some(connection) = connection.get().filter(|version| *version != own.get()) else {
            return ().into_any();
        };
        let label = format!("Use {connection}");
        view! {
            <p class="builder__version hint">
                {format!(
                    "The packet is written in MQTT {}; this connection speaks {connection}.",
                    own.get(),
                )}
                <Button
                    label=label
                    small=true
                    on_press=move |()| builder.edit(|form| *form = form.with_version(connection))
                />
            </p>
        }
        .into_any()
    })
}

fn types() -> Vec<Choice> {
    let name = |number: u8| match ControlPacketType::from_u8(number) {
        Some(packet) => format!("{number}: {packet}"),
        None => format!("{number}: reserved"),
    };
    (1..=15)
        .chain([0])
        .map(|number| Choice::new(number.to_string(), name(number)))
        .collect()
}

fn versions() -> Vec<Choice> {
    let versions = ProtocolVersion::ALL.into_iter();
    versions
        .map(|version| Choice::new(version.name(), format!("MQTT {version}")))
        .collect()
}

/// The low four bits of the first byte.
fn flags(builder: Building) -> AnyView {
    let kind = builder.memo(|builder| builder.form().kind()).get();
    let bits = fixed_header_bits(kind);
    if !bits.is_empty() {
        let flags = builder.memo(|builder| builder.form().flags);
        let set = move |bits: Bits, value: u8| {
            builder.edit(|form| form.set_flags(bits.set(form.flags, value)));
        };
        return bits_view(
            bits,
            Signal::derive(move || flags.get()),
            Callback::new(move |(bits, value)| set(bits, value)),
        );
    }
    let right = PacketForm::new(
        kind.map_or(0, ControlPacketType::as_u8),
        ProtocolVersion::V5_0,
    )
    .flags;
    let choices = move || {
        (0..16_u8)
            .map(|flags| {
                let mark = if flags == right { " (right)" } else { "" };
                Choice::new(flags.to_string(), format!("{flags:04b}{mark}"))
            })
            .collect::<Vec<_>>()
    };
    view! {
        <Select
            label="Flags"
            class="w-p"
            choices=Signal::derive(choices)
            value=builder.words(|builder| builder.form().flags.to_string())
            on_change=move |flags: String| {
                if let Ok(flags) = flags.parse() {
                    builder.edit(|form| form.set_flags(flags));
                }
            }
            help="The low four bits of the first byte, which are fixed for this type."
        />
    }
    .into_any()
}

/// A control for each group of bits of a byte.
pub(super) fn bits_view(
    bits: &'static [Bits],
    byte: Signal<u8>,
    on_change: Callback<(Bits, u8)>,
) -> AnyView {
    bits.iter()
        .map(|&bits| {
            let value = move || bits.value(byte.get());
            if bits.meanings.is_empty() {
                return view! {
                    <Checkbox
                        label=bits.name
                        checked=Signal::derive(move || value() != 0)
                        on_change=move |on: bool| on_change.run((bits, u8::from(on)))
                    />
                }
                .into_any();
            }
            let choices = move || {
                let meanings = bits.meanings.iter().enumerate();
                meanings
                    .map(|(value, meaning)| Choice::new(value.to_string(), *meaning))
                    .collect::<Vec<_>>()
            };
            view! {
                <Select
                    label=bits.name
                    class="w-xs"
                    choices=Signal::derive(choices)
                    value=Signal::derive(move || value().to_string())
                    on_change=move |value: String| {
                        if let Ok(value) = value.parse() {
                            on_change.run((bits, value));
                        }
                    }
                />
            }
            .into_any()
        })
        .collect_view()
        .into_any()
}
