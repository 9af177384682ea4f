//! The boundary behind which a lab does its work, so that a page can show its forms before it has
//! any of that.
//!
//! Without an [`EngineInPage`] a [`Lab`] has clients, their forms, settings and profiles. Connecting,
//! receiving, publishing, subscribing and all that is done with messages are behind the boundary, with
//! the words about connections: [`Lab`] reaches them through [`Engine`] alone. Commands that need them
//! wait until they are there. Until then nobody is connected, and nothing falls due.

use core::fmt::Debug;

use super::closing::Doubt;
use super::effect::{Effect, LinkEvent};
use super::field::Field;
use super::lab_broker::TimeBar;
use super::notices::Severity;
use super::refusal::{FormCause, Refusal, RefusalCause};
use super::state_line::StateLine;
use super::trace::{self, RefusedAction};
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
    fn begin(&self, lab: &mut Lab);
    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal>;
    fn note_refusal(&self, lab: &mut Lab, refused: &Refused);
    fn catch_up(&self, lab: &mut Lab);
    fn let_due_happen(&self, lab: &mut Lab);
    fn next_deadline(&self, lab: &Lab) -> Option<Instant>;
    fn handle_link(&self, lab: &mut Lab, link: LinkId, event: LinkEvent<'_>);
    fn give_up_link(&self, lab: &mut Lab, link: LinkId);
    fn work(&self, lab: &mut Lab, budget: usize);
    fn has_work(&self, lab: &Lab) -> bool;
    fn words_of(&self, refusal: &Refusal) -> String;
    fn state_line(&self, lab: &Lab, client: ClientKey) -> Option<StateLine>;
    fn doubts(&self, lab: &Lab, client: ClientKey) -> Vec<Doubt>;
    fn time_bar(&self, lab: &Lab) -> TimeBar;
}

/// What the lab did not do and why, for the trace.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) at: Instant,
    pub(super) client: Option<ClientKey>,
    pub(super) action: RefusedAction,
    pub(super) cause: trace::RefusalCause,
    pub(super) words: String,
}

/// The lab's own place for an engine, empty or not.
#[derive(Debug, Default)]
pub(super) struct EngineRoom {
    here: Option<EngineInPage>,
    /// Whether the driver has been asked for it and has not answered.
    is_asked_for: bool,
    /// What it is to do first.
    waiting: Vec<Command>,
    /// What it is to record before: at most as many as there can be commands.
    refused: Vec<Refused>,
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
                self.say(Severity::Error, client, self.words_of(&refusal));
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
        engine.0.begin(self);
        for refused in core::mem::take(&mut self.engine.refused) {
            engine.0.note_refusal(self, &refused);
        }
    }

    /// Has the engine record what was refused, now or when it has come.
    pub(super) fn note_refusal(&mut self, refused: Refused) {
        if let Some(engine) = self.engine.here {
            engine.0.note_refusal(self, &refused);
        } else if self.engine.refused.len() < WAITING_MAXIMUM {
            self.engine.refused.push(refused);
        }
    }

    /// Has the engine carry out a command, now or when it has come.
    pub(super) fn execute_at_engine(&mut self, command: Command) -> Result<(), Refusal> {
        if let Some(engine) = self.engine.here {
            return engine.0.execute(self, command);
        }
        if self.engine.waiting.len() >= WAITING_MAXIMUM {
            return Err(Refusal::new(RefusalCause::InForm(
                FormCause::EngineIsMissing,
            )));
        }
        self.engine.waiting.push(command);
        if !core::mem::replace(&mut self.engine.is_asked_for, true) {
            self.effects.push_back(Effect::FetchEngine);
        }
        Ok(())
    }

    /// Lets the deadlines pass, in order, until the lab is where it is to be.
    pub(super) fn catch_up(&mut self) {
        match self.engine.here {
            Some(engine) => engine.0.catch_up(self),
            None => self.now = self.now.max(self.time.target()),
        }
    }

    /// The next deadline of anybody, in the lab's time.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.engine.here?.0.next_deadline(self)
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
        engine.0.has_work(self)
    }

    /// Whether [`Lab::work`] has something to do.
    pub fn has_work(&self) -> bool {
        let engine = self.engine.here;
        engine.is_some_and(|engine| engine.0.has_work(self))
    }

    /// [`Refusal::words`], as far as a lab needs them that may have its forms alone.
    pub fn words_of(&self, refusal: &Refusal) -> String {
        match (&refusal.cause, self.engine.here) {
            (RefusalCause::InForm(cause), _) => cause.words(),
            (_, Some(engine)) => engine.0.words_of(refusal),
            // Nothing else is refused by forms; who asks for more has to wait.
            (_, None) => FormCause::EngineIsMissing.words(),
        }
    }

    /// What is wrong with a client's connection form, field by field, in words.
    pub fn connection_error_words(&self, client: ClientKey) -> Vec<(Option<Field>, String)> {
        let errors = self.connection_errors(client).into_iter();
        errors
            .map(|error| (error.field, self.words_of(&error)))
            .collect()
    }

    /// What the state line of a client says now. It changes with time alone, too: ask again when
    /// [`Lab::revision`] has moved.
    pub fn state_line(&self, client: ClientKey) -> Option<StateLine> {
        match self.engine.here {
            Some(engine) => engine.0.state_line(self, client),
            None => self.client(client).map(|_| StateLine::before_the_first()),
        }
    }

    /// What speaks against the address of a client's form before it is tried: a page on https that
    /// cannot open `ws://`, a port without WebSocket. Nothing that is said already of the last
    /// attempt.
    pub fn doubts(&self, client: ClientKey) -> Vec<Doubt> {
        let engine = self.engine.here;
        engine.map_or_else(Vec::new, |engine| engine.0.doubts(self, client))
    }

    /// What the time bar shows; `None` where it is of no use: nobody is at the lab broker, or
    /// would be.
    pub fn time_bar(&self) -> Option<TimeBar> {
        if !self.is_time_of_use() {
            return None;
        }
        Some(match self.engine.here {
            Some(engine) => engine.0.time_bar(self),
            None => TimeBar::before_anything(self),
        })
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
    fn begin(&self, lab: &mut Lab) {
        lab.set_trace_budget();
    }

    fn execute(&self, lab: &mut Lab, command: Command) -> Result<(), Refusal> {
        lab.execute_here(command)
    }

    fn note_refusal(&self, lab: &mut Lab, refused: &Refused) {
        lab.note_refusal_here(refused);
    }

    fn catch_up(&self, lab: &mut Lab) {
        lab.catch_up_here();
    }

    fn let_due_happen(&self, lab: &mut Lab) {
        lab.let_due_happen_here();
    }

    fn next_deadline(&self, lab: &Lab) -> Option<Instant> {
        lab.next_deadline_here()
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

    fn has_work(&self, lab: &Lab) -> bool {
        lab.has_work_here()
    }

    fn words_of(&self, refusal: &Refusal) -> String {
        refusal.words()
    }

    fn state_line(&self, lab: &Lab, client: ClientKey) -> Option<StateLine> {
        lab.state_line_here(client)
    }

    fn doubts(&self, lab: &Lab, client: ClientKey) -> Vec<Doubt> {
        lab.doubts_here(client)
    }

    fn time_bar(&self, lab: &Lab) -> TimeBar {
        lab.time_bar_here()
    }
}
