//! What `/proc/mdstat` may say.

use super::*;

fn parse(text: &str) -> Result<Vec<(String, State, [u64; 6])>, String> {
    let text = Text::new("mdstat", text);
    let arrays = mdstat(&text).map_err(|error| error.to_string())?;
    let numbers = |array: &Status<'_>| {
        [
            array.disks_total,
            array.disks_active,
            array.disks_failed,
            array.disks_spare,
            array.blocks,
            array.blocks_synced,
        ]
    };
    let all = arrays
        .iter()
        .map(|array| (array.name.to_owned(), array.state, numbers(array)));
    Ok(all.collect())
}

/// One array with these lines behind the first.
fn one(first: &str, status: &str, sync: &str) -> Result<(State, [u64; 6]), String> {
    let found = parse(&format!(
        "Personalities : [raid1]\n{first}\n{status}\n{sync}\n\n"
    ))?;
    let [(_, state, numbers)] = &found[..] else {
        panic!("{found:?}");
    };
    Ok((*state, *numbers))
}

const RAID1: &str = "md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]";
const STATUS: &str = "      195310144 blocks super 1.2 [2/1] [U_]";
const SYNC: &str =
    "      [=>..]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec";

#[test]
fn states_and_their_progress() {
    let all = [2, 1, 1, 1, 195_310_144];
    let with = |synced| [all[0], all[1], all[2], all[3], all[4], synced];
    for (sync, state, synced) in [
        ("", State::Active, 195_310_144),
        (SYNC, State::Recovering, 16_775_552),
        (
            &SYNC.replace("recovery", "resync"),
            State::Resyncing,
            16_775_552,
        ),
        (
            &SYNC.replace("recovery", "check"),
            State::Checking,
            16_775_552,
        ),
        (
            &SYNC.replace("recovery", "reshape"),
            State::Other,
            16_775_552,
        ),
        ("      resync=PENDING", State::Resyncing, 0),
        ("      resync=DELAYED", State::Resyncing, 0),
        (
            "      bitmap: 0/30 pages [0KB], 65536KB chunk",
            State::Active,
            195_310_144,
        ),
        (
            &format!("      bitmap: 0/30 pages\n{SYNC}"),
            State::Recovering,
            16_775_552,
        ),
    ] {
        assert_eq!(
            one(RAID1, STATUS, sync),
            Ok((state, with(synced))),
            "{sync:?}"
        );
    }
}

#[test]
fn disks_by_level() {
    let disks = |first: &str, status: &str| {
        one(first, status, "").map(|(state, [total, active, ..])| (state, total, active))
    };
    for (first, status, expected) in [
        (
            "md1 : active raid0 a[0] b[1]",
            "  5 blocks 64k chunks",
            (State::Active, 2, 2),
        ),
        (
            "md1 : broken linear a[0]",
            "  5 blocks 0k rounding",
            (State::Other, 1, 1),
        ),
        (
            "md1 : active (read-only) raid0 a[0]",
            "  5",
            (State::Active, 1, 1),
        ),
        (
            "md1 : inactive a[2](S) b[1](S)",
            "  5 blocks super external:imsm",
            (State::Inactive, 0, 0),
        ),
        (
            "md1 : active raid5 a[0]",
            "  5 blocks level 5, [x/1] [3/2] [UU_]",
            (State::Active, 3, 2),
        ),
        (
            "md1 : active raid5 a[0]",
            "  5 blocks [3/2] [UU_] [9/9] [x]",
            (State::Active, 3, 2),
        ),
    ] {
        assert_eq!(disks(first, status), Ok(expected), "{first:?}");
    }
}

#[test]
fn files_without_arrays() {
    for text in [
        "",
        "\n",
        "Personalities : \nunused devices: <none>\n",
        "Personalities : [raid1] [raid6]\nunused devices: <none>\n",
    ] {
        assert_eq!(parse(text), Ok(vec![]), "{text:?}");
    }
}

#[test]
fn too_few_lines() {
    let short = "mdstat:1: expected 3 lines behind this one";
    for (behind, expected) in [
        ("", Err(short)),
        ("\n", Err(short)),
        ("\n  5 blocks [1/1] [U]\n", Err(short)),
        ("\n  5 blocks [1/1] [U]\n\n", Ok(())),
        ("\n  5 blocks [1/1] [U]\n\nunused", Ok(())),
    ] {
        let found = parse(&format!("md0 : active raid1 a[0]{behind}")).map(drop);
        assert_eq!(found, expected.map_err(str::to_owned), "{behind:?}");
    }
    // A second line about personalities is taken for an array.
    let twice = "Personalities : [raid1]\nPersonalities : [raid1]\n";
    assert!(parse(twice).is_err());
}

#[test]
fn tells_the_line_that_is_wrong() {
    let status = "mdstat:3: expected \"NUMBER blocks ... [TOTAL/ACTIVE] [UU_]\"";
    let sync = |what: &str| format!("mdstat:4: expected {what} of what is under way");
    for (first, second, third, expected) in [
        (
            "md6 :",
            STATUS,
            "",
            "mdstat:2: state: the column is missing".to_owned(),
        ),
        (
            RAID1,
            "",
            "",
            "mdstat:3: blocks: the column is missing".to_owned(),
        ),
        (
            RAID1,
            "  many blocks",
            "",
            "mdstat:3: blocks: expected an unsigned integer, found \"many\"".to_owned(),
        ),
        (RAID1, "  5 blocks", "", status.to_owned()),
        (RAID1, "  5 blocks [2/1] [UX]", "", status.to_owned()),
        (RAID1, "  5 blocks [2/1] []", "", status.to_owned()),
        (RAID1, "  5 blocks [/1] [U]", "", status.to_owned()),
        (RAID1, "  5 [2/1] [UU]", "", status.to_owned()),
        (RAID1, STATUS, "  recovery", sync("(DONE/ALL)")),
        (RAID1, STATUS, "  resync = 1% (x/2) (1)", sync("(DONE/ALL)")),
        (RAID1, STATUS, "  resync (1/2)", sync("= PERCENT%")),
        (
            RAID1,
            STATUS,
            "  resync = 1% (1/2)",
            sync("finish=MINUTESmin"),
        ),
        (
            RAID1,
            STATUS,
            "  resync = 1% (1/2) finish=1min speed=fastK",
            sync("speed=KILOBYTESK/sec"),
        ),
    ] {
        assert_eq!(
            one(first, second, third),
            Err(expected),
            "{first:?} {second:?} {third:?}"
        );
    }
}

#[test]
fn a_huge_file() {
    let array = format!("{RAID1}\n{STATUS}\n{SYNC}\n\n");
    assert_eq!(parse(&array.repeat(5_000)).unwrap().len(), 5_000);
    assert!(parse(&"[".repeat(1 << 20)).is_err());
    let brackets = format!("  5 blocks {}", "[2/1] [X] ".repeat(10_000));
    assert!(one(RAID1, &brackets, "").is_err());
    let parentheses = format!("  check {}", "(1/".repeat(100_000));
    assert!(one(RAID1, STATUS, &parentheses).is_err());
}
