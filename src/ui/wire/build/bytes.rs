//! The bytes, as they would be sent, and whether the form tells what they are.

use std::sync::Arc;

use leptos::prelude::*;

use super::super::inspector::inspector;
use super::Building;
use crate::lab::wire::build::{Described, NotDescribed};
use crate::lab::{ClientKey, format};
use crate::ui::components::{Button, TextField, TextKind, dynamic};
use crate::ui::element::view;
use crate::ui::handle::use_lab;
use crate::ui::memo::Memo;

/// The editor.
pub(super) fn view(builder: Building) -> AnyView {
    let hex = builder.words(|builder| builder.hex().to_owned());
    let error = builder.fault(|builder| {
        let error = builder.bytes().err()?;
        Some(format!("Not sent like this: {error}."))
    });
    let length = builder.memo(|builder| builder.bytes().ok().map(<[u8]>::len));
    let size = Signal::derive(move || {
        let length = length.get()?;
        Some(format::bytes(length as u64))
    });
    view! {
        <TextField
            label="Bytes"
            class="builder__bytes"
            kind=TextKind::Block(4)
            value=hex
            on_input=move |text: String| builder.0.update(|builder| builder.type_hex(text))
            error=error
            hint=size
            help="The packet in hexadecimal. Type or paste here, with 0x, commas and the offsets of a hex dump or without."
        />
        {described(builder)}
    }
    .into_any()
}

/// The same bytes, field by field and in words, in the version in which the server reads them.
pub(super) fn taken_apart(client: ClientKey, builder: Building) -> AnyView {
    let lab = use_lab();
    let connection = lab.memo(move |lab| lab.version_by_hand(client));
    let shown = Memo::new(move || {
        let connection = connection.get();
        builder.0.with(|builder| {
            let version = connection.unwrap_or(builder.form().version);
            builder.inspection(version).map(Arc::new)
        })
    });
    view! { <div class="builder__apart">{inspector(shown)}</div> }.into_any()
}

fn described(builder: Building) -> AnyView {
    let described = builder.memo(|builder| builder.described());
    dynamic(move || {
        let words = match described.get() {
            Described::Yes | Described::NotHexadecimal => return ().into_any(),
            Described::FormIsWrong => {
                "The form holds something that cannot be written; these are the bytes from before."
                    .to_owned()
            }
            Described::BytesAreOther(NotDescribed::Empty) => "There are no bytes.".to_owned(),
            Described::BytesAreOther(NotDescribed::SeveralPackets { count }) => format!(
                "These are {count} packets. The form describes one, and is left as it was; they are sent one behind the other."
            ),
            Described::BytesAreOther(NotDescribed::Unfinished) => {
                "These bytes end before the Remaining Length is reached, and the form shows the packet from before. They can be sent as they are."
                    .to_owned()
            }
            Described::BytesAreOther(NotDescribed::OtherFields) => {
                "The form no longer describes these bytes: its fields do not come out even. They can be sent as they are."
                    .to_owned()
            }
        };
        let can_reset = matches!(described.get(), Described::BytesAreOther(_));
        view! {
            <div class="builder__described" role="status">
                <p>{words}</p>
                {can_reset
                    .then(|| {
                        view! {
                            <Button
                                label="Write them from the form"
                                small=true
                                on_press=move |()| builder.0.update(|builder| builder.reset())
                            />
                        }
                    })}
            </div>
        }
        .into_any()
    })
}
