//! From the parser's events to the tree.

use super::aliases::{Anchors, Refused};
use super::mistake::{self, Situation};
use super::open::{Children, Open, complete};
use super::words::comment_behind;
use super::{Key, Node, NodeValue, Text, TextStyle, refusal, scalar};
use crate::diagnostic::{Diagnostic, Source, Span};
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

/// The longest file that is read, in bytes. Whoever reads files asks for their length before.
pub const MAX_BYTES: usize = 1_000_000;
/// How deep lists and maps may be nested.
pub const MAX_DEPTH: usize = 64;
/// How many values a file may have, keys not counted.
pub const MAX_NODES: usize = 100_000;
/// After this many findings the rest of the file is not looked at.
const MAX_FINDINGS: usize = 50;

/// Reads a file. An empty one is [`NodeValue::Null`].
///
/// # Errors
///
/// All that is wrong with it, in the order of the file, each with place, reason and remedy. A mistake in the
/// form of the file ends the reading; the others are collected.
pub fn load(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    if source.text().len() > MAX_BYTES {
        return Err(vec![refusal::too_long(source)]);
    }
    let options = granit_parser::options! {
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut loader = Loader::new(source);
    for event in Parser::new_from_str_with_options(source.text(), options) {
        let taken = match event {
            Ok((event, span)) => loader.take(event, &span),
            Err(error) => Err(Box::new(mistake::explain(&error, &loader.situation()))),
        };
        if let Err(last) = taken {
            loader.findings.push(*last);
            loader.stopped = true;
        }
        if loader.stopped || loader.findings.len() >= MAX_FINDINGS {
            break;
        }
    }
    loader.finish()
}

struct Loader<'a> {
    source: &'a Source,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    anchors: Anchors,
    last: Span,
    findings: Vec<Diagnostic>,
    stopped: bool,
}

