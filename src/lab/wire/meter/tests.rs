use super::*;
use crate::codec::{Connect, ControlPacket};
use crate::codec::{PacketId, Publish, PublishProperties, Qos, TopicName, encode};
use crate::lab::trace::ClosedBy;
use ControlPacketType as Type;
use Direction::{Received, Sent};

fn packet(
    packet_type: Type,
    qos: Qos,
    direction: Direction,
    length: u64,
    carrier: Carrier,
) -> PacketCost {
    PacketCost::new(Some(packet_type), Some(qos), direction, length, carrier)
}

/// One visit of a device: it connects, sends so many messages, and disconnects. The lengths are those of
/// real packets.
fn visit(qos: Qos, payload: usize, messages: u64, carrier: Carrier) -> Cost {
    let connect = ControlPacket::Connect(Box::new(Connect {
        clean_start: true,
        keep_alive: 60,
        client_id: "clientId-abcdefghijklmn",
        ..Connect::default()
    }));
    let payload = vec![b'v'; payload];
    let publish = ControlPacket::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(TopicName::parse("/assign1-temp").unwrap()),
        packet_id: PacketId::new(1).filter(|_| qos != Qos::AtMostOnce),
        properties: PublishProperties::default(),
        payload: &payload,
    });
    let length = |packet: &ControlPacket<'_>| {
        let mut raw = Vec::new();
        encode(packet, ProtocolVersion::V3_1_1, &mut raw).unwrap();
        raw.len() as u64
    };
    let once = [
        packet(Type::Connect, qos, Sent, length(&connect), carrier),
        packet(Type::Connack, qos, Received, 4, carrier),
        packet(Type::Disconnect, qos, Sent, 2, carrier),
    ];
    let mut each = vec![packet(Type::Publish, qos, Sent, length(&publish), carrier)];
    each.extend(match qos {
        Qos::AtMostOnce => vec![],
        Qos::AtLeastOnce => vec![packet(Type::Puback, qos, Received, 4, carrier)],
        Qos::ExactlyOnce => vec![
            packet(Type::Pubrec, qos, Received, 4, carrier),
            packet(Type::Pubrel, qos, Sent, 4, carrier),
            packet(Type::Pubcomp, qos, Received, 4, carrier),
        ],
    });
    let mut total = Cost::of_opening(carrier) + Cost::of_closing(carrier, ClosedBy::Client);
    total += once.iter().map(PacketCost::cost).sum();
    for _ in 0..messages {
        total += each.iter().map(PacketCost::cost).sum();
    }
    total
}

/// Application bytes, IP bytes and IP packets of 1, 10 and 100 messages, as worked out by hand.
#[test]
fn the_figures_worked_out_by_hand() {
    let rows: [(Carrier, Qos, usize, [[u64; 3]; 3]); 12] = {
        use Carrier::{Tcp, WebSocket};
        use Qos::{AtLeastOnce as Q1, AtMostOnce as Q0, ExactlyOnce as Q2};
        [
            (
                Tcp,
                Q0,
                8,
                [[68, 556, 12], [293, 1_501, 30], [2_543, 10_951, 210]],
            ),
            (
                Tcp,
                Q1,
                8,
                [[74, 602, 13], [353, 1_961, 40], [3_143, 15_551, 310]],
            ),
            (
                Tcp,
                Q2,
                8,
                [[82, 690, 15], [433, 2_841, 60], [3_943, 24_351, 510]],
            ),
            (
                WebSocket,
                Q0,
                8,
                [[778, 1_466, 17], [1_057, 2_465, 35], [3_847, 12_455, 215]],
            ),
            (
                WebSocket,
                Q1,
                8,
                [[786, 1_514, 18], [1_137, 2_945, 45], [4_647, 17_255, 315]],
            ),
            (
                WebSocket,
                Q2,
                8,
                [[802, 1_610, 20], [1_297, 3_905, 65], [6_247, 26_855, 515]],
            ),
            (
                Tcp,
                Q0,
                256,
                [[317, 805, 12], [2_783, 3_991, 30], [27_443, 35_851, 210]],
            ),
            (
                Tcp,
                Q1,
                256,
                [[323, 851, 13], [2_843, 4_451, 40], [28_043, 40_451, 310]],
            ),
            (
                Tcp,
                Q2,
                256,
                [[331, 939, 15], [2_923, 5_331, 60], [28_843, 49_251, 510]],
            ),
            (
                WebSocket,
                Q0,
                256,
                [
                    [1_029, 1_717, 17],
                    [3_567, 4_975, 35],
                    [28_947, 37_555, 215],
                ],
            ),
            (
                WebSocket,
                Q1,
                256,
                [
                    [1_037, 1_765, 18],
                    [3_647, 5_455, 45],
                    [29_747, 42_355, 315],
                ],
            ),
            (
                WebSocket,
                Q2,
                256,
                [
                    [1_053, 1_861, 20],
                    [3_807, 6_415, 65],
                    [31_347, 51_955, 515],
                ],
            ),
        ]
    };
    for (carrier, qos, payload, figures) in rows {
        for (messages, expected) in [1, 10, 100].into_iter().zip(figures) {
            let cost = visit(qos, payload, messages, carrier);
            let got = [cost.application(), cost.total(), cost.ip_packets];
            assert_eq!(got, expected, "{carrier:?} {qos:?} {payload} x {messages}");
        }
    }
}

