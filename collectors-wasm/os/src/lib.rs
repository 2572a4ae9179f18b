//! The operating system: its name, version, and end of support.
//!
//! Reads `/rootfs/etc/os-release`, or if that is missing `/rootfs/usr/lib/os-release`
//! ([os-release(5)](https://www.freedesktop.org/software/systemd/man/latest/os-release.html)): on a
//! host both are usually one file, a container image may have only one. Emits `node_os_info`,
//! `node_os_version` and `node_os_support_end_timestamp_seconds`. A malformed line omits its value.

mod date;
mod parse;
mod value;
mod version;

use firepit_sdk::files;
use firepit_sdk::parse::Text;
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, log};

use parse::Assignments;

const FILES: [&str; 2] = ["/rootfs/etc/os-release", "/rootfs/usr/lib/os-release"];

const INFO: Gauge<12> = Gauge::new(
    "node_os_info",
    "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, \
     name, pretty_name, variant, variant_id, version, version_codename, version_id.",
    [
        "build_id",
        "id",
        "id_like",
        "image_id",
        "image_version",
        "name",
        "pretty_name",
        "variant",
        "variant_id",
        "version",
        "version_codename",
        "version_id",
    ],
);

/// The keys in the file for the labels of [`INFO`], in the same order.
const INFO_KEYS: [&str; 12] = [
    "BUILD_ID",
    "ID",
    "ID_LIKE",
    "IMAGE_ID",
    "IMAGE_VERSION",
    "NAME",
    "PRETTY_NAME",
    "VARIANT",
    "VARIANT_ID",
    "VERSION",
    "VERSION_CODENAME",
    "VERSION_ID",
];

const VERSION: Gauge<3> = Gauge::new(
    "node_os_version",
    "Metric containing the major.minor part of the OS version.",
    ["id", "id_like", "name"],
);
const SUPPORT_END: Gauge<0> = Gauge::new(
    "node_os_support_end_timestamp_seconds",
    "Metric containing the end-of-life date timestamp of the OS.",
    [],
);

export!(
    Os,
    collect,
    Descriptor::new("os", "Shows the operating system and its version.").reads(FILES)
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let Some(text) = read()? else {
        log::debug("no os-release file found", &[("files", &FILES.join(","))]);
        return Err(Error::NoData);
    };
    let os = Assignments::parse(&text);
    if os.is_empty() {
        return Ok(());
    }
    let version = version::major_minor(os.get("VERSION_ID"));
    let version = (version.map_err(|message| text.error(message)).or_skip()).flatten();
    let support_end = match os.get("SUPPORT_END") {
        "" => None,
        date => (date::seconds(date))
            .ok_or_else(|| text.error("SUPPORT_END: expected a date of the form YYYY-MM-DD"))
            .or_skip(),
    };
    let labels = INFO_KEYS.map(|key| os.get(key));
    metrics.gauge(&INFO).set(labels, 1);
    let labels = ["ID", "ID_LIKE", "NAME"].map(|key| os.get(key));
    metrics.gauge(&VERSION).set(labels, version);
    metrics.gauge(&SUPPORT_END).set([], support_end);
    Ok(())
}

/// The first readable file, or the first failure other than a missing file.
fn read() -> Result<Option<Text>, files::Error> {
    let mut failure = None;
    for path in FILES {
        match files::read_text(path) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.is_not_found() => {}
            Err(error) => {
                failure.get_or_insert_with(|| error.clone());
                skip::report(error);
            }
        }
    }
    failure.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const UBUNTU: &str = "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"20.04\"\n\
                          HOME_URL=\"https://www.ubuntu.com/\"\n";

    fn run(path: &str, text: &str) -> firepit_sdk::testing::Output {
        Host::new().file(path, text).run::<Os>([])
    }

    #[test]
    fn shows_name_version_and_end_of_support() {
        let text = UBUNTU.to_owned() + "SUPPORT_END=2025-05-29\n";
        let expected = "node_os_info{build_id=\"\",id=\"ubuntu\",id_like=\"debian\",image_id=\"\",\
            image_version=\"\",name=\"Ubuntu\",pretty_name=\"\",variant=\"\",variant_id=\"\",\
            version=\"\",version_codename=\"\",version_id=\"20.04\"} 1\n\
            node_os_version{id=\"ubuntu\",id_like=\"debian\",name=\"Ubuntu\"} 20.04\n\
            node_os_support_end_timestamp_seconds 1748476800\n";
        for path in FILES {
            let out = run(path, &text);
            assert_eq!(
                (out.result.clone(), out.text()),
                (Ok(()), expected.to_owned())
            );
        }
    }

    #[test]
    fn labels_match_the_keys_of_the_file() {
        let text: String = (INFO_KEYS.iter())
            .map(|key| format!("{key}={}\n", key.to_lowercase()))
            .collect();
        let out = run(FILES[0], &text);
        assert_eq!(out.families.len(), 1);
        let firepit_sdk::dynamic::Samples::Gauge(samples) = &out.families[0].samples else {
            panic!("expected a gauge");
        };
        assert_eq!(samples[0].label_values, out.families[0].label_names);
    }

    #[test]
    fn the_file_in_etc_has_precedence_and_is_read_at_each_scrape() {
        let host = Host::new()
            .file(FILES[0], "ID=etc\n")
            .file(FILES[1], "ID=usr\n");
        let mut os = host.configure::<Os>([]).unwrap();
        assert!(host.collect(&mut os).text().contains("id=\"etc\""));
        let host = host.file(FILES[0], "ID=later\n");
        assert!(host.collect(&mut os).text().contains("id=\"later\""));
    }

    #[test]
    fn without_a_version_only_the_names_are_shown() {
        for text in ["ID=arch\n", "VERSION_ID=tumbleweed\n", "VERSION_ID=0\n"] {
            let out = run(FILES[0], text);
            assert_eq!(
                (out.result.clone(), out.families.len()),
                (Ok(()), 1),
                "{text:?}"
            );
        }
    }

    #[test]
    fn without_the_files_there_is_no_data() {
        assert_eq!(Host::new().run::<Os>([]).result, Err(Error::NoData));
    }

    #[test]
    fn an_empty_file_shows_nothing() {
        let out = run(FILES[0], "\n# nothing\n");
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn malformed_entries_are_skipped() {
        let huge = format!("VERSION_ID={}\n", "9".repeat(400));
        let cases = [
            ("NAME\n", "expected a line with '='"),
            (
                "SUPPORT_END=soon\n",
                "SUPPORT_END: expected a date of the form YYYY-MM-DD",
            ),
            (&huge, "VERSION_ID: the number is too large"),
        ];
        for (text, expected) in cases {
            let out = run(FILES[0], &format!("ID=x\n{text}"));
            assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 1));
            let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
            assert_eq!(told, [expected]);
        }
    }

    #[test]
    fn unreadable_file_falls_back_to_the_other() {
        let host = Host::new().directory(FILES[0]);
        let out = host.run::<Os>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(error, "/rootfs/etc/os-release: not a regular file");
        let out = host.file(FILES[1], UBUNTU).run::<Os>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 2));
    }

    #[test]
    fn faults() {
        let text = UBUNTU.to_owned() + "SUPPORT_END=2025-05-29\n";
        Faults::new()
            .rule(FILES[0], Loss::Everything, "the only source")
            .check::<Os>(&Host::new().file(FILES[0], text));
    }
}
