//! Help: where to begin, and the keys.

use leptos::prelude::*;

use super::components::Dialog;
use super::lazy::lazy_view;
use super::screen::{OpenDialog, use_screen};
use super::shortcuts::SHORTCUTS;
use crate::ui::element::view;

/// First steps, each in one sentence.
const FIRST_STEPS: [(&str, &str); 8] = [
    (
        "Connect",
        "Choose a broker and press Connect. The line beside the heading says what is happening, who ended a connection, and why.",
    ),
    (
        "Subscribe",
        "Add a topic subscription such as testtopic/#: + stands for one level, # for all that follow.",
    ),
    (
        "Publish",
        "Send a message to testtopic/1 and see it come back. At QoS 1 and 2, watch the handshake below the form.",
    ),
    (
        "Retain",
        "Tick Retain, publish, subscribe again: the broker keeps one message per topic for those who come later.",
    ),
    (
        "Last Will",
        "Give a client a Last-Will Topic, add a second client that subscribes to it, then let the first one die without DISCONNECT.",
    ),
    (
        "Two clients",
        "On a wide screen, press the two columns at a client in the list: it stands beside the selected one, and what one publishes is seen arriving at the other.",
    ),
    (
        "Break it",
        "Cut a client's connection, lose its next PUBACK, delay everything: each says what it stands for in the real world. Clear all faults, in the header, undoes it.",
    ),
    (
        "Time",
        "While only the broker in this page is used, pause the time in the header or move it forward: Keep Alive, delayed wills and expiring sessions follow at once.",
    ),
];

/// The dialog with help and keys.
#[component]
pub fn HelpDialog() -> AnyView {
    let screen = use_screen();
    view! {
        <Dialog
            title="Help and keys"
            wide=true
            open=Signal::derive(move || screen.dialog.get() == Some(OpenDialog::Help))
            on_close=move |()| screen.dialog.set(None)
        >
            {help_text()}
        </Dialog>
    }
    .into_any()
}

lazy_view! {
    fn help_text() in dialogs, "Help" => view! { <HelpText /> }.into_any()
}

#[component]
fn HelpText() -> AnyView {
    view! {
        <section>
            <h3 class="heading">"First steps"</h3>
            <ol class="steps">
                {FIRST_STEPS
                    .map(|(name, text)| view! { <li><b>{name}</b> ". " {text}</li> })
                    .collect_view()}
            </ol>
            <p class="muted">
                "Every field and every heading explains itself: point at the question mark beside it, or press F1 in the field."
            </p>
        </section>
        <section>
            <h3 class="heading">"Keys"</h3>
            <dl class="keys">
                {SHORTCUTS
                    .map(|(keys, text)| {
                        view! {
                            <dt>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
                            <dd>{text}</dd>
                        }
                    })
                    .collect_view()}
                <dt><kbd>"Ctrl"</kbd><kbd>"Enter"</kbd></dt>
                <dd>"publish, while a field of Publish has the focus"</dd>
            </dl>
        </section>
        <section>
            <h3 class="heading">"Without a network"</h3>
            <p>
                "Some seconds after the page was first opened, the browser has fetched all of it and keeps it, where the page comes over https or from this computer. It then opens without a network, and everything works with the lab broker. Where it comes over http from another computer, it works without a network for as long as it stays open. A browser that is told to save data fetches only what is opened."
            </p>
        </section>
        <section>
            <h3 class="heading">"Prefill by address"</h3>
            <p>
                "A link with "
                <code>"?host=…&port=…&path=…&username=…&password=…"</code>
                " fills the form. With a host alone, SSL is on."
            </p>
        </section>
    }
    .into_any()
}