#[test]
fn a_ping_costs_124_bytes_and_a_delivery_107() {
    let tcp = Carrier::Tcp;
    let ping = packet(Type::Pingreq, Qos::AtMostOnce, Sent, 2, tcp).cost();
    let pong = packet(Type::Pingresp, Qos::AtMostOnce, Received, 2, tcp).cost();
    assert_eq!((ping + pong).total(), 124);
    for (carrier, expected) in [(tcp, 105), (Carrier::WebSocket, 107)] {
        let delivery = packet(Type::Publish, Qos::AtMostOnce, Received, 25, carrier);
        assert_eq!(delivery.cost().total(), expected);
    }
}

#[test]
fn a_frame_header_grows_with_its_length() {
    let header = |direction, length| {
        let cost = packet(
            Type::Publish,
            Qos::AtMostOnce,
            direction,
            length,
            Carrier::WebSocket,
        );
        cost.cost().websocket
    };
    assert_eq!(header(Received, 2), 2);
    assert_eq!([header(Sent, 125), header(Sent, 126)], [6, 8]);
    assert_eq!([header(Sent, 65_535), header(Sent, 65_536)], [8, 14]);
    assert_eq!([header(Received, 125), header(Received, 126)], [2, 4]);
    assert_eq!(header(Received, 65_536), 10);
}

#[test]
fn a_long_packet_takes_segments_and_acknowledgements() {
    let of = |length| {
        let cost = packet(
            Type::Publish,
            Qos::AtMostOnce,
            Received,
            length,
            Carrier::Tcp,
        );
        (cost.segments, cost.acknowledgements)
    };
    assert_eq!(of(1_460), (1, 1));
    assert_eq!(of(1_461), (2, 1));
    assert_eq!(of(1_460 * 3), (3, 2));
    assert_eq!(of(1_460 * 10), (10, 5));
    let answered = packet(
        Type::Publish,
        Qos::AtLeastOnce,
        Sent,
        1_460 * 3,
        Carrier::Tcp,
    );
    assert_eq!(answered.acknowledgements, 1);
}

#[test]
fn words_tell_how_a_figure_comes_about() {
    let sent = packet(Type::Publish, Qos::AtMostOnce, Sent, 25, Carrier::WebSocket);
    assert!(
        sent.websocket_words()
            .contains("up to 125 bytes; 4 are the mask")
    );
    assert!(
        sent.tcp_ip_words()
            .starts_with("1 segment with 20 bytes of IPv4")
    );
    assert!(sent.tcp_ip_words().contains("no data to travel with"));
    let received = packet(
        Type::Publish,
        Qos::AtLeastOnce,
        Received,
        70_000,
        Carrier::WebSocket,
    );
    assert!(
        received
            .websocket_words()
            .contains("8 more hold the length")
    );
    assert!(
        received
            .websocket_words()
            .ends_with("a server's frame has no mask.")
    );
    assert!(
        received
            .tcp_ip_words()
            .starts_with("48 segments of up to 1,460 bytes")
    );
    let plain = packet(Type::Connect, Qos::AtMostOnce, Sent, 14, Carrier::Tcp);
    assert!(plain.websocket_words().contains("no WebSocket"));
    assert!(plain.tcp_ip_words().contains("the answer to this packet"));
}
