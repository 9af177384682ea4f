//! What a person does to the lab broker.

use crate::broker::{BrokerOptions, ConnectionId, Memory, Preset};
use crate::codec::ReasonCode;
use crate::lab::Lab;
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::storage::BROKER_KEY;
use crate::lab::trace::{BrokerNote, Note, SystemChange};

use super::{LabBroker, write_options};

impl Lab {
    /// The options of the lab broker; the usual ones while it has not been fetched.
    pub fn broker_options(&self) -> BrokerOptions {
        self.server
            .lab_broker()
            .map_or_else(BrokerOptions::default, |here| here.broker.options().clone())
    }

    fn here(&mut self) -> Result<&mut LabBroker, Refusal> {
        let missing = || Refusal::new(RefusalCause::ServerIsMissing);
        self.server.lab_broker_mut().ok_or_else(missing)
    }

    pub(in crate::lab) fn stop_broker(&mut self) -> Result<(), Refusal> {
        let now = self.now;
        let here = self.here()?;
        if !here.is_running() {
            return Err(Refusal::new(RefusalCause::BrokerIsStopped));
        }
        here.broker.stop(now);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn start_broker(&mut self, memory: Memory) -> Result<(), Refusal> {
        let now = self.now;
        let here = self.here()?;
        if here.is_running() {
            return Err(Refusal::new(RefusalCause::BrokerRuns));
        }
        if memory == Memory::Lost {
            here.forget_marks();
        }
        here.broker.start(memory, now);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn refuse_next_connect(
        &mut self,
        code: Option<ReasonCode>,
    ) -> Result<(), Refusal> {
        let here = self.here()?;
        here.refuse_next = code;
        here.broker.refuse_next_connect(code);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn disconnect_at_broker(
        &mut self,
        connection: u64,
        reason: ReasonCode,
    ) -> Result<(), Refusal> {
        let connection = ConnectionId::new(connection);
        let now = self.now;
        self.here()?
            .broker
            .disconnect(connection, reason, now)
            .map_err(|_| Refusal::new(RefusalCause::UnknownConnection))?;
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn discard_session(&mut self, client_id: &str) -> Result<(), Refusal> {
        let now = self.now;
        let was_there = self.here()?.broker.discard_session(client_id, now);
        self.drain_broker();
        if !was_there {
            return Err(Refusal::new(RefusalCause::UnknownSession));
        }
        Ok(())
    }

    pub(in crate::lab) fn clear_retained_at_broker(&mut self, topic: &str) -> Result<(), Refusal> {
        let now = self.now;
        let was_there = self.here()?.broker.clear_retained(topic, now);
        self.drain_broker();
        if !was_there {
            return Err(Refusal::new(RefusalCause::UnknownRetained));
        }
        Ok(())
    }

    pub(in crate::lab) fn set_broker_options(
        &mut self,
        options: BrokerOptions,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let broker = &mut self.here()?.broker;
        broker
            .set_options(options, now)
            .map_err(|error| Refusal::new(RefusalCause::BrokerOptions(error)))?;
        let json = write_options(broker.options());
        self.drain_broker();
        let note = Note::Broker(BrokerNote::System {
            change: SystemChange::OptionsChanged,
        });
        self.trace.append_note(now, None, &note);
        self.store(BROKER_KEY, json);
        Ok(())
    }

    pub(in crate::lab) fn apply_preset(&mut self, preset: usize) -> Result<(), Refusal> {
        let Some(preset) = Preset::ALL.get(preset) else {
            return Err(Refusal::new(RefusalCause::UnknownPreset));
        };
        let own = self.broker_options();
        let options = BrokerOptions {
            // Who may come in is the person's own; a preset is about the product.
            users: own.users.clone(),
            allow_anonymous: own.allow_anonymous,
            ..preset.options()
        };
        self.set_broker_options(options)
    }
}
