//! What a component finds above itself.

use leptos::prelude::use_context;

/// What a component above this one has provided. (leptos' own function of this kind words its panic with
/// what costs 5 KB to download.)
pub fn provided<T: Clone + 'static>() -> T {
    match use_context() {
        Some(value) => value,
        None => unreachable!("a component stands outside of what it needs"),
    }
}
