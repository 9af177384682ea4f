//! The control of one option: a box, a list, a number, a text.

use leptos::prelude::*;

use super::Editing;
use crate::lab::{BrokerOption, OptionControl, OptionPlace};
use crate::ui::components::{Checkbox, Choice, Select, TextField, TextKind};
use crate::ui::element::view;

/// The control of `option`.
pub(super) fn control(editing: Editing, option: BrokerOption) -> AnyView {
    let form = editing.form;
    let value = Signal::derive(move || form.with(|form| form.value(option).to_owned()));
    let set = Callback::new(move |value: String| {
        editing.change(|form| form.set(option, value));
    });
    let (name, help) = (option.name(), option.help());
    let kind = match option.control() {
        OptionControl::Flag => {
            return view! {
                <Checkbox
                    label=name
                    help=help
                    checked=Signal::derive(move || form.with(|form| form.is_ticked(option)))
                    on_change=move |ticked| editing.change(|form| form.tick(option, ticked))
                />
            }
            .into_any();
        }
        OptionControl::Choice(choices) => {
            let choices = choices.iter();
            let choices: Vec<_> = choices
                .map(|(value, words)| Choice::new(*value, *words))
                .collect();
            return view! {
                <Select label=name help=help choices=choices value=value on_change=set />
            }
            .into_any();
        }
        OptionControl::Number { .. } => TextKind::Number,
        OptionControl::Text => TextKind::Code,
    };
    view! {
        <TextField
            label=name
            kind=kind
            help=help
            value=value
            error=editing.error(OptionPlace::Option(option))
            hint=Signal::derive(move || form.with(|form| form.hint(option)))
            on_input=set
        />
    }
    .into_any()
}
