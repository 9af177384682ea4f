//! Parts of a view that come and go.
//!
//! Behind these functions each such part has one and the same type. Leptos' own `Show` and closures
//! inside `view!` are compiled anew for every use, which made a third of the page's size.

pub use crate::ui::element::Entry;
use crate::ui::element::{List, ToPart};
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

/// A list whose entries stay as they are for as long as their keys are in it.
pub fn keyed(entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static) -> AnyView {
    listed(Box::new(entries))
}

fn listed(entries: Box<dyn Fn() -> Vec<Entry> + Send + Sync>) -> AnyView {
    let owner = Owner::current().unwrap_or_default();
    let list = move || IntoAny::into_any(List::new(entries(), owner.clone()));
    list.to_part().into_any()
}

fn shown(condition: Memo<bool>, make: Make) -> AnyView {
    (move || condition.get().then(&make)).to_part().into_any()
}

fn made(make: Make) -> AnyView {
    make.to_part().into_any()
}
