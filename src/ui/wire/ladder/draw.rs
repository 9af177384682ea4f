//! Drawing the ladder on a canvas. Costs what the rows in view cost, however many there are.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::inks::{Ink, Inks};
use crate::lab::format;
use crate::lab::wire::ladder::{
    BRACKET, Bracket, Geometry, Lane, Line, LineEnd, LineStart, Picture, PictureRow, Place,
    Progress, RemarkTone, SLOT,
};

/// Where in a row the line is, as a part of the row's height.
const LINE: f64 = 0.57;

const MONO: &str =
    "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const SANS: &str = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif";

/// What a drawing is made in; lengths are CSS pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// The size of the canvas.
    pub(super) width: f64,
    pub(super) height: f64,
    /// How far it is scrolled sideways.
    pub(super) left: f64,
    /// The top of the first row of the picture.
    pub(super) top: f64,
    pub(super) row_height: f64,
    /// The number of the first row of the picture, and that after the last one there is.
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) selected: Option<u64>,
    pub(super) hovered: Option<u64>,
}

/// Draws all of it.
pub(super) fn draw(
    canvas: &HtmlCanvasElement,
    inks: &Inks,
    picture: &Picture,
    lanes: &[Lane],
    geometry: &Geometry,
    frame: Frame,
) {
    let Frame { width, height, .. } = frame;
    let ratio = window().device_pixel_ratio().max(1.0);
    let pixels = ((width * ratio) as u32, (height * ratio) as u32);
    if (canvas.width(), canvas.height()) != pixels {
        canvas.set_width(pixels.0);
        canvas.set_height(pixels.1);
        // Fails only for a property that is none.
        let _ = canvas.style().set_property("width", &format!("{width}px"));
        let _ = canvas
            .style()
            .set_property("height", &format!("{height}px"));
    }
    let context = canvas.get_context("2d").ok().flatten();
    let Some(context) = context.and_then(|context| context.dyn_into().ok()) else {
        return;
    };
    let context: CanvasRenderingContext2d = context;
    // Refused only for numbers that are none.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    context.set_font(&format!("11px {MONO}"));
    let measured = context.measure_text("0000000000").ok();
    let character = measured.map_or(6.6, |measured| measured.width() / 10.0);
    let mut drawing = Drawing {
        context,
        inks,
        lanes,
        geometry,
        frame,
        character,
        chosen: None,
    };
    drawing.all(picture);
    // Which rows can be seen, for who measures.
    let rows = picture.rows.first().map(|row| row.number);
    let rows = rows.map_or_else(String::new, |first| first.to_string());
    let _ = canvas.set_attribute("data-first", &rows);
}

struct Drawing<'a> {
    context: CanvasRenderingContext2d,
    inks: &'a Inks,
    lanes: &'a [Lane],
    geometry: &'a Geometry,
    frame: Frame,
    /// The width of a character of the labels.
    character: f64,
    /// The handshake of the selected row.
    chosen: Option<u64>,
}

