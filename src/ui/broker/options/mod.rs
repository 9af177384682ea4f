//! The options of the lab broker: a dialog in which all of them are set at once.

mod access;
mod controls;

use leptos::prelude::*;

use crate::lab::{Command, OptionFault, OptionGroup, OptionPlace, OptionsForm, Preset};
use crate::ui::components::{Button, ButtonKind, Callout, Choice, Dialog, Select, Tone, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::{Memo, State};

/// The form while it is edited.
#[derive(Clone, Copy)]
struct Editing {
    form: State<OptionsForm>,
    faults: Memo<Vec<OptionFault>>,
}

impl Editing {
    fn change(self, change: impl FnOnce(&mut OptionsForm)) {
        self.form.update(change);
    }

    /// What is wrong at a place.
    fn error(self, place: OptionPlace) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.faults.with(|faults| {
                let fault = faults.iter().find(|fault| fault.place == place)?;
                Some(fault.words.clone())
            })
        })
    }
}

/// The dialog; open while `open` is set.
pub(super) fn dialog(open: State<bool>) -> AnyView {
    view! {
        <Dialog
            title="Options of the lab broker"
            open=Signal::derive(move || open.get())
            on_close=move |()| open.set(false)
            wide=true
        >
            {body(open)}
        </Dialog>
    }
    .into_any()
}

fn body(open: State<bool>) -> AnyView {
    let lab = use_lab();
    let form = State::new(lab.with_untracked(|lab| lab.options_form()));
    let editing = Editing {
        form,
        faults: Memo::new(move || form.with(|form| form.check().err().unwrap_or_default())),
    };
    let group = move |group: OptionGroup| {
        view! {
            <section class="options__group">
                <h3 class="heading">{group.title()}</h3>
                <div class="options__fields">
                    {group.options().map(|option| controls::control(editing, option)).collect_view()}
                </div>
                {(group == OptionGroup::Access).then(|| access::view(editing))}
            </section>
        }
        .into_any()
    };
    view! {
        <div class="stack options">
            {preset(editing)}
            {OptionGroup::ALL.map(group).collect_view()}
            {foot(editing, open)}
        </div>
    }
    .into_any()
}

/// The presets by name, and what is different in the one that is chosen.
fn preset(editing: Editing) -> AnyView {
    let form = editing.form;
    let chosen = Memo::new(move || form.with(OptionsForm::preset));
    let presets = Preset::ALL.iter().enumerate();
    let choices = presets
        .map(|(place, preset)| Choice::new(place.to_string(), preset.name))
        .chain([Choice::new("", "Options of your own")])
        .collect::<Vec<_>>();
    let facts = move || {
        let preset = chosen.get().and_then(|place| Preset::ALL.get(place));
        let facts = preset.map_or(&[][..], |preset| preset.facts);
        let facts = facts.iter().map(|fact| view! { <li>{*fact}</li> });
        facts.collect_view()
    };
    view! {
        <div class="options__preset">
            <Select
                label="Preset"
                choices=choices
                value=Signal::derive(move || {
                    chosen.get().map(|place| place.to_string()).unwrap_or_default()
                })
                on_change=move |value: String| {
                    let place = value.parse::<usize>().ok();
                    if let Some(preset) = place.and_then(|place| Preset::ALL.get(place)) {
                        editing.change(|form| form.take_preset(preset));
                    }
                }
            />
            <ul class="options__facts">{facts}</ul>
            <p class="hint">
                "A preset is named by what it imitates: like that product out of the box, not the same. Users stay as they are."
            </p>
            <p class="hint">
                "Options hold as soon as you apply them. What a client was told when it connected stays true for its connection: connect it again to see the difference."
            </p>
        </div>
    }
    .into_any()
}

/// What is wrong, and the buttons.
fn foot(editing: Editing, open: State<bool>) -> AnyView {
    let dispatch = use_dispatch();
    let refusal = State::new(None::<String>);
    let faults = editing.faults;
    let is_faulty = move || faults.with(|faults| !faults.is_empty());
    let apply = move |()| {
        let Ok(options) = editing.form.with_untracked(OptionsForm::check) else {
            return;
        };
        let options = Box::new(options);
        match dispatch.send(Command::SetBrokerOptions { options }) {
            Ok(()) => open.set(false),
            Err(why) => refusal.set(Some(why.words())),
        }
    };
    view! {
        <div class="options__foot">
            {when(
                move || refusal.with(Option::is_some),
                move || {
                    view! { <Callout tone=Tone::Bad title=refusal.get().unwrap_or_default() /> }.into_any()
                },
            )}
            <div class="buttons">
                <Button
                    label="Reset"
                    hint=Signal::stored(
                        "Everything allowed to everybody: no users, no rules. Nothing changes before you apply it."
                            .to_owned(),
                    )
                    on_press=move |()| {
                        if let Some(preset) = Preset::ALL.first() {
                            editing.form.set(OptionsForm::new(&preset.options()));
                        }
                    }
                />
                <span class="grow"></span>
                <span class="field__error" role="status">
                    {move || match faults.with(Vec::len) {
                        0 => String::new(),
                        1 => "1 thing to correct".to_owned(),
                        many => format!("{many} things to correct"),
                    }}
                </span>
                <Button label="Cancel" on_press=move |()| open.set(false) />
                <Button
                    label="Apply"
                    kind=ButtonKind::Primary
                    disabled=Signal::derive(is_faulty)
                    on_press=apply
                />
            </div>
        </div>
    }
    .into_any()
}
