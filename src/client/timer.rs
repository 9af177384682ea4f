//! What the Client waits for, and until when.

use crate::time::Instant;

/// The deadlines a Client can have. Several may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The transport is to be open and CONNACK here.
    Connect,
    /// More of what waits may be handed to the transport.
    Drain,
    /// Something is to be sent, PINGREQ if nothing else [MQTT-3.1.2-20].
    KeepAlive,
    /// The Server is to be heard after a PINGREQ.
    PingResponse,
    /// The transport is to be closed.
    Close,
    /// The next attempt to connect is due.
    Reconnect,
    /// The local session state is to be forgotten.
    SessionExpiry,
}

impl Timer {
    /// Every timer, in the order in which those due at the same moment are handled.
    const ALL: [Self; 7] = [
        Self::Close,
        Self::Connect,
        Self::PingResponse,
        Self::Drain,
        Self::KeepAlive,
        Self::SessionExpiry,
        Self::Reconnect,
    ];
}

/// The running timers: one slot for each, so setting and stopping cost nothing per packet.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    connect: Option<Instant>,
    drain: Option<Instant>,
    keep_alive: Option<Instant>,
    ping_response: Option<Instant>,
    close: Option<Instant>,
    reconnect: Option<Instant>,
    session_expiry: Option<Instant>,
}

impl Timers {
    pub(super) const fn set(&mut self, timer: Timer, at: Instant) {
        *self.slot(timer) = Some(at);
    }

    pub(super) const fn stop(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    pub(super) const fn deadline(&self, timer: Timer) -> Option<Instant> {
        match timer {
            Timer::Connect => self.connect,
            Timer::Drain => self.drain,
            Timer::KeepAlive => self.keep_alive,
            Timer::PingResponse => self.ping_response,
            Timer::Close => self.close,
            Timer::Reconnect => self.reconnect,
            Timer::SessionExpiry => self.session_expiry,
        }
    }

    /// The earliest deadline of all.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.next().map(|(at, _)| at)
    }

    /// The earliest deadline of all, and whose it is; of several at one moment, that which is
    /// handled first.
    pub(super) fn next(&self) -> Option<(Instant, Timer)> {
        Timer::ALL
            .into_iter()
            .filter_map(|timer| Some((self.deadline(timer)?, timer)))
            .min_by_key(|(at, _)| *at)
    }

    /// Takes one timer that is due out of the table, with its deadline.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<(Timer, Instant)> {
        for timer in Timer::ALL {
            if let Some(deadline) = self.deadline(timer)
                && deadline <= now
            {
                self.stop(timer);
                return Some((timer, deadline));
            }
        }
        None
    }

    const fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        match timer {
            Timer::Connect => &mut self.connect,
            Timer::Drain => &mut self.drain,
            Timer::KeepAlive => &mut self.keep_alive,
            Timer::PingResponse => &mut self.ping_response,
            Timer::Close => &mut self.close,
            Timer::Reconnect => &mut self.reconnect,
            Timer::SessionExpiry => &mut self.session_expiry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_deadline_is_the_next_and_each_expires_once() {
        let mut timers = Timers::default();
        assert_eq!(timers.next_timeout(), None);
        timers.set(Timer::KeepAlive, Instant::from_millis(20));
        timers.set(Timer::PingResponse, Instant::from_millis(10));
        assert_eq!(timers.next_timeout(), Some(Instant::from_millis(10)));
        assert_eq!(
            timers.next(),
            Some((Instant::from_millis(10), Timer::PingResponse))
        );
        assert_eq!(timers.take_expired(Instant::from_millis(9)), None);
        let late = Instant::from_millis(30);
        assert_eq!(
            timers.take_expired(late),
            Some((Timer::PingResponse, Instant::from_millis(10)))
        );
        assert_eq!(
            timers.take_expired(late),
            Some((Timer::KeepAlive, Instant::from_millis(20)))
        );
        assert_eq!(timers.take_expired(late), None);
    }

    #[test]
    fn setting_replaces_and_stopping_forgets() {
        let mut timers = Timers::default();
        timers.set(Timer::Connect, Instant::from_millis(1));
        timers.set(Timer::Connect, Instant::from_millis(2));
        assert_eq!(
            timers.deadline(Timer::Connect),
            Some(Instant::from_millis(2))
        );
        timers.stop(Timer::Connect);
        assert_eq!(timers.next_timeout(), None);
    }
}