impl Drawing<'_> {
    fn all(&mut self, picture: &Picture) {
        let row = |number: Option<u64>| {
            let mut rows = picture.rows.iter();
            rows.find(|row| Some(row.number) == number)
        };
        self.chosen = row(self.frame.selected)
            .and_then(|row| row.handshake)
            .map(|mark| mark.number);
        self.bands(picture);
        self.lane_lines(picture);
        for bracket in &picture.brackets {
            self.bracket(bracket, picture);
        }
        for line in &picture.lines {
            self.line(line);
        }
        for row in &picture.rows {
            self.row(row);
        }
        self.times(picture);
    }

    fn y(&self, number: u64) -> f64 {
        let rows = number as f64 - self.frame.first as f64;
        self.frame.top + rows * self.frame.row_height
    }

    fn line_y(&self, number: u64) -> f64 {
        (self.y(number) + self.frame.row_height * LINE).round() + 0.5
    }

    fn x(&self, lane: usize) -> f64 {
        self.geometry.lane(lane) - self.frame.left
    }

    fn stroke(&self, ink: Ink, width: f64) {
        self.context.set_stroke_style_str(self.inks.of(ink));
        self.context.set_line_width(width);
    }

    fn fill(&self, ink: Ink) {
        self.context.set_fill_style_str(self.inks.of(ink));
    }

    fn path(&self, points: &[(f64, f64)]) {
        self.context.begin_path();
        for (index, &(x, y)) in points.iter().enumerate() {
            if index == 0 {
                self.context.move_to(x, y);
            } else {
                self.context.line_to(x, y);
            }
        }
    }

    fn polyline(&self, points: &[(f64, f64)]) {
        self.path(points);
        self.context.stroke();
    }

    fn dashes(&self, lengths: &[f64]) {
        let dashes: js_sys::Array = lengths
            .iter()
            .map(|&length| wasm_bindgen::JsValue::from_f64(length))
            .collect();
        // Refused only for what are no numbers.
        let _ = self.context.set_line_dash(&dashes);
    }

    /// What lies behind a row: it is selected, of the selected handshake, or pointed at.
    fn bands(&self, picture: &Picture) {
        let Frame {
            width, row_height, ..
        } = self.frame;
        for row in &picture.rows {
            let is_selected = self.frame.selected == Some(row.number);
            let is_chosen =
                self.chosen.is_some() && row.handshake.map(|mark| mark.number) == self.chosen;
            let is_hovered = self.frame.hovered == Some(row.number);
            let alpha = match (is_selected, is_chosen, is_hovered) {
                (true, _, _) => 1.0,
                (_, true, _) => 0.45,
                (_, _, true) if row.record.is_some() => 0.3,
                _ => continue,
            };
            self.context.set_global_alpha(alpha);
            self.fill(Ink::Soft);
            let y = self.y(row.number).round();
            self.context.fill_rect(0.0, y, width, row_height);
            self.context.set_global_alpha(1.0);
            if is_selected {
                self.fill(Ink::Accent);
                self.context.fill_rect(0.0, y, 3.0, row_height);
            }
        }
    }

    /// The lanes, broken where nothing happened for a while.
    fn lane_lines(&self, picture: &Picture) {
        let (Some(first), Some(last)) = (picture.rows.first(), picture.rows.last()) else {
            return;
        };
        let bottom = self.y(last.number + 1);
        for (place, lane) in self.lanes.iter().enumerate() {
            let x = self.x(place).round();
            match lane.hue {
                _ if lane.is_server() => self.stroke(Ink::Edge, 5.0),
                Some(hue) => self.stroke(Ink::Hue(hue.into()), 2.0),
                None => self.stroke(Ink::Muted, 2.0),
            }
            self.context
                .set_global_alpha(if lane.is_server() { 0.45 } else { 0.6 });
            let mut from = self.y(first.number);
            for row in &picture.rows {
                if matches!(row.place, Place::Gap(_)) {
                    let y = self.y(row.number);
                    self.polyline(&[(x, from), (x, y + 4.0)]);
                    from = y + self.frame.row_height - 4.0;
                    self.dashes(&[2.0, 4.0]);
                    self.polyline(&[(x, y + 4.0), (x, from)]);
                    self.dashes(&[]);
                }
            }
            self.polyline(&[(x, from), (x, bottom)]);
            self.context.set_global_alpha(1.0);
        }
    }

    /// A bracket on the outer side of the client's lane, with a stroke for each of its packets.
    fn bracket(&self, bracket: &Bracket, picture: &Picture) {
        let side = match self.lanes.get(bracket.lane) {
            Some(lane) if !lane.is_left => 1.0,
            _ => -1.0,
        };
        let is_chosen = self.chosen == Some(bracket.number);
        let lane = self.x(bracket.lane);
        let x = (lane + side * (BRACKET + bracket.slot as f64 * SLOT)).round() + 0.5;
        let (top, bottom) = (self.line_y(bracket.rows.0), self.line_y(bracket.rows.1));
        let limit = |y: f64| y.clamp(-20.0, self.frame.height + 20.0);
        let hue = Ink::Hue(usize::try_from(bracket.number).unwrap_or_default());
        self.stroke(hue, if is_chosen { 2.5 } else { 1.5 });
        self.polyline(&[(x, limit(top)), (x, limit(bottom))]);
        let mut members = picture.rows.iter();
        let lane_end = lane - side * -3.0;
        for row in members.by_ref() {
            if row.handshake.map(|mark| mark.number) == Some(bracket.number) {
                let y = self.line_y(row.number);
                self.polyline(&[(x, y), (lane_end, y)]);
            }
        }
        if let Progress::Waits(_) = bracket.progress {
            self.stroke(Ink::Warn, if is_chosen { 2.5 } else { 1.5 });
            self.dashes(&[2.0, 3.0]);
            let end = limit(self.y(self.frame.end) - 4.0);
            self.polyline(&[(x, limit(bottom) + 3.0), (x, end)]);
            self.dashes(&[]);
        }
        if matches!(bracket.progress, Progress::GivenUp(_)) {
            self.stroke(Ink::Bad, 1.5);
            let y = bottom + 5.0;
            self.polyline(&[(x, bottom), (x, y)]);
            self.polyline(&[(x - 3.0, y), (x + 3.0, y)]);
        }
        // Its number, at its beginning.
        if top > -20.0 {
            self.context.set_font(&format!("600 10px {SANS}"));
            self.fill(hue);
            self.context
                .set_text_align(if side < 0.0 { "right" } else { "left" });
            self.context.set_text_baseline("middle");
            let number = format!("#{}", bracket.number);
            let x = x + side * 3.0;
            self.halo(&number, x, top);
        }
    }

    /// An arrow, or what became of it.
    fn line(&self, line: &Line) {
        let (x1, x2) = (self.x(line.from.1), self.x(line.to.1));
        let (y1, y2) = (self.line_y(line.from.0), self.line_y(line.to.0));
        let way = (x2 - x1).signum();
        let ink = line.family.map_or(Ink::Muted, Ink::Family);
        let is_chosen = line.handshake.is_some() && line.handshake == self.chosen
            || self.frame.selected == Some(line.row);
        let width = if is_chosen { 2.4 } else { 1.6 };
        // From beside one lane to beside the other; what is lost ends past the label's middle.
        let (mut start, mut end) = ((x1 + way * 4.0, y1), (x2 - way * 4.0, y2));
        let middle = ((start.0 + end.0) / 2.0, f64::midpoint(y1, y2));
        if line.start == LineStart::Middle {
            start = middle;
        }
        if matches!(line.end, LineEnd::Cross | LineEnd::Open) {
            end = middle;
        }
        self.stroke(ink, width);
        let is_link = line.family.is_none();
        if is_link {
            self.dashes(&[6.0, 3.0]);
        } else if matches!(line.end, LineEnd::Cross | LineEnd::Open) {
            self.dashes(&[5.0, 3.0]);
        }
        if line.end == LineEnd::Cut {
            self.stroke(Ink::Bad, width);
            self.polyline(&[start, (middle.0 - 8.0, y1)]);
            self.polyline(&[(middle.0 + 8.0, y1), end]);
        } else {
            self.polyline(&[start, end]);
        }
        self.dashes(&[]);
        match line.end {
            LineEnd::Arrow => self.head(start, end, ink),
            LineEnd::Open => {
                self.fill(ink);
                // On its way: the line goes on as dots.
                for step in 1..4 {
                    self.context.begin_path();
                    let x = end.0 + way * f64::from(step) * 6.0;
                    // Refused only for a radius below 0.
                    let _ = self.context.arc(x, end.1, 1.2, 0.0, core::f64::consts::TAU);
                    self.context.fill();
                }
            }
            LineEnd::Cross => {
                self.stroke(Ink::Bad, 2.2);
                let (x, y) = (end.0 + way * 2.0, end.1);
                self.polyline(&[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)]);
                self.polyline(&[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)]);
            }
            LineEnd::Stop => {
                self.stroke(ink, 2.0);
                self.polyline(&[(end.0, y2 - 6.0), (end.0, y2 + 6.0)]);
            }
            LineEnd::Cut => {
                self.stroke(Ink::Bad, 2.0);
                for x in [middle.0 - 4.0, middle.0 + 4.0] {
                    self.polyline(&[(x - 3.0, y1 + 6.0), (x + 3.0, y1 - 6.0)]);
                }
            }
        }
    }

    /// The head of an arrow, along its line.
    fn head(&self, from: (f64, f64), to: (f64, f64), ink: Ink) {
        let angle = (to.1 - from.1).atan2(to.0 - from.0);
        let point = |along: f64, across: f64| {
            (
                to.0 - along * angle.cos() + across * angle.sin(),
                to.1 - along * angle.sin() - across * angle.cos(),
            )
        };
        self.fill(ink);
        self.path(&[to, point(9.0, 4.0), point(7.0, 0.0), point(9.0, -4.0)]);
        self.context.fill();
    }

    /// Words with the ground around them, so that lines do not run through.
    fn halo(&self, words: &str, x: f64, y: f64) {
        self.context.set_line_join("round");
        self.stroke(Ink::Surface, 3.0);
        // Refused only for numbers that are none; the same below.
        let _ = self.context.stroke_text(words, x, y);
        let _ = self.context.fill_text(words, x, y);
    }

    fn row(&self, row: &PictureRow) {
        match row.place {
            Place::Between { from, to } => self.label(row, from, to),
            Place::At(lane) => self.pill(row, self.x(lane)),
            Place::On { from, to } => {
                let x = self.geometry.label(from, to, self.lanes) - self.frame.left;
                self.pill(row, x);
            }
            Place::Across => self.across(row),
            Place::Gap(span) => {
                let words = span.map_or_else(
                    || "idle".to_owned(),
                    |span| format!("{} idle", format::short_duration(span)),
                );
                self.context.set_font(&format!("11px {SANS}"));
                self.context.set_text_align("center");
                self.context.set_text_baseline("middle");
                let (x, y) = (
                    self.middle(),
                    self.y(row.number) + self.frame.row_height / 2.0,
                );
                let width = words.chars().count() as f64 * self.character + 12.0;
                self.fill(Ink::Surface);
                self.context
                    .fill_rect(x - width / 2.0, y - 8.0, width, 16.0);
                self.fill(Ink::Muted);
                let _ = self.context.fill_text(&words, x, y);
            }
        }
    }

    fn middle(&self) -> f64 {
        let first = self.x(0);
        let last = self.x(self.lanes.len().saturating_sub(1));
        f64::midpoint(first, last)
    }

    /// The label over a line, and what became of it under the line.
    fn label(&self, row: &PictureRow, from: usize, to: usize) {
        let room = self.geometry.characters(self.character);
        let name = cut(&row.name, room);
        let left = room.saturating_sub(name.chars().count() + 1);
        let detail = if left < 4 {
            String::new()
        } else {
            cut(&row.detail, left)
        };
        let x = self.geometry.label(from, to, self.lanes) - self.frame.left;
        let y = self.line_y(row.number);
        let space = if detail.is_empty() {
            0.0
        } else {
            self.character
        };
        let width = |words: &str| words.chars().count() as f64 * self.character;
        let start = x - (width(&name) + space + width(&detail)) / 2.0;
        self.context.set_text_align("left");
        self.context.set_text_baseline("alphabetic");
        self.context.set_font(&format!("600 11px {MONO}"));
        self.fill(row.family.map_or(Ink::Muted, Ink::Family));
        if !row.is_arrival {
            self.halo(&name, start, y - 5.0);
            self.context.set_font(&format!("11px {MONO}"));
            self.fill(Ink::Text);
            self.halo(&detail, start + width(&name) + space, y - 5.0);
        }
        if !row.remark.is_empty() {
            self.context.set_font(&format!("10px {SANS}"));
            self.context.set_text_align("center");
            self.fill(tone(row.tone));
            let room = ((self.geometry.gap - 12.0) / 5.2) as usize;
            let way = (self.x(to) - self.x(from)).signum();
            let (first, rest) = row.remark.split_once(" · ").unwrap_or((&row.remark, ""));
            if row.is_lost && first.chars().count() < room / 2 {
                // Where the line would have gone on.
                let align = if way > 0.0 { "left" } else { "right" };
                self.context.set_text_align(align);
                self.halo(first, x + way * 12.0, y + 3.5);
                self.context.set_text_align("center");
                self.halo(&cut(rest, room), x, y + 12.0);
                return;
            }
            let words = cut(&row.remark, room);
            if row.is_arrival {
                // At the head of the arrow, which comes from above.
                let end = self.x(to);
                let (align, step) = if way > 0.0 {
                    ("right", -12.0)
                } else {
                    ("left", 12.0)
                };
                self.context.set_text_align(align);
                self.halo(&words, end + step, y + 11.0);
            } else {
                self.halo(&words, x, y + 11.5);
            }
        }
    }

    /// Something that happened at a lane.
    fn pill(&self, row: &PictureRow, x: f64) {
        let words = join(&row.name, &row.detail);
        let room = (2.0 * self.geometry.gap - 24.0) / 5.8;
        let words = cut(&words, room.max(8.0) as usize);
        self.context.set_font(&format!("11px {SANS}"));
        let measured = self.context.measure_text(&words).ok();
        let width = measured.map_or(100.0, |measured| measured.width()) + 16.0;
        let y = self.y(row.number) + self.frame.row_height / 2.0;
        let (least, most) = (2.0, (self.frame.width - width - 2.0).max(2.0));
        let left = (x - width / 2.0).clamp(least, most);
        self.fill(Ink::Surface);
        self.stroke(tone(row.tone), 1.0);
        self.context.begin_path();
        // Refused only for radii below 0.
        let _ = self.context.round_rect_with_f64(
            left.round() + 0.5,
            (y - 9.0).round() + 0.5,
            width,
            18.0,
            9.0,
        );
        self.context.fill();
        self.context.stroke();
        self.fill(tone(row.tone));
        self.context.set_text_align("left");
        self.context.set_text_baseline("middle");
        let _ = self.context.fill_text(&words, left + 8.0, y + 0.5);
    }

    /// Something that concerns all.
    fn across(&self, row: &PictureRow) {
        let y = self.y(row.number) + self.frame.row_height / 2.0;
        self.stroke(Ink::Warn, 1.0);
        self.dashes(&[1.0, 3.0]);
        self.polyline(&[
            (self.geometry.times, y.round() + 0.5),
            (self.frame.width, y.round() + 0.5),
        ]);
        self.dashes(&[]);
        self.pill(row, self.middle());
    }

    /// The column of times, which stays where it is.
    fn times(&self, picture: &Picture) {
        let (width, height) = (self.geometry.times, self.frame.height);
        if self.frame.left > 0.0 {
            self.fill(Ink::Surface);
            self.context.fill_rect(3.0, 0.0, width - 3.0, height);
        }
        self.context.set_font(&format!("10.5px {MONO}"));
        self.context.set_text_align("left");
        self.context.set_text_baseline("alphabetic");
        self.fill(Ink::Muted);
        for row in &picture.rows {
            if row.is_new_time {
                let words = if self.geometry.is_narrow {
                    row.time.get(row.time.len().saturating_sub(6)..)
                } else {
                    Some(row.time.as_str())
                };
                let y = self.line_y(row.number) + 3.5;
                let _ = self.context.fill_text(words.unwrap_or_default(), 8.0, y);
            }
        }
    }
}

fn tone(tone: RemarkTone) -> Ink {
    match tone {
        RemarkTone::Plain => Ink::Muted,
        RemarkTone::Warn => Ink::Warn,
        RemarkTone::Bad => Ink::Bad,
    }
}

fn join(name: &str, detail: &str) -> String {
    if detail.is_empty() {
        name.to_owned()
    } else {
        format!("{name} · {detail}")
    }
}

/// Words that are no longer than so many characters.
fn cut(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let mut short: String = words.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
