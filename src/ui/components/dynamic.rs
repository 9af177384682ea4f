//! Parts of a view that come and go.
//!
//! Behind these functions each such part has one and the same type. Leptos' own `Show` and closures
//! inside `view!` are compiled anew for every use, which made a third of the page's size.

use leptos::prelude::*;

/// What a part of a view is made with.
type Make = Box<dyn Fn() -> AnyView + Send + Sync>;

/// Shows what `make` makes while `condition` holds; made anew each time it begins to hold.
pub fn when(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    make: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown(Memo::new(move |_| condition()), Box::new(make))
}

/// Shows what `make` makes, again whenever a signal that it reads has changed.
pub fn dynamic(make: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    made(Box::new(make))
}

fn shown(condition: Memo<bool>, make: Make) -> AnyView {
    (move || condition.get().then(&make)).into_any()
}

fn made(make: Make) -> AnyView {
    (move || make()).into_any()
}
