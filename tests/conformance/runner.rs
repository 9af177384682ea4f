//! Runs the steps of a row against a Server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::packet::{Fields, Packet, Value, Version, build, split_options};
use super::pattern::matches;
use super::script::{Row, Step, fields, number_of};

/// What a connection has to give.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    Bytes(Vec<u8>),
    Closed,
    /// Nothing, for as long as it was worth waiting.
    Nothing,
}

/// A Server under test, with connections by number.
pub trait Server {
    /// Whether it is ours: then rules hold that the standards only recommend.
    fn is_ours(&self) -> bool;
    fn open(&mut self, connection: u64);
    fn send(&mut self, connection: u64, bytes: &[u8]);
    /// What has come; waits for it if `patient`.
    fn read(&mut self, connection: u64, patient: bool) -> Read;
    /// The Client's end goes without a word; the Server has seen to it when this returns.
    fn cut(&mut self, connection: u64);
    fn wait(&mut self, time: Duration);
    /// Steps that only our broker knows.
    fn deed(&mut self, words: &[String]) -> Result<(), String>;
    /// The same for a connection.
    fn congest(&mut self, connection: u64, congested: bool);
}

struct Client {
    connection: u64,
    version: Version,
    acknowledges: bool,
    is_connected: bool,
    /// Whether something was sent that the Server may not have dealt with.
    has_sent: bool,
    closed: bool,
    bytes: Vec<u8>,
    inbox: VecDeque<Packet>,
    next_id: u32,
    /// PUBLISHes of QoS 2 that were answered, not yet released.
    unreleased: BTreeSet<u32>,
}

impl Client {
    fn is_unsettled(&self) -> bool {
        self.is_connected && self.has_sent && !self.closed
    }

    fn take_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }
}

struct Run<'a> {
    server: &'a mut dyn Server,
    version: Version,
    clients: BTreeMap<String, Client>,
    variables: BTreeMap<String, Vec<u8>>,
    opened: u64,
}

/// Runs a row in one version.
pub fn run(row: &Row, version: Version, server: &mut dyn Server) -> Result<(), String> {
    let mut run = Run {
        server,
        version,
        clients: BTreeMap::new(),
        variables: BTreeMap::new(),
        opened: 0,
    };
    for step in &row.steps {
        let is_for = step.versions.is_empty() || step.versions.contains(&version);
        if !is_for || (step.only_ours && !run.server.is_ours()) {
            continue;
        }
        run.step(step)
            .map_err(|what| format!("line {}: {}: {what}", step.line, step.text))?;
    }
    Ok(())
}

