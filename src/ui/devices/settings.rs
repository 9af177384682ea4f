//! What of a device can be changed.

use leptos::prelude::*;

use crate::codec::{ProtocolVersion, Qos};
use crate::lab::{BotFaults, BotForm, BotRow, Command, Refusal};
use crate::ui::components::{Choice, Select, TextField, TextKind};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::{Memo, State};
use crate::ui::present::{broker_choice, broker_choices, broker_value};

/// The fields; what can be used holds at once.
pub(super) fn view(row: BotRow, refusal: State<Option<Refusal>>) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let bot = row.key;
    // As it is when the settings are opened, which is long after the row was made.
    let now = lab.with_untracked(|lab| {
        let mut rows = lab.bot_rows().into_iter();
        rows.find(|row| row.key == bot)
    });
    let form = State::new(BotForm::new(&now.as_ref().unwrap_or(&row).settings));
    let faults = Memo::new(move || form.with(|form| form.check().err().unwrap_or_default()));
    let edit = move |change: &dyn Fn(&mut BotForm)| {
        form.update(|form| change(form));
        if let Ok(settings) = form.with_untracked(BotForm::check) {
            refusal.set(dispatch.send(Command::SetBot { bot, settings }).err());
        }
    };
    let error =
        move |part: fn(&BotFaults) -> Option<String>| Signal::derive(move || faults.with(part));
    let mut targets = lab.with_untracked(broker_choices);
    if let Some(custom) = targets.last_mut() {
        "Where the selected client leads".clone_into(&mut custom.label);
    }
    view! {
        <div class="fields">
            {row
                .has_period
                .then(|| {
                    view! {
                        <TextField
                            label="Publishes every (seconds)"
                            kind=TextKind::Number
                            class="w-m"
                            help="How often the device publishes by itself."
                            value=Signal::derive(move || form.with(|form| form.period.clone()))
                            error=error(|faults| faults.period.clone())
                            on_input=move |text: String| edit(&|form| text.clone_into(&mut form.period))
                        />
                    }
                })}
            <Select
                label="QoS of the device"
                class="w-m"
                help="At which QoS it publishes and subscribes. A broker that allows less gets less."
                choices=Qos::ALL
                    .map(|qos| Choice::new(qos.as_u8().to_string(), qos.as_u8().to_string()))
                    .to_vec()
                value=Signal::derive(move || form.with(|form| form.qos.as_u8().to_string()))
                on_change=move |value: String| {
                    if let Some(qos) = value.parse().ok().and_then(Qos::from_u8) {
                        edit(&|form| form.qos = qos);
                    }
                }
            />
            <Select
                label="MQTT version of the device"
                class="w-m"
                help="Which MQTT it speaks, from its next start. Response Topic and Correlation Data are there in 5.0 alone."
                choices=ProtocolVersion::ALL
                    .map(|version| Choice::new(version.level().to_string(), version.name()))
                    .to_vec()
                value=Signal::derive(move || form.with(|form| form.version.level().to_string()))
                on_change=move |level: String| {
                    let mut versions = ProtocolVersion::ALL.into_iter();
                    if let Some(version) = versions.find(|own| own.level().to_string() == level) {
                        edit(&|form| form.version = version);
                    }
                }
            />
            <TextField
                label="Seed"
                kind=TextKind::Number
                class="w-l"
                help="The same seed gives the same readings, so that a run can be repeated. It holds from the next start."
                value=Signal::derive(move || form.with(|form| form.seed.clone()))
                error=error(|faults| faults.seed.clone())
                on_input=move |text: String| edit(&|form| text.clone_into(&mut form.seed))
            />
            <Select
                label="Broker of the device"
                class="w-full"
                help="Where it connects to, from its next start. On a public broker everybody can read what it publishes."
                choices=targets
                value=Signal::derive(move || form.with(|form| broker_value(form.target)))
                on_change=move |value: String| {
                    let target = broker_choice(&value);
                    edit(&|form| form.target = target);
                }
            />
        </div>
    }
    .into_any()
}
