//! What a person does with very many messages: filter, pause, look at topics, histories and charts,
//! and take them elsewhere and back.

mod lab_world;

use lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::chart::{ChartCommand, ChartWindow};
use mqtt_lab::lab::export::{ExportScope, FileCommand, FileFormat, IMPORTED, ImportEvent};
use mqtt_lab::lab::filter::MessageFilterForm;
use mqtt_lab::lab::topic_tree::TopicCommand;
use mqtt_lab::lab::{ClientKey, Command, Field, PACKET_MAXIMUM, Settings};

struct Flood {
    world: World,
    client: ClientKey,
}

impl Flood {
    fn new() -> Self {
        let mut world = World::new();
        world.connect("alice", ProtocolVersion::V3_1_1);
        world.subscribe_to("alice", "#");
        let client = world.key("alice");
        Self { world, client }
    }

    fn deliver(&mut self, topic: &str, payload: &[u8], retain: bool) {
        let link = self.world.link("alice");
        let (qos, none) = (Qos::AtMostOnce, Default::default());
        let server = &mut self.world.server;
        server.deliver(link, topic, payload, qos, retain, none);
        self.world.settle();
    }

    fn command(&mut self, command: impl Into<Command>) {
        self.world.command(command.into()).unwrap();
    }

    fn filter(&mut self, change: impl FnOnce(&mut MessageFilterForm)) {
        let mut form = MessageFilterForm::default();
        change(&mut form);
        let client = self.client;
        let filter = self.world.lab.check_message_filter(client, &form).unwrap();
        let filter = Some(Box::new(filter));
        self.command(Command::FilterMessagesBy { client, filter });
    }

    fn work(&mut self) {
        while self.world.lab.work(100) {}
        self.world.settle();
    }

    fn count(&self) -> usize {
        self.world.lab.message_count(self.client)
    }

    fn payloads(&self) -> Vec<String> {
        let rows = self.world.lab.message_row_views(self.client, 0..1_000);
        rows.into_iter().map(|row| row.payload).collect()
    }
}

#[test]
fn a_filter_finds_the_newest_first_highlights_and_can_be_stopped() {
    let mut flood = Flood::new();
    for number in 0..1_000 {
        let payload = format!("{{\"n\":{number},\"Room\":\"{}\"}}", number % 10);
        flood.deliver(&format!("a/{}", number % 3), payload.as_bytes(), false);
    }
    let client = flood.client;
    flood.filter(|form| {
        form.text = "room\":\"7".into();
        form.exclude = "a/1".into();
    });
    assert!(flood.world.lab.work(20));
    let rows = flood.world.lab.message_row_views(client, 0..9);
    assert!(rows[0].payload.contains("\"n\":987,"), "{rows:?}");
    let span = rows[0].payload_matches[0].clone();
    assert_eq!(&rows[0].payload[span], "Room\":\"7");
    let found = flood.count();
    flood.command(Command::StopSearch { client });
    let progress = flood.world.lab.search_progress(client).unwrap();
    assert!(progress.is_stopped && !flood.world.lab.has_work());
    assert!(progress.looked_at >= 20 && progress.total == 1_000);
    // What comes is filtered on.
    flood.deliver("a/0", b"{\"Room\":\"7\"}", false);
    flood.deliver("a/1", b"{\"Room\":\"7\"}", false);
    assert_eq!(flood.count(), found + 1);

    flood.filter(|form| {
        form.text = r"n.:\d[13]7\D".into();
        form.is_pattern = true;
    });
    flood.work();
    assert_eq!(flood.count(), 18);
    let extent = flood.world.lab.message_extent(client);
    assert_eq!(extent.count(), 18);
    flood.deliver("a/0", b"{\"n\":917,", false);
    let after = flood.world.lab.message_extent(client);
    assert_eq!((after.first, after.end), (extent.first, extent.end + 1));

    let form = MessageFilterForm {
        include: "a/#/b".into(),
        ..MessageFilterForm::default()
    };
    let lab = &flood.world.lab;
    let refusals = lab.check_message_filter(client, &form).unwrap_err();
    assert_eq!(refusals[0].field, Some(Field::FilterInclude));
    flood.filter(|_| {});
    assert_eq!(flood.count(), 1_003);
    assert_eq!(flood.world.lab.message_filter_form(client), None);
}

