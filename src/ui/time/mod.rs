//! The time bar: the lab's time, which can stand still and be moved forward.

use core::time::Duration;

use leptos::prelude::*;

use crate::lab::{Command, TimeBar};
use crate::ui::components::{Button, ButtonKind, HelpTip, Icon, State, Tone, dynamic, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::Memo;

/// The jumps that are offered, with their names.
const JUMPS: [(&str, u64, &str); 3] = [
    (
        "+10 s",
        10,
        "Moves the lab's time forward by ten seconds. What falls due on the way happens, each at its own instant.",
    ),
    ("+1 min", 60, "Moves the lab's time forward by a minute."),
    ("+1 h", 3_600, "Moves the lab's time forward by an hour."),
];

/// What the help beside the clock says.
const ABOUT: &str = "The time of this lab. While only the broker in this page is used it can stand still and be moved \
                     forward: Keep Alive, delayed wills, expiring sessions and messages follow at once and exactly.";

/// The bar, while it is of use.
pub fn view() -> AnyView {
    let lab = use_lab();
    let bar = lab.memo(|lab| lab.time_bar());
    when(move || bar.with(Option::is_some), move || body(bar))
}

fn body(bar: Memo<Option<TimeBar>>) -> AnyView {
    let words = move |read: fn(&TimeBar) -> String| {
        Signal::derive(move || bar.with(|bar| bar.as_ref().map(read).unwrap_or_default()))
    };
    let paused = Memo::new(move || bar.with(|bar| bar.as_ref().is_some_and(|bar| bar.is_paused)));
    let refused =
        Memo::new(move || bar.with(|bar| bar.as_ref().is_some_and(|bar| bar.refusal.is_some())));
    let next = words(|bar| bar.next.clone().unwrap_or_default());
    let percent = Memo::new(move || bar.with(|bar| bar.as_ref().and_then(|bar| bar.percent)));
    view! {
        <div class="time" class:time--paused=move || paused.get() role="group" aria-label="Time">
            <div class="time__facts">
                <p class="time__clock">
                    <span class="mono">{words(|bar| bar.clock.clone())}</span>
                    <State
                        announced=true
                        tone=Signal::derive(move || if paused.get() { Tone::Accent } else { Tone::Ok })
                        text=words(|bar| bar.status.clone())
                    />
                    <span class="muted nowrap">{words(|bar| bar.ahead.clone())}</span>
                    <HelpTip about="time" text=ABOUT />
                </p>
                <p class="time__next hint cut" title=move || next.get()>
                    {move || next.get()}
                </p>
            </div>
            {dynamic(move || {
                percent
                    .get()
                    .map(|percent| {
                        view! { <progress class="time__jump" aria-label="Jump" max="100" value=percent.to_string()></progress> }
                    })
                    .into_any()
            })}
            {dynamic(move || {
                if refused.get() {
                    let refusal = words(|bar| bar.refusal.clone().unwrap_or_default());
                    view! { <p class="time__refusal hint">{move || refusal.get()}</p> }.into_any()
                } else {
                    tools(paused, next)
                }
            })}
        </div>
    }
    .into_any()
}

/// What can be done to time.
fn tools(paused: Memo<bool>, next: Signal<String>) -> AnyView {
    let dispatch = use_dispatch();
    let jump = move |(label, seconds, hint): (&'static str, u64, &'static str)| {
        let by = Duration::from_secs(seconds);
        view! {
            <Button
                label=label
                small=true
                hint=hint
                on_press=move |()| dispatch.tell(Command::JumpTime { by })
            />
        }
        .into_any()
    };
    view! {
        <div class="time__tools">
            {dynamic(move || {
                let (label, picture, command): (_, _, fn() -> Command) = if paused.get() {
                    ("Run time", Icon::Play, || Command::RunTime)
                } else {
                    ("Pause time", Icon::Pause, || Command::PauseTime)
                };
                view! {
                    <Button
                        label=label
                        picture=picture
                        icon_only=true
                        small=true
                        on_press=move |()| {
                            dispatch.tell(command());
                            crate::ui::screen::keep_focus(".time__tools .button");
                        }
                    />
                }
                    .into_any()
            })}
            {JUMPS.map(jump).collect_view()}
            <Button
                label="Next timer"
                small=true
                kind=ButtonKind::Plain
                picture=Icon::Forward
                disabled=Signal::derive(move || next.with(String::is_empty))
                hint=Signal::derive(move || {
                    next.with(|next| {
                        if next.is_empty() {
                            "Nothing is waited for.".to_owned()
                        } else {
                            ["Moves the lab's time to what comes next: ", next, "."].concat()
                        }
                    })
                })
                on_press=move |()| dispatch.tell(Command::JumpToNextTimer)
            />
        </div>
    }
    .into_any()
}
