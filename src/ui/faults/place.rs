//! The faults that are in place on a client's link, and what they have done.

use leptos::prelude::*;

use crate::lab::{ClientKey, Command, FaultRow};
use crate::ui::components::{Button, ButtonKind, Entry, Icon, icon, keyed, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::Memo;
use crate::ui::screen::keep_focus;

/// How many of the latest deeds are shown.
const DEEDS: usize = 6;

/// What is in place, or that nothing is; and what was done.
pub(super) fn view(client: ClientKey) -> AnyView {
    let lab = use_lab();
    let rows = lab.memo(move |lab| lab.faults(client));
    let deeds = lab.memo(move |lab| {
        let deeds = lab.fault_deeds(client, DEEDS).into_iter();
        let shown =
            |deed: crate::lab::FaultDeedRow| (deed.key, lab.shown_time(deed.at), deed.words);
        deeds.map(shown).collect::<Vec<_>>()
    });
    let row = move |key: u64| {
        let row = Memo::new(move || {
            rows.with(|rows| rows.iter().find(|row| row.key.value() == key).copied())
        });
        in_place(client, row)
    };
    view! {
        <section class="faults__place" role="group" aria-label="Faults in place">
            <h3 class="heading">"In place"</h3>
            {when(
                move || rows.with(Vec::is_empty),
                || {
                    view! { <p class="muted">"Nothing is broken on this link."</p> }.into_any()
                },
            )}
            <ul class="faults__rows" role="list">
                {keyed(move || {
                    let entry = |row_is: &FaultRow| {
                        let key = row_is.key.value();
                        Entry::new(key, move || row(key))
                    };
                    rows.with(|rows| rows.iter().map(entry).collect())
                })}
            </ul>
        </section>
        {when(
            move || !deeds.with(Vec::is_empty),
            move || {
                let entry = |(key, time, words): (u64, String, String)| {
                    Entry::new(
                        key,
                        move || {
                            view! {
                                <li>
                                    <span class="mono muted">{time}</span>
                                    " "
                                    {words}
                                </li>
                            }
                                .into_any()
                        },
                    )
                };
                view! {
                    <section class="faults__place" role="group" aria-label="What they did">
                        <h3 class="heading">"What they did lately"</h3>
                        <ol class="faults__deeds" role="list">
                            {keyed(move || deeds.get().into_iter().map(entry).collect())}
                        </ol>
                    </section>
                }
                    .into_any()
            },
        )}
    }
    .into_any()
}

fn in_place(client: ClientKey, row: Memo<Option<FaultRow>>) -> AnyView {
    let dispatch = use_dispatch();
    let line =
        Signal::derive(move || row.with(|row| row.map(|row| row.line()).unwrap_or_default()));
    view! {
        <li class="faults__row">
            {icon(Icon::Fault)}
            <div class="faults__text">
                <p>{move || line.get()}</p>
                <p class="hint">
                    {move || row.with(|row| row.map(|row| row.progress()))}
                </p>
            </div>
            <Button
                label=Signal::derive(move || format!("Remove {}", line.get()))
                kind=ButtonKind::Quiet
                picture=Icon::Remove
                icon_only=true
                small=true
                on_press=move |()| {
                    if let Some(row) = row.get_untracked() {
                        dispatch.tell(Command::RemoveFault { client, fault: row.key });
                        keep_focus(".faults__kind .button:not(:disabled)");
                    }
                }
            />
        </li>
    }
    .into_any()
}
