//! The Publish panel: what to publish, what it comes to, and what became of it.

mod binding;
mod check;
mod properties;
mod recent;

use leptos::prelude::*;

use super::components::{
    Button, ButtonKind, Checkbox, Choice, HelpTip, Panel, Select, TextField, TextKind, when,
};
use super::handle::{use_dispatch, use_lab};
use super::present::{is_connected, speaks_5};
use crate::codec::Qos;
use crate::lab::explain::Help;
use crate::lab::{ClientKey, Command, Field, MessageFormat};
use crate::ui::element::view;

use binding::{PublishBinding, at};
use check::MessageCheck;
use properties::PublishProperties;
use recent::Recent;

/// The Publish panel of one client.
#[component]
pub fn PublishPanel(client: ClientKey) -> AnyView {
    let form = PublishBinding::new(client);
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let connected = is_connected(lab, client);
    let is_5 = speaks_5(lab, client);
    let refusal = RwSignal::new(None::<String>);
    let publish = move || {
        let outcome = dispatch.send(Command::Publish { client });
        // What a field shows already is not said twice.
        let words = outcome.err().filter(|refusal| refusal.field.is_none());
        refusal.set(words.map(|refusal| refusal.words()));
    };
    view! {
        <Panel title="Publish" class="pane pane--publish publish">
            <form
                class="publish__form"
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    publish();
                }
                on:keydown=move |event| {
                    let sends = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
                    if sends && connected.get_untracked() {
                        event.prevent_default();
                        publish();
                    }
                }
            >
                <div class="fields">
                    {form.text((Field::Topic, Help::Topic), at!(topic), TextKind::Code, "publish__topic")}
                    {qos(form)}
                    {form.tick("Retain", Help::Retain, at!(retain))}
                    <Button
                        label="Publish"
                        kind=ButtonKind::Primary
                        submit=true
                        disabled=Signal::derive(move || !connected.get())
                        hint="Ctrl+Enter does the same from every field of this panel."
                    />
                </div>
                {message(form)}
                <div class="publish__foot">
                    <MessageCheck client=client connected=connected refusal=refusal />
                    {when(
                        move || is_5.get(),
                        move || view! { <PublishProperties form=form /> }.into_any(),
                    )}
                </div>
            </form>
            <Recent client=client form=form />
        </Panel>
    }
    .into_any()
}

fn qos(form: PublishBinding) -> AnyView {
    view! {
        <Select
            label=Field::Qos.name()
            class="publish__qos"
            help=Help::Qos
            choices=vec![
                Choice::new("0", "0, at most once"),
                Choice::new("1", "1, at least once"),
                Choice::new("2", "2, exactly once"),
            ]
            value=form.read(|form| form.qos.as_u8().to_string())
            error=form.error(Field::Qos)
            on_change=move |qos: String| {
                if let Some(qos) = qos.parse().ok().and_then(Qos::from_u8) {
                    form.edit(|form| form.qos = qos);
                }
            }
        />
    }
    .into_any()
}

fn message(form: PublishBinding) -> AnyView {
    view! {
        <div class="publish__message">
            <TextField
                label=Field::Message.name()
                value=form.read(|form| form.message.clone())
                kind=TextKind::Block(2)
                help=Help::Message
                error=form.error(Field::Message)
                on_input=move |text: String| form.edit(|form| form.message = text)
            />
            <div class="publish__format">
                <Checkbox
                    label="as hex bytes"
                    checked=form.read(|form| form.message_format == MessageFormat::Hex)
                    on_change=move |on: bool| {
                        form.edit(|form| {
                            form.message_format = if on {
                                MessageFormat::Hex
                            } else {
                                MessageFormat::Text
                            };
                        });
                    }
                />
                <HelpTip
                    about="as hex bytes"
                    text="The message is typed as pairs of hexadecimal digits, such as ff d8 00, so that it can hold any byte."
                />
            </div>
        </div>
    }
    .into_any()
}
