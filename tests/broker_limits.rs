//! What the broker keeps has an end, what it says at that end, and that nothing is lost before it.

mod broker_world;
#[path = "broker_limits/promises.rs"]
mod promises;
#[path = "broker_limits/room.rs"]
mod room;
#[path = "broker_limits/sizes.rs"]
mod sizes;
