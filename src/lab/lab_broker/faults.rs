//! Faults on the links of the page's clients, wherever these lead.

use core::num::NonZeroU32;

use super::wires::FaultDeed;
use crate::lab::explain::fault_record;
use crate::lab::refusal::{FormCause, Refusal, RefusalCause};
use crate::lab::trace::{FaultNote, Note};
use crate::lab::{ClientKey, Lab, LabClient};
use crate::network::{self, Fault};
use crate::time::Instant;

/// The name of one fault of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultKey(u64);

impl FaultKey {
    #[cfg(test)]
    pub(in crate::lab) const fn for_tests(value: u64) -> Self {
        Self(value)
    }

    /// The number of this key, for keyed lists.
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// A fault that is in place on a client's link, and on the links that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRow {
    /// Its name.
    pub key: FaultKey,
    /// What it is.
    pub fault: Fault,
    /// For how many packets more; `None` where it lasts until it is removed.
    pub left: Option<NonZeroU32>,
    /// How many packets it has been for.
    pub touched: u64,
}

/// What a fault on a client's link has done to one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultDeedRow {
    /// For keyed lists.
    pub key: u64,
    /// When.
    pub at: Instant,
    /// Such as `PUBACK 7 (4 bytes) to the client: swallowed`.
    pub words: String,
}

impl Lab {
    /// What the faults on a client's link have done lately, latest first, at most so many.
    pub fn fault_deeds(&self, client: ClientKey, maximum: usize) -> Vec<FaultDeedRow> {
        let own = self.wires.done().rev().filter(|deed| deed.owner == client);
        let row = |deed: &FaultDeed| FaultDeedRow {
            key: deed.key,
            at: deed.at,
            words: fault_record(&deed.record),
        };
        own.take(maximum).map(row).collect()
    }

    /// The faults that are in place on a client's link, in the order in which they were added.
    pub fn faults(&self, client: ClientKey) -> Vec<FaultRow> {
        let Some(network) = self.wires.network(client) else {
            return Vec::new();
        };
        let row = |view: network::FaultView| FaultRow {
            key: FaultKey(view.id.value()),
            fault: view.fault,
            left: view.left,
            touched: view.touched,
        };
        network.faults().map(row).collect()
    }

    /// How many faults are in place on the links of all clients.
    pub fn fault_count(&self) -> usize {
        let networks = self.wires.networks();
        networks.map(|network| network.faults().len()).sum()
    }

    pub(in crate::lab) fn add_fault(
        &mut self,
        client: ClientKey,
        fault: Fault,
    ) -> Result<(), Refusal> {
        let now = self.now;
        self.check_link_owner(client)?;
        if let Some(network) = self.wires.network_mut(client) {
            network
                .add_fault(fault, now)
                .map_err(|error| Refusal::new(RefusalCause::TooManyFaults(error)))?;
        }
        self.note_fault(client, FaultNote::Added(fault));
        self.faults_changed();
        Ok(())
    }

    pub(in crate::lab) fn remove_fault(
        &mut self,
        client: ClientKey,
        key: FaultKey,
    ) -> Result<(), Refusal> {
        let now = self.now;
        self.check_link_owner(client)?;
        let network = self.wires.network_mut(client);
        let removed = network.and_then(|network| {
            let found = network.faults().find(|view| view.id.value() == key.0);
            let id = found?.id;
            network.remove_fault(id, now)
        });
        let Some(fault) = removed else {
            return Err(Refusal::new(RefusalCause::UnknownFault));
        };
        self.note_fault(client, FaultNote::Removed(fault));
        self.faults_changed();
        Ok(())
    }

    pub(in crate::lab) fn clear_all_faults(&mut self) -> Result<(), Refusal> {
        let now = self.now;
        for owner in self.wires.owners() {
            for row in self.faults(owner) {
                self.note_fault(owner, FaultNote::Removed(row.fault));
            }
        }
        self.wires.clear_faults(now);
        self.faults_changed();
        Ok(())
    }

    pub(in crate::lab) fn cut_now(&mut self, client: ClientKey) -> Result<(), Refusal> {
        self.check_link_owner(client)?;
        if !self.cut_link(client) {
            return Err(Refusal::new(RefusalCause::NoLink));
        }
        Ok(())
    }

    fn check_link_owner(&self, client: ClientKey) -> Result<(), Refusal> {
        if self.client(client).is_some() || self.server.has_bot(client) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCause::InForm(FormCause::UnknownClient)))
    }

    fn note_fault(&mut self, client: ClientKey, fault: FaultNote) {
        let note = Note::Fault { fault };
        self.trace.append_note(self.now, Some(client), &note);
        self.revision += 1;
    }
}

impl LabClient {
    /// Whether the client's latest link could be cut: there is one.
    pub fn has_link(&self) -> bool {
        self.link.is_some()
    }
}