#[test]
fn a_paused_list_stands_still_and_loses_only_what_the_budget_drops() {
    let mut flood = Flood::new();
    let client = flood.client;
    let settings = Settings {
        trace_megabytes: 1,
        ..Settings::default()
    };
    flood.command(Command::SetSettings { settings });
    for number in 0..10 {
        flood.deliver("a", format!("{number}").as_bytes(), false);
    }
    flood.command(Command::PauseMessages { client });
    let before = flood.payloads();
    for _ in 0..5 {
        flood.deliver("a", b"later", false);
    }
    assert_eq!(flood.payloads(), before);
    let pause = flood.world.lab.message_pause(client).unwrap();
    assert_eq!((pause.waiting, pause.lost), (5, 0));
    assert_eq!(flood.world.lab.message_extent(client).count(), 10);
    // Filtered, it stands still too.
    flood.filter(|form| form.text = "later".into());
    flood.work();
    assert_eq!(flood.count(), 0);
    assert_eq!(flood.world.lab.message_pause(client).unwrap().waiting, 5);
    // What is not shown is kept all the same.
    let words = flood.world.lab.kept_words(client);
    assert!(words.starts_with("15 kept · "), "{words}");
    flood.filter(|_| {});

    assert_eq!(flood.world.lab.dropped_words(client), None);
    flood.command(Command::ResumeMessages { client });
    flood.command(Command::PauseMessages { client });
    let large = vec![b'x'; 90_000];
    for _ in 0..30 {
        flood.deliver("a", &large, false);
    }
    let pause = flood.world.lab.message_pause(client).unwrap();
    assert_eq!((flood.count(), pause.lost), (0, 15));
    let words = flood.world.lab.dropped_words(client).unwrap();
    assert!(words.contains("were dropped, from "), "{words}");
    flood.command(Command::ResumeMessages { client });
    assert!(flood.count() > 3);
    let status = flood.world.lab.message_status(client);
    assert_eq!(status.kept, flood.count() as u64);
    assert_eq!(status.kept + status.dropped, 45);
}

#[test]
fn a_branch_of_the_tree_restricts_the_list_and_is_cleared_after_a_preview() {
    let mut flood = Flood::new();
    let client = flood.client;
    for topic in ["home/bath/t", "home/bath", "home/hall/t", "office, north/t"] {
        flood.deliver(topic, b"21", true);
    }
    let lab = &flood.world.lab;
    let rows = lab.topic_rows(client, 0..9);
    let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["home", "office, north"]);
    let (home, office) = (rows[0].key, rows[1].key);
    assert_eq!(
        (rows[0].messages, rows[0].topics, rows[0].is_topic),
        (3, 3, false)
    );
    let (topic, open) = (home, true);
    flood.command(TopicCommand::Open {
        client,
        topic,
        open,
    });
    let rows = flood.world.lab.topic_rows(client, 1..2);
    assert_eq!((rows[0].depth, rows[0].value.as_deref()), (2, Some("21")));
    let topic = rows[0].key;
    assert_eq!(
        flood.world.lab.topic_path(client, topic).unwrap(),
        "home/bath"
    );
    flood.command(TopicCommand::RestrictToBranch { client, topic });
    flood.work();
    assert_eq!(flood.count(), 2);
    let topic = office;
    flood.command(TopicCommand::RestrictToBranch { client, topic });
    flood.work();
    assert_eq!(flood.count(), 1);
    let topic = home;
    flood.command(TopicCommand::SubscribeToBranch { client, topic });
    let subscriptions = flood.world.client("alice").subscriptions();
    assert_eq!(subscriptions[1].filter, "home/#");

    let known = flood.world.lab.branch_retained(client, home);
    assert_eq!(known.topics, ["home/bath", "home/bath/t", "home/hall/t"]);
    let topics = known.topics;
    flood.command(TopicCommand::ClearRetained { client, topics });
    assert!(
        flood
            .world
            .lab
            .branch_retained(client, home)
            .topics
            .is_empty()
    );
    assert_eq!(flood.world.lab.retained_count(client), 1);
    flood.command(TopicCommand::Clear { client });
    let gone = TopicCommand::RestrictToBranch { client, topic }.into();
    assert!(flood.world.command(gone).is_err());
}

