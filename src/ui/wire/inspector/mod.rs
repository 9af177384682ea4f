//! The inspector: bytes, fields and words of one packet, in three panes that point at the same things.

mod bits;
mod bytes;
mod facts;
mod fields;
mod pointing;
mod record;
mod words;

use std::sync::Arc;

use leptos::prelude::*;

use crate::lab::wire::inspect::Inspection;
use crate::ui::components::when;
use crate::ui::element::view;
use crate::ui::memo::Memo;
use pointing::Pointing;

pub(in crate::ui::wire) use record::record_view;

/// What the inspector shows; the bytes may change while they are looked at.
pub(in crate::ui::wire) type Inspected = Memo<Option<Arc<Inspection>>>;

/// The panes, with what is wrong with the packet above them. Empty while there is nothing to show.
pub(in crate::ui::wire) fn inspector(shown: Inspected) -> AnyView {
    let pointing = Pointing::new(shown);
    let has_some = move || shown.with(Option::is_some);
    view! {
        <div class="inspector">
            {facts::view(shown, pointing)}
            {when(
                has_some,
                move || {
                    view! {
                        <div class="inspector__panes">
                            {fields::view(shown, pointing)} {bytes::view(shown, pointing)}
                            {words::view(shown, pointing)}
                        </div>
                    }
                        .into_any()
                },
            )}
        </div>
    }
    .into_any()
}
