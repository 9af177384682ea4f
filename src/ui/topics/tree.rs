//! The tree itself: only the rows in view are read and drawn.

use leptos::prelude::*;

use super::row::{row_view, slot};
use crate::lab::ClientKey;
use crate::lab::list_view::{ListExtent, RowStep};
use crate::lab::topic_tree::{TOPIC_LEVELS_MAXIMUM, TopicCommand, TopicKey, TopicRow};
use crate::ui::components::{Entry, HelpTip, keyed};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, LabHandle, use_dispatch, use_lab};
use crate::ui::memo::{Memo, State, effect};
use crate::ui::scroller::Scroller;

/// Rows come in anywhere, so the list is told to grow at its bottom, where nothing has to move: the
/// row at the top has the number before this one.
const END: u64 = TOPIC_LEVELS_MAXIMUM as u64;

/// The tree of one client; the arrow keys go through it as in a file manager.
#[component]
pub(super) fn Tree(
    client: ClientKey,
    chosen: State<Option<TopicKey>>,
    hidden: Memo<bool>,
) -> AnyView {
    let lab = use_lab();
    let scroller = Scroller::attach();
    let count = lab.memo(move |lab| lab.topic_row_count(client));
    effect(move || {
        let extent = ListExtent {
            list: 1,
            first: END.saturating_sub(count.get() as u64),
            end: END,
        };
        scroller.on_extent(extent, false);
    });
    let window = scroller.window();
    let rows = Memo::new(move || {
        let drawn = window.read().rows.clone();
        let first = drawn.start;
        let rows = lab.with(|lab| lab.topic_rows(client, drawn));
        let numbered = rows.into_iter().enumerate();
        numbered
            .map(|(place, row)| (first + place, row))
            .collect::<Vec<_>>()
    });
    let slots = Memo::new(move || {
        let rows = rows.read();
        let slots = rows.iter().map(|(place, _)| slot(*place, rows.len()));
        slots.collect::<Vec<_>>()
    });
    let steps = Steps {
        lab,
        dispatch: use_dispatch(),
        client,
        chosen,
        scroller,
    };
    view! {
        <div class="topic topic--head" hidden=move || hidden.get() aria-hidden="true">
            <span class="topic__name">"Topic"</span>
            <span class="topic__value">"Last value"</span>
            <span class="topic__count">"Messages"</span>
            <span class="topic__rate">"Rate"</span>
            <span class="topic__age">"Since"</span>
        </div>
        <p class="hint topics__help" hidden=move || hidden.get()>
            "Last value, messages, rate, time since the last one"
            <HelpTip
                about="the numbers in a row"
                text="How many messages came on the topic and below it, how many a second, and how long ago the last one came. The value is the last one on this very topic."
            />
        </p>
        <div
            class="topics__tree"
            role="treegrid"
            aria-label="Topics"
            aria-rowcount=move || count.get().to_string()
            aria-activedescendant=move || chosen.get().map(row_id)
            tabindex="0"
            hidden=move || hidden.get()
            node_ref=scroller.node
            on:scroll=move |_| scroller.on_scroll()
            on:keydown=move |event| {
                if steps.on_key(&event.key()) {
                    event.prevent_default();
                }
            }
        >
            <div class="topics__content" role="presentation" node_ref=scroller.content>
                <div class="topics__probe" role="presentation" node_ref=scroller.probe></div>
                <div role="rowgroup" style:transform=scroller.shift(window)>
                    {keyed(move || {
                        let entry = |slot: usize| {
                            Entry::new(slot, move || row_view(client, slot, rows, chosen))
                        };
                        slots.get().into_iter().map(entry).collect()
                    })}
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// The id of a row, for `aria-activedescendant`.
pub(super) fn row_id(key: TopicKey) -> String {
    format!("topic-{}", key.number())
}

/// The keyboard.
#[derive(Clone, Copy)]
struct Steps {
    lab: LabHandle,
    dispatch: Dispatch,
    client: ClientKey,
    chosen: State<Option<TopicKey>>,
    scroller: Scroller,
}

impl Steps {
    /// Whether the key was one for the tree.
    fn on_key(self, key: &str) -> bool {
        match key {
            "ArrowRight" => return self.right(),
            "ArrowLeft" => return self.left(),
            "Enter" | " " => {
                if let Some(row) = self.row().filter(|row| row.has_children) {
                    self.open(row.key, !row.is_open);
                }
                return true;
            }
            _ => match RowStep::of_key(key) {
                Some(step) => self.go(step),
                None => return false,
            },
        }
        true
    }

    fn go(self, step: RowStep) {
        let view = self.scroller.view_untracked();
        let place = self.chosen.get_untracked().and_then(|key| self.place(key));
        let number = place.and_then(|place| view.extent().number(place));
        let next = view.step(number, step);
        if let Some(place) = next.and_then(|number| view.extent().position(number)) {
            self.choose_at(place);
        }
    }

    fn right(self) -> bool {
        match self.row() {
            Some(row) if row.has_children && !row.is_open => self.open(row.key, true),
            Some(row) if row.has_children => self.go(RowStep::Down),
            _ => {}
        }
        true
    }

    fn left(self) -> bool {
        let Some(row) = self.row() else { return true };
        if row.is_open {
            self.open(row.key, false);
            return true;
        }
        let client = self.client;
        let above = self
            .lab
            .with_untracked(|lab| lab.topic_parent(client, row.key));
        if let Some(place) = above.and_then(|above| self.place(above)) {
            self.choose_at(place);
        }
        true
    }

    fn choose_at(self, place: usize) {
        let client = self.client;
        let rows = self
            .lab
            .with_untracked(|lab| lab.topic_rows(client, place..place + 1));
        if let Some(row) = rows.first() {
            self.chosen.set(Some(row.key));
            let number = END - 1 - place as u64;
            self.scroller.change(|view| view.reveal(number));
        }
    }

    fn place(self, key: TopicKey) -> Option<usize> {
        let client = self.client;
        self.lab.with_untracked(|lab| lab.topic_row_of(client, key))
    }

    fn row(self) -> Option<TopicRow> {
        let place = self.place(self.chosen.get_untracked()?)?;
        let client = self.client;
        let mut rows = self
            .lab
            .with_untracked(|lab| lab.topic_rows(client, place..place + 1));
        rows.pop()
    }

    fn open(self, topic: TopicKey, open: bool) {
        let client = self.client;
        self.dispatch.tell(
            TopicCommand::Open {
                client,
                topic,
                open,
            }
            .into(),
        );
    }
}
