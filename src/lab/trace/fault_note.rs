//! What was broken on purpose, as a record of the trace, and its form in bytes.

use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use super::note::Fields;
use crate::codec::{ControlPacketType, PacketId};
use crate::network::{Deed, Fault, Packets, Target, Way, Ways};

/// Something about the faults of a client's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultNote {
    /// The link was cut: closed at once, without a DISCONNECT.
    Cut,
    /// A fault was put in place.
    Added(Fault),
    /// A fault was taken away, by a person.
    Removed(Fault),
    /// A fault has done something to a packet, or to bytes that are none.
    Done {
        /// What the fault is.
        fault: Fault,
        /// In which direction.
        way: Way,
        /// To what.
        target: Target,
        /// What it did.
        deed: Deed,
    },
}

impl FaultNote {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Cut => out.push(0),
            Self::Added(fault) => {
                out.push(1);
                put_fault(fault, out);
            }
            Self::Removed(fault) => {
                out.push(2);
                put_fault(fault, out);
            }
            Self::Done {
                fault,
                way,
                target,
                deed,
            } => {
                out.extend([3, u8::from(way == Way::Down)]);
                put_fault(fault, out);
                put_target(target, out);
                put_deed(deed, out);
            }
        }
    }

    pub(super) fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let [number] = fields.array()?;
        Some(match number {
            0 => Self::Cut,
            1 => Self::Added(fault(fields)?),
            2 => Self::Removed(fault(fields)?),
            3 => {
                let way = fields.variant(&Way::ALL)?;
                Self::Done {
                    way,
                    fault: fault(fields)?,
                    target: target(fields)?,
                    deed: deed(fields)?,
                }
            }
            _ => return None,
        })
    }
}

fn put_fault(fault: Fault, out: &mut Vec<u8>) {
    let ways = |number: u8, ways: Ways| {
        let place = Ways::ALL.iter().position(|&other| other == ways);
        [
            number,
            u8::try_from(place.unwrap_or_default()).unwrap_or_default(),
        ]
    };
    match fault {
        Fault::BlackHole { ways: way } => out.extend(ways(0, way)),
        Fault::Swallow {
            ways: way,
            packets,
            count,
        } => {
            out.extend(ways(1, way));
            put_packets(packets, out);
            out.extend(count.get().to_le_bytes());
        }
        Fault::Delay {
            ways: way,
            delay,
            jitter,
        } => {
            out.extend(ways(2, way));
            put_duration(delay, out);
            put_duration(jitter, out);
        }
        Fault::Duplicate {
            ways: way,
            packets,
            count,
        } => {
            out.extend(ways(3, way));
            put_packets(packets, out);
            out.extend(count.get().to_le_bytes());
        }
        Fault::Corrupt {
            ways: way,
            packets,
            offset,
            mask,
            count,
        } => {
            out.extend(ways(4, way));
            put_packets(packets, out);
            out.extend(offset.to_le_bytes());
            out.push(mask.get());
            out.extend(count.get().to_le_bytes());
        }
        Fault::Slice { ways: way, bytes } => {
            out.extend(ways(5, way));
            out.extend(bytes.get().to_le_bytes());
        }
        Fault::RateLimit {
            ways: way,
            bytes_per_second,
        } => {
            out.extend(ways(6, way));
            out.extend(bytes_per_second.get().to_le_bytes());
        }
    }
}

fn fault(fields: &mut Fields<'_>) -> Option<Fault> {
    let [number] = fields.array()?;
    let ways = fields.variant(&Ways::ALL)?;
    Some(match number {
        0 => Fault::BlackHole { ways },
        1 => Fault::Swallow {
            ways,
            packets: packets(fields)?,
            count: non_zero(fields)?,
        },
        2 => Fault::Delay {
            ways,
            delay: duration(fields)?,
            jitter: duration(fields)?,
        },
        3 => Fault::Duplicate {
            ways,
            packets: packets(fields)?,
            count: non_zero(fields)?,
        },
        4 => {
            let packets = packets(fields)?;
            let offset = u32::from_le_bytes(fields.array()?);
            let [mask] = fields.array()?;
            Fault::Corrupt {
                ways,
                packets,
                offset,
                mask: NonZeroU8::new(mask)?,
                count: non_zero(fields)?,
            }
        }
        5 => Fault::Slice {
            ways,
            bytes: non_zero(fields)?,
        },
        6 => Fault::RateLimit {
            ways,
            bytes_per_second: non_zero(fields)?,
        },
        _ => return None,
    })
}

/// 0 stands for any packet: it is a reserved Control Packet type.
fn put_packets(packets: Packets, out: &mut Vec<u8>) {
    out.push(match packets {
        Packets::Any => 0,
        Packets::Of(packet_type) => packet_type.as_u8(),
    });
}

fn packets(fields: &mut Fields<'_>) -> Option<Packets> {
    let [number] = fields.array()?;
    if number == 0 {
        return Some(Packets::Any);
    }
    ControlPacketType::from_u8(number).map(Packets::Of)
}

fn put_target(target: Target, out: &mut Vec<u8>) {
    match target {
        Target::Packet {
            packet_type,
            packet_id,
            length,
        } => {
            out.push(packet_type.as_u8());
            out.extend(packet_id.map_or(0, PacketId::value).to_le_bytes());
            put_length(length, out);
        }
        Target::Bytes { length } => {
            out.push(BYTES);
            put_length(length, out);
        }
        Target::End => out.push(END),
    }
}

