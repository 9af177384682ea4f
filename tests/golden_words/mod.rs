//! The golden vectors as the inspector tells them, held against `tests/golden_vectors.txt`.
//!
//! With `UPDATE_WORDS=1` in the environment the file is written anew; what has changed is then for a
//! reader to judge.

use std::cell::RefCell;
use std::fmt::Write;

use mqtt_lab::codec::{FieldKind, ProtocolVersion};
use mqtt_lab::lab::wire::inspect::{InspectedField, inspect};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden_vectors.txt");

thread_local! {
    static NOTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Tells of a packet that a test on this thread holds against its bytes.
pub(crate) fn note(version: ProtocolVersion, raw: &[u8]) {
    let text = told(version, raw);
    NOTED.with_borrow_mut(|noted| noted.push_str(&text));
}

/// Runs the tests, and holds what they noted against the file, byte for byte.
pub(crate) fn check(tests: &[(&str, fn())]) {
    NOTED.take();
    for (title, test) in tests {
        NOTED.with_borrow_mut(|noted| *noted += &format!("# {title}\n\n"));
        test();
    }
    let told = NOTED.take();
    if std::env::var_os("UPDATE_WORDS").is_some() {
        std::fs::write(PATH, told).unwrap();
        return;
    }
    let written = std::fs::read_to_string(PATH).unwrap();
    let mut lines = told.lines().zip(written.lines()).enumerate();
    if let Some((number, (told, written))) = lines.find(|(_, (told, written))| told != written) {
        panic!(
            "tests/golden_vectors.txt:{}:\n  {written}\nis told as\n  {told}\nIf that is right, run this test \
             with UPDATE_WORDS=1.",
            number + 1
        );
    }
    assert_eq!(
        told.len(),
        written.len(),
        "the one goes on where the other ends"
    );
}

fn told(version: ProtocolVersion, raw: &[u8]) -> String {
    let inspection = inspect(raw, version, None);
    let mut text = String::new();
    let head = raw
        .iter()
        .take(24)
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    let more = if raw.len() > 24 { " ..." } else { "" };
    let (title, size) = (&inspection.title, inspection.size());
    writeln!(text, "## {title}, MQTT {}, {size}", inspection.version).unwrap();
    writeln!(text, "{}{more}", head.join(" ")).unwrap();
    writeln!(text, "{}\n", inspection.words).unwrap();
    for field in inspection.fields() {
        tell(&field, &mut text);
    }
    assert_eq!((&inspection.fault, inspection.remarks.len()), (&None, 0));
    text += "\n";
    text
}

fn tell(field: &InspectedField, text: &mut String) {
    let indent = "  ".repeat(usize::from(field.depth));
    let value = match (field.kind, field.reading) {
        (FieldKind::Group, _) => String::new(),
        (_, "") => format!(": {}", field.value),
        (_, reading) => format!(": {} ({reading})", field.value),
    };
    let bits: String = field
        .bits
        .iter()
        .map(|bit| bit.map_or('.', |bit| if bit { '1' } else { '0' }))
        .collect();
    let space = if bits.is_empty() { "" } else { " " };
    writeln!(
        text,
        "{indent}{}{value}{space}{bits}  [{}]",
        field.name, field.place
    )
    .unwrap();
    for line in [field.meaning, &field.why, &field.arithmetic, &field.clause] {
        if !line.is_empty() {
            writeln!(text, "{indent}    {line}").unwrap();
        }
    }
}
