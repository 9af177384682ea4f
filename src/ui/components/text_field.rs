//! A field for a line or a block of text.

use leptos::prelude::*;

use super::help::{HelpText, HelpTip};
use super::unique_id;
use crate::ui::element::view;

/// What is typed into a [`TextField`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Words.
    #[default]
    Words,
    /// Something a machine reads letter by letter: a topic, a host. Set in monospace, and left
    /// alone by spelling and capitals.
    Code,
    /// Decimal digits. Still a text field: one that is half typed keeps what was typed.
    Number,
    /// Dots instead of letters.
    Password,
    /// A block with this many lines.
    Block(u8),
}

/// A text field; its label is its accessible name.
#[component]
pub fn TextField(
    /// The words over it.
    label: &'static str,
    /// What stands in it.
    #[prop(into)]
    value: Signal<String>,
    /// Called at every change.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is typed.
    #[prop(optional)]
    kind: TextKind,
    /// More class names, for its width.
    #[prop(optional)]
    class: &'static str,
    /// One sentence in a teacher's words.
    #[prop(optional, into)]
    help: Option<HelpText>,
    /// What is wrong with it, and what is allowed.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Something worth knowing that is no error.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// An example, shown while it is empty.
    #[prop(optional)]
    placeholder: &'static str,
    /// Whether it can be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether it takes the focus when the dialog it stands in opens.
    #[prop(optional)]
    autofocus: bool,
    /// What stands on the same line, such as a button.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let id = unique_id("field");
    let error_id = format!("{id}-error");
    let hint_id = format!("{id}-hint");
    let (described_error, described_hint) = (error_id.clone(), hint_id.clone());
    let described_by = move || match (error.with(Option::is_some), hint.with(Option::is_some)) {
        (true, _) => Some(described_error.clone()),
        (false, true) => Some(described_hint.clone()),
        (false, false) => None,
    };
    let invalid = move || error.with(Option::is_some).then_some("true");
    let control = if let TextKind::Block(rows) = kind {
        view! {
            <textarea
                id=id.clone()
                rows=rows.to_string()
                placeholder=placeholder
                spellcheck="false"
                autofocus=autofocus
                disabled=move || disabled.get()
                aria-invalid=invalid
                aria-describedby=described_by
                prop:value=move || value.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            ></textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                id=id.clone()
                type=if kind == TextKind::Password { "password" } else { "text" }
                inputmode=(kind == TextKind::Number).then_some("numeric")
                autocomplete=if kind == TextKind::Password { "new-password" } else { "off" }
                autocapitalize="none"
                spellcheck="false"
                placeholder=placeholder
                autofocus=autofocus
                disabled=move || disabled.get()
                aria-invalid=invalid
                aria-describedby=described_by
                prop:value=move || value.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            />
        }
        .into_any()
    };
    let mono = matches!(kind, TextKind::Code | TextKind::Block(_));
    view! {
        <div class=format!("field {class}") class:field--mono=mono>
            <div class="field__top">
                <label for=id>{label}</label>
                {help.map(|help| view! { <HelpTip about=label text=help /> })}
            </div>
            <div class="field__control">{control} {children.map(|children| children())}</div>
            <p class="field__error" id=error_id hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
            <p
                class="field__hint"
                id=hint_id
                hidden=move || error.with(Option::is_some) || hint.with(Option::is_none)
            >
                {move || hint.get()}
            </p>
        </div>
    }
    .into_any()
}
