//! One way to break a link: what it is, what can be set, and the button that does it.

use leptos::prelude::*;

use crate::lab::explain::{FaultWords, fault_at_real_server, fault_kind};
use crate::lab::{ClientKey, Command, FaultField, FaultForm, FaultKind};
use crate::ui::components::{
    Button, ButtonKind, Choice, Disclosure, Icon, Select, TextField, TextKind, icon, when,
};
use crate::ui::element::view;
use crate::ui::handle::use_dispatch;
use crate::ui::memo::{Memo, State};

/// The card of one kind of fault.
pub(super) fn view(
    client: ClientKey,
    kind: FaultKind,
    outside: Memo<bool>,
    refusal: State<Option<String>>,
) -> AnyView {
    let dispatch = use_dispatch();
    let about = fault_kind(kind);
    let form = State::new(FaultForm::new(kind));
    let line = Signal::derive(move || form.with(FaultForm::line));
    let fields = form.with_untracked(FaultForm::fields);
    let add = move |()| {
        let Ok(fault) = form.with_untracked(FaultForm::fault) else {
            return;
        };
        let outcome = dispatch.send(Command::AddFault { client, fault });
        refusal.set(outcome.err().map(|why| why.words()));
    };
    view! {
        <section class="faults__kind" role="group" aria-label=about.title>
            <div class="faults__line">
                <Button
                    label=about.title
                    kind=ButtonKind::Danger
                    picture=Icon::Fault
                    disabled=Signal::derive(move || form.with(|form| form.fault().is_err()))
                    hint=about.does
                    on_press=add
                />
            </div>
            {words(about, fault_at_real_server(kind), outside)}
            <Disclosure title="Settings" summary=line>
                <div class="fields">
                    {fields.iter().map(|one| field(form, *one)).collect::<Vec<_>>()}
                </div>
            </Disclosure>
        </section>
    }
    .into_any()
}

fn field(form: State<FaultForm>, field: FaultField) -> AnyView {
    let value = Signal::derive(move || form.with(|form| form.value(field)));
    let set = move |text: String| form.update(|form| form.set(field, &text));
    let choices: Vec<_> = field
        .choices()
        .into_iter()
        .map(|(value, label)| Choice::new(value, label))
        .collect();
    if choices.is_empty() {
        let problem = Signal::derive(move || form.with(|form| form.problem(field)));
        return view! {
            <TextField
                label=field.name()
                class="w-p"
                kind=TextKind::Number
                value=value
                help=field.help()
                error=problem
                on_input=set
            />
        }
        .into_any();
    }
    view! {
        <Select
            label=field.name()
            class="w-p"
            choices=choices
            value=value
            help=field.help()
            on_change=set
        />
    }
    .into_any()
}

/// What it does, what it stands for, what is not so in the real world, and what differs where the
/// link leads to a server outside this page.
pub(super) fn words(
    about: FaultWords,
    at_real_server: &'static str,
    outside: Memo<bool>,
) -> AnyView {
    let remark = |words: &'static str| {
        view! { <p class="faults__remark">{icon(Icon::Info)} <span>{words}</span></p> }.into_any()
    };
    view! {
        <p>{about.does}</p>
        <p class="hint">"Stands for: " {about.stands_for}</p>
        {(!about.honest.is_empty()).then(|| remark(about.honest))}
        {when(
            move || outside.get() && !at_real_server.is_empty(),
            move || remark(at_real_server),
        )}
    }
    .into_any()
}
