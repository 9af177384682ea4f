//! "Why does it match?": a topic held against each of the current filters, level by level.

use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::lab::ClientKey;
use crate::lab::explain::Help;
use crate::lab::why::{Why, WhyLevel, why};
use crate::ui::components::{Flag, HelpTip, TextField, TextKind, Tone};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;

/// A field for a topic, and what each filter says to it.
#[component]
pub(super) fn WhyPanel(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let topic = RwSignal::new(String::new());
    let filters = lab.memo(move |lab| {
        lab.client(client).map_or_else(Vec::new, |client| {
            let rows = client.subscriptions().iter();
            rows.map(|row| row.filter.clone()).collect::<Vec<_>>()
        })
    });
    // Before anything is typed there is nothing to explain and nothing wrong.
    let answers = Memo::new(move || {
        let topic = topic.read();
        if topic.is_empty() {
            return Ok(Vec::new());
        }
        why(filters.read().iter().map(String::as_str), &topic)
    });
    let node = NodeRef::<html::Section>::new();
    // Under a long list of subscriptions the answers would come where nobody sees them.
    let reveal = move || {
        request_animation_frame(move || {
            if let Some(section) = node.get_untracked() {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                section.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    };
    view! {
        <section class="why" role="region" aria-label="Why does it match?" node_ref=node>
            <h3 class="heading why__heading">
                "Why does it match?" <HelpTip about="matching" text=Help::WhyMatch />
            </h3>
            <TextField
                label="Topic"
                value=topic
                kind=TextKind::Code
                placeholder="testtopic/1"
                error=Signal::derive(move || answers.read().as_ref().err().cloned())
                on_input=move |text: String| {
                    topic.set(text);
                    reveal();
                }
            />
            <ul class="why__list" role="list" aria-live="polite">
                {move || answers.get().unwrap_or_default().into_iter().map(answer_view).collect_view()}
            </ul>
            <p class="hint" hidden=move || !filters.read().is_empty() || topic.read().is_empty()>
                "There is no filter yet: add a subscription first."
            </p>
        </section>
    }
    .into_any()
}

fn answer_view(answer: Why) -> AnyView {
    let tone = if answer.matches { Tone::Ok } else { Tone::Idle };
    let mark = if answer.matches { "✓ " } else { "✗ " };
    view! {
        <li class="why__answer">
            <p class="why__top">
                <b class="mono why__filter">{answer.filter}</b>
                " "
                <Flag tone=tone text=[mark, answer.answer].concat() />
            </p>
            <p class="levels">
                {answer.levels.into_iter().map(level_view).collect_view()}
            </p>
            {answer
                .sentences
                .into_iter()
                .map(|sentence| view! { <p class="hint">{sentence}</p> })
                .collect_view()}
        </li>
    }
    .into_any()
}

/// One level: the topic's over the filter's, with a sign and words between what they come to.
fn level_view(level: WhyLevel) -> AnyView {
    let class = match (level.fits, level.is_wildcard) {
        (true, true) => "level level--wildcard",
        (true, false) => "level level--equal",
        (false, _) => "level level--differs",
    };
    view! {
        <span class=class>
            <span class="level__topic mono">{level.topic}</span>
            <span class="level__filter mono">{format!("{} {}", level.sign, level.filter)}</span>
            <span class="level__words">{level.words}</span>
        </span>
    }
    .into_any()
}
