//! The boundary behind which a lab does its work, so that a page can show its forms before it has
//! any of that.
//!
//! Without an [`EngineInPage`] a [`Lab`] has clients, their forms, settings and profiles. Connecting,
//! receiving, publishing, subscribing and all that is done with messages are behind the boundary:
//! [`Lab`] reaches them through [`Engine`] alone. Commands that need them wait until they are there.

use core::fmt::Debug;

use super::effect::{Effect, LinkEvent};
use super::notices::Severity;
use super::refusal::{Refusal, RefusalCause};
use super::{ClientKey, Command, Lab, LinkId};
use crate::time::Instant;

/// How a lab does its work, to be given to one that was opened without.
#[derive(Clone, Copy, Debug)]
pub struct EngineInPage(&'static dyn Engine);

impl EngineInPage {
    /// The one there is. Where the page comes in parts, whoever calls this needs the part with it.
    pub const fn new() -> Self {
        Self(&OnlyEngine)
    }
}

impl Default for EngineInPage {
    fn default() -> Self {
        Self::new()
    }
}

/// How many commands wait for an engine. A person gives one or two in that time.
const WAITING_MAXIMUM: usize = 32;

/// What a lab does behind the boundary.
trait Engine: Debug + Send + Sync {
    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal>;
    fn let_due_happen(&self, lab: &mut Lab);
    fn handle_link(&self, lab: &mut Lab, link: LinkId, event: LinkEvent<'_>);
    fn give_up_link(&self, lab: &mut Lab, link: LinkId);
    fn work(&self, lab: &mut Lab, budget: usize);
}

/// The lab's own place for an engine, empty or not.
#[derive(Debug, Default)]
pub(super) struct EngineRoom {
    here: Option<EngineInPage>,
    /// Whether the driver has been asked for it and has not answered.
    is_asked_for: bool,
    /// What it is to do first.
    waiting: Vec<Command>,
}

impl EngineRoom {
    pub(super) const fn is_here(&self) -> bool {
        self.here.is_some()
    }
}

impl Lab {
    /// Gives the lab its engine, where it was opened without. What has waited for it is done now;
    /// what is refused then is told.
    pub fn handle_engine(&mut self, engine: EngineInPage, now: Instant) {
        self.put_in_engine(engine);
        for command in core::mem::take(&mut self.engine.waiting) {
            let client = command.client();
            if let Err(refusal) = self.handle_command(command, now) {
                self.say(Severity::Error, client, refusal.words());
            }
        }
    }

    /// Takes in that the engine could not be fetched. Where somebody needs it that is said; whoever
    /// needs it next asks for it again.
    pub fn handle_engine_failed(&mut self, now: Instant) {
        self.tell_time(now);
        let is_asked_for = core::mem::take(&mut self.engine.is_asked_for);
        self.engine.waiting.clear();
        if is_asked_for && !self.engine.is_here() {
            self.say(Severity::Error, None, NOT_FETCHED.to_owned());
        }
    }

    pub(super) fn put_in_engine(&mut self, engine: EngineInPage) {
        self.engine.is_asked_for = false;
        self.engine.here = Some(engine);
        self.revision += 1;
    }

    /// Has the engine carry out a command, now or when it has come.
    pub(super) fn execute_at_engine(&mut self, command: Command) -> Result<(), Refusal> {
        if let Some(engine) = self.engine.here {
            return engine.0.execute(self, command);
        }
        if self.engine.waiting.len() >= WAITING_MAXIMUM {
            return Err(Refusal::new(RefusalCause::EngineIsMissing));
        }
        self.engine.waiting.push(command);
        if !core::mem::replace(&mut self.engine.is_asked_for, true) {
            self.effects.push_back(Effect::FetchEngine);
        }
        Ok(())
    }

    /// Has everything happen that is due now.
    pub(super) fn let_due_happen(&mut self) {
        if let Some(engine) = self.engine.here {
            engine.0.let_due_happen(self);
        }
    }

    /// Takes in what has happened to a link. Events of links that are gone are ignored.
    pub fn handle_link(&mut self, link: LinkId, event: LinkEvent<'_>, now: Instant) {
        self.tell_time(now);
        if let Some(engine) = self.engine.here {
            engine.0.handle_link(self, link, event);
        }
    }

    /// A client waits in vain for what its link would lead to.
    pub(super) fn give_up_link(&mut self, link: LinkId) {
        if let Some(engine) = self.engine.here {
            engine.0.give_up_link(self, link);
        }
    }

    /// Does at most `budget` steps of long work, such as filtering a long list again; ten thousand
    /// steps take a few milliseconds. `true` while more remains.
    pub fn work(&mut self, budget: usize) -> bool {
        let Some(engine) = self.engine.here else {
            return false;
        };
        engine.0.work(self, budget);
        self.has_work()
    }

    /// Whether a command to a client waits for the engine.
    pub fn is_waiting_for_engine(&self, client: ClientKey) -> bool {
        let mut waiting = self.engine.waiting.iter();
        waiting.any(|command| command.client() == Some(client))
    }
}

const NOT_FETCHED: &str = "The part of this page that connects, which is fetched behind the form, \
                           could not be loaded. Check the network connection and try again; if the \
                           page has been updated since it was opened, load it again.";

/// The only [`Engine`].
#[derive(Debug)]
struct OnlyEngine;

impl Engine for OnlyEngine {
    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal> {
        lab.execute_here(command)
    }

    fn let_due_happen(&self, lab: &mut Lab) {
        lab.let_due_happen_here();
    }

    fn handle_link(&self, lab: &mut Lab, link: LinkId, event: LinkEvent<'_>) {
        lab.handle_link_here(link, event);
    }

    fn give_up_link(&self, lab: &mut Lab, link: LinkId) {
        lab.closed_at_client(link, None, "", false);
    }

    fn work(&self, lab: &mut Lab, budget: usize) {
        lab.work_here(budget);
    }
}