#[test]
fn a_topic_has_a_history_with_differences() {
    let mut flood = Flood::new();
    let client = flood.client;
    for number in 0..300 {
        flood.deliver("other", b"x", false);
        flood.deliver("a", format!("{}", 20 + number / 100).as_bytes(), false);
    }
    let topic = "a".to_owned();
    flood.command(Command::OpenHistory { client, topic });
    flood.work();
    flood.deliver("a", b"18.5", false);
    flood.deliver("other", b"x", false);
    let lab = &flood.world.lab;
    assert_eq!(lab.history_extent(client).count(), 301);
    let rows = lab.history_rows(client, 0..301);
    assert_eq!(rows[0].difference.words(), "− 3.5");
    assert_eq!(rows[1].difference.words(), "unchanged");
    assert_eq!(rows[300].difference.words(), "first that is known");
    assert_eq!(lab.history_progress(client).unwrap().found, 301);
    flood.command(Command::CloseHistory { client });
    assert_eq!(flood.world.lab.history_extent(client).count(), 0);
}

#[test]
fn a_chart_has_the_points_that_were_there_and_those_that_come() {
    let mut flood = Flood::new();
    let client = flood.client;
    for number in 0..500 {
        let payload = format!("{{\"t\":{{\"v\":{number}}}}}");
        flood.deliver("a", payload.as_bytes(), false);
        flood.deliver("b", b"7", false);
        flood.world.pass(std::time::Duration::from_millis(10));
    }
    let newest = flood.world.lab.message_row(client, 1).unwrap().sequence;
    let numbers = flood.world.lab.numbers_of(client, newest);
    assert_eq!(numbers.len(), 1);
    let path = numbers[0].path.clone();
    let add = |topic: &str, path| ChartCommand::AddSeries {
        client,
        topic: topic.to_owned(),
        path,
    };
    flood.command(add("a", path.clone()));
    flood.command(add("b", None));
    assert!(flood.world.command(add("b", None).into()).is_err());
    flood.world.lab.work(100);
    // What comes in between is neither lost nor drawn twice.
    flood.deliver("a", b"{\"t\":{\"v\":1000}}", false);
    flood.work();
    flood.deliver("a", b"{\"t\":{\"v\":-5}}", false);
    flood.deliver("a", b"none", false);
    let window = flood.world.lab.chart_span(client).unwrap();
    let chart = flood.world.lab.chart(client, &window, 100);
    let [a, b] = &chart.series[..] else {
        panic!("{:?}", chart.series);
    };
    assert_eq!((a.points, a.without, a.last), (502, 1, Some(-5.0)));
    assert_eq!((b.points, a.path.as_str()), (500, "t.v"));
    assert!(a.columns.iter().all(Option::is_some));
    assert!(chart.values.contains(&-5.0) && chart.values.contains(&1_000.0));
    assert!(!chart.time_ticks.is_empty() && !chart.value_ticks.is_empty());
    let empty = ChartWindow::default();
    assert_eq!(flood.world.lab.chart(client, &empty, 0).series.len(), 2);
    let series = a.key;
    flood.command(ChartCommand::RemoveSeries { client, series });
    assert!(
        flood
            .world
            .command(ChartCommand::RemoveSeries { client, series }.into())
            .is_err()
    );
}

