//! What the form comes to before it is sent: its size on the wire, what the message looks like, and
//! why it cannot be sent now.

use leptos::prelude::*;

use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, format, wording};
use crate::ui::components::{Flag, HelpTip, Tone, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;

/// The line under the message.
#[component]
pub(super) fn MessageCheck(
    client: ClientKey,
    connected: Memo<bool>,
    refusal: RwSignal<Option<String>>,
) -> AnyView {
    let lab = use_lab();
    let size = lab.memo(move |lab| lab.publish_size(client));
    let hint = lab.memo(move |lab| {
        let client = lab.client(client);
        client.map(|client| wording::message_hint(client.publish_form()))
    });
    let clears = lab.memo(move |lab| {
        let client = lab.client(client);
        client.is_some_and(|client| {
            let form = client.publish_form();
            form.retain && form.message.is_empty()
        })
    });
    let hint_words = Signal::derive(move || hint.get().unwrap_or_default());
    view! {
        <div class="publish__check hint">
            {when(move || size.get().is_some(), move || view! {
                <span>
                    <b class="mono">{move || size.get().map(|size| format::exact_bytes(size as u64))}</b>
                    " on the wire "
                    <Flag text="measured" hint=const { help(Help::SizeOnTheWire) } />
                </span>
            }.into_any())}
            {dynamic(move || {
                if clears.get() {
                    view! {
                        <span class="publish__clears">
                            <Flag tone=Tone::Warn text=hint_words />
                            <HelpTip about="clearing" text=Help::RetainEmpty />
                        </span>
                    }
                        .into_any()
                } else {
                    view! { <span>{hint_words}</span> }.into_any()
                }
            })}
            {when(
                move || !connected.get(),
                || {
                    view! {
                        <span>"Not connected: connect first. What is typed here stays."</span>
                    }
                        .into_any()
                },
            )}
            <span class="field__error" role="alert">
                {move || refusal.get()}
            </span>
        </div>
    }
    .into_any()
}
