//! The lab's store of messages: what appending, reading, filtering and the topic tree cost for each
//! message, and what its index takes: `cargo bench -p mqtt-lab-bench --bench lab`.
//!
//! A million messages of 80-byte JSON over 50 topics are handed to a connected client of a lab as the
//! bytes of a socket would be, 100 packets a frame.

use std::hint::black_box;
use std::time::Instant as Clock;

use mqtt_lab::codec::{
    Connack, ConnackCode, ConnackProperties, ConnectReturnCode, ControlPacket, ProtocolVersion,
    Publish, PublishProperties, Qos, TopicName, encode,
};
use mqtt_lab::lab::chart::{ChartCommand, ChartWindow};
use mqtt_lab::lab::filter::MessageFilterForm;
use mqtt_lab::lab::payload::{JsonPath, JsonStep};
use mqtt_lab::lab::topic_tree::TopicCommand;
use mqtt_lab::lab::{ClientKey, Command, ConnectionForm, Effect, Environment, Lab, LinkEvent};
use mqtt_lab::time::Instant;

const MESSAGES: usize = 1_000_000;
const FRAME: usize = 100;
const RUNS: usize = 5;

fn main() {
    println!("The lab with {MESSAGES} messages of 80 bytes over 50 topics, medians of {RUNS} runs");
    let frames = frames();
    let raw: usize = frames.iter().map(Vec::len).sum();
    let mut append = Vec::new();
    let mut kept = None;
    for _ in 0..RUNS {
        let (mut lab, client, link) = connected();
        append.push(nanoseconds(|| {
            for (number, frame) in frames.iter().enumerate() {
                let now = Instant::from_millis(1_000 + number as u64);
                lab.handle_link(link, LinkEvent::Received(frame), now);
                while lab.poll_effect().is_some() {}
            }
        }));
        kept = Some((lab, client));
    }
    let Some((mut lab, client)) = kept else {
        return;
    };
    assert_eq!(lab.message_count(client), MESSAGES);
    line(
        "append, to the trace, the list and the topic tree",
        append,
        MESSAGES,
    );
    let index = lab.trace().bytes_used() - raw;
    println!(
        "{:<58}{:>10.1} bytes a message, and 8 in the lists",
        "index of the trace",
        index as f64 / MESSAGES as f64
    );
    let windows: Vec<usize> = (0..1_000).map(|place| place * 997).collect();
    let read = (0..RUNS).map(|_| {
        nanoseconds(|| {
            for &start in &windows {
                black_box(lab.message_row_views(client, start..start + 40));
            }
        })
    });
    line(
        "read a window of 40 rows as text, anywhere",
        read.collect(),
        windows.len(),
    );
    for (title, change) in filters() {
        let (mut first, mut all) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let mut form = MessageFilterForm::default();
            change(&mut form);
            let filter = lab.check_message_filter(client, &form);
            let filter = filter.ok().map(Box::new);
            assert!(filter.is_some(), "{title}");
            let command = Command::FilterMessagesBy { client, filter };
            assert_eq!(lab.handle_command(command, lab.now()), Ok(()));
            let mut early = 0.0;
            all.push(nanoseconds(|| {
                early = nanoseconds(
                    || {
                        while lab.message_count(client) == 0 && lab.work(2_000) {}
                    },
                );
                while lab.work(2_000) {}
            }));
            first.push(early);
        }
        let found = lab.message_count(client);
        line(&format!("filter: {title} ({found} found)"), all, MESSAGES);
        println!(
            "{:<58}{:>10.3} ms",
            "    to the first match",
            median(first) / 1e6
        );
    }
    let command = Command::FilterMessagesBy {
        client,
        filter: None,
    };
    assert_eq!(lab.handle_command(command, lab.now()), Ok(()));
    let open = TopicCommand::OpenAll { client, open: true }.into();
    assert_eq!(lab.handle_command(open, lab.now()), Ok(()));
    assert!(lab.topic_row_count(client) > 40);
    let rows = (0..RUNS).map(|_| {
        nanoseconds(|| {
            for _ in 0..1_000 {
                black_box(lab.topic_rows(client, 0..40));
            }
        })
    });
    line("read 40 rows of the topic tree", rows.collect(), 1_000);
    let topic = "lab/load/7".to_owned();
    let path = Some(JsonPath(vec![JsonStep::Member("value".into())]));
    let command = ChartCommand::AddSeries {
        client,
        topic,
        path,
    }
    .into();
    assert_eq!(lab.handle_command(command, lab.now()), Ok(()));
    let search = nanoseconds(|| while lab.work(2_000) {});
    line("find the points of a series", vec![search], MESSAGES);
    let window = lab.chart_span(client).unwrap_or(ChartWindow::default());
    let draw = (0..RUNS).map(|_| {
        nanoseconds(|| {
            for _ in 0..100 {
                black_box(lab.chart(client, &window, 1_000));
            }
        })
    });
    line(
        "a chart of 20,000 points in 1,000 columns",
        draw.collect(),
        100,
    );
}

