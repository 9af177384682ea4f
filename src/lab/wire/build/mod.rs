//! A packet made by hand: a form and a byte editor for any Control Packet, right or wrong, what is
//! wrong with it, and sending it all the same.

mod bits;
mod builder;
mod deed;
mod faults;
mod form;
mod hex_text;
mod layout;
mod outcome;
mod presets;
mod property;
mod value;

#[cfg(test)]
mod tests;

pub use bits::{Bits, fixed_header_bits};
pub use builder::{Builder, Described};
pub use deed::ByHand;
pub use faults::{PacketFault, PacketFaultKind};
pub use form::{FormFault, FormPlace, NotDescribed, PacketForm, Part, PartValue};
pub use hex_text::{HexFault, HexTextError, read_hex, write_hex};
pub use layout::PartName;
pub use outcome::{Outcome, OutcomeRow};
pub use presets::Preset;
pub use property::{PropertyForm, PropertyList, PropertyPlace, PropertyValue, properties_of};
pub use value::{Content, Number, ValueFault, Width};
