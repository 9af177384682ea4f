//! The record that is selected in the Wire.

use leptos::prelude::*;

use super::build;
use super::handshake::use_handshake;
use super::inspector::record_view;
use crate::lab::trace::Sequence;
use crate::ui::components::{Button, ButtonKind, Icon, when};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;
use crate::ui::screen::{WirePane, use_screen};

/// What it is, what belongs to it, and what stands in it.
pub(super) fn view() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    // Read once: a record does not change, and it stays readable when the trace drops it.
    let title = Memo::new(move || {
        let sequence = screen.packet.get()?;
        lab.with_untracked(|lab| lab.record_title(sequence))
    });
    view! {
        <section class="selected" role="region" aria-label="Selected">
            <div class="selected__head">
                <h3 class="selected__title">
                    {move || title.get().unwrap_or_else(|| "Packet".to_owned())}
                </h3>
                <span class="grow"></span>
                {build_from()}
                {step("Previous packet", Icon::Up, false)}
                {step("Next packet", Icon::Down, true)}
                <Button
                    label="Close the selected packet"
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| screen.packet.set(None)
                />
            </div>
            {handshake()}
            {record_view()}
            {super::foot::view()}
        </section>
    }
    .into_any()
}

/// Takes the packet into the builder.
fn build_from() -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let packet = move || {
        let sequence = screen.packet.get_untracked()?;
        lab.with_untracked(|lab| {
            let record = lab.trace().get(sequence)?;
            Some((record.raw().to_vec(), record.version()?))
        })
    };
    let is_packet = lab.memo(move |lab| {
        let record = screen
            .packet
            .get()
            .and_then(|sequence| lab.trace().get(sequence));
        record.is_some_and(|record| record.kind().is_packet())
    });
    when(
        move || is_packet.get(),
        move || {
            view! {
                <Button
                    label="Build from this"
                    kind=ButtonKind::Quiet
                    picture=Icon::Edit
                    icon_only=true
                    small=true
                    hint="Takes this packet into Build a packet, to be changed and sent by hand."
                    on_press=move |()| {
                        if let Some((bytes, version)) = packet() {
                            build::take(&bytes, version);
                            screen.wire.set(Some(WirePane::Build));
                        }
                    }
                />
            }
            .into_any()
        },
    )
}

/// Goes to the packet before or after this one on the same link.
fn step(label: &'static str, picture: Icon, later: bool) -> AnyView {
    let (lab, screen) = (use_lab(), use_screen());
    let to = lab.memo(move |lab| {
        let packet = screen.packet.get()?;
        lab.neighbour_packet(packet, later)
    });
    button(label, picture, to)
}

/// The handshake that it belongs to, where it does to one.
fn handshake() -> AnyView {
    let screen = use_screen();
    let handshake = use_handshake();
    let words = Memo::new(move || {
        let sequence = screen.packet.get()?;
        Some(handshake.get()?.words(sequence))
    });
    let neighbour = move |later: bool| {
        Memo::new(move || handshake.get()?.neighbour(screen.packet.get()?, later))
    };
    let (before, after) = (neighbour(false), neighbour(true));
    let has_others = move || handshake.get().is_some_and(|found| found.all().len() > 1);
    let shown = move || screen.packet_filter.with(|form| form.handshake);
    when(
        move || words.read().is_some(),
        move || {
            view! {
                <div class="selected__handshake">
                    <p class="hint">{move || words.get()}</p>
                    <span class="grow"></span>
                    {when(has_others, move || {
                        view! {
                            {button("Previous of the handshake", Icon::Left, before)}
                            {button("Next of the handshake", Icon::Right, after)}
                            <Button
                                label="Whole handshake"
                                kind=ButtonKind::Quiet
                                small=true
                                pressed=Signal::derive(move || shown().is_some())
                                hint="Lists only the packets that belong together."
                                on_press=move |()| match (shown(), screen.packet.get_untracked()) {
                                    (None, Some(sequence)) => screen.show_handshake(sequence),
                                    _ => screen.packet_filter.update(|form| form.handshake = None),
                                }
                            />
                        }
                            .into_any()
                    })}
                </div>
            }
            .into_any()
        },
    )
}

fn button(label: &'static str, picture: Icon, to: Memo<Option<Sequence>>) -> AnyView {
    let screen = use_screen();
    view! {
        <Button
            label=label
            kind=ButtonKind::Quiet
            picture=picture
            icon_only=true
            small=true
            disabled=Signal::derive(move || to.get().is_none())
            on_press=move |()| {
                if let Some(sequence) = to.get_untracked() {
                    screen.packet.set(Some(sequence));
                }
            }
        />
    }
    .into_any()
}
