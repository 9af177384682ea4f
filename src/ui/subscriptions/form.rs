//! The form for a new subscription.

use leptos::html;
use leptos::prelude::*;

use crate::codec::{Qos, RetainHandling};
use crate::lab::explain::Help;
use crate::lab::{COLOURS, ClientKey, Command, Field, Refusal, SubscribeForm};
use crate::ui::components::{
    Button, ButtonKind, Checkbox, Choice, Disclosure, Select, TextField, TextKind, when,
};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::memo::Memo;
use crate::ui::present::{is_connected, speaks_5};

#[derive(Clone, Copy)]
struct Binding {
    client: ClientKey,
    lab: LabHandle,
    dispatch: Dispatch,
    errors: Memo<Vec<Refusal>>,
}

impl Binding {
    fn read<T>(self, read: fn(&SubscribeForm) -> T) -> Signal<T>
    where
        T: Clone + Default + PartialEq + Send + Sync + 'static,
    {
        let memo = self.lab.memo(move |lab| {
            let client = lab.client(self.client);
            client
                .map(|client| read(client.subscribe_form()))
                .unwrap_or_default()
        });
        memo.into()
    }

    fn edit(self, change: impl FnOnce(&mut SubscribeForm)) {
        let form = self.lab.with_untracked(|lab| {
            let client = lab.client(self.client);
            client.map(|client| client.subscribe_form().clone())
        });
        let Some(mut form) = form else { return };
        change(&mut form);
        self.dispatch.tell(Command::EditSubscribe {
            client: self.client,
            form: Box::new(form),
        });
    }

    fn error(self, field: Field) -> Signal<Option<String>> {
        Signal::derive(move || {
            let errors = self.errors.read();
            let error = errors.iter().find(|error| error.field == Some(field));
            error.map(Refusal::words)
        })
    }
}

/// The form; it closes once SUBSCRIBE is on its way.
#[component]
pub(super) fn SubscriptionForm(client: ClientKey, open: RwSignal<bool>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let form = Binding {
        client,
        lab,
        dispatch,
        errors: lab.memo(move |lab| lab.subscribe_errors(client)),
    };
    let connected = is_connected(lab, client);
    let is_5 = speaks_5(lab, client);
    let refusal = RwSignal::new(None::<String>);
    let node = NodeRef::<html::Form>::new();
    // Opened to be typed into: the filter takes the focus.
    node.on_load(|form| {
        request_animation_frame(move || {
            if let Ok(Some(field)) = form.query_selector("input") {
                let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlInputElement>(field)
                    .focus();
            }
        });
    });
    view! {
        <form
            class="subscribe"
            novalidate=true
            aria-label="New subscription"
            node_ref=node
            on:submit=move |event| {
                event.prevent_default();
                match dispatch.send(Command::Subscribe { client }) {
                    Ok(()) => open.set(false),
                    Err(error) if error.field.is_none() => refusal.set(Some(error.words())),
                    Err(_) => refusal.set(None),
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" && !event.default_prevented() {
                    open.set(false);
                }
            }
        >
            <TextField
                label="Topic"
                value=form.read(|form| form.filter.clone())
                kind=TextKind::Code
                help=Help::Filter
                error=form.error(Field::Filter)
                on_input=move |text: String| form.edit(|form| form.filter = text)
            />
            {qos_and_colour(form)}
            {when(move || is_5.get(), move || options(form))}
            <div class="buttons">
                <Button
                    label="Subscribe"
                    kind=ButtonKind::Primary
                    submit=true
                    disabled=Signal::derive(move || !connected.get())
                />
                <Button
                    label="Cancel"
                    kind=ButtonKind::Quiet
                    on_press=move |()| open.set(false)
                />
                <span class="hint" hidden=move || connected.get()>
                    "Not connected: connect first. What is typed here stays."
                </span>
                <span class="field__error" role="alert">
                    {move || refusal.get()}
                </span>
            </div>
        </form>
    }
    .into_any()
}

fn qos_and_colour(form: Binding) -> AnyView {
    let colour = form.read(|form| {
        form.colour
            .map_or_else(String::new, |colour| colour.to_string())
    });
    let colours = || {
        let mut choices = vec![Choice::new("", "next one")];
        for colour in 0..COLOURS {
            choices.push(Choice::new(colour.to_string(), (colour + 1).to_string()));
        }
        choices
    };
    view! {
        <div class="fields">
            <Select
                label="QoS"
                class="w-m"
                help=Help::SubscriptionQos
                choices=vec![
                    Choice::new("2", "2, exactly once"),
                    Choice::new("1", "1, at least once"),
                    Choice::new("0", "0, at most once"),
                ]
                value=form.read(|form| form.qos.as_u8().to_string())
                error=form.error(Field::SubscriptionQos)
                on_change=move |qos: String| {
                    if let Some(qos) = qos.parse().ok().and_then(Qos::from_u8) {
                        form.edit(|form| form.qos = qos);
                    }
                }
            />
            <div class="subscribe__colour w-s" data-hue=move || colour.get()>
                <Select
                    label="Color"
                    help=Help::Color
                    choices=colours()
                    value=colour
                    on_change=move |colour: String| form.edit(|form| form.colour = colour.parse().ok())
                />
            </div>
        </div>
    }
    .into_any()
}

/// The options that SUBSCRIBE has in MQTT 5.0.
fn options(form: Binding) -> AnyView {
    let summary = form.read(|form| {
        let set = [
            form.no_local,
            form.retain_as_published,
            form.retain_handling != RetainHandling::SendAtSubscribe,
            !form.subscription_identifier.is_empty(),
        ];
        match set.iter().filter(|set| **set).count() {
            0 => "as usual".to_owned(),
            set => format!("{set} set"),
        }
    });
    view! {
        <Disclosure title="MQTT 5 options" summary=summary>
            <div class="fields">
                <Checkbox
                    label="No Local"
                    checked=form.read(|form| form.no_local)
                    help=Help::NoLocal
                    on_change=move |on: bool| form.edit(|form| form.no_local = on)
                />
                <Checkbox
                    label="Retain As Published"
                    checked=form.read(|form| form.retain_as_published)
                    help=Help::RetainAsPublished
                    on_change=move |on: bool| form.edit(|form| form.retain_as_published = on)
                />
                <Select
                    label="Retain Handling"
                    class="w-full"
                    help=Help::RetainHandling
                    choices=vec![
                        Choice::new("0", "0, at every subscribing"),
                        Choice::new("1", "1, only if the subscription is new"),
                        Choice::new("2", "2, never"),
                    ]
                    value=form.read(|form| (form.retain_handling as u8).to_string())
                    on_change=move |handling: String| {
                        form.edit(|form| {
                            form.retain_handling = match handling.as_str() {
                                "1" => RetainHandling::SendIfNew,
                                "2" => RetainHandling::DoNotSend,
                                _ => RetainHandling::SendAtSubscribe,
                            };
                        });
                    }
                />
                <TextField
                    label="Subscription Identifier"
                    value=form.read(|form| form.subscription_identifier.clone())
                    kind=TextKind::Number
                    class="w-full"
                    help=Help::SubscriptionIdentifier
                    error=form.error(Field::SubscriptionIdentifier)
                    on_input=move |text: String| form.edit(|form| form.subscription_identifier = text)
                />
            </div>
        </Disclosure>
    }
    .into_any()
}
