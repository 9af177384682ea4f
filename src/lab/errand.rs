//! Commands whose code comes with the part of the page that gives them.
//!
//! What [`Lab`] does for its own commands is in the module that every visit fetches. What only a pane
//! asks for that is fetched when it is opened, its topic tree or its chart for one, is an [`Errand`]:
//! the command carries with it the code that carries it out.

use core::fmt::Debug;

use super::refusal::Refusal;
use super::trace::RefusedAction;
use super::{ClientKey, Command, Lab};

/// A command of a pane, with the code that carries it out.
#[derive(Debug)]
pub struct Errand(Box<dyn CarryOut>);

/// What can be an errand.
pub(super) trait CarryOut: Debug + Send + Sync {
    /// The client it is for, if it is for one.
    fn client(&self) -> Option<ClientKey>;

    /// What it asks for, in the terms of the trace.
    fn action(&self) -> RefusedAction {
        RefusedAction::Other
    }

    /// Whether the clients may be others then, or their forms.
    fn changes_clients(&self) -> bool {
        false
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal>;
}

impl Errand {
    /// The client it is for, if it is for one.
    pub(super) fn client(&self) -> Option<ClientKey> {
        self.0.client()
    }

    pub(super) fn action(&self) -> RefusedAction {
        self.0.action()
    }

    pub(super) fn changes_clients(&self) -> bool {
        self.0.changes_clients()
    }

    pub(super) fn carry_out(self, lab: &mut Lab) -> Result<(), Refusal> {
        self.0.carry_out(lab)
    }
}

impl<T: CarryOut + 'static> From<T> for Command {
    fn from(errand: T) -> Self {
        Self::Errand(Errand(Box::new(errand)))
    }
}
