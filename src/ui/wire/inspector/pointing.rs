//! What the panes point at: a field, and in the bytes one byte of it.

use core::ops::Range;

use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use super::Inspected;
use crate::ui::memo::{Memo, State, effect};

/// A pane of the inspector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    Bytes,
    Fields,
    Words,
}

/// A field that someone points at, and from which pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointed {
    pub(super) field: usize,
    /// The byte of it, where that is meant.
    pub(super) byte: Option<usize>,
    pub(super) from: Pane,
}

/// What is lit in all panes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lit {
    pub(super) pointed: Pointed,
    pub(super) span: Range<usize>,
}

/// What someone has just begun to point at. When the pointer leaves, what is selected is lit again, but no
/// pane scrolls back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sought {
    pointed: Pointed,
    is_hovered: bool,
}

/// What is pointed at: for as long as the pointer is there, and until something else is selected.
#[derive(Clone, Copy)]
pub(super) struct Pointing {
    hovered: State<Option<Pointed>>,
    sought: State<Option<Sought>>,
    pub(super) selected: State<Option<Pointed>>,
    /// What is lit: what the pointer is at, or else what is selected.
    pub(super) lit: Memo<Option<Lit>>,
}

impl Pointing {
    /// One for the packet that is shown; another packet of the trace begins with nothing selected.
    pub(super) fn new(shown: Inspected) -> Self {
        let hovered = State::new(None::<Pointed>);
        let selected = State::new(None::<Pointed>);
        let lit = Memo::new(move || {
            let pointed = hovered.get().or_else(|| selected.get())?;
            let shown = shown.read();
            let span = shown.as_ref()?.span(pointed.field)?;
            Some(Lit { pointed, span })
        });
        let record = Memo::new(move || {
            let shown = shown.read();
            Some(shown.as_ref()?.record.as_ref()?.sequence)
        });
        effect(move || {
            let _ = record.get();
            hovered.set(None);
            selected.set(None);
        });
        Self {
            hovered,
            selected,
            sought: State::new(None),
            lit,
        }
    }

    /// Takes where the pointer is.
    pub(super) fn hover(self, pointed: Option<Pointed>) {
        if self.hovered.get_untracked() != pointed {
            self.hovered.set(pointed);
            self.seek(pointed, true);
        }
    }

    /// Selects a field until another one is.
    pub(super) fn select(self, pointed: Pointed) {
        self.selected.set(Some(pointed));
        self.seek(Some(pointed), false);
    }

    fn seek(self, pointed: Option<Pointed>, is_hovered: bool) {
        if let Some(pointed) = pointed {
            let sought = Sought {
                pointed,
                is_hovered,
            };
            self.sought.set(Some(sought));
        }
    }

    /// What a pane is to bring into view; in an effect, again whenever someone points at something. Nothing
    /// where the pointer rests in that pane itself, because it would scroll away under it.
    pub(super) fn sought_in(self, pane: Pane) -> Option<Pointed> {
        let sought = self.sought.get()?;
        let stays = sought.is_hovered && sought.pointed.from == pane;
        (!stays).then_some(sought.pointed)
    }

    /// How a field is marked where fields are listed: it is lit itself, it stands in what is lit, or neither.
    pub(super) fn mark(self, field: usize, span: &Range<usize>) -> Mark {
        let lit = self.lit.read();
        match &*lit {
            Some(lit) if lit.pointed.field == field => Mark::Lit,
            Some(lit) if lit.span.start <= span.start && span.end <= lit.span.end => Mark::Within,
            _ => Mark::None,
        }
    }
}

/// How something is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Within,
    Lit,
}

impl Mark {
    /// For `data-mark`.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Within => Some("within"),
            Self::Lit => Some("lit"),
        }
    }
}

/// The number that the element under an event, or one around it, carries in that attribute.
pub(super) fn number_at(event: &web_sys::Event, attribute: &str) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let cell = target.closest(&format!("[{attribute}]")).ok()??;
    cell.get_attribute(attribute)?.parse().ok()
}

/// Whether it is a mouse or a pen that moves; a finger that touches is no pointer that rests.
pub(super) fn is_resting(event: &PointerEvent) -> bool {
    event.pointer_type() != "touch"
}
