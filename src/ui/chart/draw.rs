//! Drawing a chart on a canvas. Costs what its columns cost, however many points there are.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

use crate::lab::chart::{ChartView, Column};

/// Room around the plot for the marks of the axes, in CSS pixels.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;

/// Up to so many points a line shows each of them.
const MARKED: usize = 60;

/// What a drawing is made in.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// The size of the canvas in CSS pixels.
    pub(super) width: f64,
    pub(super) height: f64,
    /// Where the pointer is, 0 to 1.
    pub(super) pointer: Option<f64>,
}

/// How many columns the plot of a canvas has.
pub(super) fn plot_width(width: f64) -> usize {
    (width - LEFT - RIGHT).max(1.0) as usize
}

/// Where in the plot, 0 to 1, a place of the canvas lies.
pub(super) fn plot_place(x: f64, width: f64) -> f64 {
    ((x - LEFT) / (width - LEFT - RIGHT).max(1.0)).clamp(0.0, 1.0)
}

/// Draws all of it. The colours are those of the children of `inks`: the hues by their numbers, then
/// that of lines and that of words.
pub(super) fn draw(
    canvas: &HtmlCanvasElement,
    inks: &Element,
    chart: &ChartView,
    hues: impl Iterator<Item = usize>,
    frame: Frame,
) {
    let Frame { width, height, .. } = frame;
    let ratio = window().device_pixel_ratio().max(1.0);
    let pixels = ((width * ratio) as u32, (height * ratio) as u32);
    if (canvas.width(), canvas.height()) != pixels {
        canvas.set_width(pixels.0);
        canvas.set_height(pixels.1);
    }
    let context = canvas.get_context("2d").ok().flatten();
    let Some(context) = context.and_then(|context| context.dyn_into().ok()) else {
        return;
    };
    let context: CanvasRenderingContext2d = context;
    // Refused only for numbers that are none.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    let plot = Plot {
        context,
        inks,
        width: (width - LEFT - RIGHT).max(1.0),
        height: (height - TOP - BOTTOM).max(1.0),
    };
    plot.axes(chart);
    for (series, hue) in chart.series.iter().zip(hues) {
        plot.line(&series.columns, chart, hue);
    }
    if let Some(place) = frame.pointer {
        plot.pointer(place);
    }
}

/// The children of the inks after the hues.
const INK_LINE: usize = 12;
const INK_TEXT: usize = 13;

struct Plot<'a> {
    context: CanvasRenderingContext2d,
    inks: &'a Element,
    width: f64,
    height: f64,
}

impl Plot<'_> {
    fn ink(&self, index: usize) -> String {
        let child = self.inks.children().item(index as u32);
        let style = child.and_then(|child| window().get_computed_style(&child).ok().flatten());
        style
            .and_then(|style| style.get_property_value("color").ok())
            .unwrap_or_default()
    }

    fn axes(&self, chart: &ChartView) {
        let context = &self.context;
        context.set_stroke_style_str(&self.ink(INK_LINE));
        context.set_fill_style_str(&self.ink(INK_TEXT));
        context.set_font("11px system-ui, sans-serif");
        context.set_line_width(1.0);
        context.begin_path();
        context.set_text_align("right");
        context.set_text_baseline("middle");
        for tick in &chart.value_ticks {
            let y = (TOP + (1.0 - tick.position) * self.height).round() + 0.5;
            context.move_to(LEFT, y);
            context.line_to(LEFT + self.width, y);
            let _ = context.fill_text_with_max_width(&tick.label, LEFT - 6.0, y, LEFT - 8.0);
        }
        context.set_text_align("center");
        context.set_text_baseline("top");
        // As many as have room.
        let room = (self.width / 76.0).floor().max(1.0);
        let step = (chart.time_ticks.len() as f64 / room).ceil().max(1.0) as usize;
        for tick in chart.time_ticks.iter().step_by(step) {
            let x = (LEFT + tick.position * self.width).round() + 0.5;
            context.move_to(x, TOP);
            context.line_to(x, TOP + self.height);
            let _ = context.fill_text(&tick.label, x.max(LEFT), TOP + self.height + 6.0);
        }
        context.rect(LEFT + 0.5, TOP + 0.5, self.width, self.height);
        context.stroke();
    }

    fn line(&self, columns: &[Option<Column>], chart: &ChartView, hue: usize) {
        let context = &self.context;
        let (low, span) = (chart.values.start, chart.values.end - chart.values.start);
        let y = |value: f64| TOP + (1.0 - (value - low) / span) * self.height;
        let colour = self.ink(hue);
        context.set_stroke_style_str(&colour);
        context.set_line_width(1.5);
        context.set_line_join("round");
        context.begin_path();
        let mut is_begun = false;
        let mut seen = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            let Some(column) = column else { continue };
            let x = LEFT + place as f64 + 0.5;
            if seen.len() <= MARKED {
                seen.push((x, y(column.last)));
            }
            if is_begun {
                context.line_to(x, y(column.first));
            } else {
                context.move_to(x, y(column.first));
                is_begun = true;
            }
            if column.low < column.high {
                context.line_to(x, y(column.low));
                context.line_to(x, y(column.high));
                context.line_to(x, y(column.last));
            }
        }
        context.stroke();
        if seen.len() <= MARKED {
            context.set_fill_style_str(&colour);
            for (x, y) in seen {
                context.fill_rect(x - 2.0, y - 2.0, 4.0, 4.0);
            }
        }
    }

    fn pointer(&self, place: f64) {
        let context = &self.context;
        let x = (LEFT + place * self.width).round() + 0.5;
        context.set_stroke_style_str(&self.ink(INK_TEXT));
        context.set_line_width(1.0);
        context.begin_path();
        context.move_to(x, TOP);
        context.line_to(x, TOP + self.height);
        context.stroke();
    }
}
