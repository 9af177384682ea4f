//! A byte as its eight bits.

use leptos::prelude::*;

use crate::ui::element::view;

/// Eight cells, the highest bit first; a dot where a bit is not meant. Nothing for what has no bits.
pub(super) fn bits_view(bits: &[Option<bool>]) -> AnyView {
    if bits.is_empty() {
        return ().into_any();
    }
    let cell = |bit: &Option<bool>| {
        let (class, text) = match bit {
            None => ("bit", "·"),
            Some(false) => ("bit bit--meant", "0"),
            Some(true) => ("bit bit--meant bit--set", "1"),
        };
        view! { <span class=class>{text}</span> }.into_any()
    };
    view! { <span class="bits mono">{bits.iter().map(cell).collect_view()}</span> }.into_any()
}
