//! The properties that CONNECT has in MQTT 5.0.

use leptos::prelude::*;

use super::binding::{FormBinding, at};
use crate::lab::Field;
use crate::lab::explain::Help;
use crate::ui::components::{Disclosure, TextKind};
use crate::ui::element::view;
use crate::ui::lazy::lazy_view;

/// The properties of CONNECT; shown for MQTT 5.0 only.
#[component]
pub(super) fn ConnectProperties(form: FormBinding) -> AnyView {
    let summary = form.read(|form| {
        if form.session_expiry_interval.is_empty() {
            "the session ends with the connection".to_owned()
        } else {
            format!(
                "the session outlives the connection by {} s",
                form.session_expiry_interval
            )
        }
    });
    view! {
        <Disclosure title="MQTT 5 properties" summary=summary>
            {fields(form)}
        </Disclosure>
    }
    .into_any()
}

lazy_view! {
    fn fields(form: FormBinding) in fields, "The properties" => fields_view(form)
}

fn fields_view(form: FormBinding) -> AnyView {
    view! {
        <div class="fields">
            {form.text(Field::SessionExpiryInterval, at!(session_expiry_interval), TextKind::Number, "w-m")}
            {form.text(Field::ReceiveMaximum, at!(receive_maximum), TextKind::Number, "w-m")}
            {form.text(Field::MaximumPacketSize, at!(maximum_packet_size), TextKind::Number, "w-m")}
            {form.text(Field::TopicAliasMaximum, at!(topic_alias_maximum), TextKind::Number, "w-m")}
            {form.text(
                Field::AuthenticationMethod,
                at!(authentication_method),
                TextKind::Code,
                "w-m",
            )}
            {form.text(
                Field::AuthenticationData,
                at!(authentication_data),
                TextKind::Code,
                "w-m",
            )}
            {form.own_tick("Use Topic Aliases", Help::TopicAlias, at!(use_topic_aliases))}
            {form.tick(Field::RequestResponseInformation, at!(request_response_information))}
            {form.tick(Field::RequestProblemInformation, at!(request_problem_information))}
            {form.pairs(Field::UserProperties, at!(user_properties))}
        </div>
    }
    .into_any()
}
