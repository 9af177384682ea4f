//! A button with words, an icon, or both.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::ui::element::view;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// One of several equals.
    #[default]
    Plain,
    /// What one most likely came here to do; at most one in a panel.
    Primary,
    /// Without an outline, for the margins.
    Quiet,
    /// Ends or breaks something on purpose.
    Danger,
    /// The last step before something is gone: in a confirmation only.
    DangerStrong,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Primary => "button button--primary",
            Self::Quiet => "button button--quiet",
            Self::Danger => "button button--danger",
            Self::DangerStrong => "button button--danger-strong",
        }
    }
}

/// A button. With `icon_only` its label is not drawn, but stays its accessible name and its title.
#[component]
pub fn Button(
    /// The words on the button.
    #[prop(into)]
    label: Signal<String>,
    /// Called when it is pressed. Leave it out for a `submit` button.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// How much it asks to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// A picture before the words.
    #[prop(optional, into)]
    picture: Option<Icon>,
    /// Draw the picture alone.
    #[prop(optional)]
    icon_only: bool,
    /// Lower and narrower, for rows and headings.
    #[prop(optional)]
    small: bool,
    /// As wide as its place.
    #[prop(optional)]
    wide: bool,
    /// Whether it sends the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// Whether it takes the focus when the dialog it stands in opens.
    #[prop(optional)]
    autofocus: bool,
    /// Whether it can be pressed at all.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For a button that stays down: whether it is.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// One sentence on what it does, shown on hovering.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
) -> AnyView {
    let mut class = kind.class().to_owned();
    for (wanted, name) in [
        (small, " button--small"),
        (wide, " button--wide"),
        (icon_only, " button--icon"),
    ] {
        if wanted {
            class.push_str(name);
        }
    }
    let title = hint.or(icon_only.then_some(label));
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=class
            disabled=move || disabled.get()
            autofocus=autofocus
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-label=move || icon_only.then(|| label.get())
            title=move || title.map(|title| title.get())
            on:click=move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            {picture.map(icon)}
            {(!icon_only).then_some(move || label.get())}
        </button>
    }
    .into_any()
}
