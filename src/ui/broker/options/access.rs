//! The users, and the rules about who may publish and subscribe where.

use leptos::prelude::*;

use super::Editing;
use crate::lab::{ACCESS_MAXIMUM, AclAction, AclEffect, OptionPlace, OptionsForm, RuleForm};
use crate::ui::components::{Button, ButtonKind, HelpTip, Icon};
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// Both lists.
pub(super) fn view(editing: Editing) -> AnyView {
    let form = editing.form;
    let users = Memo::new(move || form.with(|form| form.users.len()));
    let rules = Memo::new(move || form.with(|form| form.rules.len()));
    view! {
        <div class="options__list" role="group" aria-label="Users">
            {head(
                "Users",
                "Who may connect, by user name and password. While the list is empty, everybody may. The passwords are kept with these options in this browser, unencrypted: make some up for the lesson.",
                "Add user",
                users,
                Callback::new(move |()| editing.change(OptionsForm::add_user)),
            )}
            {move || (0..users.get()).map(|place| user(editing, place)).collect_view()}
        </div>
        <div class="options__list" role="group" aria-label="Rules">
            {head(
                "Rules",
                "Who may publish and subscribe where. The first rule that fits decides; where none fits, it is allowed.",
                "Add rule",
                rules,
                Callback::new(move |()| editing.change(OptionsForm::add_rule)),
            )}
            {move || (0..rules.get()).map(|place| rule(editing, place, rules)).collect_view()}
        </div>
    }
    .into_any()
}

fn head(
    title: &'static str,
    help: &'static str,
    add: &'static str,
    length: Memo<usize>,
    on_add: Callback<()>,
) -> AnyView {
    view! {
        <div class="field__top">
            <span>{title}</span>
            <HelpTip about=title text=help />
            <Button
                label=add
                kind=ButtonKind::Quiet
                picture=Icon::Add
                small=true
                disabled=Signal::derive(move || length.get() >= ACCESS_MAXIMUM)
                on_press=on_add
            />
        </div>
    }
    .into_any()
}

fn user(editing: Editing, place: usize) -> AnyView {
    let form = editing.form;
    let read = move |part: fn(&(String, String)) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.users.get(place).map(part).cloned().unwrap_or_default())
        })
    };
    let number = place + 1;
    view! {
        <div class="options__row">
            {input(
                format!("User {number}: name"),
                "user name",
                read(|user| &user.0),
                Callback::new(move |text: String| {
                    editing.change(|form| {
                        if let Some(user) = form.users.get_mut(place) {
                            user.0 = text;
                        }
                    });
                }),
            )}
            {input(
                format!("User {number}: password"),
                "password",
                read(|user| &user.1),
                Callback::new(move |text: String| {
                    editing.change(|form| {
                        if let Some(user) = form.users.get_mut(place) {
                            user.1 = text;
                        }
                    });
                }),
            )}
            {remove(
                format!("Remove user {number}"),
                Callback::new(move |()| {
                    editing.change(|form| {
                        if place < form.users.len() {
                            form.users.remove(place);
                        }
                    });
                }),
            )}
            {error(editing, OptionPlace::User(place))}
        </div>
    }
    .into_any()
}

