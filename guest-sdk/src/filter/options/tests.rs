//! Every combination of two options and their old names.

use super::*;
use crate::Setting;
use crate::backend::native::World;
use crate::log::Level;
use crate::testing::Host;

const DEVICES: IncludeExclude<'_> = IncludeExclude::new(
    "x",
    Expression::new("include", "In.").renamed_from("--collector.y.whitelist", "old-in", "Old in."),
    Expression::new("exclude", "Out.")
        .default("^lo")
        .renamed("blacklist", "Old out."),
)
.exclusive("one or the other")
.logged("Parsed flag", "Parsed Flag");

/// The settings of the four options, with defaults for those that are not given.
fn settings(given: &[(&str, &str)]) -> Settings {
    let options = [
        ("include", ""),
        ("old-in", ""),
        ("exclude", "^lo"),
        ("blacklist", ""),
    ];
    let setting = |(name, default): (&str, &str)| {
        let given = given.iter().find(|(option, _)| *option == name);
        Setting {
            name: name.to_owned(),
            values: vec![given.map_or(default, |(_, value)| value).to_owned()],
            explicit: given.is_some(),
        }
    };
    Settings::new(options.map(setting).to_vec())
}

fn resolved(options: &IncludeExclude<'_>, given: &[(&str, &str)]) -> Result<[String; 2], String> {
    let settings = settings(given);
    let resolved = Host::new().enter(|| options.resolve(&settings));
    resolved.map(|pair| pair.map(str::to_owned))
}

fn pair(include: &str, exclude: &str) -> Result<[String; 2], String> {
    Ok([include.to_owned(), exclude.to_owned()])
}

#[test]
fn current_and_old_option_names_are_mutually_exclusive() {
    assert_eq!(resolved(&DEVICES, &[]), pair("", "^lo"));
    assert_eq!(resolved(&DEVICES, &[("exclude", "a")]), pair("", "a"));
    assert_eq!(resolved(&DEVICES, &[("blacklist", "a")]), pair("", "a"));
    assert_eq!(resolved(&DEVICES, &[("old-in", "a")]), pair("a", ""));
    let refused = |given: &[(&str, &str)]| resolved(&DEVICES, given).unwrap_err();
    assert_eq!(
        refused(&[("blacklist", "a"), ("exclude", "")]),
        "--collector.x.blacklist and --collector.x.exclude are mutually exclusive"
    );
    assert_eq!(
        refused(&[("old-in", "a"), ("include", "a")]),
        "--collector.y.whitelist and --collector.x.include are mutually exclusive"
    );
    // Without a default an empty text is as good as none.
    assert_eq!(
        resolved(&DEVICES, &[("old-in", "a"), ("include", "")]),
        pair("a", "")
    );
}

#[test]
fn include_and_exclude_at_once() {
    assert_eq!(resolved(&DEVICES, &[("include", "a")]), pair("a", ""));
    assert_eq!(
        resolved(&DEVICES, &[("include", "a"), ("exclude", "")]),
        pair("a", "")
    );
    for exclude in ["exclude", "blacklist"] {
        let both = [("include", "a"), (exclude, "b")];
        assert_eq!(
            resolved(&DEVICES, &both),
            Err("one or the other".to_owned())
        );
    }
    let open = IncludeExclude {
        exclusive: None,
        ..DEVICES
    };
    assert_eq!(
        resolved(&open, &[("include", "a"), ("exclude", "b")]),
        pair("a", "b")
    );
}

#[test]
fn configured_filters_are_logged() {
    let messages = |given: &[(&str, &str)]| {
        let settings = settings(given);
        crate::testing::within(&World::default(), || settings.filter(&DEVICES))
            .1
            .messages
    };
    let line = |level, text: &str| (level, text.to_owned());
    assert_eq!(
        messages(&[("blacklist", "a")]),
        [
            line(
                Level::Warn,
                "--collector.x.blacklist is DEPRECATED and will be removed in 2.0.0, use --collector.x.exclude"
            ),
            line(Level::Info, "Parsed flag --collector.x.exclude flag=a"),
        ]
    );
    assert_eq!(
        messages(&[("include", "b")]),
        [line(
            Level::Info,
            "Parsed Flag --collector.x.include flag=b"
        )]
    );
}

#[test]
fn declared_with_old_names_hidden() {
    let names = |options: &IncludeExclude<'_>| {
        let descriptor = Descriptor::new("x", "").include_exclude(options);
        let options = descriptor.options.into_iter();
        options
            .map(|option| (option.name, option.hidden))
            .collect::<Vec<_>>()
    };
    let expected = [
        ("include", false),
        ("old-in", true),
        ("exclude", false),
        ("blacklist", true),
    ];
    assert_eq!(
        names(&DEVICES),
        expected.map(|(name, hidden)| (name.to_owned(), hidden))
    );
    assert_eq!(names(&DEVICES.exclude_first())[0].0, "exclude");
}

#[test]
fn invalid_expression_is_rejected() {
    let settings = settings(&[("exclude", "(")]);
    let error = Host::new().enter(|| settings.filter(&DEVICES)).unwrap_err();
    assert!(error.starts_with("exclude expression \"(\": "), "{error}");
}

#[test]
fn anchored_expressions_match_entire_names() {
    let filter = |options: &IncludeExclude<'_>, given: &[(&str, &str)]| {
        let settings = settings(given);
        Host::new().enter(|| settings.filter(options)).unwrap()
    };
    let units = IncludeExclude::new(
        "x",
        Expression::new("include", "In.").default(".+"),
        Expression::new("exclude", "Out.").default("^lo"),
    );
    let given = [("include", "a|b.*"), ("exclude", "bad")];
    let (loose, strict) = (filter(&units, &given), filter(&units.anchored(), &given));
    for (name, passes) in [
        ("a", true),
        ("ba", true),
        ("ca", false),
        ("ab", false),
        ("bad", false),
        ("bade", true),
    ] {
        assert_eq!(strict.passes(name), passes, "{name}");
    }
    assert!(loose.passes("ca") && !loose.passes("bade"));
    let nothing = filter(&units.anchored(), &[("include", ""), ("exclude", "")]);
    assert!(!nothing.passes("a") && !nothing.passes_all());
}
