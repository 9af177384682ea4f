//! Leaving with a DISCONNECT (section 3.14).

use super::close_reason::{CloseReason, LocalClose, Phase, is_said_by_clients};
use super::error::DisconnectError;
use super::machine::Machine;
use super::negotiated::requested_session_expiry;
use super::options::{DisconnectOptions, LARGEST_PACKET};
use super::state::State;
use crate::codec::{ControlPacket, Disconnect, ProtocolVersion, UserProperties, encode};
use crate::time::Instant;

impl Machine {
    pub(super) fn disconnect(
        &mut self,
        options: DisconnectOptions<'_>,
        now: Instant,
    ) -> Result<(), DisconnectError> {
        let Some(phase) = self.state.phase() else {
            self.cancel_reconnect();
            return Ok(());
        };
        self.check_disconnect(&options)?;
        let reason_code = options.reason_code;
        let session_expiry_interval = options.session_expiry_interval;
        if phase == Phase::Opening {
            self.close(CloseReason::Local(LocalClose::Cancelled), now);
            return Ok(());
        }
        if phase == Phase::WithoutConnect {
            // Nothing is sent there but by hand.
            self.close(CloseReason::Local(LocalClose::Died), now);
            return Ok(());
        }
        let packet = self.encode_disconnect(options)?;
        if packet.len() > self.largest_packet() {
            // Not even the shortest form fits: what is left is to close without it.
            self.close(CloseReason::Local(LocalClose::Died), now);
            return Ok(());
        }
        self.outbox.transmit(packet, now);
        if let (State::Connected(_), Some(interval)) = (&self.state, session_expiry_interval) {
            self.session.expiry_interval = interval;
        }
        let reason = CloseReason::Local(LocalClose::Disconnected(reason_code));
        self.close(reason, now);
        Ok(())
    }

    fn check_disconnect(&self, options: &DisconnectOptions<'_>) -> Result<(), DisconnectError> {
        if !self.version().has_properties() && *options != DisconnectOptions::default() {
            return Err(DisconnectError::NeedsVersion5);
        }
        let reason_code = options.reason_code;
        if !is_said_by_clients(reason_code) {
            return Err(DisconnectError::ReasonCode { reason_code });
        }
        match options.session_expiry_interval {
            Some(requested) if requested > 0 && requested_session_expiry(&self.options) == 0 => {
                Err(DisconnectError::SessionExpiryFromZero { requested })
            }
            _ => Ok(()),
        }
    }

    /// The largest packet, in bytes, that may be sent now.
    fn largest_packet(&self) -> usize {
        match &self.state {
            State::Connected(connected) => connected.negotiated.server.largest_packet(),
            _ => LARGEST_PACKET as usize,
        }
    }

    /// The packet; without its words where the Server takes no packet that large
    /// [MQTT-3.14.2-3, MQTT-3.14.2-4].
    fn encode_disconnect(
        &self,
        options: DisconnectOptions<'_>,
    ) -> Result<Vec<u8>, DisconnectError> {
        let mut disconnect = Disconnect {
            reason_code: options.reason_code,
            session_expiry_interval: options.session_expiry_interval,
            reason_string: options.reason_string,
            server_reference: None,
            user_properties: options.user_properties,
        };
        let packet = write(disconnect.clone(), self.version())?;
        if packet.len() <= self.largest_packet() {
            return Ok(packet);
        }
        disconnect.reason_string = None;
        disconnect.user_properties = UserProperties::EMPTY;
        write(disconnect, self.version())
    }
}

fn write(disconnect: Disconnect<'_>, version: ProtocolVersion) -> Result<Vec<u8>, DisconnectError> {
    let mut packet = Vec::new();
    encode(&ControlPacket::Disconnect(disconnect), version, &mut packet)
        .map_err(DisconnectError::Encode)?;
    Ok(packet)
}
