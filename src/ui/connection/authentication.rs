//! Enhanced authentication: what the server asks for, and the answer to it.

use leptos::prelude::*;

use crate::lab::{AuthenticationCommand, Challenge, ClientKey};
use crate::ui::components::{
    Button, ButtonKind, Callout, Checkbox, TextField, TextKind, Tone, when,
};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::Memo;

/// The server's challenge while it waits for an answer; else, where that can be, a way to authenticate again.
#[component]
pub(super) fn Authentication(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let challenge = lab.memo(move |lab| lab.challenge(client).cloned());
    let again = lab.memo(move |lab| lab.can_reauthenticate(client));
    when(
        move || challenge.read().is_some() || again.get(),
        move || answer(client, challenge),
    )
}

lazy_view! {
    fn answer(client: ClientKey, challenge: Memo<Option<Challenge>>) in fields, "The answer" =>
        view! { <Answer client=client challenge=challenge /> }.into_any()
}

#[component]
fn Answer(client: ClientKey, challenge: Memo<Option<Challenge>>) -> AnyView {
    let dispatch = use_dispatch();
    let data = RwSignal::new(String::new());
    let is_hexadecimal = RwSignal::new(false);
    let refusal = RwSignal::new(None::<String>);
    let asked = Signal::derive(move || challenge.read().is_some());
    let send = move || {
        let (text, is_hexadecimal) = (data.get_untracked(), is_hexadecimal.get_untracked());
        let command = if asked.get_untracked() {
            AuthenticationCommand::AnswerChallenge {
                client,
                data: text,
                is_hexadecimal,
            }
        } else {
            AuthenticationCommand::Reauthenticate {
                client,
                data: text,
                is_hexadecimal,
            }
        };
        let outcome = dispatch.send(command.into());
        if outcome.is_ok() {
            data.set(String::new());
        }
        refusal.set(outcome.err().map(|refusal| refusal.words()));
    };
    let title = Signal::derive(move || {
        if asked.get() {
            "The server asks for a further step of authentication"
        } else {
            "Enhanced authentication"
        }
        .to_owned()
    });
    let words = move || match challenge.read().as_ref() {
        Some(challenge) => {
            let data = challenge.data.as_deref();
            let data = data.map_or("It sent no data.".to_owned(), |data| {
                format!("It sent: {data}")
            });
            let reason = challenge.reason.as_deref();
            let reason = reason.map(|reason| format!(" It says: {reason}"));
            data + &reason.unwrap_or_default()
        }
        None => "The connection stays open while both ends authenticate once more.".to_owned(),
    };
    view! {
        <form
            novalidate=true
            aria-live="polite"
            aria-label="Enhanced authentication"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Callout tone=Tone::Accent title=title>
                <p class="cut-anywhere">{words}</p>
                <TextField
                    label="Answer data"
                    value=data
                    kind=TextKind::Code
                    help="The Authentication Data that this client sends in AUTH. What belongs there is a matter of the method; it may be empty."
                    error=refusal
                    on_input=move |text: String| data.set(text)
                />
                <Checkbox
                    label="Hexadecimal"
                    checked=is_hexadecimal
                    help="The data is typed as pairs of hexadecimal digits, such as 01 ff."
                    on_change=move |on: bool| is_hexadecimal.set(on)
                />
                <div class="buttons">
                    {when(
                        move || asked.get(),
                        || {
                            view! { <Button label="Answer the challenge" kind=ButtonKind::Primary submit=true /> }
                                .into_any()
                        },
                    )}
                    {when(
                        move || !asked.get(),
                        || view! { <Button label="Re-authenticate" submit=true /> }.into_any(),
                    )}
                </div>
            </Callout>
        </form>
    }
    .into_any()
}
