//! A list of which one entry is chosen.

use leptos::prelude::*;

use super::help::{HelpText, HelpTip};
use super::unique_id;
use crate::ui::element::view;

/// One entry of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the callback is given.
    pub value: String,
    /// What is read.
    pub label: String,
    /// The heading it stands under, where there are several groups.
    pub group: Option<&'static str>,
}

impl Choice {
    /// An entry outside any group.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            group: None,
        }
    }

    /// The same entry under a heading.
    pub fn under(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }
}

/// A list of which one entry is chosen; its label is its accessible name.
#[component]
pub fn Select(
    /// The words over it.
    label: &'static str,
    /// The entries, those of one group beside each other.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The value of the chosen entry.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value of the entry that was chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// More class names, for its width.
    #[prop(optional)]
    class: &'static str,
    /// One sentence in a teacher's words.
    #[prop(optional, into)]
    help: Option<HelpText>,
    /// What is wrong with the choice.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Whether it can be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> AnyView {
    let id = unique_id("select");
    let error_id = format!("{id}-error");
    let described_by = error_id.clone();
    let option = move |choice: Choice| {
        let own = choice.value.clone();
        view! {
            <option value=choice.value prop:selected=move || value.with(|value| *value == own)>
                {choice.label}
            </option>
        }
        .into_any()
    };
    let options = move || {
        let mut views: Vec<AnyView> = Vec::new();
        let mut choices = choices.get().into_iter().peekable();
        while let Some(choice) = choices.next() {
            let Some(group) = choice.group else {
                views.push(option(choice));
                continue;
            };
            let mut members = vec![option(choice)];
            while let Some(next) = choices.next_if(|next| next.group == Some(group)) {
                members.push(option(next));
            }
            views.push(view! { <optgroup label=group>{members}</optgroup> }.into_any());
        }
        views
    };
    view! {
        <div class=format!("field {class}")>
            <div class="field__top">
                <label for=id.clone()>{label}</label>
                {help.map(|help| view! { <HelpTip about=label text=help /> })}
            </div>
            <select
                id=id
                disabled=move || disabled.get()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| described_by.clone())
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                {options}
            </select>
            <p class="field__error" id=error_id hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
        </div>
    }
    .into_any()
}
