//! Long texts, and texts with much content in few bytes.

use super::*;

#[test]
fn long_lines_and_their_errors_are_bounded() {
    let long = "y".repeat(1 << 20);
    assert!(parse(format!("x{{a=\"{long}\"}} 1\n").as_bytes()).is_ok());
    assert!(parse(format!("{long} 1\n").as_bytes()).is_ok());
    assert!(parse(format!("# HELP x {long}\nx 1\n").as_bytes()).is_ok());
    assert!(parse(format!("x {}1\n", " ".repeat(1 << 20)).as_bytes()).is_ok());
    for text in [
        format!("x {long}\n"),
        format!("x 1 {long}\n"),
        format!("x{{a=\"{long}\n"),
        format!("x{{{long}\n"),
        format!("# TYPE x {long}\n"),
        format!("{{\"{long}\n"),
        format!("x{{\"{long}\"\n"),
        format!("x{{\"{long}\\x\n"),
    ] {
        assert!(error(&text).len() < 1024);
    }
}

/// The test would run for minutes if the time of any step were quadratic.
#[test]
fn many_of_anything() {
    const MANY: usize = 100_000;
    let lines = |line: &dyn Fn(usize) -> String| (0..MANY).map(line).collect::<String>();
    let series = lines(&|i| format!("x{{a=\"{i}\"}} {i}\n"));
    let families = lines(&|i| format!("x{i} 1\n"));
    let names = lines(&|i| format!("x{{a{i}=\"1\"}} 1\n"));
    let equal = lines(&|_| "x 1\n".to_owned());
    let labels: String = (0..1_000).map(|i| format!("a{i}=\"1\",")).collect();
    let labels = format!("x{{{labels}}} 1\n");
    let summaries = lines(&|i| format!("s_sum{{a=\"{}\"}} 1\n", i * 7919 % MANY / 2));
    let summaries = format!("# TYPE s summary\n{summaries}");
    let buckets = lines(&|i| format!("h_bucket{{le=\"{}\"}} 1\n", MANY - i));
    let buckets = format!("# TYPE h histogram\n{buckets}");
    let count = |text: &str| {
        let document = parse(text.as_bytes()).unwrap();
        let families = &document.families;
        let series: usize = families.iter().map(|family| family.series.len()).sum();
        (
            families.len(),
            series,
            document.label_names(&families[0]).len(),
        )
    };
    assert_eq!(count(&series), (1, MANY, 1));
    assert_eq!(count(&families), (MANY, MANY, 0));
    assert_eq!(count(&names), (1, MANY, MANY));
    assert_eq!(count(&equal), (1, MANY, 0));
    assert_eq!(count(&labels), (1, 1, 1_000));
    assert_eq!(count(&summaries), (1, MANY / 2, 1));
    assert_eq!(count(&buckets), (1, 1, 0));
}

#[test]
fn much_content_in_few_bytes_exceeds_a_limit() {
    let limits = Limits {
        samples: 3,
        families: 2,
        labels: 4,
        label_names: 2,
        work: u64::MAX,
    };
    let cases = [
        ("x 1\nx 1\nx 1\n", None),
        ("x 1\nx 1\nx 1\nx 1\n", Some(Limit::Samples)),
        (
            "# TYPE h histogram\nh{le=\"1\"} 1\nh{le=\"2\"} 1\nh_sum 1\nh_count 1\n",
            Some(Limit::Samples),
        ),
        ("x 1\ny 1\n", None),
        // Names without samples count, too.
        (
            "# HELP x \n# HELP y \n# TYPE z gauge\n",
            Some(Limit::Families),
        ),
        ("x{a=\"1\",b=\"2\"} 1\nx{a=\"3\",b=\"4\"} 1\n", None),
        (
            "x{a=\"1\",b=\"2\"} 1\nx{a=\"3\",b=\"4\"} 1\nx{a=\"\"} 1\n",
            Some(Limit::Labels),
        ),
        ("x{a=\"1\",b=\"2\",c=\"3\"} 1\n", Some(Limit::LabelNames)),
    ];
    for (text, expected) in cases {
        let exceeded = match super::super::parse(text.as_bytes(), &limits).0 {
            Ok(_) => None,
            Err(Error::TooLarge { limit, .. }) => Some(limit),
            Err(Error::Syntax { .. }) => panic!("{text:?}"),
        };
        assert_eq!(exceeded, expected, "{text:?}");
    }
    let error = super::super::parse(b"x 1\ny 1\nz 1\n", &limits)
        .0
        .unwrap_err();
    assert_eq!(error.to_string(), "it has more than 2 metric names");
}

#[test]
fn work_is_counted_and_limited() {
    let text = VALID.as_bytes();
    let (document, spent) = super::super::parse(text, &Limits::UNLIMITED);
    assert!(document.is_ok());
    assert!(spent >= work::BYTE * text.len() as u64);
    let limited = |work| {
        let limits = Limits {
            work,
            ..Limits::UNLIMITED
        };
        super::super::parse(text, &limits)
    };
    assert!(limited(spent).0.is_ok());
    let (document, less) = limited(spent / 2);
    assert!(less > spent / 2 && less < spent);
    let error = document.unwrap_err().to_string();
    let expected = format!("it takes more than {} units of work to parse", spent / 2);
    assert_eq!(error, expected);
}

#[test]
fn the_labels_of_a_line_are_limited() {
    let line = |labels: usize| {
        let labels: Vec<String> = (0..labels).map(|n| format!("a{n}=\"x\"")).collect();
        format!("x{{{}}} 1\n", labels.join(","))
    };
    assert!(parse(line(1_000).as_bytes()).is_ok());
    assert!(parse(line(1_001).as_bytes()).is_err());
}
