//! What a person does in the lab, from connecting to reading a will, without a browser.

mod lab_world;

#[path = "lab_tasks/connections.rs"]
mod connections;
#[path = "lab_tasks/messages.rs"]
mod messages;
#[path = "lab_tasks/publishing.rs"]
mod publishing;
#[path = "lab_tasks/subscriptions.rs"]
mod subscriptions;
#[path = "lab_tasks/wills.rs"]
mod wills;

use std::time::Duration;

use mqtt_lab::codec::ProtocolVersion;

const VERSIONS: [ProtocolVersion; 3] = ProtocolVersion::ALL;

fn second() -> Duration {
    Duration::from_secs(1)
}
