//! The fields behind the fixed header.

use leptos::prelude::*;

use super::Building;
use super::header::{bits_view, fault_at};
use super::properties;
use crate::codec::ProtocolVersion;
use crate::lab::wire::build::{Bits, Content, FormPlace, PacketForm, PartName, PartValue};
use crate::ui::components::{
    Button, ButtonKind, Checkbox, Entry, TextField, TextKind, keyed, when,
};
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// What a field is, as far as its control depends on it: it stays while this stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    index: usize,
    name: PartName,
    item: Option<usize>,
    is_first_of_item: bool,
    version: ProtocolVersion,
    packet_type: u8,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Content,
    Properties,
}

fn shapes(form: &PacketForm) -> Vec<Shape> {
    let mut before = None;
    let parts = form.parts.iter().enumerate();
    parts
        .map(|(index, part)| {
            let is_first_of_item = part.item.is_some() && part.item != before;
            before = part.item;
            Shape {
                index,
                name: part.name,
                item: part.item,
                is_first_of_item,
                version: form.version,
                packet_type: form.packet_type,
                kind: match part.value {
                    PartValue::Number(_) => Kind::Number,
                    PartValue::Sized(_) | PartValue::Rest(_) => Kind::Content,
                    PartValue::Properties(_) => Kind::Properties,
                },
            }
        })
        .collect()
}

/// All of them, with what adds one more.
pub(super) fn view(builder: Building) -> AnyView {
    let shapes = builder.memo(|builder| shapes(builder.form()));
    let items = builder.memo(|builder| builder.form().has_items().then(|| builder.form().items()));
    view! {
        <div class="builder__fields">
            {keyed(move || {
                let shapes = shapes.get().into_iter();
                shapes
                    .map(|shape| {
                        Entry::new(format!("{shape:?}"), move || field(builder, shape))
                    })
                    .collect()
            })}
        </div>
        {when(
            move || items.get().is_some(),
            move || {
                view! {
                    <div class="buttons">
                        <Button
                            label="Add one more"
                            small=true
                            on_press=move |()| builder.edit(PacketForm::add_item)
                        />
                        <span class="hint">
                            {move || match items.get() {
                                Some(0) => "None, which is wrong: at least one is needed.".to_owned(),
                                Some(1) => "1 in this packet.".to_owned(),
                                Some(count) => format!("{count} in this packet."),
                                None => String::new(),
                            }}
                        </span>
                    </div>
                }
                .into_any()
            },
        )}
    }
    .into_any()
}

fn field(builder: Building, shape: Shape) -> AnyView {
    let index = shape.index;
    let is_present = builder.memo(move |builder| {
        let part = builder.form().parts.get(index);
        part.is_some_and(|part| part.is_present)
    });
    let switch = builder.memo(move |builder| builder.form().switch(index));
    let name = shape.name;
    let remove = shape.item.filter(|_| shape.is_first_of_item).map(|item| {
        view! {
            <div class="builder__item">
                <span class="builder__number">{format!("{}.", item + 1)}</span>
                <Button
                    label=format!("Take out number {}", item + 1)
                    kind=ButtonKind::Quiet
                    picture=crate::ui::components::Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| builder.edit(|form| form.remove_item(item))
                />
            </div>
        }
        .into_any()
    });
    view! {
        <div class="builder__field" class:builder__field--item=shape.item.is_some()>
            {remove}
            {when(
                move || switch.get().is_some(),
                move || {
                    view! {
                        <Checkbox
                            label=switch.get_untracked().unwrap_or_default()
                            checked=is_present
                            on_change=move |on: bool| builder.edit(|form| form.set_present(index, on))
                            help=name.help()
                        />
                    }
                    .into_any()
                },
            )}
            {when(move || is_present.get(), move || control(builder, &shape))}
        </div>
    }
    .into_any()
}

fn control(builder: Building, shape: &Shape) -> AnyView {
    match shape.kind {
        Kind::Number => number(builder, shape.index, shape.name, shape.version),
        Kind::Content => {
            let index = shape.index;
            let read = move |form: &PacketForm| match &form.parts.get(index)?.value {
                PartValue::Sized(content) | PartValue::Rest(content) => Some(content.clone()),
                _ => None,
            };
            let write = move |form: &mut PacketForm, new: Content| {
                if let Some(part) = form.parts.get_mut(index)
                    && let PartValue::Sized(content) | PartValue::Rest(content) = &mut part.value
                {
                    *content = new;
                }
            };
            let field = ContentField {
                label: shape.name.name(),
                help: Some(shape.name.help()),
                is_block: matches!(shape.name, PartName::Payload | PartName::Extra),
                place: FormPlace::Part(index),
            };
            content(builder, field, read, write)
        }
        Kind::Properties => properties::view(builder, shape.index, shape.name),
    }
}

