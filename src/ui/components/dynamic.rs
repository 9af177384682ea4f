//! Parts of a view that come and go.
//!
//! Behind these functions each such part has one and the same type. Leptos' own `Show` and closures
//! inside `view!` are compiled anew for every use, which made a third of the page's size.

use crate::ui::element::ToPart;
use crate::ui::element::view;
use crate::ui::memo::Memo;
use leptos::prelude::*;

/// What a part of a view is made with.
type Make = Box<dyn Fn() -> AnyView + Send + Sync>;

/// Shows what `make` makes while `condition` holds; made anew each time it begins to hold.
pub fn when(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    make: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown(Memo::new(condition), Box::new(make))
}

/// Shows what `make` makes, again whenever a signal that it reads has changed.
pub fn dynamic(make: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    made(Box::new(make))
}

/// One entry of a [`keyed`] list.
pub struct Entry {
    key: String,
    make: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Entry {
    /// An entry which no other of the list shares its key with, and what makes it.
    pub fn new(key: impl ToString, make: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self {
            key: key.to_string(),
            make: Box::new(make),
        }
    }
}

/// A list whose entries stay as they are for as long as their keys are in it.
pub fn keyed(entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static) -> AnyView {
    listed(Box::new(entries))
}

fn listed(entries: Box<dyn Fn() -> Vec<Entry> + Send + Sync>) -> AnyView {
    view! { <For each=entries key=|entry| entry.key.clone() children=|entry| (entry.make)() /> }
        .into_any()
}

fn shown(condition: Memo<bool>, make: Make) -> AnyView {
    (move || condition.get().then(&make)).to_part().into_any()
}

fn made(make: Make) -> AnyView {
    make.to_part().into_any()
}
