//! The rules of a table, and the lines that a file may cost.

use crate::files::glob;

/// The allowed loss for a bad file.
#[derive(Debug, Clone, Copy)]
pub enum Loss {
    /// All lines and success: nothing can be emitted without it.
    Everything,
    /// Like `Everything`, for a list of names: a text that is not a value is a meaningless name,
    /// and is not counted as skipped.
    EverythingQuietly,
    /// The lines that contain one of these texts: `{1}` is replaced by the first segment that a
    /// wildcard matched. The collection succeeds.
    Lines(&'static [&'static str]),
    /// Like `Lines`; lines that contain one of them may also appear, with other values or labels.
    Changes(&'static [&'static str]),
    /// One line; a text that is not a value is recognized, and is not counted as skipped.
    Quietly,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: &'static str,
    pub(super) loss: Loss,
    pub(super) why: &'static str,
}

/// The allowed loss for one path.
#[derive(Debug)]
pub(super) struct Share {
    loss: Option<Loss>,
    texts: Vec<String>,
}

impl Share {
    pub(super) fn of(rules: &[Rule], path: &str) -> Self {
        let rule = rules.iter().find(|rule| fits(rule.pattern, path));
        let Some(rule) = rule else {
            return Self {
                loss: None,
                texts: Vec::new(),
            };
        };
        let templates = match rule.loss {
            Loss::Lines(texts) | Loss::Changes(texts) => texts,
            Loss::Everything | Loss::EverythingQuietly | Loss::Quietly => &[],
        };
        let wild = wild(rule.pattern, path);
        Self {
            loss: Some(rule.loss),
            texts: templates.iter().map(|text| filled(text, &wild)).collect(),
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self.loss, Some(Loss::Everything | Loss::EverythingQuietly))
    }

    pub(super) fn is_quiet(&self) -> bool {
        matches!(
            self.loss,
            Some(Loss::EverythingQuietly | Loss::Quietly | Loss::Changes(_))
        )
    }

    /// Whether these lines may be lost.
    pub(super) fn allows(&self, lost: &[&String]) -> bool {
        match self.loss {
            Some(Loss::Everything | Loss::EverythingQuietly) => true,
            Some(Loss::Lines(_) | Loss::Changes(_)) => lost.iter().all(|line| self.names(line)),
            Some(Loss::Quietly) | None => lost.len() <= 1,
        }
    }

    /// Whether these lines may appear if a file cannot be read.
    pub(super) fn allows_new(&self, came: &[&String]) -> bool {
        match self.loss {
            Some(Loss::Changes(_)) => came.iter().all(|line| self.names(line)),
            _ => came.is_empty(),
        }
    }

    /// Whether these lines may appear if a file contains another text.
    pub(super) fn allows_other(&self, came: &[&String]) -> bool {
        self.allows(came)
    }

    fn names(&self, line: &str) -> bool {
        self.texts.iter().any(|text| line.contains(text.as_str()))
    }
}

/// Whether any pattern of a list matches.
pub(super) fn any(patterns: &[(&'static str, &'static str)], path: &str) -> bool {
    patterns.iter().any(|(pattern, _)| fits(pattern, path))
}

/// Whether a pattern matches a path, segment by segment.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let mut path = path.split('/');
    for part in pattern.split('/') {
        let segment = path.next();
        match (part, segment) {
            ("**", segment) => return segment.is_some(),
            (_, Some(segment)) if glob::matches(part, segment) => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

/// The segments that wildcards matched.
fn wild<'a>(pattern: &str, path: &'a str) -> Vec<&'a str> {
    let segments = pattern.split('/').zip(path.split('/'));
    let wild = segments.filter(|(part, _)| part.contains(['*', '?', '[']));
    wild.map(|(_, segment)| segment).collect()
}

fn filled(template: &str, wild: &[&str]) -> String {
    let mut text = template.to_owned();
    for (index, segment) in wild.iter().enumerate() {
        text = text.replace(&format!("{{{}}}", index + 1), segment);
    }
    text
}
