//! The properties that PUBLISH has in MQTT 5.0.

use leptos::prelude::*;

use super::binding::{PublishBinding, at};
use crate::lab::explain::Help;
use crate::lab::{Field, PublishForm};
use crate::ui::components::{Disclosure, HelpTip, TextKind};
use crate::ui::element::view;
use crate::ui::lazy::lazy_view;

/// The properties of PUBLISH; shown for MQTT 5.0 only.
#[component]
pub(super) fn PublishProperties(form: PublishBinding) -> AnyView {
    let summary = form.read(|form| match properties_set(form) {
        0 => "none".to_owned(),
        set => format!("{set} set"),
    });
    view! {
        <Disclosure title="MQTT 5 properties" summary=summary>
            {fields(form)}
        </Disclosure>
    }
    .into_any()
}

/// How many properties the form would send.
fn properties_set(form: &PublishForm) -> usize {
    let texts = [
        &form.content_type,
        &form.message_expiry_interval,
        &form.response_topic,
        &form.correlation_data,
    ];
    let texts = texts.iter().filter(|text| !text.is_empty()).count();
    texts + usize::from(form.payload_is_utf8) + form.user_properties.len()
}

lazy_view! {
    fn fields(form: PublishBinding) in fields, "The properties" => fields_view(form)
}

fn fields_view(form: PublishBinding) -> AnyView {
    view! {
        <div class="fields">
            {form.text((Field::ContentType, Help::ContentType), at!(content_type), TextKind::Code, "w-m")}
            {form
                .text(
                    (Field::MessageExpiryInterval, Help::MessageExpiryInterval),
                    at!(message_expiry_interval),
                    TextKind::Number,
                    "w-m",
                )}
            {form.text((Field::ResponseTopic, Help::ResponseTopic), at!(response_topic), TextKind::Code, "w-m")}
            {form
                .text(
                    (Field::CorrelationData, Help::CorrelationData),
                    at!(correlation_data),
                    TextKind::Code,
                    "w-m",
                )}
            {form
                .tick(
                    "Payload Format Indicator: UTF-8",
                    Help::PayloadFormatIndicator,
                    at!(payload_is_utf8),
                )}
            {form.pairs(Field::UserProperties, at!(user_properties))}
        </div>
        <p class="hint publish__alias">
            "Topic Alias: given out by itself, as far as the broker's Topic Alias Maximum allows."
            <HelpTip about="Topic Alias" text=Help::TopicAlias />
        </p>
    }
    .into_any()
}
