//! Names with values, in an order: User Properties.

use leptos::prelude::*;

use super::button::{Button, ButtonKind};
use super::help::{HelpText, HelpTip};
use super::icon::Icon;
use super::unique_id;
use crate::ui::element::view;
use crate::ui::memo::Memo;

/// Names and values, in their order.
type Pairs = Vec<(String, String)>;

/// A list of names with values, to which rows are added and from which they are taken.
#[component]
pub fn PairList(
    /// What the pairs are; the accessible name of the group.
    label: &'static str,
    /// The pairs.
    #[prop(into)]
    pairs: Signal<Pairs>,
    /// Called with the whole list at every change.
    #[prop(into)]
    on_change: Callback<Pairs>,
    /// One sentence in a teacher's words.
    #[prop(optional, into)]
    help: Option<HelpText>,
    /// What is wrong with them.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> AnyView {
    let id = unique_id("pairs");
    let labelled_by = id.clone();
    let length = Memo::new(move || pairs.with(Vec::len));
    let change = move |change: &dyn Fn(&mut Pairs)| {
        let mut pairs = pairs.get_untracked();
        change(&mut pairs);
        on_change.run(pairs);
    };
    let part = move |index: usize, value: bool| {
        let text = move || {
            pairs.with(|pairs| {
                let pair = pairs.get(index);
                pair.map(|pair| {
                    if value {
                        pair.1.clone()
                    } else {
                        pair.0.clone()
                    }
                })
            })
        };
        let what = if value { "value" } else { "name" };
        view! {
            <input
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder=what
                aria-label=format!("{label}: {what} {}", index + 1)
                prop:value=move || text().unwrap_or_default()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    change(
                        &|pairs| {
                            if let Some(pair) = pairs.get_mut(index) {
                                *(if value { &mut pair.1 } else { &mut pair.0 }) = text.clone();
                            }
                        },
                    );
                }
            />
        }
        .into_any()
    };
    let row = move |index: usize| {
        view! {
            <div class="pairs__row">
                {part(index, false)} {part(index, true)}
                <Button
                    label=format!("Remove {label} {}", index + 1)
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    on_press=move |()| {
                        change(
                            &|pairs| {
                                if index < pairs.len() {
                                    pairs.remove(index);
                                }
                            },
                        );
                    }
                />
            </div>
        }
        .into_any()
    };
    view! {
        <div class="pairs field--mono w-full" role="group" aria-labelledby=labelled_by>
            <div class="field__top">
                <span id=id>{label}</span>
                {help.map(|help| view! { <HelpTip about=label text=help /> })}
                <Button
                    label=format!("Add to {label}")
                    kind=ButtonKind::Quiet
                    picture=Icon::Add
                    icon_only=true
                    small=true
                    on_press=move |()| change(&|pairs| pairs.push(Default::default()))
                />
            </div>
            {move || (0..length.get()).map(row).collect_view()}
            <p class="field__error" role="alert" hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
        </div>
    }
    .into_any()
}