fn rule(editing: Editing, place: usize, length: Memo<usize>) -> AnyView {
    let form = editing.form;
    let read = move |part: fn(&RuleForm) -> String| {
        Signal::derive(move || {
            form.with(|form| form.rules.get(place).map(part).unwrap_or_default())
        })
    };
    let write = move |part: fn(&mut RuleForm, String)| {
        Callback::new(move |text: String| {
            editing.change(|form| {
                if let Some(rule) = form.rules.get_mut(place) {
                    part(rule, text);
                }
            });
        })
    };
    let number = place + 1;
    let shift = move |up: bool| {
        let (label, picture) = match up {
            true => (format!("Move rule {number} up"), Icon::Up),
            false => (format!("Move rule {number} down"), Icon::Down),
        };
        view! {
            <Button
                label=label
                kind=ButtonKind::Quiet
                picture=picture
                icon_only=true
                disabled=Signal::derive(move || {
                    if up { place == 0 } else { place + 1 >= length.get() }
                })
                on_press=move |()| editing.change(|form| form.move_rule(place, up))
            />
        }
        .into_any()
    };
    let is_faulty = editing.error(OptionPlace::Rule(place));
    view! {
        <div class="options__row">
            <span class="options__number muted">{format!("{number}.")}</span>
            {pick(
                format!("Rule {number}: allow or deny"),
                &["allow", "deny"],
                read(|rule| {
                    let is_allowed = rule.effect == AclEffect::Allow;
                    if is_allowed { "allow" } else { "deny" }.to_owned()
                }),
                write(|rule, text| {
                    rule.effect = if text == "allow" { AclEffect::Allow } else { AclEffect::Deny };
                }),
            )}
            {pick(
                format!("Rule {number}: what"),
                &ACTIONS.map(|action| action.1),
                read(|rule| {
                    let mut actions = ACTIONS.iter();
                    let named = actions.find(|action| action.0 == rule.action);
                    named.map_or("", |action| action.1).to_owned()
                }),
                write(|rule, text| {
                    let mut actions = ACTIONS.iter();
                    if let Some(action) = actions.find(|action| action.1 == text) {
                        rule.action = action.0;
                    }
                }),
            )}
            {input(
                format!("Rule {number}: Topic Filter"),
                "topic filter",
                read(|rule| rule.filter.clone()),
                write(|rule, text| rule.filter = text),
            )}
            {input(
                format!("Rule {number}: user"),
                "everybody",
                read(|rule| rule.user.clone()),
                write(|rule, text| rule.user = text),
            )}
            {shift(true)}
            {shift(false)}
            {remove(
                format!("Remove rule {number}"),
                Callback::new(move |()| {
                    editing.change(|form| {
                        if place < form.rules.len() {
                            form.rules.remove(place);
                        }
                    });
                }),
            )}
            {error(editing, OptionPlace::Rule(place))}
            <p class="hint options__below" hidden=move || is_faulty.with(Option::is_some)>
                {read(OptionsForm::rule_words)}
            </p>
        </div>
    }
    .into_any()
}

/// What a rule can be about, as it is offered.
const ACTIONS: [(AclAction, &str); 4] = [
    (AclAction::Both, "publish and subscribe"),
    (AclAction::Publish, "publish"),
    (AclAction::Subscribe, "subscribe"),
    (AclAction::SubscribeExactly, "subscribe to exactly this"),
];

fn input(
    label: String,
    placeholder: &'static str,
    value: Signal<String>,
    on_input: Callback<String>,
) -> AnyView {
    view! {
        <input
            type="text"
            class="mono"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            placeholder=placeholder
            aria-label=label
            prop:value=move || value.get()
            on:input=move |event| on_input.run(event_target_value(&event))
        />
    }
    .into_any()
}

fn pick(
    label: String,
    choices: &[&'static str],
    value: Signal<String>,
    on_change: Callback<String>,
) -> AnyView {
    let option = |choice: &'static str| {
        view! {
            <option value=choice prop:selected=move || value.with(|value| value == choice)>
                {choice}
            </option>
        }
        .into_any()
    };
    let options: Vec<_> = choices.iter().map(|choice| option(choice)).collect();
    view! {
        <select aria-label=label on:change=move |event| on_change.run(event_target_value(&event))>
            {options}
        </select>
    }
    .into_any()
}

fn remove(label: String, on_press: Callback<()>) -> AnyView {
    view! {
        <Button
            label=label
            kind=ButtonKind::Quiet
            picture=Icon::Close
            icon_only=true
            on_press=on_press
        />
    }
    .into_any()
}

fn error(editing: Editing, place: OptionPlace) -> AnyView {
    let error = editing.error(place);
    view! {
        <p class="field__error options__below" role="alert" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
    }
    .into_any()
}