type Done = Result<(), String>;

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Done {
        let words: Vec<String> = step.words.iter().map(|word| self.filled(word)).collect();
        let (name, rest) = words.split_first().ok_or("an empty step")?;
        let Some((verb, rest)) = rest.split_first() else {
            return Err("no verb".to_owned());
        };
        match (name.as_str(), verb.as_str()) {
            ("wait", seconds) => {
                let seconds: f64 = seconds.parse().map_err(|_| "not a number")?;
                self.server.wait(Duration::from_secs_f64(seconds));
                return Ok(());
            }
            ("server", _) => return self.server.deed(&words[1..]),
            _ => {}
        }
        match verb.as_str() {
            "open" => self.open(name, rest),
            ">" => self.write(name, rest),
            "<" => self.expect(name, &step.words[2..]),
            "connect" => self.connect(name, rest),
            "subscribe" => self.subscribe(name, rest),
            "unsubscribe" => self.unsubscribe(name, rest),
            "publish" => self.publish(name, rest),
            "disconnect" => self.disconnect(name, rest),
            "cut" => self.cut(name),
            "ping" => {
                self.send_packet(name, "pingreq", &Fields::default(), &[])?;
                self.take(name, "pingresp").map(drop)
            }
            "quiet" => self.quiet(name),
            "alive" => self.alive(name),
            "drain" => {
                self.settle(name)?;
                self.client(name)?.inbox.clear();
                Ok(())
            }
            "all" => self.all(name, &step.patterns),
            "ended" => self.ended(name, rest),
            "refused" => self.refused(name, rest),
            "congested" => {
                let connection = self.client(name)?.connection;
                self.server.congest(connection, rest[0] == "1");
                Ok(())
            }
            _ => Err(format!("unknown verb {verb}")),
        }
    }

    fn filled(&self, word: &str) -> String {
        let Some((name, value)) = word.split_once("=$") else {
            return word.to_owned();
        };
        match self.variables.get(value) {
            Some(bytes) => format!("{name}={}", String::from_utf8_lossy(bytes)),
            None => word.to_owned(),
        }
    }

    fn client(&mut self, name: &str) -> Result<&mut Client, String> {
        self.clients
            .get_mut(name)
            .ok_or_else(|| format!("there is no client {name}"))
    }

    fn open(&mut self, name: &str, words: &[String]) -> Done {
        let fields = fields(words)?;
        let version = match fields.get("v") {
            Some(text) => {
                Version::parse(&String::from_utf8_lossy(text)).ok_or("unknown version")?
            }
            None => self.version,
        };
        let connection = self.opened;
        self.opened += 1;
        self.server.open(connection);
        let client = Client {
            connection,
            version,
            acknowledges: !fields.has("manual"),
            is_connected: false,
            has_sent: false,
            closed: false,
            bytes: Vec::new(),
            inbox: VecDeque::new(),
            next_id: 0,
            unreleased: BTreeSet::new(),
        };
        self.clients.insert(name.to_owned(), client);
        Ok(())
    }

    fn write(&mut self, name: &str, words: &[String]) -> Done {
        let (packet, rest) = words.split_first().ok_or("no packet")?;
        if packet == "raw" {
            let digits = rest.concat();
            let bytes: Result<Vec<u8>, String> = (0..digits.len() / 2)
                .map(|at| {
                    u8::from_str_radix(&digits[2 * at..2 * at + 2], 16)
                        .map_err(|_| format!("{digits} is not hexadecimal"))
                })
                .collect();
            return self.send(name, &bytes?);
        }
        let mut plain = Vec::new();
        let mut filters = Vec::new();
        for word in rest {
            match word.strip_prefix("f=") {
                Some(filter) => filters.push(filter.to_owned()),
                None => plain.push(word.clone()),
            }
        }
        self.send_packet(name, packet, &fields(&plain)?, &filters)
    }

    fn send_packet(
        &mut self,
        name: &str,
        packet: &str,
        fields: &Fields,
        filters: &[String],
    ) -> Done {
        let version = self.client(name)?.version;
        let bytes = build(packet, fields, filters, version)?;
        self.send(name, &bytes)
    }

    fn send(&mut self, name: &str, bytes: &[u8]) -> Done {
        let client = self.client(name)?;
        client.has_sent = true;
        let connection = client.connection;
        self.server.send(connection, bytes);
        Ok(())
    }

    /// Opens a connection, sends CONNECT and expects to be accepted.
    fn connect(&mut self, name: &str, words: &[String]) -> Done {
        self.open(name, words)?;
        let mut fields = fields(words)?;
        if !fields.has("id") {
            fields.0.push(("id".to_owned(), name.as_bytes().to_vec()));
        }
        self.send_packet(name, "connect", &fields, &[])?;
        let packet = self.next(name)?;
        let version = self.client(name)?.version;
        let code = packet.number("code").or(packet.number("return"));
        if packet.name != "connack" || code != Some(0) {
            return Err(format!("not accepted: {packet:?}"));
        }
        let present = fields.number("present")?.unwrap_or(0);
        if version != Version::V3_1 && packet.number("present") != Some(present) {
            return Err(format!("Session Present is not {present}: {packet:?}"));
        }
        self.client(name)?.is_connected = true;
        Ok(())
    }

    fn subscribe(&mut self, name: &str, words: &[String]) -> Done {
        let (plain, filters): (Vec<String>, Vec<String>) = words
            .iter()
            .cloned()
            .partition(|word| !word.starts_with("f="));
        let filters: Vec<String> = filters.iter().map(|word| word[2..].to_owned()).collect();
        let id = self.client(name)?.take_id();
        let mut fields = fields(&plain)?;
        fields
            .0
            .push(("id".to_owned(), id.to_string().into_bytes()));
        self.send_packet(name, "subscribe", &fields, &filters)?;
        let suback = self.take(name, "suback")?;
        let wanted: Vec<Value> = filters
            .iter()
            .map(|filter| {
                let options = split_options(filter).1;
                let qos = options.split(',').next().unwrap_or("0");
                number_of(qos.as_bytes()).map(Value::Number)
            })
            .collect::<Result<_, _>>()?;
        if suback.number("id") == Some(id) && suback.fields.get("codes") == Some(&wanted) {
            Ok(())
        } else {
            Err(format!("granted otherwise: {suback:?}"))
        }
    }

    fn unsubscribe(&mut self, name: &str, filters: &[String]) -> Done {
        let id = self.client(name)?.take_id();
        let fields = Fields(vec![("id".to_owned(), id.to_string().into_bytes())]);
        self.send_packet(name, "unsubscribe", &fields, filters)?;
        let answer = self.take(name, "unsuback")?;
        let five = self.client(name)?.version.is_5();
        let wanted = five.then(|| vec![Value::Number(0); filters.len()]);
        if answer.number("id") == Some(id) && answer.fields.get("codes") == wanted.as_ref() {
            Ok(())
        } else {
            Err(format!("answered otherwise: {answer:?}"))
        }
    }

    /// Publishes and sees the exchange through.
    fn publish(&mut self, name: &str, words: &[String]) -> Done {
        let mut fields = fields(words)?;
        let qos = fields.number("q")?.unwrap_or(0);
        if qos > 0 && !fields.has("id") {
            let id = self.client(name)?.take_id();
            fields
                .0
                .push(("id".to_owned(), id.to_string().into_bytes()));
        }
        let id = fields.number("id")?;
        self.send_packet(name, "publish", &fields, &[])?;
        let sequence: &[&str] = match qos {
            1 => &["puback"],
            2 => &["pubrec", "pubcomp"],
            _ => &[],
        };
        for answer in sequence {
            let packet = self.take(name, answer)?;
            let code = packet.number("code").unwrap_or(0);
            if packet.number("id") != id || !matches!(code, 0 | 0x10) {
                return Err(format!("answered otherwise: {packet:?}"));
            }
            if *answer == "pubrec" {
                let id = Fields(vec![(
                    "id".to_owned(),
                    id.unwrap_or(0).to_string().into_bytes(),
                )]);
                self.send_packet(name, "pubrel", &id, &[])?;
            }
        }
        Ok(())
    }

    /// Sends DISCONNECT and waits until the Server has dealt with it.
    fn disconnect(&mut self, name: &str, words: &[String]) -> Done {
        self.send_packet(name, "disconnect", &fields(words)?, &[])?;
        self.cut(name)
    }

    fn cut(&mut self, name: &str) -> Done {
        let connection = self.client(name)?.connection;
        self.server.cut(connection);
        let client = self.client(name)?;
        client.closed = true;
        client.has_sent = false;
        Ok(())
    }

    /// Reads once; whether anything came.
    fn pump(&mut self, name: &str, patient: bool) -> Result<bool, String> {
        let connection = self.client(name)?.connection;
        if self.client(name)?.closed {
            return Ok(false);
        }
        match self.server.read(connection, patient) {
            Read::Nothing => Ok(false),
            Read::Closed => {
                self.client(name)?.closed = true;
                Ok(true)
            }
            Read::Bytes(bytes) => {
                self.client(name)?.bytes.extend(bytes);
                loop {
                    let client = self.client(name)?;
                    let Some(packet) = Packet::take(&mut client.bytes, client.version)? else {
                        return Ok(true);
                    };
                    self.received(name, packet)?;
                }
            }
        }
    }

    /// Acknowledges what comes in, where the script does not do it itself.
    fn received(&mut self, name: &str, packet: Packet) -> Done {
        let client = self.client(name)?;
        let id = packet.number("id").unwrap_or(0);
        let qos = packet.number("q");
        let mut answer = None;
        if client.acknowledges {
            match (packet.name, qos) {
                ("publish", Some(1)) => answer = Some([0x40, 2]),
                ("publish", Some(2)) => {
                    client.unreleased.insert(id);
                    answer = Some([0x50, 2]);
                }
                ("pubrel", _) if client.unreleased.remove(&id) => {
                    let [high, low] = (id as u16).to_be_bytes();
                    return self.send(name, &[0x70, 2, high, low]);
                }
                _ => {}
            }
        }
        client.inbox.push_back(packet);
        if let Some(header) = answer {
            let [high, low] = (id as u16).to_be_bytes();
            self.send(name, &[header[0], header[1], high, low])?;
        }
        Ok(())
    }

    /// The next packet, whatever it is.
    fn next(&mut self, name: &str) -> Result<Packet, String> {
        loop {
            if let Some(packet) = self.client(name)?.inbox.pop_front() {
                return Ok(packet);
            }
            if !self.pump(name, true)? {
                let closed = self.client(name)?.closed;
                let why = if closed { "closed" } else { "silent" };
                return Err(format!("nothing came: {name} is {why}"));
            }
        }
    }

    /// The next packet of this type; others stay in the inbox.
    fn take(&mut self, name: &str, packet: &str) -> Result<Packet, String> {
        loop {
            let inbox = &mut self.client(name)?.inbox;
            if let Some(at) = inbox.iter().position(|known| known.name == packet) {
                return Ok(inbox.remove(at).expect("it is there"));
            }
            if inbox.iter().any(|known| known.name == "disconnect") {
                return Err(format!("instead of {packet}: {inbox:?}"));
            }
            if !self.pump(name, true)? {
                let inbox = &self.client(name)?.inbox;
                return Err(format!("no {packet} came, but {inbox:?}"));
            }
        }
    }

    fn expect(&mut self, name: &str, words: &[String]) -> Done {
        let packet = self.next(name)?;
        let five = self.client(name)?.version.is_5();
        let captured = matches(&packet, words, five, &self.variables)?;
        self.variables.extend(captured);
        if packet.name == "connack" {
            let code = packet.number("code").or(packet.number("return"));
            self.client(name)?.is_connected = code == Some(0);
        }
        Ok(())
    }

    /// Until the Server has dealt with all that anybody has sent, and the answers are here.
    fn settle(&mut self, name: &str) -> Done {
        for _ in 0..500 {
            let names: Vec<String> = self.clients.keys().cloned().collect();
            for other in &names {
                if other != name && self.client(other)?.is_unsettled() {
                    self.barrier(other)?;
                }
            }
            let before = self.client(name)?.inbox.len();
            self.barrier(name)?;
            if self.client(name)?.closed {
                let inbox = &self.client(name)?.inbox;
                return Err(format!("closed: {inbox:?}"));
            }
            let is_settled = !self.clients.values().any(Client::is_unsettled);
            if is_settled && self.client(name)?.inbox.len() == before {
                return Ok(());
            }
        }
        Err("does not settle".to_owned())
    }

    /// A ping and its answer: the Server has dealt with everything before it.
    fn barrier(&mut self, name: &str) -> Done {
        let client = self.client(name)?;
        client.has_sent = false;
        let connection = client.connection;
        self.server.send(connection, &[0xc0, 0]);
        loop {
            let client = self.client(name)?;
            if let Some(at) = client.inbox.iter().position(|p| p.name == "pingresp") {
                client.inbox.remove(at);
                return Ok(());
            }
            if client.closed {
                return Ok(());
            }
            if !self.pump(name, true)? {
                let inbox = &self.client(name)?.inbox;
                return Err(format!("{name} gets no PINGRESP, but {inbox:?}"));
            }
        }
    }

    fn quiet(&mut self, name: &str) -> Done {
        if let Some(packet) = self.client(name)?.inbox.front() {
            return Err(format!("not quiet: {packet:?}"));
        }
        self.settle(name)?;
        match self.client(name)?.inbox.front() {
            None => Ok(()),
            Some(packet) => Err(format!("not quiet: {packet:?}")),
        }
    }

    /// Open and silent, without asking the Server anything.
    fn alive(&mut self, name: &str) -> Done {
        self.pump(name, false)?;
        let client = self.client(name)?;
        match (client.closed, client.inbox.front()) {
            (false, None) => Ok(()),
            (true, _) => Err(format!("closed: {:?}", client.inbox)),
            (false, Some(packet)) => Err(format!("not silent: {packet:?}")),
        }
    }

    /// All that has come, in any order, is one of the alternatives.
    fn all(&mut self, name: &str, patterns: &[String]) -> Done {
        self.settle(name)?;
        let client = self.client(name)?;
        let five = client.version.is_5();
        let packets: Vec<Packet> = client.inbox.drain(..).collect();
        let mut faults = Vec::new();
        let lines: Vec<&str> = patterns.iter().map(String::as_str).collect();
        for alternative in lines.split(|line| *line == "or") {
            match self.all_of(&packets, alternative, five) {
                Ok(captured) => {
                    self.variables.extend(captured);
                    return Ok(());
                }
                Err(what) => faults.push(what),
            }
        }
        Err(faults.join("; or "))
    }

    fn all_of(
        &self,
        packets: &[Packet],
        patterns: &[&str],
        five: bool,
    ) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let mut left: Vec<&Packet> = packets.iter().collect();
        let mut variables = BTreeMap::new();
        for pattern in patterns {
            let mut pattern = *pattern;
            if let Some(rest) = pattern.strip_prefix("5| ") {
                if !five {
                    continue;
                }
                pattern = rest;
            } else if let Some(rest) = pattern.strip_prefix("3| ") {
                if five {
                    continue;
                }
                pattern = rest;
            }
            let words: Vec<String> = pattern.split(' ').map(str::to_owned).collect();
            let found = left
                .iter()
                .enumerate()
                .find_map(|(at, packet)| {
                    let captured = matches(packet, &words, five, &self.variables).ok()?;
                    Some((at, captured))
                })
                .ok_or_else(|| format!("no `{pattern}` in {left:?}"))?;
            left.remove(found.0);
            variables.extend(found.1);
        }
        if left.is_empty() {
            Ok(variables)
        } else {
            Err(format!("too much: {left:?}"))
        }
    }

    /// Closed by the Server, in 5.0 with one of these codes if it says one; ours does.
    fn ended(&mut self, name: &str, codes: &[String]) -> Done {
        let must_say = self.server.is_ours() && self.client(name)?.is_connected;
        let mut said = false;
        loop {
            let five = self.client(name)?.version.is_5();
            if let Some(packet) = self.client(name)?.inbox.pop_front() {
                let code = packet.number("code").unwrap_or(0);
                let listed = codes.iter().any(|c| u32::from_str_radix(c, 16) == Ok(code));
                if packet.name != "disconnect" || said || !listed {
                    return Err(format!("before the end: {packet:?}"));
                }
                said = true;
                continue;
            }
            let client = self.client(name)?;
            if client.closed {
                if !client.bytes.is_empty() {
                    return Err(format!("half a packet: {:02x?}", client.bytes));
                }
                if five && must_say && !said && !codes.iter().any(|code| code == "silent") {
                    return Err("closed without DISCONNECT".to_owned());
                }
                return Ok(());
            }
            if !self.pump(name, true)? {
                return Err("not closed".to_owned());
            }
        }
    }

    /// CONNECT was refused: in 5.0 with one of these codes or without a word, before that with the
    /// return code, or without a word where that is `none`.
    fn refused(&mut self, name: &str, words: &[String]) -> Done {
        let fields = fields(words)?;
        let five = self.client(name)?.version.is_5();
        let listed = |field: &str, code: u32, radix: u32| {
            fields.get(field).is_some_and(|list| {
                String::from_utf8_lossy(list)
                    .split('|')
                    .any(|c| u32::from_str_radix(c, radix) == Ok(code))
            })
        };
        loop {
            if let Some(packet) = self.client(name)?.inbox.pop_front() {
                let fits = match (packet.number("code"), packet.number("return")) {
                    (Some(code), _) => five && listed("code", code, 16),
                    (None, Some(code)) => listed("return", code, 10),
                    _ => false,
                };
                if packet.name != "connack" || packet.number("present") != Some(0) || !fits {
                    return Err(format!("refused otherwise: {packet:?}"));
                }
                if packet.number("return").is_some() || five {
                    self.client(name)?.is_connected = false;
                }
                continue;
            }
            if self.client(name)?.closed {
                return Ok(());
            }
            if !self.pump(name, true)? {
                return Err("not closed".to_owned());
            }
        }
    }
}
