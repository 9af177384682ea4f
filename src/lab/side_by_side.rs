//! Which client stands beside the selected one.

use super::{ClientKey, Lab, LabClient};

impl Lab {
    /// Which client goes on standing beside the selected one: `beside`, unless it was removed. Where
    /// it has been selected itself, the two change places: then it is `before`, which was selected
    /// until now.
    pub fn still_beside(&self, beside: ClientKey, before: Option<ClientKey>) -> Option<ClientKey> {
        let selected = self.selected().map(LabClient::key)?;
        let other = if beside == selected { before? } else { beside };
        (other != selected && self.client(other).is_some()).then_some(other)
    }
}
