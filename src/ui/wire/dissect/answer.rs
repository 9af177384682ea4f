//! What there is to say about what was pasted.

use leptos::prelude::*;

use super::{Answer, Form, sentence};
use crate::lab::wire::paste::Remark;
use crate::ui::components::{Button, Callout, Tone, dynamic};
use crate::ui::element::view;

pub(super) fn view(kept: Form, answer: Answer) -> AnyView {
    view! {
        <div class="dissect__answer" role="status">
            {dynamic(move || {
                let trouble = kept.0.with(|kept| kept.trouble.clone()).map(|error| {
                    let title = format!("The link shows no packet. {}", sentence(&error.to_string()));
                    view! { <Callout tone=Tone::Bad title=title /> }.into_any()
                });
                let answer = answer.read();
                let pasted = answer.as_ref().and_then(|answer| answer.as_ref().ok());
                let form = pasted.and_then(|pasted| pasted.form).map(|form| {
                    view! { <p class="hint">{form.words()}</p> }.into_any()
                });
                let remarks = pasted.map(|pasted| pasted.remarks.clone()).unwrap_or_default();
                let remarks: Vec<_> = remarks.into_iter().map(|remark| remark_view(kept, remark)).collect();
                view! {
                    {trouble}
                    {form}
                    {remarks}
                }
                    .into_any()
            })}
        </div>
    }
    .into_any()
}

fn remark_view(kept: Form, remark: Remark) -> AnyView {
    let tone = if remark.is_fault {
        Tone::Warn
    } else {
        Tone::Accent
    };
    let read_as = remark.read_as.map(|version| {
        view! {
            <Button
                label=Signal::stored(format!("Read as MQTT {version}"))
                small=true
                on_press=move |()| kept.read_as(Some(version))
            />
        }
        .into_any()
    });
    view! {
        <Callout tone=tone title=remark.words>
            {read_as}
        </Callout>
    }
    .into_any()
}
