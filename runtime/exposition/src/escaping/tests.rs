//! The schemes, name by name. The expectations are those of prometheus/common 0.70.

use super::*;

/// A name, and its escaped forms by the schemes `underscores`, `dots` and `values`.
const NAMES: [(&str, [&str; 3]); 9] = [
    (
        "mysystem.prod.west.cpu.load",
        [
            "mysystem_prod_west_cpu_load",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
            "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
        ],
    ),
    (
        "mysystem.prod.west.cpu.load_total",
        [
            "mysystem_prod_west_cpu_load_total",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
            "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
        ],
    ),
    (
        "http.status:sum",
        [
            "http_status:sum",
            "http_dot_status:sum",
            "U__http_2e_status:sum",
        ],
    ),
    (
        "label with 😱",
        [
            "label_with__",
            "label__with____",
            "U__label_20_with_20__1f631_",
        ],
    ),
    ("花火", ["__", "____", "U___82b1__706b_"]),
    ("5a.b", ["_a_b", "__a_dot_b", "U___35_a_2e_b"]),
    ("a5-", ["a5_", "a5__", "U__a5_2d_"]),
    ("\u{7f}", ["_", "__", "U___7f_"]),
    ("\u{10ffff}", ["_", "__", "U___10ffff_"]),
];

const SCHEMES: [Escaping; 3] = [Escaping::Underscores, Escaping::Dots, Escaping::Values];

#[test]
fn names_are_escaped_as_prometheus_does() {
    for (name, expected) in NAMES {
        for (scheme, expected) in SCHEMES.into_iter().zip(expected) {
            assert_eq!(scheme.metric(name), expected, "{name} {scheme:?}");
        }
        assert_eq!(Escaping::AllowUtf8.metric(name), name);
        assert!(!is_plain_metric(name));
    }
}

#[test]
fn plain_names_stay_as_they_are() {
    for name in ["a", "no:escaping_required", "U__a", "_", "A9"] {
        for scheme in SCHEMES {
            assert_eq!(scheme.metric(name), name);
        }
        assert!(is_plain_metric(name));
    }
    for scheme in SCHEMES {
        assert_eq!(scheme.label("a_9"), "a_9");
    }
}

#[test]
fn colons_are_for_metric_names() {
    assert!(!is_plain_label("a:b") && !is_plain_label("") && !is_plain_metric(""));
    let escaped = SCHEMES.map(|scheme| scheme.label("a:b").into_owned());
    assert_eq!(escaped, ["a_b", "a__b", "U__a_3a_b"]);
}

#[test]
fn schemes_have_names() {
    for scheme in SCHEMES.into_iter().chain([Escaping::AllowUtf8]) {
        assert_eq!(Escaping::from_name(scheme.as_str()), Some(scheme));
    }
    assert_eq!(Escaping::from_name("Dots"), None);
    assert_eq!(Escaping::default(), Escaping::Underscores);
}

/// The sizes that are charged hold for each scheme and for quotes.
#[test]
fn no_escaped_name_is_longer_than_the_limit() {
    let names = NAMES.map(|(name, _)| name);
    let long = ["....", "\"\\\"\\", "\u{80}", "\u{800}", "\u{10000}", "___."];
    for name in names.into_iter().chain(long) {
        let max = max_escaped(name, false);
        for scheme in SCHEMES {
            assert!(scheme.metric(name).len() <= max, "{name}");
        }
        let quoted = name.len() + name.matches(['"', '\\', '\n']).count() + "{\"\"}".len();
        assert!(quoted <= max_quoted(name, false) && quoted <= max, "{name}");
    }
}
