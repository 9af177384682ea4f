//! One subscription: what was asked for, what was granted, and what it has brought.

use leptos::prelude::*;

use super::RowSignal;
use super::colour::{ColourPicker, Colours};
use crate::codec::{ProtocolVersion, RetainHandling};
use crate::lab::explain::{Help, help};
use crate::lab::wording::{self, Standing};
use crate::lab::{ClientKey, Command, SubscriptionRow, SubscriptionState};
use crate::ui::components::{Button, ButtonKind, Flag, Icon, State, Tone, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};
use crate::ui::memo::Memo;
use crate::ui::present::{is_connected, standing_tone};

/// One row of the list. Pressing its filter shows its messages alone.
#[component]
pub(super) fn SubscriptionItem(client: ClientKey, row: RowSignal) -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let connected = is_connected(lab, client);
    let version = lab.memo(move |lab| {
        let client = lab.client(client);
        client.map_or(ProtocolVersion::V3_1_1, |client| {
            client.connection_form().version
        })
    });
    let read = move |read: fn(&SubscriptionRow) -> String| {
        Signal::derive(move || row.read().as_ref().map(read).unwrap_or_default())
    };
    let key = move || row.read_untracked().as_ref().map(|row| row.key);
    let filter = read(|row| row.filter.clone());
    let filtered = lab.memo(move |lab| lab.message_filter(client));
    let pressed = Signal::derive(move || {
        let own = row.read().as_ref().map(|row| row.key);
        own.is_some() && filtered.get() == own
    });
    let words = Memo::new(move || {
        let row = row.read();
        row.as_ref()
            .map(|row| wording::subscription(row, version.get()))
    });
    let refused = Signal::derive(move || {
        words
            .read()
            .as_ref()
            .is_some_and(|words| words.standing == Standing::Bad)
    });
    let removal = Signal::derive(move || {
        let verb = if refused.get() {
            "Remove"
        } else {
            "Unsubscribe"
        };
        format!("{verb} {}", filter.get())
    });
    let colours = RwSignal::new(false);
    view! {
        <li class="subscription" data-hue=read(|row| row.colour.to_string())>
            <div class="subscription__top">
                <button
                    type="button"
                    class="subscription__filter mono"
                    aria-pressed=move || pressed.get().to_string()
                    title="Show the messages of this subscription alone, or all again"
                    on:click=move |_| {
                        let subscription = if pressed.get_untracked() { None } else { key() };
                        dispatch.tell(Command::FilterMessages { client, subscription });
                    }
                >
                    {filter}
                </button>
                <ColourPicker row=row open=colours filter=filter />
                <Button
                    label=removal
                    kind=ButtonKind::Quiet
                    picture=Icon::Close
                    icon_only=true
                    small=true
                    on_press=move |()| {
                        let Some(subscription) = key() else { return };
                        dispatch
                            .tell(
                                if refused.get_untracked() {
                                    Command::RemoveSubscription { client, subscription }
                                } else {
                                    Command::Unsubscribe { client, subscription }
                                },
                            );
                    }
                />
            </div>
            <Colours client=client row=row open=colours />
            <p
                class="subscription__state"
                title=move || words.read().as_ref().map(|words| words.meaning.clone())
            >
                <State
                    tone=Signal::derive(move || {
                        words.read().as_ref().map(|words| standing_tone(words.standing)).unwrap_or_default()
                    })
                    text=Signal::derive(move || {
                        words.read().as_ref().map(|words| words.text.clone()).unwrap_or_default()
                    })
                />
                {when(
                    move || row.read().as_ref().is_some_and(SubscriptionRow::is_granted_lower),
                    || {
                        view! { <Flag tone=Tone::Warn text="lower than asked" hint=const { help(Help::GrantedQos) } /> }
                            .into_any()
                    },
                )}
                <span class="nowrap" hidden=move || refused.get()>
                    {read(|row| wording::messages(row.messages))}
                </span>
                {move || row.read().as_ref().map(options)}
            </p>
            <p
                class="hint subscription__meaning"
                hidden=move || !refused.get()
            >
                {move || words.read().as_ref().map(|words| words.meaning.clone())}
            </p>
            {when(
                move || connected.get() && can_subscribe_again(row),
                move || {
                    let again = move |()| {
                        if let Some(subscription) = key() {
                            dispatch.tell(Command::SubscribeAgain { client, subscription });
                        }
                    };
                    view! { <Button label="Subscribe again" small=true on_press=again /> }.into_any()
                },
            )}
        </li>
    }
    .into_any()
}

fn can_subscribe_again(row: RowSignal) -> bool {
    row.read().as_ref().is_some_and(|row| {
        matches!(
            row.state,
            SubscriptionState::Refused { .. } | SubscriptionState::NotActive
        )
    })
}

/// The options of MQTT 5.0 that are not as usual.
fn options(row: &SubscriptionRow) -> AnyView {
    let handling = match row.retain_handling {
        RetainHandling::SendAtSubscribe => None,
        RetainHandling::SendIfNew => Some("retained only if new".to_owned()),
        RetainHandling::DoNotSend => Some("retained never".to_owned()),
    };
    let identifier = row.subscription_identifier;
    let identifier = identifier.map(|identifier| format!("identifier {}", identifier.value()));
    [
        row.no_local.then(|| "No Local".to_owned()),
        row.retain_as_published
            .then(|| "Retain As Published".to_owned()),
        handling,
        identifier,
    ]
    .into_iter()
    .flatten()
    .map(|text| view! { <Flag text=text /> })
    .collect_view()
    .into_any()
}
