//! Binds the controls of the Connection panel to the form that the lab keeps.

use leptos::prelude::*;

use crate::codec::ProtocolVersion;
use crate::lab::explain::Help;
use crate::lab::{ClientKey, Command, ConnectionForm, Field, UserPropertyList};
use crate::ui::components::{Checkbox, HelpText, PairList, TextField, TextKind};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::memo::Memo;

/// One client's connection form: every control reads its part of it and sends the whole back.
#[derive(Clone, Copy)]
pub(super) struct FormBinding {
    pub(super) client: ClientKey,
    pub(super) lab: LabHandle,
    pub(super) dispatch: Dispatch,
    version: Memo<ProtocolVersion>,
    errors: Memo<Vec<(Option<Field>, String)>>,
}

/// How a text of the form is read, and where it stands.
type Text = Part<String>;

/// How a part of the form is read, and where it stands; [`at!`] makes one.
type Part<T> = (fn(&ConnectionForm) -> T, fn(&mut ConnectionForm) -> &mut T);

impl FormBinding {
    pub(super) fn new(client: ClientKey) -> Self {
        let lab = use_lab();
        Self {
            client,
            lab,
            dispatch: use_dispatch(),
            version: lab.memo(move |lab| {
                let client = lab.client(client);
                client.map_or(ProtocolVersion::V3_1_1, |client| {
                    client.connection_form().version
                })
            }),
            errors: lab.memo(move |lab| lab.connection_error_words(client)),
        }
    }

    /// A part of the form that follows the form.
    pub(super) fn read<T>(self, read: fn(&ConnectionForm) -> T) -> Signal<T>
    where
        T: Clone + Default + PartialEq + Send + Sync + 'static,
    {
        let memo = self.lab.memo(move |lab| {
            let client = lab.client(self.client);
            client
                .map(|client| read(client.connection_form()))
                .unwrap_or_default()
        });
        memo.into()
    }

    /// Sends the form back with a change in it.
    pub(super) fn edit(self, change: impl FnOnce(&mut ConnectionForm)) {
        let client = self.client;
        let form = self.lab.with_untracked(|lab| {
            lab.client(client)
                .map(|client| client.connection_form().clone())
        });
        let Some(mut form) = form else { return };
        change(&mut form);
        self.dispatch.tell(Command::EditConnection {
            client,
            form: Box::new(form),
        });
    }

    /// What is wrong with a field, in words.
    pub(super) fn error(self, field: Field) -> Signal<Option<String>> {
        Signal::derive(move || {
            let errors = self.errors.read();
            let error = errors.iter().find(|(place, _)| *place == Some(field));
            error.map(|(_, words)| words.clone())
        })
    }

    /// What a field is for, in the words of the version of MQTT that is chosen.
    pub(super) fn help(self, field: Field) -> Signal<Help> {
        let version = self.version;
        Signal::derive(move || Help::for_field(field, version.get()))
    }

    /// A text field bound to its place in the form.
    pub(super) fn text(
        self,
        field: Field,
        (read, place): Text,
        kind: TextKind,
        class: &'static str,
    ) -> AnyView {
        self.text_with(field, (read, place), kind, class, None)
    }

    /// The same with something beside it on its line.
    pub(super) fn text_with(
        self,
        field: Field,
        (read, place): Text,
        kind: TextKind,
        class: &'static str,
        beside: Option<AnyView>,
    ) -> AnyView {
        view! {
            <TextField
                label=field.name()
                value=self.read(read)
                kind=kind
                class=class
                help=self.help(field)
                error=self.error(field)
                on_input=move |text: String| self.edit(|form| *place(form) = text)
            >
                {beside}
            </TextField>
        }
        .into_any()
    }

    /// A checkbox bound to its place in the form.
    pub(super) fn tick(self, field: Field, at: Part<bool>) -> AnyView {
        self.tick_named(field.name(), self.help(field).into(), at)
    }

    /// A checkbox that is about this page rather than about a field of the packet.
    pub(super) fn own_tick(self, label: &'static str, subject: Help, at: Part<bool>) -> AnyView {
        self.tick_named(label, subject.into(), at)
    }

    fn tick_named(self, label: &'static str, help: HelpText, (read, place): Part<bool>) -> AnyView {
        view! {
            <Checkbox
                label=label
                checked=self.read(read)
                help=help
                on_change=move |on: bool| self.edit(|form| *place(form) = on)
            />
        }
        .into_any()
    }

    /// A list of User Properties bound to its place in the form.
    pub(super) fn pairs(self, field: Field, (read, place): Part<UserPropertyList>) -> AnyView {
        view! {
            <PairList
                label=field.name()
                pairs=self.read(read)
                help=self.help(field)
                error=self.error(field)
                on_change=move |pairs: UserPropertyList| self.edit(|form| *place(form) = pairs)
            />
        }
        .into_any()
    }
}

/// The reader and the place of one text or flag of the form.
macro_rules! at {
    ($($part:ident).+) => {
        (
            |form: &crate::lab::ConnectionForm| form.$($part).+.clone(),
            |form: &mut crate::lab::ConnectionForm| &mut form.$($part).+,
        )
    };
}

/// The same for the host. At the lab broker, which has none, it reads as empty; a host that is typed
/// there leads to another Server.
macro_rules! elsewhere {
    ($part:ident) => {
        (
            |form: &crate::lab::ConnectionForm| {
                if form.lab_broker {
                    String::new()
                } else {
                    form.$part.clone()
                }
            },
            |form: &mut crate::lab::ConnectionForm| &mut form.$part,
        )
    };
}

pub(super) use {at, elsewhere};