/// Puts what is measured into an empty form.
type Change = fn(&mut MessageFilterForm);

fn filters() -> [(&'static str, Change); 5] {
    [
        ("text, case as typed", |form| {
            form.text = "\"n\":999".into();
            form.is_case_sensitive = true;
        }),
        ("text, any case", |form| form.text = "UNIT-77\"".into()),
        ("text that is nowhere", |form| form.text = "nowhere".into()),
        ("regular expression", |form| {
            form.text = r"n.:\d*77\d7,".into();
            form.is_pattern = true;
        }),
        ("topic", |form| form.include = "+/load/7".into()),
    ]
}

/// The bytes of the sockets' frames.
fn frames() -> Vec<Vec<u8>> {
    let frames = (0..MESSAGES / FRAME).map(|frame| {
        let mut bytes = Vec::new();
        for number in frame * FRAME..(frame + 1) * FRAME {
            let topic = format!("lab/load/{}", number % 50);
            let mut payload = format!(
                "{{\"n\":{number},\"value\":{}.5,\"unit\":\"unit-{}\",\"fill\":\"",
                number % 100,
                number % 1_000
            );
            while payload.len() < 78 {
                payload.push('x');
            }
            payload.push_str("\"}");
            append(
                &ControlPacket::Publish(Publish {
                    dup: false,
                    qos: Qos::AtMostOnce,
                    retain: false,
                    topic: TopicName::parse(&topic).ok(),
                    packet_id: None,
                    properties: PublishProperties::default(),
                    payload: payload.as_bytes(),
                }),
                &mut bytes,
            );
        }
        bytes
    });
    frames.collect()
}

fn append(packet: &ControlPacket<'_>, bytes: &mut Vec<u8>) {
    let outcome = encode(packet, ProtocolVersion::V3_1_1, bytes);
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// A lab whose client is connected over a link of its own.
fn connected() -> (Lab, ClientKey, mqtt_lab::lab::LinkId) {
    let mut lab = Lab::new(Environment::default());
    let client = lab.selected().map(|client| client.key());
    let client = client.unwrap_or(ClientKey::new(1));
    let form = Box::new(ConnectionForm {
        version: ProtocolVersion::V3_1_1,
        lab_broker: false,
        custom: true,
        host: "localhost".into(),
        port: "1".into(),
        ..ConnectionForm::default()
    });
    let now = Instant::ORIGIN;
    for command in [
        Command::EditConnection { client, form },
        Command::Connect { client },
    ] {
        assert_eq!(lab.handle_command(command, now), Ok(()));
    }
    let mut link = None;
    while let Some(effect) = lab.poll_effect() {
        if let Effect::OpenLink { link: own, .. } = effect {
            link = Some(own);
        }
    }
    let link = link.unwrap_or(mqtt_lab::lab::LinkId::new(0));
    lab.handle_link(link, LinkEvent::Opened { protocol: "mqtt" }, now);
    let mut bytes = Vec::new();
    append(
        &ControlPacket::Connack(Box::new(Connack {
            session_present: false,
            code: ConnackCode::V3(ConnectReturnCode::Accepted),
            properties: ConnackProperties::default(),
        })),
        &mut bytes,
    );
    lab.handle_link(link, LinkEvent::Received(&bytes), now);
    (lab, client, link)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, outside the product"
)]
fn nanoseconds(work: impl FnOnce()) -> f64 {
    let start = Clock::now();
    work();
    start.elapsed().as_nanos() as f64
}

fn line(title: &str, samples: Vec<f64>, items: usize) {
    let time = median(samples);
    println!(
        "{title:<58}{:>10.1} ns each, {:.1} ms in all",
        time / items as f64,
        time / 1e6
    );
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(0.0)
}
