//! Publications that may not be sent yet: the transport is congested, or at QoS 1 and 2 the
//! Server's Receive Maximum or every Packet Identifier is in use. Bounded by
//! [`Limits`](super::Limits); drained in the order of publishing, except that QoS 0 overtakes what
//! waits for the Receive Maximum [MQTT-3.3.4-8].

use std::collections::VecDeque;

use super::event::PublishToken;
use crate::codec::Qos;

/// One publication that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) token: PublishToken,
    pub(super) qos: Qos,
    /// The whole PUBLISH, with a Packet Identifier still to be filled in at QoS 1 and 2.
    pub(super) packet: Vec<u8>,
}

/// The queue: one lane for QoS 0, one for QoS 1 and 2. Tokens grow, so they tell the order.
#[derive(Clone, Debug, Default)]
pub(super) struct WaitingQueue {
    unacknowledged: VecDeque<Waiting>,
    acknowledged: VecDeque<Waiting>,
    bytes: usize,
}

impl WaitingQueue {
    pub(super) fn len(&self) -> usize {
        self.unacknowledged.len() + self.acknowledged.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a publication of this QoS would overtake another if it went out now.
    pub(super) fn has_before(&self, qos: Qos) -> bool {
        match qos {
            Qos::AtMostOnce => !self.unacknowledged.is_empty(),
            Qos::AtLeastOnce | Qos::ExactlyOnce => !self.acknowledged.is_empty(),
        }
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        self.bytes += waiting.packet.len();
        match waiting.qos {
            Qos::AtMostOnce => self.unacknowledged.push_back(waiting),
            Qos::AtLeastOnce | Qos::ExactlyOnce => self.acknowledged.push_back(waiting),
        }
    }

    /// Takes the next publication out; those of QoS 1 and 2 only where `quota` lets them go.
    pub(super) fn pop(&mut self, quota: bool) -> Option<Waiting> {
        let acknowledged = self.acknowledged.front().filter(|_| quota);
        let lane = match (self.unacknowledged.front(), acknowledged) {
            (Some(zero), Some(more)) if more.token < zero.token => &mut self.acknowledged,
            (None, Some(_)) => &mut self.acknowledged,
            (Some(_), _) => &mut self.unacknowledged,
            (None, None) => return None,
        };
        let waiting = lane.pop_front()?;
        self.bytes -= waiting.packet.len();
        Some(waiting)
    }

    /// Empties the lane of QoS 0, which ends with its connection; tokens in order.
    pub(super) fn take_unacknowledged(&mut self) -> Vec<PublishToken> {
        let lane = core::mem::take(&mut self.unacknowledged);
        self.bytes -= lane.iter().map(|w| w.packet.len()).sum::<usize>();
        lane.into_iter().map(|waiting| waiting.token).collect()
    }

    /// Empties the lane of QoS 1 and 2, which ends with its session; tokens in order.
    pub(super) fn take_acknowledged(&mut self) -> Vec<PublishToken> {
        let lane = core::mem::take(&mut self.acknowledged);
        self.bytes -= lane.iter().map(|w| w.packet.len()).sum::<usize>();
        lane.into_iter().map(|waiting| waiting.token).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(token: u64, qos: Qos) -> Waiting {
        Waiting {
            token: PublishToken(token),
            qos,
            packet: vec![0; 10],
        }
    }

    fn order(queue: &mut WaitingQueue, quota: bool) -> Vec<u64> {
        core::iter::from_fn(|| queue.pop(quota))
            .map(|waiting| waiting.token.value())
            .collect()
    }

    #[test]
    fn both_lanes_drain_in_the_order_of_publishing() {
        let mut queue = WaitingQueue::default();
        for token in 0..6 {
            let qos = Qos::from_u8((token % 3) as u8).expect("below 3");
            queue.push(waiting(token, qos));
        }
        assert_eq!((queue.len(), queue.bytes()), (6, 60));
        assert_eq!(order(&mut queue, true), [0, 1, 2, 3, 4, 5]);
        assert!(queue.is_empty());
        assert_eq!(queue.bytes(), 0);
    }

    #[test]
    fn mqtt_3_3_4_8_without_quota_only_qos_0_goes() {
        let mut queue = WaitingQueue::default();
        queue.push(waiting(0, Qos::AtLeastOnce));
        queue.push(waiting(1, Qos::AtMostOnce));
        assert!(queue.has_before(Qos::ExactlyOnce));
        assert_eq!(order(&mut queue, false), [1]);
        assert!(!queue.has_before(Qos::AtMostOnce));
        assert_eq!(queue.take_acknowledged(), [PublishToken(0)]);
        assert_eq!((queue.len(), queue.bytes()), (0, 0));
    }
}
