//! Asking before something is gone. One dialog serves the whole page.

use crate::ui::context::provided;
use crate::ui::element::view;
use crate::ui::memo::State;
use leptos::prelude::*;

use super::button::{Button, ButtonKind};
use super::dialog::Dialog;

/// What is asked, and what is done on yes.
#[derive(Clone)]
pub struct Question {
    /// What is about to happen, as a question.
    pub title: String,
    /// What is lost by it, and what stays.
    pub text: String,
    /// The words on the button that does it.
    pub action: String,
    /// Called when that button is pressed.
    pub on_yes: Callback<()>,
}

/// The page's one open question, if any.
#[derive(Clone, Copy)]
pub struct Confirm(State<Option<Question>>);

impl Confirm {
    /// Makes the place for questions and hands it to every component below.
    pub fn provide() {
        provide_context(Self(State::new(None)));
    }

    /// Asks; a question that is still open is replaced.
    pub fn ask(self, question: Question) {
        self.0.set(Some(question));
    }
}

/// Where this component may ask.
pub fn use_confirm() -> Confirm {
    provided::<Confirm>()
}

/// The dialog in which questions are asked; mounted once.
#[component]
pub fn ConfirmDialog() -> AnyView {
    let question = use_confirm().0;
    let open = Signal::derive(move || question.with(Option::is_some));
    let read = move |part: fn(&Question) -> &String| {
        Signal::derive(move || {
            question.with(|question| question.as_ref().map(part).cloned().unwrap_or_default())
        })
    };
    let (title, text, action) = (
        read(|question| &question.title),
        read(|question| &question.text),
        read(|question| &question.action),
    );
    view! {
        <Dialog title=title open=open on_close=move |()| question.set(None)>
            <p>{move || text.get()}</p>
            <div class="buttons buttons--end">
                <Button label="Cancel" autofocus=true on_press=move |()| question.set(None) />
                <Button
                    label=action
                    kind=ButtonKind::DangerStrong
                    on_press=move |()| {
                        let asked = question.get_untracked();
                        question.set(None);
                        if let Some(asked) = asked {
                            asked.on_yes.run(());
                        }
                    }
                />
            </div>
        </Dialog>
    }
    .into_any()
}
