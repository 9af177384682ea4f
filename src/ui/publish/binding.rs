//! Binds the controls of the Publish panel to the form that the lab keeps.

use leptos::prelude::*;

use crate::lab::explain::Help;
use crate::lab::{ClientKey, Command, Field, PublishForm, Refusal, UserPropertyList};
use crate::ui::components::{Checkbox, PairList, TextField, TextKind};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::memo::Memo;

/// One client's publish form: every control reads its part of it and sends the whole back.
#[derive(Clone, Copy)]
pub(super) struct PublishBinding {
    client: ClientKey,
    lab: LabHandle,
    dispatch: Dispatch,
    errors: Memo<Vec<Refusal>>,
}

/// How a part of the form is read, and where it stands; [`at!`] makes one.
type Part<T> = (fn(&PublishForm) -> T, fn(&mut PublishForm) -> &mut T);

impl PublishBinding {
    pub(super) fn new(client: ClientKey) -> Self {
        let lab = use_lab();
        Self {
            client,
            lab,
            dispatch: use_dispatch(),
            errors: lab.memo(move |lab| lab.publish_errors(client)),
        }
    }

    /// A part of the form that follows the form.
    pub(super) fn read<T>(self, read: fn(&PublishForm) -> T) -> Signal<T>
    where
        T: Clone + Default + PartialEq + Send + Sync + 'static,
    {
        let memo = self.lab.memo(move |lab| {
            let client = lab.client(self.client);
            client
                .map(|client| read(client.publish_form()))
                .unwrap_or_default()
        });
        memo.into()
    }

    /// Sends the form back with a change in it.
    pub(super) fn edit(self, change: impl FnOnce(&mut PublishForm)) {
        let form = self.lab.with_untracked(|lab| {
            let client = lab.client(self.client);
            client.map(|client| client.publish_form().clone())
        });
        let Some(mut form) = form else { return };
        change(&mut form);
        self.dispatch.tell(Command::EditPublish {
            client: self.client,
            form: Box::new(form),
        });
    }

    /// What is wrong with a field, in words.
    pub(super) fn error(self, field: Field) -> Signal<Option<String>> {
        Signal::derive(move || {
            let errors = self.errors.read();
            let error = errors.iter().find(|error| error.field == Some(field));
            error.map(Refusal::words)
        })
    }

    /// A text field bound to its place in the form.
    pub(super) fn text(
        self,
        (field, subject): (Field, Help),
        (read, place): Part<String>,
        kind: TextKind,
        class: &'static str,
    ) -> AnyView {
        view! {
            <TextField
                label=field.name()
                value=self.read(read)
                kind=kind
                class=class
                help=subject
                error=self.error(field)
                on_input=move |text: String| self.edit(|form| *place(form) = text)
            />
        }
        .into_any()
    }

    /// A checkbox bound to its place in the form.
    pub(super) fn tick(
        self,
        label: &'static str,
        subject: Help,
        (read, place): Part<bool>,
    ) -> AnyView {
        view! {
            <Checkbox
                label=label
                checked=self.read(read)
                help=subject
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
                help=Help::UserProperties
                error=self.error(field)
                on_change=move |pairs: UserPropertyList| self.edit(|form| *place(form) = pairs)
            />
        }
        .into_any()
    }
}

/// The reader and the place of one part of the form.
macro_rules! at {
    ($part:ident) => {
        (
            |form: &crate::lab::PublishForm| form.$part.clone(),
            |form: &mut crate::lab::PublishForm| &mut form.$part,
        )
    };
}

pub(super) use at;
