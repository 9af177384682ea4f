//! What a person does to the lab broker.

use crate::broker::{BrokerOptions, ConnectionId, Memory, Preset};
use crate::codec::ReasonCode;
use crate::lab::Lab;
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::storage::BROKER_KEY;
use crate::lab::trace::{BrokerNote, Note, SystemChange};

use super::write_options;

impl Lab {
    /// The options of the lab broker.
    pub fn broker_options(&self) -> &BrokerOptions {
        self.lab_broker.broker.options()
    }

    pub(in crate::lab) fn stop_broker(&mut self) -> Result<(), Refusal> {
        if !self.lab_broker.is_running() {
            return Err(Refusal::new(RefusalCause::BrokerIsStopped));
        }
        self.lab_broker.broker.stop(self.now);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn start_broker(&mut self, memory: Memory) -> Result<(), Refusal> {
        if self.lab_broker.is_running() {
            return Err(Refusal::new(RefusalCause::BrokerRuns));
        }
        if memory == Memory::Lost {
            self.lab_broker.forget_marks();
        }
        self.lab_broker.broker.start(memory, self.now);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn refuse_next_connect(
        &mut self,
        code: Option<ReasonCode>,
    ) -> Result<(), Refusal> {
        self.lab_broker.refuse_next = code;
        self.lab_broker.broker.refuse_next_connect(code);
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn disconnect_at_broker(
        &mut self,
        connection: u64,
        reason: ReasonCode,
    ) -> Result<(), Refusal> {
        let connection = ConnectionId::new(connection);
        self.lab_broker
            .broker
            .disconnect(connection, reason, self.now)
            .map_err(|_| Refusal::new(RefusalCause::UnknownConnection))?;
        self.drain_broker();
        Ok(())
    }

    pub(in crate::lab) fn discard_session(&mut self, client_id: &str) -> Result<(), Refusal> {
        let was_there = self.lab_broker.broker.discard_session(client_id, self.now);
        self.drain_broker();
        if !was_there {
            return Err(Refusal::new(RefusalCause::UnknownSession));
        }
        Ok(())
    }

    pub(in crate::lab) fn clear_retained_at_broker(&mut self, topic: &str) -> Result<(), Refusal> {
        let was_there = self.lab_broker.broker.clear_retained(topic, self.now);
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
        let broker = &mut self.lab_broker.broker;
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
