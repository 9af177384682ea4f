//! Parts of the page that are fetched when they are first shown.
//!
//! `cargo xtask build` puts what only such a part needs, code and texts, into a WebAssembly module
//! of its own. Elsewhere (`trunk serve`, component tests) all is one module and every part is there
//! at once. How to make a part lazy stands in ARCHITECTURE.md, under Size.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use leptos::html;
use leptos::prelude::*;

use super::components::{Button, Callout, Panel, Tone, dynamic};
use crate::ui::element::view;
use crate::ui::memo::State;

/// Declares a function that makes a view, whose body is fetched when it is first called.
///
/// `lazy_view! { fn name(argument: Type, ...) in module, "What it is" => body }` is called like any
/// function and answers an `AnyView`: the body's, or words on its way. Functions of one `module` are
/// fetched together. The arguments must be `Clone`; the body cannot use `self` or generics.
///
/// With `"What it is" as "class names"` it is a panel of that title, whose frame stands there meanwhile.
macro_rules! lazy_view {
    (
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?)
        in $module:ident, $what:literal $(as $class:literal)? => $body:expr
    ) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) -> ::leptos::prelude::AnyView {
            use $crate::ui::lazy::Unfetched;

            #[cfg(feature = "split")]
            #[::wasm_split_helpers::wasm_split($module, fallible, preload(fetch))]
            fn $name($($argument: $type),*) -> Result<::leptos::prelude::AnyView, Unfetched> {
                Ok($body)
            }
            #[cfg(not(feature = "split"))]
            async fn fetch() -> Result<(), Unfetched> {
                Ok(())
            }
            #[cfg(not(feature = "split"))]
            async fn $name($($argument: $type),*) -> Result<::leptos::prelude::AnyView, Unfetched> {
                Ok($body)
            }

            $crate::ui::lazy::part(
                $crate::ui::lazy::Place {
                    what: $what,
                    panel: [$($class)?].first().copied(),
                },
                || Box::pin(async { fetch().await.map_err(Unfetched::from) }),
                Box::new(move || $crate::ui::lazy::at_once($name($($argument.clone()),*))),
            )
        }
    };
}

/// Declares a function that answers words, which are fetched when it is first called.
///
/// `lazy_words! { fn name(argument: Type) in module => words }` makes an `async fn` that answers a
/// `&'static str`, or [`Unfetched`].
macro_rules! lazy_words {
    (
        $(#[$attribute:meta])*
        fn $name:ident($argument:ident: $type:ty) in $module:ident => $body:expr
    ) => {
        $(#[$attribute])*
        #[cfg(feature = "split")]
        #[::wasm_split_helpers::wasm_split($module, fallible)]
        fn $name($argument: $type) -> Result<&'static str, $crate::ui::lazy::Unfetched> {
            Ok($body)
        }
        $(#[$attribute])*
        #[cfg(not(feature = "split"))]
        async fn $name($argument: $type) -> Result<&'static str, $crate::ui::lazy::Unfetched> {
            Ok($body)
        }
    };
}

pub(crate) use {lazy_view, lazy_words};

/// A part of the page did not arrive: the network failed, or the host has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfetched;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Unfetched {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// A part that is being fetched; ready at once where it has been fetched before.
pub type Fetching = Pin<Box<dyn Future<Output = Result<(), Unfetched>>>>;

/// What makes a part that is there.
type Make = Box<dyn Fn() -> Option<AnyView> + Send + Sync>;

/// How far a part has come.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    UnderWay,
    Arrived,
    Failed,
}

/// What a part is called, and what stands in its place until it is there.
#[derive(Clone, Copy)]
pub struct Place {
    /// In words.
    pub what: &'static str,
    /// For a panel, the class names of its frame.
    pub panel: Option<&'static str>,
}

/// The part that `make` makes; until `fetch` has brought it, words that say so. What [`lazy_view`]
/// declares ends here.
pub fn part(place: Place, fetch: fn() -> Fetching, make: Make) -> AnyView {
    let mut first = fetch();
    let progress = State::new(Progress::UnderWay);
    match poll(&mut first) {
        Poll::Ready(Ok(())) => return untrack(make).unwrap_or_else(|| ().into_any()),
        Poll::Ready(Err(Unfetched)) => progress.set(Progress::Failed),
        Poll::Pending => await_part(first, progress),
    }
    let node = NodeRef::<html::Div>::new();
    let again = move || {
        progress.set(Progress::UnderWay);
        await_part(fetch(), progress);
    };
    let content = dynamic(move || match progress.get() {
        Progress::Arrived => {
            take_focus(node);
            untrack(&make).unwrap_or_else(|| ().into_any())
        }
        Progress::UnderWay => place.frame(
            view! {
                <p class="hint part__wait" role="status">{format!("Loading {} …", place.what)}</p>
            }
            .into_any(),
        ),
        Progress::Failed => place.frame(failed(place.what, Callback::new(move |()| again()))),
    });
    if place.panel.is_some() {
        return content;
    }
    view! { <div class="part" node_ref=node>{content}</div> }.into_any()
}

impl Place {
    /// What stands in for the part.
    fn frame(self, content: AnyView) -> AnyView {
        match self.panel {
            Some(class) => {
                view! { <Panel title=self.what class=class>{content}</Panel> }.into_any()
            }
            None => content,
        }
    }
}

/// What a future that is known to wait for nothing comes to.
pub fn at_once<T>(future: impl Future<Output = Result<T, Unfetched>>) -> Option<T> {
    let mut future = core::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(outcome) => outcome.ok(),
        Poll::Pending => None,
    }
}

fn poll(fetching: &mut Fetching) -> Poll<Result<(), Unfetched>> {
    fetching
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn await_part(fetching: Fetching, progress: State<Progress>) {
    leptos::task::spawn_local(async move {
        let outcome = fetching.await;
        progress.set(match outcome {
            Ok(()) => Progress::Arrived,
            Err(Unfetched) => Progress::Failed,
        });
    });
}

fn failed(what: &'static str, again: Callback<()>) -> AnyView {
    view! {
        <Callout tone=Tone::Bad title=format!("{what} could not be loaded.")>
            <p>
                "This part of the page is fetched when it is first needed. Check the network connection; if the page has been updated since it was opened, load it again. Connections and messages stay as they are until then."
            </p>
            <div class="buttons">
                <Button label="Try again" small=true on_press=again />
            </div>
        </Callout>
    }
    .into_any()
}

/// In a dialog that was opened before its content came, the first field takes the focus now, unless a
/// person has moved it.
fn take_focus(node: NodeRef<html::Div>) {
    request_animation_frame(move || {
        let Some(part) = node.try_get_untracked().flatten() else {
            return;
        };
        let holds = document().active_element().is_some_and(|active| {
            active.matches("dialog, .dialog__close *").unwrap_or(false)
                && part
                    .closest("dialog")
                    .is_ok_and(|dialog| dialog.is_some_and(|dialog| dialog.contains(Some(&active))))
        });
        // Not a question mark: its sentence would stand over what it explains.
        let first = part
            .query_selector("[autofocus], :is(input, select, textarea), button:not(.help)")
            .ok()
            .flatten();
        if holds && let Some(field) = first {
            let field: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(field);
            let _ = field.focus();
        }
    });
}