fn number(builder: Building, index: usize, name: PartName, version: ProtocolVersion) -> AnyView {
    let text = builder.words(move |builder| match builder.form().parts.get(index) {
        Some(part) => match &part.value {
            PartValue::Number(number) => number.text.clone(),
            _ => String::new(),
        },
        None => String::new(),
    });
    let set = move |text: String| builder.edit(|form| form.set_number(index, text));
    let byte = builder.memo(move |builder| match builder.form().parts.get(index) {
        Some(part) => match &part.value {
            PartValue::Number(number) => number.value().map_or(0, |value| value as u8),
            _ => 0,
        },
        None => 0,
    });
    let bits: &'static [Bits] = name.bits(version);
    view! {
        <div class="fields">
            <TextField
                label=name.name()
                class="w-p"
                kind=TextKind::Code
                value=text
                on_input=set
                error=fault_at(builder, FormPlace::Part(index))
                help=name.help()
            />
            {(!bits.is_empty())
                .then(|| {
                    bits_view(
                        bits,
                        Signal::derive(move || byte.get()),
                        Callback::new(move |(bits, value): (Bits, u8)| {
                            set(format!("0x{:02x}", bits.set(byte.get_untracked(), value)));
                        }),
                    )
                })}
            {meaning(builder, index)}
        </div>
    }
    .into_any()
}

/// What a code is called.
fn meaning(builder: Building, index: usize) -> AnyView {
    let words = builder.memo(move |builder| builder.form().meaning(index));
    view! {
        <p class="hint builder__meaning" hidden=move || words.with(Option::is_none)>
            {move || words.get()}
        </p>
    }
    .into_any()
}

/// A field for text or bytes.
#[derive(Clone, Copy)]
pub(super) struct ContentField {
    /// Its name.
    pub(super) label: &'static str,
    /// A sentence about it.
    pub(super) help: Option<&'static str>,
    /// Whether it has several lines.
    pub(super) is_block: bool,
    /// Where its faults stand.
    pub(super) place: FormPlace,
}

/// The field, with the switch from text to hexadecimal.
pub(super) fn content(
    builder: Building,
    field: ContentField,
    read: impl Fn(&PacketForm) -> Option<Content> + Copy + Send + Sync + 'static,
    write: impl Fn(&mut PacketForm, Content) + Copy + Send + Sync + 'static,
) -> AnyView {
    let value: Memo<Content> =
        builder.memo(move |builder| read(builder.form()).unwrap_or_default());
    boxed_content(
        builder,
        field,
        value,
        Callback::new(move |content: Content| builder.edit(|form| write(form, content))),
    )
}

fn boxed_content(
    builder: Building,
    field: ContentField,
    value: Memo<Content>,
    set: Callback<Content>,
) -> AnyView {
    let label = field.label;
    let is_hexadecimal = move || value.with(|content| content.is_hexadecimal);
    let kind = if field.is_block {
        TextKind::Block(2)
    } else {
        TextKind::Code
    };
    let text = Signal::derive(move || value.with(|content| content.text.clone()));
    let on_input = move |text: String| {
        let is_hexadecimal = value.with_untracked(|content| content.is_hexadecimal);
        set.run(Content {
            text,
            is_hexadecimal,
        });
    };
    let turn = move || {
        view! {
            <button
                type="button"
                class="button button--small builder__hex"
                aria-label=format!("{label} in hexadecimal")
                aria-pressed=move || is_hexadecimal().to_string()
                title="Type it as bytes in hexadecimal; again, as text."
                on:click=move |_| set.run(value.with_untracked(Content::turned))
            >
                "Hex"
            </button>
        }
        .into_any()
    };
    let error = fault_at(builder, field.place);
    let help = field.help;
    if let Some(help) = help {
        view! {
            <TextField
                label=label
                class="builder__content"
                kind=kind
                value=text
                on_input=on_input
                error=error
                help=help
            >
                {turn()}
            </TextField>
        }
        .into_any()
    } else {
        view! {
            <TextField label=label class="w-m" kind=kind value=text on_input=on_input error=error>
                {turn()}
            </TextField>
        }
        .into_any()
    }
}
