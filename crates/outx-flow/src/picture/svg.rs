//! The graph as SVG, drawn here: no tool, no font and no script is needed to look at it.

use super::layout::{Layout, layout};
use super::{ends, kind, title, written_inside};
use crate::definition::{Block, Step, Workflow};
use crate::graph::Strength;
use crate::kind::KindEffect;
use std::fmt::Write;

const MARGIN: f64 = 24.0;
const BOX_HEIGHT: f64 = 46.0;
/// Around what is in a fan-out.
const PADDING: f64 = 18.0;
/// The title of a fan-out.
const TITLE: f64 = 30.0;
const LEGEND: f64 = 34.0;
/// Above what is done at the end of a run.
const END_GAP: f64 = 28.0;
/// How wide a letter is, in the larger and in the smaller size: wide enough for any font of the list.
const LETTER: f64 = 8.0;
const SMALL_LETTER: f64 = 6.6;

const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,sans-serif;fill:#1f2933}
.id{font-size:14px;font-weight:600}.kind{font-size:11px;fill:#52606d}.title{font-size:13px;font-weight:600;fill:#3e4c59}
.paper{fill:#fff}.box{fill:#f5f7fa;stroke:#9aa5b1;stroke-width:1.2}.read .box{fill:#e6f0fb;stroke:#3d7cc9}
.write .box{fill:#fdf0e1;stroke:#d9822b;stroke-width:2}.local .box{fill:#e8f5ec;stroke:#3f9a5f}
.fan{fill:#7b8794;fill-opacity:.06;stroke:#9aa5b1;stroke-width:1.2}
.edge{fill:none;stroke:#616e7c;stroke-width:1.5}.items{stroke-width:2.6}.order{stroke-dasharray:5 4}
.if{fill:#7b8794;font-size:11px;font-style:italic}marker path{fill:#616e7c}
@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.kind,.title,.if{fill:#9aa5b1}.paper{fill:#161b22}
.box{fill:#222b36;stroke:#7b8794}.read .box{fill:#16293f;stroke:#5b9be0}.write .box{fill:#3a2817;stroke:#e39b4a}
.local .box{fill:#173022;stroke:#5bb57c}.edge{stroke:#9aa5b1}marker path{fill:#9aa5b1}}
";

/// The graph as a picture: reads are blue, writes orange with a thick border, local effects green; a fan-out is a box
/// around its steps. Solid arrows: must have succeeded; thick: a fan-out whose items are read; dashed: order only.
pub fn svg(workflow: &Workflow) -> String {
    let drawn = Drawn::of(&workflow.block);
    let ends: Vec<_> = ends(workflow).map(|(word, block)| (word, block, Drawn::of(block))).collect();
    let widest =
        ends.iter().map(|(_, _, end)| end.layout.width + 2.0 * PADDING).fold(drawn.layout.width, f64::max);
    let below: f64 = ends.iter().map(|(_, _, end)| END_GAP + end_height(end)).sum();
    let width = widest.max(legend_width()) + 2.0 * MARGIN;
    let height = drawn.layout.height + below + 2.0 * MARGIN + LEGEND;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">"
    );
    let _ = writeln!(out, "<title>{}</title>", escaped(&workflow.name));
    if let Some(description) = &workflow.description {
        let _ = writeln!(out, "<desc>{}</desc>", escaped(description));
    }
    let _ = writeln!(out, "<style>{STYLE}</style>");
    out.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
    );
    let _ = writeln!(out, "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>");
    let left = (width - drawn.layout.width) / 2.0;
    draw(&mut out, &workflow.block, &drawn, left, MARGIN);
    let mut top = MARGIN + drawn.layout.height;
    for (word, block, end) in &ends {
        top += END_GAP;
        let left = (width - widest) / 2.0;
        rect(&mut out, "fan", 10, (left, top), (widest, end_height(end)));
        text(&mut out, "title", "start", (left + PADDING, top + 22.0), word);
        let inset = (widest - end.layout.width) / 2.0;
        draw(&mut out, block, end, left + inset, top + TITLE + PADDING);
        top += end_height(end);
    }
    legend(&mut out, MARGIN, height - LEGEND + 6.0);
    out.push_str("</svg>\n");
    out
}

/// How high the box around what is done at the end is.
fn end_height(end: &Drawn) -> f64 {
    end.layout.height + TITLE + 2.0 * PADDING
}

/// Where a block's steps stand, and those of the fan-outs in it.
struct Drawn {
    layout: Layout,
    sizes: Vec<(f64, f64)>,
    inner: Vec<Option<Self>>,
}

impl Drawn {
    fn of(block: &Block) -> Self {
        let inner: Vec<_> = block.steps.iter().map(|step| written_inside(step).map(Self::of)).collect();
        let sizes: Vec<_> =
            block.steps.iter().zip(&inner).map(|(step, inner)| size(step, inner.as_ref())).collect();
        Self { layout: layout(&block.graph, &sizes), sizes, inner }
    }
}

fn size(step: &Step, inner: Option<&Drawn>) -> (f64, f64) {
    match inner {
        None => {
            let (id, kind) = (letters(&step.id) * LETTER, letters(&subtitle(step)) * SMALL_LETTER);
            (id.max(kind).max(60.0) + 24.0, BOX_HEIGHT)
        }
        Some(inner) => {
            let title = letters(&title(step)) * LETTER + 24.0;
            (inner.layout.width.max(title) + 2.0 * PADDING, inner.layout.height + TITLE + 2.0 * PADDING)
        }
    }
}

/// What stands under a step's id.
fn subtitle(step: &Step) -> String {
    let kind = kind(step).map(|(name, _)| name).unwrap_or_default();
    if step.condition.is_some() { format!("{kind}, if …") } else { kind.to_owned() }
}

fn draw(out: &mut String, block: &Block, drawn: &Drawn, left: f64, top: f64) {
    for (number, step) in block.steps.iter().enumerate() {
        let ((x, y), (width, height)) = (drawn.layout.boxes[number], drawn.sizes[number]);
        let (x, y) = (x + left, y + top);
        let class = match kind(step).map(|(_, effect)| effect) {
            Some(KindEffect::Read) => "read",
            Some(KindEffect::Write) => "write",
            Some(KindEffect::Idempotent) => "local",
            _ => "plain",
        };
        let _ = writeln!(out, "<g class=\"{class}\">");
        if let Some(description) = &step.description {
            let _ = writeln!(out, "<title>{}</title>", escaped(description));
        }
        if let Some(inner) = &drawn.inner[number] {
            rect(out, "fan", 10, (x, y), (width, height));
            text(out, "title", "start", (x + PADDING, y + 22.0), &title(step));
            let inset = (width - inner.layout.width) / 2.0;
            if let Some(block) = written_inside(step) {
                draw(out, block, inner, x + inset, y + TITLE + PADDING);
            }
        } else {
            rect(out, "box", 7, (x, y), (width, height));
            text(out, "id", "middle", (x + width / 2.0, y + 20.0), &step.id);
            text(out, "kind", "middle", (x + width / 2.0, y + 36.0), &subtitle(step));
        }
        out.push_str("</g>\n");
    }
    for ((_, _, strength), points) in block.graph.edges().iter().zip(&drawn.layout.edges) {
        let class = match strength {
            Strength::Need => "edge",
            Strength::Items => "edge items",
            Strength::Order => "edge order",
        };
        let points: Vec<_> = points.iter().map(|(x, y)| (x + left, y + top)).collect();
        let _ = writeln!(out, "<path class=\"{class}\" marker-end=\"url(#tip)\" d=\"{}\"/>", curve(&points));
    }
}

/// A line through points that leaves and reaches each of them from above to below.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        if at == 0 {
            let _ = write!(path, "M{x:.1} {y:.1}");
            continue;
        }
        let (from, above) = points[at - 1];
        let middle = f64::midpoint(above, *y);
        let _ = write!(path, "C{from:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}");
    }
    path
}

const LEGEND_BOXES: [(&str, &str); 4] =
    [("read", "reads"), ("write", "writes"), ("local", "local effect"), ("plain", "no effect")];
const LEGEND_LINES: [(&str, &str); 3] =
    [("edge", "must succeed"), ("edge items", "reads the items"), ("edge order", "order only")];

fn legend_width() -> f64 {
    let texts = LEGEND_BOXES.iter().chain(&LEGEND_LINES).map(|(_, text)| letters(text) * SMALL_LETTER + 44.0);
    texts.sum()
}

fn legend(out: &mut String, left: f64, top: f64) {
    let mut x = left;
    for (class, word) in LEGEND_BOXES {
        let _ = writeln!(out, "<g class=\"{class}\">");
        rect(out, "box", 3, (x, top), (18.0, 12.0));
        out.push_str("</g>\n");
        text(out, "kind", "start", (x + 24.0, top + 10.0), word);
        x += letters(word) * SMALL_LETTER + 44.0;
    }
    for (class, word) in LEGEND_LINES {
        let y = top + 6.0;
        let _ = writeln!(out, "<path class=\"{class}\" d=\"M{x:.1} {y:.1}H{:.1}\"/>", x + 20.0);
        text(out, "kind", "start", (x + 26.0, top + 10.0), word);
        x += letters(word) * SMALL_LETTER + 44.0;
    }
}

fn rect(out: &mut String, class: &str, round: u8, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round}\"/>"
    );
}

fn text(out: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), words: &str) {
    let words = escaped(words);
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

fn letters(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a line has few letters")]
    let count = text.chars().count() as f64;
    count
}

/// A text as XML takes it. Characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
