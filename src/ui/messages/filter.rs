//! The message filter: what is typed is checked at once, and holds as soon as it can.

use leptos::prelude::*;

use crate::lab::explain::Help;
use crate::lab::filter::{MessageFilterForm, TextPlace};
use crate::lab::trace::Direction;
use crate::lab::{ClientKey, Command, Field, Refusal, SubscriptionKey};
use crate::ui::components::{
    Button, ButtonKind, Checkbox, Choice, Disclosure, Select, TextField, TextKind,
};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::lazy::lazy_view;
use crate::ui::memo::{Memo, State};

lazy_view! {
    /// The bar with all conditions.
    pub(super) fn filter_bar(client: ClientKey)
    in filter, "The message filter" => view! { <FilterBar client=client /> }.into_any()
}

/// The form on the screen. The lab keeps filters that can be applied; what is half typed is kept here.
#[derive(Clone, Copy)]
struct Draft {
    lab: LabHandle,
    dispatch: Dispatch,
    client: ClientKey,
    typed: State<Typed>,
}

#[derive(Clone, Default)]
struct Typed {
    form: MessageFilterForm,
    /// What the lab had when that was typed: where it has another one now, someone else set it.
    applied: Option<MessageFilterForm>,
}

impl Draft {
    fn new(client: ClientKey) -> Self {
        Self {
            lab: use_lab(),
            dispatch: use_dispatch(),
            client,
            typed: State::new(Typed::default()),
        }
    }

    fn applied(self) -> Option<MessageFilterForm> {
        let client = self.client;
        self.lab
            .with_untracked(|lab| lab.message_filter_form(client).cloned())
    }

    /// The form as it is shown now.
    fn now(self) -> MessageFilterForm {
        let (typed, applied) = (self.typed.read_untracked(), self.applied());
        if typed.applied == applied {
            typed.form.clone()
        } else {
            applied.unwrap_or_default()
        }
    }

    /// The form; in a view, again whenever it has changed here or elsewhere.
    fn follow(self) -> Memo<MessageFilterForm> {
        Memo::new(move || {
            self.lab.with(|_| ());
            self.typed.with(|_| ());
            self.now()
        })
    }

    /// Changes the form, and applies it where it can be.
    fn edit(self, change: impl FnOnce(&mut MessageFilterForm)) {
        let mut form = self.now();
        change(&mut form);
        self.take(form);
    }

    fn take(self, form: MessageFilterForm) {
        let client = self.client;
        let checked = self
            .lab
            .with_untracked(|lab| lab.check_message_filter(client, &form));
        if let Ok(filter) = checked {
            let filter = Some(Box::new(filter));
            self.dispatch
                .tell(Command::FilterMessagesBy { client, filter });
        }
        let applied = self.applied();
        self.typed.set(Typed { form, applied });
    }
}

#[component]
fn FilterBar(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let draft = Draft::new(client);
    let form = draft.follow();
    let errors = Memo::new(move || {
        let form = form.read();
        lab.with_untracked(|lab| lab.check_message_filter(client, &form).err())
            .unwrap_or_default()
    });
    let bar = Bar {
        draft,
        form,
        errors,
    };
    let more = Signal::derive(move || {
        let more = form.with(|form| {
            let text = usize::from(!form.text.is_empty());
            let topics = [&form.include, &form.exclude].map(|list| !list.trim().is_empty());
            form.conditions() - text - topics.into_iter().filter(|is_set| *is_set).count()
        });
        match more {
            0 => "QoS, flags, direction, subscription, time".to_owned(),
            1 => "1 condition".to_owned(),
            more => format!("{more} conditions"),
        }
    });
    view! {
        <div class="filter" role="search" aria-label="Message filter">
            <div class="fields">
                {bar.text()} {bar.place()}
                {bar.switch(
                    "Match case",
                    "With this, A differs from a.",
                    |form| &mut form.is_case_sensitive,
                )}
                {bar.switch(
                    "Regular expression",
                    "The text is a pattern, such as temp(erature)?. It looks at the first 64 KB of a payload, and only at text.",
                    |form| &mut form.is_pattern,
                )}
            </div>
            <div class="fields">
                {bar.field(Field::FilterInclude, Help::FilterTopics, "home/+/temp, garden/#")}
                {bar.field(Field::FilterExclude, Help::FilterTopics, "$SYS/#")}
                <Button
                    label="Clear filter"
                    kind=ButtonKind::Quiet
                    disabled=Signal::derive(move || form.with(MessageFilterForm::takes_all))
                    on_press=move |()| draft.take(MessageFilterForm::default())
                />
            </div>
            <Disclosure title="More conditions" summary=more>
                {bar.more()}
            </Disclosure>
        </div>
    }
    .into_any()
}

/// What the parts of the bar share.
#[derive(Clone, Copy)]
struct Bar {
    draft: Draft,
    form: Memo<MessageFilterForm>,
    errors: Memo<Vec<Refusal>>,
}

impl Bar {
    fn error(self, field: Field) -> Signal<Option<String>> {
        let errors = self.errors;
        Signal::derive(move || {
            let errors = errors.read();
            let own = errors.iter().find(|refusal| refusal.field == Some(field));
            own.map(Refusal::words)
        })
    }

    fn read(self, read: fn(&MessageFilterForm) -> String) -> Signal<String> {
        Signal::derive(move || self.form.with(read))
    }

    fn text(self) -> AnyView {
        view! {
            <TextField
                label="Text"
                kind=TextKind::Code
                class="w-l"
                value=self.read(|form| form.text.clone())
                on_input=move |text: String| self.draft.edit(|form| form.text = text)
                help=Help::FilterText
                error=self.error(Field::FilterText)
            />
        }
        .into_any()
    }

