//! The numbers in a payload, each with a button that draws it.

use leptos::prelude::*;

use crate::lab::chart::ChartCommand;
use crate::lab::payload::{JsonPath, NumberAt};
use crate::lab::{ClientKey, Refusal, RefusalCause};
use crate::ui::element::view;
use crate::ui::handle::{Dispatch, use_dispatch};
use crate::ui::memo::State;
use crate::ui::screen::{Screen, SidePane, use_screen};

/// Draws a number and opens the pane.
///
/// # Errors
///
/// What the lab refuses; that it is drawn already is as it should be.
pub fn chart_number(
    dispatch: Dispatch,
    screen: Screen,
    client: ClientKey,
    topic: String,
    path: Option<JsonPath>,
) -> Result<(), Refusal> {
    let outcome = dispatch.send(
        ChartCommand::AddSeries {
            client,
            topic,
            path,
        }
        .into(),
    );
    match outcome {
        Err(refusal) if refusal.cause != RefusalCause::AlreadyDrawn => Err(refusal),
        _ => {
            screen.show_side(SidePane::Chart);
            Ok(())
        }
    }
}

/// The list.
#[component]
pub fn Numbers(client: ClientKey, topic: String, numbers: Vec<NumberAt>) -> AnyView {
    let (dispatch, screen) = (use_dispatch(), use_screen());
    let error = State::new(None::<String>);
    let topic = StoredValue::new(topic);
    let row = move |number: NumberAt| {
        let path = number.path.as_ref().map(JsonPath::to_string);
        let name = path.unwrap_or_else(|| "the payload".to_owned());
        let label = format!("Chart this: {name}");
        let path = StoredValue::new(number.path);
        let draw = move |_| {
            let outcome = chart_number(
                dispatch,
                screen,
                client,
                topic.get_value(),
                path.get_value(),
            );
            error.set(outcome.err().map(|refusal| refusal.words()));
        };
        view! {
            <li class="numbers__row">
                <span class="numbers__path mono cut">{name}</span>
                <span class="mono">{number.value.to_string()}</span>
                <button
                    type="button"
                    class="button button--small"
                    aria-label=label
                    title="Draws this number over time, for all messages of the topic."
                    on:click=draw
                >
                    "Chart this"
                </button>
            </li>
        }
    };
    view! {
        <ul class="numbers" aria-label="Numbers">
            {numbers.into_iter().map(row).collect_view()}
        </ul>
        <p class="field__error" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
    }
    .into_any()
}