impl<'a> Loader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            open: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            anchors: Anchors::default(),
            last: Span::at(0),
            findings: Vec::new(),
            stopped: false,
        }
    }

    /// Takes an event. An error is a finding after which going on makes no sense.
    fn take(&mut self, event: Event<'_>, at: &granit_parser::Span) -> Result<(), Box<Diagnostic>> {
        let span = at.byte_range().map_or(self.last, |range| Span::new(range.start, range.end));
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(refusal::second_document(span).into());
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.last = span;
                self.count(span)?;
                let tag = tag.as_deref().map(|tag| (tag, tag_span(at, span)));
                self.scalar(&value, style, anchor, tag, span);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.begin(Children::List(Vec::new()), style, anchor, span)?;
                self.check_collection_tag(tag.as_deref(), "seq", tag_span(at, span));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.begin(Children::Map(Vec::new(), None), style, anchor, span)?;
                self.check_collection_tag(tag.as_deref(), "map", tag_span(at, span));
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => {
                self.last = span;
                self.count(span)?;
                self.alias(id, span)?;
            }
            Event::Anchor(id, _) => self.anchors.name(id, span),
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Box<Diagnostic>> {
        // Keys are events too, about as many as values.
        self.nodes += usize::from(!self.awaits_key());
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(refusal::too_many(span).into())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { children: Children::Map(_, None), .. }))
    }

    fn pending_key(&self) -> Option<&Key> {
        match self.open.last() {
            Some(Open { children: Children::Map(_, key), .. }) => key.as_ref(),
            _ => None,
        }
    }

    /// The key of the scalar that was read last, when it is a value.
    fn last_key(&self) -> Option<&Key> {
        let Some(Open { children: Children::Map(entries, None), .. }) = self.open.last() else { return None };
        entries.last().filter(|(_, node)| node.span == self.last).map(|(key, _)| key)
    }

    fn situation(&self) -> Situation<'_> {
        Situation {
            source: self.source,
            last: self.last,
            key: self.pending_key().or_else(|| self.last_key()).map(|key| key.name.as_str()),
            flow: self.open.iter().rev().find(|open| open.flow).map(|open| open.start),
        }
    }

    fn begin(
        &mut self,
        children: Children,
        style: StructureStyle,
        anchor: usize,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        self.count(span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(refusal::too_deep(span).into());
        }
        self.remember(anchor, false, span);
        self.open.push(Open { start: span.start, flow: style == StructureStyle::Flow, children });
        Ok(())
    }

    fn remember(&mut self, anchor: usize, plain: bool, span: Span) {
        if anchor != 0 && !self.awaits_key() {
            let path = self.open.iter().map(Open::len).collect();
            self.anchors.insert(anchor, path, plain, span);
        }
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let (value, last) = match open.children {
            Children::List(items) => {
                let last = items.last().map(|node| node.span.end);
                (NodeValue::List(items), last)
            }
            Children::Map(entries, _) => {
                self.find_equal_keys(&entries);
                let last = entries.last().map(|(key, node)| key.span.end.max(node.span.end));
                (NodeValue::Map(entries), last)
            }
        };
        // The end of a block is only noticed further on, at the next thing that does not belong to it.
        let end = if open.flow { span.end } else { last.unwrap_or(open.start) };
        self.put(Node { span: Span::new(open.start, end.max(open.start)), value });
    }

    /// Puts a complete node where it belongs.
    fn put(&mut self, node: Node) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut parent.children {
            Children::List(items) => items.push(node),
            Children::Map(entries, key) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                    return;
                }
                let finding = refusal::key_is_no_text(self.source, &node);
                // A name that no file can write, so that nothing else is found wrong with this key.
                *key = Some(Key { name: format!("\0{}", node.span.start), span: node.span });
                self.findings.push(finding);
            }
        }
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<(&Tag, Span)>,
        span: Span,
    ) {
        let plain = style == ScalarStyle::Plain;
        self.remember(anchor, plain, span);
        // The parser writes `~` for what is not there.
        let value = if plain && span.start == span.end { "" } else { value };
        if self.awaits_key() {
            self.key(value, plain, tag, span);
            return;
        }
        let text = || {
            NodeValue::Text(Text {
                value: value.to_owned(),
                style: text_style(style),
                cut_by_comment: if plain { comment_behind(self.source.text(), span.end) } else { None },
                span,
            })
        };
        let value = match tag {
            None if !plain => text(),
            None => match scalar::resolve(value) {
                Ok(resolved) => resolved.unwrap_or_else(text),
                Err(reason) => {
                    let finding = refusal::number(self.source, reason, value, self.pending_key(), span);
                    self.findings.push(finding);
                    NodeValue::Null
                }
            },
            Some((tag, tag_span)) => match scalar::tagged(tag.core_suffix(), value) {
                Some(None) => text(),
                Some(Some(value)) => value,
                None => {
                    let finding = self.tag_refused(tag, tag_span, span);
                    self.findings.push(finding);
                    NodeValue::Null
                }
            },
        };
        self.put(Node { span, value });
    }

    fn key(&mut self, name: &str, plain: bool, tag: Option<(&Tag, Span)>, span: Span) {
        if plain && name.is_empty() {
            self.findings.push(refusal::key_missing(span));
        } else if plain && name == "<<" {
            self.findings.push(refusal::merge_key(span));
        }
        if let Some((tag, tag_span)) = tag.filter(|(tag, _)| tag.core_suffix() != Some("str")) {
            let finding = self.tag_refused(tag, tag_span, span);
            self.findings.push(finding);
        }
        if let Some(Open { children: Children::Map(_, key), .. }) = self.open.last_mut() {
            *key = Some(Key { name: name.to_owned(), span });
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.awaits_key() {
            self.put(Node { span, value: NodeValue::Null });
            return Ok(());
        }
        let path = self.anchors.follow(id);
        let Some(node) = path.as_deref().and_then(|path| complete(&self.open, path)) else {
            self.findings.push(refusal::alias(path.is_some(), span));
            self.put(Node { span, value: NodeValue::Null });
            return Ok(());
        };
        self.anchors.admit(node, self.open.len()).map_err(|refused| {
            Box::new(match refused {
                Refused::TooDeep => refusal::too_deep(span),
                Refused::TooMuch => refusal::too_much_copied(span),
            })
        })?;
        let node = node.clone();
        self.put(node);
        Ok(())
    }

    fn find_equal_keys(&mut self, entries: &[(Key, Node)]) {
        let mut keys: Vec<&Key> = entries.iter().map(|(key, _)| key).collect();
        keys.sort_by_key(|key| (&key.name, key.span.start));
        for equal in keys.chunk_by(|one, other| one.name == other.name) {
            for again in equal.iter().skip(1).take(MAX_FINDINGS) {
                self.findings.push(refusal::equal_keys(equal[0], again));
            }
        }
    }

    fn check_collection_tag(&mut self, tag: Option<&Tag>, own: &str, span: Span) {
        if let Some(tag) = tag.filter(|tag| tag.core_suffix() != Some(own)) {
            let finding = self.tag_refused(tag, span, span);
            self.findings.push(finding);
        }
    }

    fn tag_refused(&self, tag: &Tag, tag_span: Span, node: Span) -> Diagnostic {
        if tag.core_suffix().is_some() {
            return refusal::tag_misfit(self.source, tag_span);
        }
        refusal::tag(self.source, self.pending_key(), tag_span, node)
    }

    fn finish(mut self) -> Result<Node, Vec<Diagnostic>> {
        // Beside other mistakes an anchor may be a part of them, as in `if: !a && b`.
        if self.findings.is_empty() {
            for (anchor, node) in self.anchors.unused().into_iter().take(MAX_FINDINGS) {
                self.findings.push(refusal::unused_anchor(self.source, anchor, node));
            }
        }
        if self.findings.is_empty() {
            return Ok(self.root.unwrap_or(Node { span: Span::at(0), value: NodeValue::Null }));
        }
        for found in &mut self.findings {
            found.span = self.source.clamp(found.span);
        }
        self.findings.sort_by_key(|found| found.span.start);
        Err(self.findings)
    }
}

fn tag_span(at: &granit_parser::Span, node: Span) -> Span {
    at.tag_span().and_then(|span| span.byte_range()).map_or(node, |range| Span::new(range.start, range.end))
}

fn text_style(style: ScalarStyle) -> TextStyle {
    match style {
        ScalarStyle::SingleQuoted => TextStyle::Single,
        ScalarStyle::DoubleQuoted => TextStyle::Double,
        ScalarStyle::Literal => TextStyle::Literal,
        ScalarStyle::Folded => TextStyle::Folded,
        ScalarStyle::Plain => TextStyle::Plain,
    }
}
