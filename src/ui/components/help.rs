//! One sentence of help, one click, hover or focus away from what it explains.
//!
//! One layer serves the whole page; it is a popover, so that it stands over dialogs too.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::{Icon, icon};
use super::unique_id;
use crate::lab::explain::{Help, help};
use crate::ui::context::provided;
use crate::ui::element::view;
use crate::ui::lazy::{at_once, lazy_words};
use crate::ui::memo::{State, effect};

/// The id of the one element that shows help.
const TIP: &str = "tip";
/// The widest it gets, and its distance from the window's edge, in CSS pixels.
const WIDTH: f64 = 320.0;
const MARGIN: f64 = 8.0;

/// The sentence that is shown now, and where.
#[derive(Clone, PartialEq)]
struct Shown {
    owner: String,
    text: String,
    /// In whole CSS pixels, like what follows: words for fractions would cost 6 KB to download.
    left: i32,
    /// Distance from the window's top, or from its bottom where there is more room above.
    offset: i32,
    above: bool,
}

/// The page's one open sentence of help, if any.
#[derive(Clone, Copy)]
pub struct Tips(State<Option<Shown>>);

impl Tips {
    /// Makes the place for help and hands it to every component below.
    pub fn provide() {
        provide_context(Self(State::new(None)));
    }

    /// Hides the sentence that `owner` shows.
    fn hide(self, owner: &str) {
        if self.shows(owner) {
            self.0.set(None);
        }
    }

    fn shows(self, owner: &str) -> bool {
        self.0
            .with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.owner == owner))
    }

    /// Hides whatever is shown; whether there was anything.
    pub fn dismiss(self) -> bool {
        let shown = self.0.with_untracked(Option::is_some);
        if shown {
            self.0.set(None);
        }
        shown
    }
}

/// A sentence of help.
#[derive(Clone, Copy)]
pub enum HelpText {
    /// These words.
    Words(Signal<String>),
    /// What there is to say about this, fetched when someone first asks for such a sentence.
    About(Signal<Help>),
}

impl From<&'static str> for HelpText {
    fn from(words: &'static str) -> Self {
        Self::Words(words.into())
    }
}

impl From<Signal<String>> for HelpText {
    fn from(words: Signal<String>) -> Self {
        Self::Words(words)
    }
}

impl From<Help> for HelpText {
    fn from(subject: Help) -> Self {
        Self::About(subject.into())
    }
}

impl From<Signal<Help>> for HelpText {
    fn from(subject: Signal<Help>) -> Self {
        Self::About(subject)
    }
}

lazy_words! {
    /// The sentence about `subject`.
    fn sentence_about(subject: Help) in help => help(subject)
}

impl HelpText {
    /// The sentence; one that has to be fetched first takes its place in what `owner` shows.
    fn sentence(self, tips: Tips, owner: StoredValue<String>) -> String {
        let subject = match self {
            Self::Words(words) => return words.get_untracked(),
            Self::About(subject) => subject.get_untracked(),
        };
        if let Some(words) = at_once(sentence_about(subject)) {
            return words.to_owned();
        }
        leptos::task::spawn_local(async move {
            let words = sentence_about(subject).await.unwrap_or(
                "This help could not be loaded. Point at its question mark again to try once more.",
            );
            let shows = owner.try_with_value(|owner| tips.shows(owner));
            if shows == Some(true) {
                tips.0.update(|shown| {
                    if let Some(shown) = shown {
                        words.clone_into(&mut shown.text);
                    }
                });
            }
        });
        "Loading help …".to_owned()
    }
}

/// Where this component shows its help.
pub fn use_tips() -> Tips {
    provided::<Tips>()
}

