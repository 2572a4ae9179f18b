//! The samples of all nodes, by field.

/// Fields in the order of their first occurrence.
#[derive(Debug, Default)]
pub(crate) struct Families<'a> {
    families: Vec<Family<'a>>,
}

#[derive(Debug)]
struct Family<'a> {
    field: &'a str,
    samples: Vec<(&'a str, f64)>,
}

impl<'a> Families<'a> {
    /// Adds a node's value of the field in the line of this index. Nodes usually have the same
    /// fields in the same order, so a field is usually found at its index.
    pub(crate) fn add(&mut self, index: usize, field: &'a str, node: &'a str, value: f64) {
        let is_own = |family: &Family<'_>| family.field == field;
        let place = match self.families.get(index) {
            Some(family) if is_own(family) => Some(index),
            _ => self.families.iter().position(is_own),
        };
        match place.and_then(|place| self.families.get_mut(place)) {
            Some(family) => family.samples.push((node, value)),
            None => self.families.push(Family {
                field,
                samples: vec![(node, value)],
            }),
        }
    }

    /// Each field with its nodes and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &[(&'a str, f64)])> {
        (self.families.iter()).map(|family| (family.field, family.samples.as_slice()))
    }
}
