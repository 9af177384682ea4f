//! The Will Message: what the server says for a client that is gone without saying goodbye.

use leptos::prelude::*;

use super::binding::{FormBinding, at};
use crate::codec::Qos;
use crate::lab::Field;
use crate::lab::explain::Help;
use crate::ui::components::{Choice, Disclosure, Select, TextKind, when};
use crate::ui::element::view;
use crate::ui::lazy::lazy_view;

/// The fields of the Will Message, under a title that says what they come to.
#[component]
pub(super) fn WillFields(form: FormBinding, is_5: Signal<bool>) -> AnyView {
    let summary = form.read(|form| {
        if form.will.topic.is_empty() {
            "none".to_owned()
        } else {
            format!("on {}, QoS {}", form.will.topic, form.will.qos.as_u8())
        }
    });
    view! {
        <Disclosure title="Last Will" summary=summary>
            {fields(form, is_5)}
        </Disclosure>
    }
    .into_any()
}

fn will_properties(form: FormBinding) -> AnyView {
    view! {
        {form.text(Field::WillDelayInterval, at!(will.delay_interval), TextKind::Number, "w-m")}
        {form.text(Field::WillMessageExpiryInterval, at!(will.message_expiry_interval),
            TextKind::Number,
            "w-l",
        )}
        {form.text(Field::WillContentType, at!(will.content_type), TextKind::Code, "w-m")}
        {form.text(Field::WillResponseTopic, at!(will.response_topic), TextKind::Code, "w-m")}
        {form.text(Field::WillCorrelationData, at!(will.correlation_data),
            TextKind::Code,
            "w-m",
        )}
        {form.own_tick("Will payload is UTF-8", Help::PayloadFormatIndicator, at!(will.payload_is_utf8))}
        {form.pairs(Field::WillUserProperties, at!(will.user_properties))}
    }
    .into_any()
}

lazy_view! {
    fn fields(form: FormBinding, is_5: Signal<bool>) in fields, "The will" => fields_view(form, is_5)
}

fn fields_view(form: FormBinding, is_5: Signal<bool>) -> AnyView {
    view! {
        <div class="fields">
            {form.text(Field::WillTopic, at!(will.topic), TextKind::Code, "w-l")}
            <Select
                label=Field::WillQos.name()
                class="w-s"
                help=form.help(Field::WillQos)
                choices=["0", "1", "2"].map(|qos| Choice::new(qos, qos)).to_vec()
                value=form.read(|form| form.will.qos.as_u8().to_string())
                on_change=move |qos: String| {
                    if let Some(qos) = qos.parse().ok().and_then(Qos::from_u8) {
                        form.edit(|form| form.will.qos = qos);
                    }
                }
            />
            {form.tick(Field::WillRetain, at!(will.retain))}
            {form.text(Field::WillMessage, at!(will.message), TextKind::Block(2), "w-full")}
            {when(move || is_5.get(), move || will_properties(form))}
        </div>
    }
    .into_any()
}
