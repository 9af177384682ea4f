//! The Connection panel's form: where to, as whom, and how the session goes.

use leptos::prelude::*;

use super::binding::{FormBinding, at, elsewhere};
use super::properties::ConnectProperties;
use super::will::WillFields;
use crate::codec::ProtocolVersion;
use crate::lab::explain::{Help, help};
use crate::lab::{ClientKey, Command, Field};
use crate::ui::components::{Button, Choice, Disclosure, Icon, Select, TextKind, when};
use crate::ui::element::view;
use crate::ui::lazy::lazy_view;
use crate::ui::present::{broker_choice, broker_choices, broker_value};

/// All fields, and what is under the disclosures.
#[component]
pub(super) fn ConnectionFields(
    client: ClientKey,
    /// What stands at the end of the form, such as its button.
    children: Children,
) -> AnyView {
    let form = FormBinding::new(client);
    let is_5 = form.read(|form| form.version == ProtocolVersion::V5_0);
    view! {
        <div class="fields">{where_to(form)}</div>
        <div class="fields">{as_whom(form)}</div>
        <div class="connection__more">
            <WillFields form=form is_5=is_5 />
            <SessionFields form=form />
            {when(move || is_5.get(), move || view! { <ConnectProperties form=form /> }.into_any())}
            <div class="connection__go">{children()}</div>
        </div>
    }
    .into_any()
}

fn where_to(form: FormBinding) -> AnyView {
    let client = form.client;
    let at_lab_broker = form.read(|form| form.lab_broker);
    let choices = form.lab.memo(broker_choices);
    view! {
        <Select
            label="Broker"
            class="w-m"
            help=broker_help(form)
            choices=Signal::derive(move || choices.get())
            value=chosen_broker(form)
            on_change=move |position: String| {
                form.dispatch
                    .tell(Command::ChooseBroker {
                        client,
                        broker: broker_choice(&position),
                    });
            }
        />
        {form.text(Field::Host, elsewhere!(host), TextKind::Code, "w-l")}
        {form.text(Field::Port, at!(port), TextKind::Number, "w-xs")}
        {form.text(Field::Path, at!(path), TextKind::Code, "w-s")}
        {form.tick(Field::Ssl, at!(ssl))}
        <p class="hint connection__in-page" hidden=move || !at_lab_broker.get()>
            "The lab broker is in this page and needs no address. Type a host to go to another broker."
        </p>
        <Select
            label="MQTT version"
            class="w-s"
            help=form.help(Field::Version)
            choices=vec![
                Choice::new("3", "3.1"),
                Choice::new("4", "3.1.1"),
                Choice::new("5", "5.0"),
            ]
            value=form.read(|form| form.version.level().to_string())
            on_change=move |level: String| {
                let chosen = ProtocolVersion::ALL
                    .into_iter()
                    .find(|version| version.level().to_string() == level);
                if let Some(version) = chosen {
                    form.edit(|form| form.version = version);
                }
            }
        />
    }
    .into_any()
}

/// What the picker is for, and how fresh its list is.
fn broker_help(form: FormBinding) -> Signal<String> {
    let freshness = form.lab.with_untracked(|lab| lab.brokers().freshness());
    Signal::derive(move || [const { help(Help::Broker) }, freshness.as_str()].join(" "))
}

fn as_whom(form: FormBinding) -> AnyView {
    let client = form.client;
    let another = view! {
        <Button
            label="New Client Identifier"
            picture=Icon::Refresh
            icon_only=true
            on_press=move |()| form.dispatch.tell(Command::NewClientIdentifier { client })
        />
    }
    .into_any();
    view! {
        {form.text_with(Field::ClientId, at!(client_id),
            TextKind::Code,
            "w-l",
            Some(another),
        )}
        {form.text(Field::Username, at!(username), TextKind::Words, "w-m")}
        {form.text(Field::Password, at!(password), TextKind::Password, "w-m")}
        {form.own_tick("Keep password", Help::RememberPassword, at!(remember_password))}
        {form.text(Field::KeepAlive, at!(keep_alive), TextKind::Number, "w-xs")}
        {form.tick(Field::CleanSession, at!(clean_session))}
    }
    .into_any()
}

/// Time-outs and reconnecting: what the lab does, not what is said to the server.
#[component]
fn SessionFields(form: FormBinding) -> AnyView {
    let summary = form.read(|form| {
        if form.reconnect {
            format!(
                "{} s, again after {} s",
                form.connect_timeout, form.reconnect_period
            )
        } else {
            format!("{} s, no reconnect", form.connect_timeout)
        }
    });
    view! {
        <Disclosure title="Time-out and reconnect" summary=summary>
            {session_fields(form)}
        </Disclosure>
    }
    .into_any()
}

/// The value of the entry that the form leads to.
fn chosen_broker(form: FormBinding) -> Signal<String> {
    form.lab.words(move |lab| {
        let client = lab.client(form.client);
        let choice = client.map(|client| client.connection_form().broker_choice(lab.brokers()));
        choice.map(broker_value).unwrap_or_default()
    })
}

lazy_view! {
    fn session_fields(form: FormBinding) in fields, "Time-out and reconnect" => session_fields_view(form)
}

fn session_fields_view(form: FormBinding) -> AnyView {
    view! {
        <div class="fields">
            {form.text(Field::ConnectTimeout, at!(connect_timeout), TextKind::Number, "w-p")}
            {form.own_tick("Reconnect", Help::Reconnect, at!(reconnect))}
            {form.text(Field::ReconnectPeriod, at!(reconnect_period), TextKind::Number, "w-p")}
        </div>
    }
    .into_any()
}
