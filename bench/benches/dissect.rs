//! What it costs to take a packet apart for people: `cargo bench -p mqtt-lab-bench --bench dissect`.
//!
//! For each packet: reading it, taking it apart into fields, making an inspection of it, and the words of
//! every field; and of a packet of very many fields only what is in view.

use std::hint::black_box;
use std::time::Instant as Clock;

use mqtt_lab::codec::{MAXIMUM_FIELDS, ProtocolVersion, decode, dissect};
use mqtt_lab::lab::wire::inspect::{FieldTree, Inspection, byte_row_count, inspect};

const RUNS: usize = 15;
/// As many rows as a pane shows.
const ROWS: usize = 40;

fn main() {
    println!("Taking a packet apart, medians of {RUNS} runs, in microseconds a packet");
    println!(
        "{:<44}{:>10}{:>10}{:>10}{:>10}{:>8}",
        "", "decode", "dissect", "inspect", "all words", "fields"
    );
    for (title, version, raw) in packets() {
        measure(title, version, &raw);
    }
    println!("\nWhat a pane does in a frame, in microseconds");
    for (title, version, raw) in packets() {
        in_view(title, &inspect(&raw, version, None));
    }
}

fn packets() -> Vec<(&'static str, ProtocolVersion, Vec<u8>)> {
    let (v3, v5) = (ProtocolVersion::V3_1_1, ProtocolVersion::V5_0);
    let connect =
        b"\x10\x40\0\x04MQTT\x04\xd6\0\x3c\0\x08client-1\0\x0a/hans/will\0\x0funexpected exit\
        \0\x04hans\0\x07letmein";
    let publish = b"\x32\x1b\0\x07topic/1\x10\xdatemperature:32.5";
    let properties = b"\x33\x21\0\x07topic/1\x10\xda\x05\x02\0\0\0\x78temperature:22.5";
    let mut large = b"\x30\x83\xad\xe2\x04\0\x01t".to_vec();
    large.resize(8 + 10_000_000, b'x');
    let mut many = b"\x90\xa2\x8d\x06\0\x01".to_vec();
    many.resize(6 + 100_000, 0x01);
    vec![
        (
            "CONNECT of 3.1.1 with everything, 66 bytes",
            v3,
            connect.to_vec(),
        ),
        ("PUBLISH of 3.1.1, QoS 1, 29 bytes", v3, publish.to_vec()),
        (
            "PUBLISH of 5.0, a property, 35 bytes",
            v5,
            properties.to_vec(),
        ),
        ("PUBLISH of 3.1.1, 10 MB", v3, large),
        ("SUBACK of 3.1.1, 100,000 codes", v3, many),
    ]
}

fn measure(title: &str, version: ProtocolVersion, raw: &[u8]) {
    let inspection = inspect(raw, version, None);
    assert_eq!(inspection.fault, None, "{title}");
    // Long packets take long enough by themselves.
    let times = if raw.len() > 1_000 { 1 } else { 1_000 };
    let words = || {
        inspection
            .fields()
            .map(|field| field.why.len())
            .sum::<usize>()
    };
    let figures = [
        median(times, || drop(black_box(decode(raw, version)))),
        median(times, || drop(black_box(dissect(raw, version)))),
        median(times, || drop(black_box(inspect(raw, version, None)))),
        median(times, || {
            black_box(words());
        }),
    ];
    let fields = inspection.field_count();
    assert!(fields <= MAXIMUM_FIELDS + 1);
    let [decode, dissect, inspect, words] = figures;
    println!("{title:<44}{decode:>10.2}{dissect:>10.2}{inspect:>10.2}{words:>10.2}{fields:>8}");
}

fn in_view(title: &str, inspection: &Inspection) {
    let tree = FieldTree::default();
    let last = byte_row_count(inspection).saturating_sub(ROWS);
    let times = 10;
    let bytes = median(times, || {
        drop(black_box(inspection.byte_rows(last..last + ROWS)))
    });
    let rows = median(times, || drop(black_box(tree.rows(inspection))));
    let lines = median(times, || {
        let start = inspection.field_count().saturating_sub(ROWS);
        let lines = (start..start + ROWS).filter_map(|field| inspection.line(field));
        drop(black_box(lines.collect::<Vec<_>>()));
    });
    let words = median(times, || {
        let fields = inspection.sentences_around(inspection.field_count() / 2, 60);
        let words = fields.iter().filter_map(|field| inspection.field(*field));
        drop(black_box(words.collect::<Vec<_>>()));
    });
    println!(
        "{title:<44}{bytes:>8.1} bytes{rows:>8.1} tree{lines:>8.1} rows{words:>8.1} words in view"
    );
}

/// Microseconds a time.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, outside the product"
)]
fn median(times: usize, work: impl Fn()) -> f64 {
    let run = |_| {
        let start = Clock::now();
        for _ in 0..times {
            work();
        }
        start.elapsed().as_secs_f64() * 1e6 / times as f64
    };
    let mut samples: Vec<f64> = (0..RUNS).map(run).collect();
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}
