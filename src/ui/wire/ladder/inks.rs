//! The colours of the diagram, which a canvas must be told: those that the style sheets give to the children of
//! one hidden element.

use leptos::html;
use leptos::prelude::*;
use web_sys::Element;

use crate::lab::wire::PacketFamily;
use crate::ui::element::view;

/// The names of the inks beside the hues and the families, in their order.
const NAMES: [&str; 8] = [
    "ink", "muted", "edge", "surface", "accent", "soft", "warn", "bad",
];

/// How many hues there are.
const HUES: usize = 12;

/// The colours, as the browser writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inks {
    names: Vec<String>,
    families: Vec<String>,
    hues: Vec<String>,
}

/// An ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Muted,
    Edge,
    Surface,
    Accent,
    Soft,
    Warn,
    Bad,
    Family(PacketFamily),
    Hue(usize),
}

impl Inks {
    /// Reads them, where they are others than before.
    pub(super) fn refresh(&mut self, palette: &Element) {
        let colour = |index: usize| {
            let child = palette.children().item(index as u32);
            let style = child.and_then(|child| window().get_computed_style(&child).ok().flatten());
            style
                .and_then(|style| style.get_property_value("color").ok())
                .unwrap_or_default()
        };
        if self.names.first() == Some(&colour(0)) {
            return;
        }
        let families = NAMES.len() + PacketFamily::ALL.len();
        self.names = (0..NAMES.len()).map(colour).collect();
        self.families = (NAMES.len()..families).map(colour).collect();
        self.hues = (families..families + HUES).map(colour).collect();
    }

    pub(super) fn of(&self, ink: Ink) -> &str {
        let name = |index: usize| self.names.get(index);
        let colour = match ink {
            Ink::Text => name(0),
            Ink::Muted => name(1),
            Ink::Edge => name(2),
            Ink::Surface => name(3),
            Ink::Accent => name(4),
            Ink::Soft => name(5),
            Ink::Warn => name(6),
            Ink::Bad => name(7),
            Ink::Family(family) => {
                let place = PacketFamily::ALL.iter().position(|one| *one == family);
                place.and_then(|place| self.families.get(place))
            }
            Ink::Hue(hue) => self.hues.get(hue % HUES),
        };
        colour.map_or("", String::as_str)
    }
}

/// The hidden element.
pub(super) fn palette(node: NodeRef<html::Div>) -> AnyView {
    view! {
        <div class="ladder__inks" node_ref=node hidden=true>
            {NAMES.map(|name| view! { <i class=format!("ladder__ink--{name}")></i> }).collect_view()}
            {PacketFamily::ALL
                .map(|family| view! { <i data-family=family.name()></i> })
                .collect_view()}
            {(0..HUES).map(|hue| view! { <i data-hue=hue.to_string()></i> }).collect_view()}
        </div>
    }
    .into_any()
}
