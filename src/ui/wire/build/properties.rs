//! A list of properties: any, any number of times, also where they do not belong.

use leptos::prelude::*;

use super::Building;
use super::fields::{ContentField, content};
use super::header::fault_at;
use crate::codec::PropertyId;
use crate::lab::wire::build::{
    Content, FormPlace, Number, PacketForm, PartName, PartValue, PropertyForm, PropertyList,
    PropertyPlace, PropertyValue, properties_of,
};
use crate::ui::components::{
    Button, ButtonKind, Choice, Entry, Icon, Select, TextField, TextKind, keyed,
};
use crate::ui::element::view;

/// What a row is, as far as its controls depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    row: usize,
    property: Option<PropertyId>,
    kind: core::mem::Discriminant<PropertyValue>,
}

/// The list of one field.
pub(super) fn view(builder: Building, part: usize, name: PartName) -> AnyView {
    let place = builder.memo(move |builder| builder.form().property_place(name));
    let shapes = builder.memo(move |builder| {
        let list = list(builder.form(), part);
        let rows = list.map(|list| list.properties.iter().enumerate());
        let shape = |(row, property): (usize, &PropertyForm)| Shape {
            row,
            property: property.property(),
            kind: core::mem::discriminant(&property.value),
        };
        rows.map_or_else(Vec::new, |rows| rows.map(shape).collect())
    });
    let length = builder.words(move |builder| {
        list(builder.form(), part)
            .and_then(|list| list.length.clone())
            .unwrap_or_default()
    });
    let add = move |()| {
        let first = place.get_untracked().map(properties_of);
        let first = first.and_then(|all| all.first().copied());
        let property = PropertyForm::new(first.unwrap_or(PropertyId::UserProperty));
        builder.edit(|form| change(form, part, |list| list.properties.push(property)));
    };
    view! {
        <div class="builder__properties" role="group" aria-label=name.name()>
            <div class="builder__line">
                <span class="builder__title">{name.name()}</span>
                <Button
                    label="Add a property"
                    small=true
                    picture=Icon::Add
                    on_press=add
                />
            </div>
            {keyed(move || {
                let shapes = shapes.get().into_iter();
                shapes
                    .map(|shape| {
                        Entry::new(
                            format!("{shape:?}"),
                            move || row(builder, part, shape, place.get_untracked()),
                        )
                    })
                    .collect()
            })}
            <TextField
                label="Property Length"
                class="w-s"
                kind=TextKind::Number
                placeholder="counted"
                value=length
                on_input=move |text: String| {
                    let text = Some(text).filter(|text| !text.is_empty());
                    builder.edit(|form| change(form, part, |list| list.length = text));
                }
                error=fault_at(builder, FormPlace::Part(part))
                help="How many bytes the properties have. Empty, it is counted."
            />
        </div>
    }
    .into_any()
}

fn list(form: &PacketForm, part: usize) -> Option<&PropertyList> {
    match &form.parts.get(part)?.value {
        PartValue::Properties(list) => Some(list),
        _ => None,
    }
}

fn change(form: &mut PacketForm, part: usize, change: impl FnOnce(&mut PropertyList)) {
    if let Some(part) = form.parts.get_mut(part)
        && let PartValue::Properties(list) = &mut part.value
    {
        change(list);
    }
}

fn row(builder: Building, part: usize, shape: Shape, place: Option<PropertyPlace>) -> AnyView {
    let row = shape.row;
    let property = move |form: &PacketForm| list(form, part)?.properties.get(row).cloned();
    let edit = move |with: &dyn Fn(&mut PropertyForm)| {
        builder.edit(|form| {
            change(form, part, |list| {
                if let Some(property) = list.properties.get_mut(row) {
                    with(property);
                }
            });
        });
    };
    let choices = move || choices(place);
    let at = FormPlace::Property(part, row);
    let number_text = builder.words(move |builder| match property(builder.form()) {
        Some(PropertyForm {
            value: PropertyValue::Number(Number { text, .. }),
            ..
        }) => text,
        _ => String::new(),
    });
    let value = builder.0.with_untracked(|builder| property(builder.form()));
    let value = value.map(|property| property.value);
    let controls = match value {
        Some(PropertyValue::Number(_)) => view! {
            <TextField
                label="Value"
                class="w-m"
                kind=TextKind::Code
                value=number_text
                on_input=move |text: String| {
                    edit(
                        &|property| {
                            if let PropertyValue::Number(number) = &mut property.value {
                                number.text.clone_from(&text);
                            }
                        },
                    );
                }
                error=fault_at(builder, at)
            />
        }
        .into_any(),
        Some(PropertyValue::Pair(..)) => view! {
            {text(builder, part, row, "Name", 0)}
            {text(builder, part, row, "Value", 1)}
        }
        .into_any(),
        _ => text(builder, part, row, "Value", 0),
    };
    view! {
        <div class="builder__property" role="group" aria-label=format!("Property {}", row + 1)>
            <Select
                label="Property"
                class="w-l"
                choices=Signal::derive(choices)
                value=builder.words(move |builder| {
                    let property = property(builder.form());
                    property.map_or_else(String::new, |property| property.identifier)
                })
                on_change=move |identifier: String| {
                    edit(&|property| property.set_identifier(identifier.clone()));
                }
            />
            {controls}
            <Button
                label=format!("Take out property {}", row + 1)
                kind=ButtonKind::Quiet
                picture=Icon::Close
                icon_only=true
                small=true
                on_press=move |()| {
                    builder.edit(|form| {
                        change(form, part, |list| {
                            if row < list.properties.len() {
                                list.properties.remove(row);
                            }
                        });
                    });
                }
            />
        </div>
    }
    .into_any()
}

/// The first or the second text of a property's value.
fn text(builder: Building, part: usize, row: usize, label: &'static str, which: usize) -> AnyView {
    let read = move |form: &PacketForm| {
        let property = list(form, part)?.properties.get(row)?;
        match (&property.value, which) {
            (PropertyValue::Pair(_, value), 1) => Some(value.clone()),
            (
                PropertyValue::Sized(content)
                | PropertyValue::Raw(content)
                | PropertyValue::Pair(content, _),
                _,
            ) => Some(content.clone()),
            _ => None,
        }
    };
    let write = move |form: &mut PacketForm, new: Content| {
        change(form, part, |list| {
            let property = list.properties.get_mut(row);
            match (property.map(|property| &mut property.value), which) {
                (Some(PropertyValue::Pair(_, value)), 1) => *value = new,
                (
                    Some(
                        PropertyValue::Sized(content)
                        | PropertyValue::Raw(content)
                        | PropertyValue::Pair(content, _),
                    ),
                    _,
                ) => *content = new,
                _ => {}
            }
        });
    };
    let field = ContentField {
        label,
        help: None,
        is_block: false,
        place: FormPlace::Property(part, row),
    };
    content(builder, field, read, write)
}

/// Those that belong there first.
fn choices(place: Option<PropertyPlace>) -> Vec<Choice> {
    let own = place.map(properties_of).unwrap_or_default();
    let choice = |property: PropertyId, group| {
        Choice::new(property.as_u8().to_string(), property.to_string()).under(group)
    };
    let mut choices: Vec<_> = own
        .iter()
        .map(|property| choice(*property, "Of this packet"))
        .collect();
    let others = PropertyId::ALL.into_iter();
    let others = others.filter(|property| !own.contains(property));
    choices.extend(others.map(|property| choice(property, "Wrong here")));
    choices.push(Choice::new("127", "Unknown (0x7f)").under("Wrong here"));
    choices
}