#[test]
fn messages_go_to_a_file_and_come_back() {
    let mut flood = Flood::new();
    let client = flood.client;
    for number in 0..5_000 {
        flood.deliver(
            &format!("a/{}", number % 7),
            format!("{number}").as_bytes(),
            false,
        );
    }
    flood.deliver("bytes", b"\xff\x00", true);
    let export = |format, scope| FileCommand::Export {
        client,
        format,
        scope,
    };
    flood.filter(|form| form.include = "a/3, bytes".into());
    flood.command(export(FileFormat::JsonLines, ExportScope::Shown));
    // It waits until all are found.
    assert!(flood.world.lab.export_view().unwrap().is_waiting);
    flood.work();
    assert_eq!(flood.world.lab.export_view(), None);
    let (name, shown) = flood.world.files.pop().unwrap();
    assert!(name.ends_with(".jsonl") && name.contains("alice"), "{name}");
    let lines = |file: &[u8]| file.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(&shown), flood.count());
    assert_eq!(flood.count(), 715);
    flood.command(export(FileFormat::Csv, ExportScope::All));
    flood.world.lab.work(100);
    let again = export(FileFormat::Csv, ExportScope::All);
    assert!(flood.world.command(again.into()).is_err());
    assert!(flood.world.lab.export_view().unwrap().left > 4_000);
    flood.work();
    let (_, all) = flood.world.files.pop().unwrap();
    assert_eq!(lines(&all), 5_002);
    flood.command(export(FileFormat::Csv, ExportScope::All));
    flood.world.lab.work(100);
    flood.command(FileCommand::CancelExport);
    assert!(flood.world.parts.is_empty() && flood.world.files.is_empty());

    let import = |flood: &mut Flood, file: &[u8], part: usize| {
        let (name, size) = ("a.jsonl".to_owned(), file.len() as u64);
        flood.command(FileCommand::Import { name, size });
        let now = flood.world.now;
        for part in file.chunks(part) {
            let lab = &mut flood.world.lab;
            if !lab.handle_import(ImportEvent::Chunk(part), now) {
                return;
            }
        }
        flood.world.lab.handle_import(ImportEvent::End, now);
    };
    import(&mut flood, &shown, 700);
    let view = flood.world.lab.import_view().unwrap();
    assert_eq!((view.messages, view.trouble), (715, None));
    let own = flood.world.lab.message_row_views(client, 0..715);
    let read = flood.world.lab.message_row_views(IMPORTED, 0..715);
    for (own, read) in own.iter().zip(&read) {
        assert_eq!(
            (&own.topic, &own.payload, &own.time, own.retain),
            (&read.topic, &read.payload, &read.time, read.retain)
        );
    }
    assert_eq!(read.len(), own.len());
    let facts = flood.world.lab.message_facts(IMPORTED, read[0].sequence);
    assert_eq!(facts.unwrap().payload, b"\xff\x00");
    assert_eq!(flood.world.lab.topic_tree(IMPORTED).topics, 2);

    // Cut off, and not ours.
    import(&mut flood, &shown[..shown.len() - 5], 4_096);
    let view = flood.world.lab.import_view().unwrap();
    assert_eq!((view.messages, view.is_reading), (714, false));
    let words = view.trouble.unwrap();
    assert!(
        words.starts_with("The file ends in the middle of line 715."),
        "{words}"
    );
    import(&mut flood, &[&shown[..400], b"\n{\"a\":1}\n"].concat(), 7);
    let words = flood.world.lab.import_view().unwrap().trouble.unwrap();
    assert!(words.contains("Line 3 is no message"), "{words}");
    import(&mut flood, b"\x89PNG\r\n\x1a\n\x00", 7);
    let view = flood.world.lab.import_view().unwrap();
    assert!(view.trouble.unwrap().starts_with("Line 1 is no message"));
    assert_eq!(flood.world.lab.message_count(IMPORTED), 0);
    flood.command(FileCommand::CloseImport);
    assert_eq!(flood.world.lab.import_view(), None);
}

/// A file that is one line without an end is left before the line fills the memory.
#[test]
fn a_line_without_end_is_not_read_to_its_end() {
    let mut flood = Flood::new();
    let now = flood.world.now;
    let (name, size) = ("image.jsonl".to_owned(), 1 << 40);
    flood.command(FileCommand::Import { name, size });
    let part = vec![b'{'; 4_000_000];
    let mut read = 0;
    while flood
        .world
        .lab
        .handle_import(ImportEvent::Chunk(&part), now)
    {
        read += part.len();
        assert!(read <= 100_000_000, "{read} bytes of one line are kept");
    }
    let view = flood.world.lab.import_view().unwrap();
    let words = view.trouble.unwrap();
    assert!(
        words.starts_with("Line 1 is no message") && words.contains("100000000"),
        "{words}"
    );
    assert!(!view.is_reading);
}