/// What stands for bytes that are no packet, where a Control Packet type could stand.
const BYTES: u8 = 0;
/// What stands for the end of the connection.
const END: u8 = 0xff;

fn target(fields: &mut Fields<'_>) -> Option<Target> {
    let [number] = fields.array()?;
    Some(match number {
        BYTES => Target::Bytes {
            length: length(fields)?,
        },
        END => Target::End,
        packet_type => Target::Packet {
            packet_type: ControlPacketType::from_u8(packet_type)?,
            packet_id: PacketId::new(u16::from_le_bytes(fields.array()?)),
            length: length(fields)?,
        },
    })
}

fn put_deed(deed: Deed, out: &mut Vec<u8>) {
    match deed {
        Deed::Lost => out.push(0),
        Deed::Swallowed => out.push(1),
        Deed::Delayed { by } => {
            out.push(2);
            put_duration(by, out);
        }
        Deed::Duplicated => out.push(3),
        Deed::Corrupted {
            offset,
            before,
            after,
        } => {
            out.push(4);
            put_length(offset, out);
            out.extend([before, after]);
        }
        Deed::Sliced { bytes } => {
            out.push(5);
            out.extend(bytes.to_le_bytes());
        }
        Deed::Throttled { bytes_per_second } => {
            out.push(6);
            out.extend(bytes_per_second.to_le_bytes());
        }
    }
}

fn deed(fields: &mut Fields<'_>) -> Option<Deed> {
    let [number] = fields.array()?;
    Some(match number {
        0 => Deed::Lost,
        1 => Deed::Swallowed,
        2 => Deed::Delayed {
            by: duration(fields)?,
        },
        3 => Deed::Duplicated,
        4 => {
            let offset = length(fields)?;
            let [before, after] = fields.array()?;
            Deed::Corrupted {
                offset,
                before,
                after,
            }
        }
        5 => Deed::Sliced {
            bytes: u32::from_le_bytes(fields.array()?),
        },
        6 => Deed::Throttled {
            bytes_per_second: u32::from_le_bytes(fields.array()?),
        },
        _ => return None,
    })
}

/// Nothing on a link is longer than a packet, whose length has 28 bits.
fn put_length(length: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

fn length(fields: &mut Fields<'_>) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(fields.array()?)).ok()
}

fn put_duration(duration: Duration, out: &mut Vec<u8>) {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    out.extend(micros.to_le_bytes());
}

fn duration(fields: &mut Fields<'_>) -> Option<Duration> {
    Some(Duration::from_micros(u64::from_le_bytes(fields.array()?)))
}

fn non_zero(fields: &mut Fields<'_>) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::from_le_bytes(fields.array()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::trace::{Note, RecordKind};

    fn faults() -> Vec<Fault> {
        let count = NonZeroU32::new(3).unwrap();
        let publish = Packets::Of(ControlPacketType::Publish);
        let mut faults = Vec::new();
        for ways in Ways::ALL {
            faults.push(Fault::BlackHole { ways });
            for packets in [Packets::Any, publish] {
                faults.push(Fault::Swallow {
                    ways,
                    packets,
                    count,
                });
                faults.push(Fault::Duplicate {
                    ways,
                    packets,
                    count,
                });
                faults.push(Fault::Corrupt {
                    ways,
                    packets,
                    offset: 2,
                    mask: NonZeroU8::MIN,
                    count,
                });
            }
            faults.push(Fault::Delay {
                ways,
                delay: Duration::from_millis(300),
                jitter: Duration::from_micros(7),
            });
            faults.push(Fault::Slice { ways, bytes: count });
            faults.push(Fault::RateLimit {
                ways,
                bytes_per_second: count,
            });
        }
        faults
    }

    #[test]
    fn every_note_comes_back_as_it_went_in_and_nothing_else_is_one() {
        let mut notes = vec![FaultNote::Cut];
        let packet = Target::Packet {
            packet_type: ControlPacketType::Puback,
            packet_id: PacketId::new(7),
            length: 4,
        };
        let deeds = [
            Deed::Lost,
            Deed::Swallowed,
            Deed::Delayed {
                by: Duration::from_secs(1),
            },
            Deed::Duplicated,
            Deed::Corrupted {
                offset: 3,
                before: 1,
                after: 0,
            },
            Deed::Sliced { bytes: 1 },
            Deed::Throttled {
                bytes_per_second: 9,
            },
        ];
        for fault in faults() {
            notes.extend([FaultNote::Added(fault), FaultNote::Removed(fault)]);
            for target in [packet, Target::Bytes { length: 9 }, Target::End] {
                for (way, deed) in Way::ALL.into_iter().cycle().zip(deeds) {
                    notes.push(FaultNote::Done {
                        fault,
                        way,
                        target,
                        deed,
                    });
                }
            }
        }
        for fault in notes {
            let note = Note::Fault { fault };
            let mut bytes = Vec::new();
            note.encode(&mut bytes);
            assert_eq!(Note::decode(RecordKind::Fault, &bytes), Some(note));
            for end in 0..bytes.len() {
                assert_eq!(Note::decode(RecordKind::Fault, &bytes[..end]), None);
            }
            bytes.push(0);
            assert_eq!(Note::decode(RecordKind::Fault, &bytes), None);
        }
    }
}
