//! Lists whose entries stay as they are for as long as their keys are in them.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::{OwnedView, OwnedViewState};
use leptos::tachys::view::any_view::AnyViewState;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// One entry of a list.
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

    /// The entry, drawn, with an owner of its own that ends with it.
    fn stand(self, owner: &Owner) -> StandingEntry {
        let own = owner.with(Owner::new);
        let view = own.with(self.make);
        StandingEntry {
            key: self.key,
            view: OwnedView::new_with_owner(view, own).build(),
        }
    }
}

/// The entries that a list has now.
pub struct List {
    entries: Vec<Entry>,
    /// What owns the list.
    owner: Owner,
}

impl List {
    /// A list of these entries.
    pub fn new(entries: Vec<Entry>, owner: Owner) -> Self {
        Self { entries, owner }
    }
}

/// A list that has been drawn.
pub struct StandingList {
    entries: Vec<StandingEntry>,
    /// An empty text behind the last entry.
    end: Node,
}

struct StandingEntry {
    key: String,
    view: OwnedViewState<AnyViewState>,
}

impl Render for List {
    type State = StandingList;

    fn build(self) -> StandingList {
        let entries = self.entries.into_iter();
        StandingList {
            entries: entries.map(|entry| entry.stand(&self.owner)).collect(),
            end: document().create_text_node("").into(),
        }
    }

    fn rebuild(self, list: &mut StandingList) {
        let mut before: Vec<_> = list.entries.drain(..).map(Some).collect();
        let mut left = before.len();
        // Those that follow each other as before are not moved: what is moved loses the focus.
        let mut reached = 0;
        let mut is_in_place = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            let is_same =
                |old: &Option<StandingEntry>| old.as_ref().is_some_and(|old| old.key == entry.key);
            let place = if left == 0 {
                None
            } else {
                let ahead = before.iter().skip(reached).position(is_same);
                let ahead = ahead.map(|steps| reached + steps);
                ahead.or_else(|| before.iter().take(reached).position(is_same))
            };
            is_in_place.push(place.is_some_and(|place| place >= reached));
            reached = place.map_or(reached, |place| reached.max(place + 1));
            let standing = place.and_then(|place| before.get_mut(place)?.take());
            left -= usize::from(standing.is_some());
            list.entries
                .push(standing.unwrap_or_else(|| entry.stand(&self.owner)));
        }
        for mut gone in before.into_iter().flatten() {
            gone.view.unmount();
        }
        let Some(parent) = list.end.parent_node() else {
            return;
        };
        for (place, is_in_place) in is_in_place.into_iter().enumerate().rev() {
            let (upto, behind) = list.entries.split_at_mut(place + 1);
            if let (false, Some(entry)) = (is_in_place, upto.last_mut()) {
                let mut behind = behind.iter();
                if !behind.any(|next| next.view.insert_before_this(&mut entry.view)) {
                    entry.view.mount(parent.unchecked_ref(), Some(&list.end));
                }
            }
        }
    }
}

impl Mountable for StandingList {
    fn unmount(&mut self) {
        for entry in &mut self.entries {
            entry.view.unmount();
        }
        if let Some(parent) = self.end.parent_node() {
            // Refused only by a node that is not its parent.
            let _ = parent.remove_child(&self.end);
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        // Refused only by a parent that is itself in the list.
        let _ = parent.insert_before(&self.end, marker);
        for entry in &mut self.entries {
            entry.view.mount(parent, Some(&self.end));
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let mut entries = self.entries.iter();
        if entries.any(|entry| entry.view.insert_before_this(child)) {
            return true;
        }
        let Some(parent) = self.end.parent_node() else {
            return false;
        };
        child.mount(parent.unchecked_ref(), Some(&self.end));
        true
    }

    fn elements(&self) -> Vec<Element> {
        let entries = self.entries.iter();
        entries.flat_map(|entry| entry.view.elements()).collect()
    }
}