    fn place(self) -> AnyView {
        let choices = [
            ("", "topic or payload"),
            ("topic", "topic"),
            ("payload", "payload"),
        ]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec();
        view! {
            <Select
                label="Text in"
                class="w-p"
                choices=choices
                value=self
                    .read(|form| {
                        match form.place {
                            TextPlace::Anywhere => "",
                            TextPlace::Topic => "topic",
                            TextPlace::Payload => "payload",
                        }
                            .to_owned()
                    })
                on_change=move |value: String| {
                    self.draft
                        .edit(|form| {
                            form.place = match value.as_str() {
                                "topic" => TextPlace::Topic,
                                "payload" => TextPlace::Payload,
                                _ => TextPlace::Anywhere,
                            };
                        });
                }
            />
        }
        .into_any()
    }

    fn switch(
        self,
        label: &'static str,
        help: &'static str,
        part: fn(&mut MessageFilterForm) -> &mut bool,
    ) -> AnyView {
        view! {
            <Checkbox
                label=label
                help=help
                checked=Signal::derive(move || *part(&mut self.form.get()))
                on_change=move |on: bool| self.draft.edit(|form| *part(form) = on)
            />
        }
        .into_any()
    }

    /// A field for Topic Filters or a time.
    fn field(self, field: Field, help: Help, example: &'static str) -> AnyView {
        fn part(form: &mut MessageFilterForm, field: Field) -> &mut String {
            match field {
                Field::FilterInclude => &mut form.include,
                Field::FilterExclude => &mut form.exclude,
                Field::FilterFrom => &mut form.from,
                _ => &mut form.to,
            }
        }
        view! {
            <TextField
                label=field.name()
                kind=TextKind::Code
                class="w-m"
                placeholder=example
                value=Signal::derive(move || core::mem::take(part(&mut self.form.get(), field)))
                on_input=move |text: String| self.draft.edit(|form| *part(form, field) = text)
                help=help
                error=self.error(field)
            />
        }
        .into_any()
    }

    fn more(self) -> AnyView {
        let no_qos = self.error(Field::FilterQos);
        view! {
            <div class="fields">
                {self.switch("QoS 0", "Messages delivered at most once.", |form| &mut form.qos[0])}
                {self.switch("QoS 1", "Messages delivered at least once.", |form| &mut form.qos[1])}
                {self.switch("QoS 2", "Messages delivered exactly once.", |form| &mut form.qos[2])}
                {self.flag("Retain", Help::Retain, |form| &mut form.retain)}
                {self.flag("DUP", Help::Dup, |form| &mut form.dup)} {self.direction()}
                {self.subscription()} {self.field(Field::FilterFrom, Help::FilterTimes, "14:03")}
                {self.field(Field::FilterTo, Help::FilterTimes, "14:05:30")}
            </div>
            <p class="field__error" hidden=move || no_qos.with(Option::is_none)>
                {move || no_qos.get()}
            </p>
        }
        .into_any()
    }

    /// Whether a flag of the packet is set, is not, or does not matter.
    fn flag(
        self,
        label: &'static str,
        help: Help,
        part: fn(&mut MessageFilterForm) -> &mut Option<bool>,
    ) -> AnyView {
        let choices = [("", "any"), ("1", "set"), ("0", "not set")];
        view! {
            <Select
                label=label
                class="w-s"
                help=help
                choices=choices.map(|(value, label)| Choice::new(value, label)).to_vec()
                value=Signal::derive(move || {
                    match *part(&mut self.form.get()) {
                        None => "",
                        Some(true) => "1",
                        Some(false) => "0",
                    }
                        .to_owned()
                })
                on_change=move |value: String| {
                    self.draft
                        .edit(|form| {
                            *part(form) = (!value.is_empty()).then(|| value == "1");
                        });
                }
            />
        }
        .into_any()
    }

    fn direction(self) -> AnyView {
        let choices = [("", "both"), ("in", "received"), ("out", "sent")];
        view! {
            <Select
                label="Direction"
                class="w-s"
                help=Help::Direction
                choices=choices.map(|(value, label)| Choice::new(value, label)).to_vec()
                value=self
                    .read(|form| {
                        match form.direction {
                            None => "",
                            Some(Direction::Received) => "in",
                            Some(Direction::Sent) => "out",
                        }
                            .to_owned()
                    })
                on_change=move |value: String| {
                    self.draft
                        .edit(|form| {
                            form.direction = match value.as_str() {
                                "in" => Some(Direction::Received),
                                "out" => Some(Direction::Sent),
                                _ => None,
                            };
                        });
                }
            />
        }
        .into_any()
    }

    fn subscription(self) -> AnyView {
        let client = self.draft.client;
        let choices = self.draft.lab.memo(move |lab| {
            let mut choices = vec![Choice::new("", "any")];
            let rows = lab.client(client).map(|client| client.subscriptions());
            let rows = rows.unwrap_or_default().iter();
            choices.extend(
                rows.map(|row| Choice::new(row.key.value().to_string(), row.filter.clone())),
            );
            choices
        });
        view! {
            <Select
                label="Subscription"
                class="w-p"
                help="Only messages that match the Topic Filter of this subscription."
                choices=choices
                value=self
                    .read(|form| {
                        form.subscription.map_or_else(String::new, |key| key.value().to_string())
                    })
                on_change=move |value: String| {
                    self.draft
                        .edit(|form| {
                            form.subscription = value.parse().ok().map(SubscriptionKey::new);
                        });
                }
            />
        }
        .into_any()
    }
}
