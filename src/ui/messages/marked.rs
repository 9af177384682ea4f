//! A text of which parts are highlighted.

use core::ops::Range;

use leptos::prelude::*;

use crate::ui::element::view;

/// A text with some parts of it highlighted: byte ranges, in order.
pub fn marked(text: String, parts: &[Range<usize>]) -> AnyView {
    if parts.is_empty() {
        return text.into_any();
    }
    let mut pieces = Vec::new();
    let mut end = 0;
    for part in parts {
        let plain = text.get(end..part.start).unwrap_or_default().to_owned();
        let found = text.get(part.clone()).unwrap_or_default().to_owned();
        pieces.push(plain.into_any());
        pieces.push(view! { <mark class="found">{found}</mark> }.into_any());
        end = part.end;
    }
    pieces.push(text.get(end..).unwrap_or_default().to_owned().into_any());
    pieces.into_any()
}