/// A question mark that shows one sentence about what stands beside it.
#[component]
pub fn HelpTip(
    /// What it is about, in the words of the label.
    #[prop(into)]
    about: Signal<String>,
    /// The sentence.
    #[prop(into)]
    text: HelpText,
) -> AnyView {
    let tips = use_tips();
    let owner = StoredValue::new(unique_id("help"));
    let node = NodeRef::<html::Button>::new();
    let show = move || {
        let Some(button) = node.get_untracked() else {
            return;
        };
        let place = button.get_bounding_client_rect();
        let (width, height) = window_size();
        let above = place.bottom() > height * 0.7;
        let text = text.sentence(tips, owner);
        tips.0.set(Some(Shown {
            owner: owner.get_value(),
            text,
            left: pixels(
                place
                    .left()
                    .min(width - WIDTH.min(width - 2.0 * MARGIN) - MARGIN)
                    .max(MARGIN),
            ),
            offset: pixels(if above {
                height - place.top() + 2.0
            } else {
                place.bottom() + 2.0
            }),
            above,
        }));
    };
    // A button that is taken away while it has the focus still hears of losing it.
    let hide = move || {
        let _ = owner.try_with_value(|owner| tips.hide(owner));
    };
    on_cleanup(hide);
    view! {
        <button
            type="button"
            class="help"
            // Not a stop of its own on the way through a form: F1 shows it from the field.
            tabindex="-1"
            node_ref=node
            aria-label=move || format!("Help: {}", about.get())
            aria-describedby=move || {
                tips.0
                    .with(|shown| {
                        shown
                            .as_ref()
                            .is_some_and(|shown| owner.with_value(|owner| shown.owner == *owner))
                    })
                    .then_some(TIP)
            }
            on:mouseenter=move |_| show()
            on:mouseleave=move |_| hide()
            on:focus=move |_| show()
            on:blur=move |_| hide()
            on:click=move |_| show()
        >
            {icon(Icon::Help)}
        </button>
    }
    .into_any()
}

/// Shows the help that stands nearest to what has the focus; asked again, the next one of the same
/// panel or dialog. Whether there was any.
pub fn show_help_here() -> bool {
    let Some(active) = document().active_element() else {
        return false;
    };
    let mut marks: Vec<web_sys::HtmlElement> = Vec::new();
    let mut place = Some(active);
    while let Some(here) = place {
        if let Ok(found) = here.query_selector_all(".help") {
            for index in 0..found.length() {
                let mark = found.item(index).map(JsCast::unchecked_into);
                // Nearer ones come first, and are found again in what is around them.
                marks.extend(mark.filter(|mark| !marks.contains(mark)));
            }
        }
        if here
            .matches("dialog, [role=region], section")
            .unwrap_or(true)
        {
            break;
        }
        place = here.parent_element();
    }
    marks.retain(|mark| mark.get_client_rects().length() > 0);
    let shown = |mark: &web_sys::HtmlElement| mark.has_attribute("aria-describedby");
    let next = marks.iter().position(shown).map_or(0, |place| place + 1);
    match marks.get(next).or(marks.first()) {
        Some(mark) => {
            mark.click();
            true
        }
        None => false,
    }
}

/// The layer in which help appears; mounted once.
#[component]
pub fn TipLayer() -> AnyView {
    let shown = use_tips().0;
    let node = NodeRef::<html::Div>::new();
    effect(move || {
        let open = shown.with(Option::is_some);
        let Some(layer) = node.get() else { return };
        // Both fail only where the layer is in that state already: hidden first, so that it is
        // raised over a dialog that was opened since.
        let _ = layer.hide_popover();
        if open {
            let _ = layer.show_popover();
        }
    });
    let distance = move |above: bool| {
        shown.with(|shown| match shown {
            Some(shown) if shown.above == above => format!("{}px", shown.offset),
            _ => "auto".to_owned(),
        })
    };
    view! {
        <div
            id=TIP
            class="tip"
            role="tooltip"
            aria-live="polite"
            popover="manual"
            node_ref=node
            style:left=move || {
                shown.with(|shown| format!("{}px", shown.as_ref().map_or(0, |shown| shown.left)))
            }
            style:top=move || distance(false)
            style:bottom=move || distance(true)
        >
            {move || shown.with(|shown| shown.as_ref().map(|shown| shown.text.clone()))}
        </div>
    }
    .into_any()
}

/// The nearest whole number of CSS pixels.
fn pixels(length: f64) -> i32 {
    length.round_ties_even() as i32
}

/// Width and height of the window in CSS pixels.
fn window_size() -> (f64, f64) {
    let window = window();
    let read = |length: Result<wasm_bindgen::JsValue, _>, otherwise| {
        length
            .ok()
            .and_then(|length| length.as_f64())
            .unwrap_or(otherwise)
    };
    (
        read(window.inner_width(), 360.0),
        read(window.inner_height(), 640.0),
    )
}
