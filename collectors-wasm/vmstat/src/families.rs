//! The families for the names in the file.

use firepit_sdk::Untyped;
use firepit_sdk::filter::Pattern;
use firepit_sdk::parse::NameCache;

/// The filter of the fields, and its cached results from earlier scrapes.
#[derive(Debug)]
pub(crate) struct Families {
    wanted: Pattern,
    /// `None` if the field is not selected.
    fields: NameCache<Option<Texts>>,
}

#[derive(Debug)]
struct Texts {
    name: String,
    help: String,
}

impl Families {
    pub(crate) fn new(wanted: Pattern) -> Self {
        Self {
            wanted,
            fields: NameCache::default(),
        }
    }

    /// The family of the field in the line of this index, if selected. Lines must be requested from
    /// 0 without gaps.
    pub(crate) fn at(&mut self, index: usize, field: &str) -> Option<Untyped<'_, 0>> {
        let wanted = &self.wanted;
        let learn = |field: &str| wanted.search(field).then(|| texts(field));
        let texts = self.fields.at(index, field, learn)?.as_ref()?;
        Some(Untyped::new(&texts.name, &texts.help, []))
    }
}

fn texts(field: &str) -> Texts {
    Texts {
        name: format!("node_vmstat_{field}"),
        help: format!("/proc/vmstat information field {field}."),
    }
}
