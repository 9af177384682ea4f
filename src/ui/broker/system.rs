//! What stands over the $SYS table while the broker does not publish it.

use core::time::Duration;

use leptos::prelude::*;

use crate::lab::Command;
use crate::ui::components::{Button, Callout, Tone, when};
use crate::ui::element::view;
use crate::ui::handle::{use_dispatch, use_lab};

/// How often the topics are published once they are switched on here, as Mosquitto does it.
const INTERVAL: Duration = Duration::from_secs(10);

/// Says that nothing is published on these topics, and switches it on.
pub(super) fn view() -> AnyView {
    let (lab, dispatch) = (use_lab(), use_dispatch());
    let is_off = lab.memo(|lab| lab.broker_options().system_interval.is_zero());
    let switch_on = move |()| {
        let mut options = lab.with_untracked(|lab| lab.broker_options().clone());
        options.system_interval = INTERVAL;
        let options = Box::new(options);
        dispatch.tell(Command::SetBrokerOptions { options });
    };
    when(
        move || is_off.get(),
        move || {
            view! {
                <Callout
                    tone=Tone::Idle
                    title="The broker counts this, and does not publish it at the moment."
                >
                    <p>
                        "Most brokers publish such values on topics that begin with $SYS. Switched on, a client that subscribes to $SYS/# gets them; one that subscribes to # does not."
                    </p>
                    <div class="buttons">
                        <Button label="Publish every 10 s" small=true on_press=switch_on />
                    </div>
                </Callout>
            }
            .into_any()
        },
    )
}