/// The largest packet that the page takes is one message like any other, whatever the budget; the next byte is one
/// too many, and that is told.
#[test]
fn a_message_of_all_that_is_taken_is_kept_and_one_byte_more_is_told() {
    let mut flood = Flood::new();
    let settings = Settings {
        trace_megabytes: 16,
        ..flood.world.lab.settings().clone()
    };
    flood.command(Command::SetSettings { settings });
    let (link, client) = (flood.world.link("alice"), flood.client);
    let payload = PACKET_MAXIMUM as usize - 5 - 3;
    // 64 MiB less the fixed header's five bytes, as a Remaining Length.
    flood
        .world
        .raw(link, &[0x30, 0xfb, 0xff, 0xff, 0x1f, 0, 1, b'm']);
    let part = vec![b'x'; 1 << 20];
    let mut left = payload;
    while left > 0 {
        let part = &part[..left.min(part.len())];
        flood.world.raw(link, part);
        left -= part.len();
    }
    flood.deliver("after", b"small", false);
    let lab = &flood.world.lab;
    assert_eq!(lab.client(client).unwrap().messages_received(), 2);
    let rows = lab.message_row_views(client, 0..9);
    assert_eq!(rows[0].topic, "after");
    // It alone is more than the budget, so the next message takes its place; its absence is told.
    if let Some(row) = rows.get(1) {
        assert!(row.payload.len() < 1_000, "{} bytes", row.payload.len());
    } else {
        assert!(lab.dropped_words(client).is_some());
    }
    assert_eq!(flood.world.line("alice").status, "connected");
    flood.world.raw(link, &[0x30, 0xfc, 0xff, 0xff, 0x1f]);
    let line = flood.world.line("alice");
    assert_eq!(line.status, "disconnected");
    let why = line.closed.unwrap().why;
    assert!(
        why.contains("67108865") && why.contains("67108864"),
        "{why}"
    );
}

/// Every one of a million messages has a topic of its own: what is kept stays within the budget, what
/// the tree has no room for is counted and told, and nothing takes longer as there are more.
#[test]
fn a_million_different_topics_are_bounded_and_told() {
    const MANY: u64 = 1_000_000;
    let mut flood = Flood::new();
    let megabytes = 32;
    let settings = Settings {
        trace_megabytes: megabytes,
        ..flood.world.lab.settings().clone()
    };
    flood.command(Command::SetSettings { settings });
    let link = flood.world.link("alice");
    let budget = megabytes as usize * 1_000_000;
    let mut frame = Vec::new();
    for number in 0..MANY {
        let topic = format!("flood/{}/{number}", number % 1_000);
        let length = 2 + topic.len() + 1;
        frame.extend([0x30, length as u8, 0, topic.len() as u8]);
        frame.extend(topic.as_bytes());
        frame.push(b'1');
        if frame.len() > 60_000 || number == MANY - 1 {
            flood.world.raw(link, &frame);
            frame.clear();
            let used = flood.world.lab.trace().bytes_used();
            assert!(used <= budget, "{used} bytes after {number} messages");
        }
    }
    let (lab, client) = (&flood.world.lab, flood.client);
    assert_eq!(lab.client(client).unwrap().messages_received(), MANY);
    let (kept, dropped) = (lab.message_count(client) as u64, lab.trace().dropped());
    assert!(kept > 100_000 && kept < MANY, "{kept} are kept");
    assert!(dropped.records >= MANY - kept, "{dropped:?}");
    let words = lab.dropped_words(client).unwrap();
    assert!(words.contains("oldest records were dropped"), "{words}");
    // As many topics as are kept, and no more, take memory.
    assert!(lab.trace().topic_count() as u64 <= kept + 10);
    let tree = lab.topic_tree(client);
    assert!(tree.topics > 90_000 && tree.left_out > 800_000, "{tree:?}");
    let words = tree.left_out_words().unwrap();
    assert!(words.contains("it is full at 99,999 levels"), "{words}");
    let newest = &lab.message_row_views(client, 0..1)[0];
    assert_eq!(newest.topic, "flood/999/999999");
}
