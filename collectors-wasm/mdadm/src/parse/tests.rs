//! Tests of the forms of `/proc/mdstat`.

use super::*;

type Numbers = [Option<u64>; 6];

fn parse(text: &str) -> Vec<(String, State, Numbers)> {
    let text = Text::new("mdstat", text);
    let numbers = |array: &Status<'_>| {
        [
            array.disks_total,
            array.disks_active,
            Some(array.disks_failed),
            Some(array.disks_spare),
            array.blocks,
            array.blocks_synced,
        ]
    };
    let arrays = mdstat(&text);
    let all = arrays
        .iter()
        .map(|array| (array.name.to_owned(), array.state, numbers(array)));
    all.collect()
}

/// One array with these lines after the first.
fn one(first: &str, status: &str, sync: &str) -> (State, Numbers) {
    let found = parse(&format!(
        "Personalities : [raid1]\n{first}\n{status}\n{sync}\n\n"
    ));
    let [(_, state, numbers)] = &found[..] else {
        panic!("{found:?}");
    };
    (*state, *numbers)
}

const RAID1: &str = "md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]";
const STATUS: &str = "      195310144 blocks super 1.2 [2/1] [U_]";
const SYNC: &str =
    "      [=>..]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec";

#[test]
fn states_and_their_progress() {
    let all = [2, 1, 1, 1, 195_310_144].map(Some);
    let with = |synced| [all[0], all[1], all[2], all[3], all[4], synced];
    let done = Some(16_775_552);
    let blocks = all[4];
    for (sync, state, synced) in [
        ("", State::Active, blocks),
        (SYNC, State::Recovering, done),
        (&SYNC.replace("recovery", "resync"), State::Resyncing, done),
        (&SYNC.replace("recovery", "check"), State::Checking, done),
        (&SYNC.replace("recovery", "reshape"), State::Other, done),
        ("      resync=PENDING", State::Resyncing, Some(0)),
        ("      \tresync=DELAYED", State::Resyncing, Some(0)),
        // Another node of the cluster does the work, and knows its progress.
        ("      \tresync=REMOTE", State::Resyncing, None),
        ("      \trecover=REMOTE", State::Recovering, None),
        ("      \treshape=REMOTE", State::Other, None),
        (
            &format!("{SYNC}\n      bitmap: 0/30 pages"),
            State::Recovering,
            done,
        ),
        (
            "      bitmap: 0/30 pages [0KB], 65536KB chunk",
            State::Active,
            blocks,
        ),
        (
            &format!("      bitmap: 0/30 pages\n{SYNC}"),
            State::Recovering,
            done,
        ),
    ] {
        let found = one(RAID1, STATUS, sync);
        assert_eq!(found, (state, with(synced)), "{sync:?}");
    }
}

#[test]
fn disks_by_level() {
    let disks = |first: &str, status: &str| {
        let (state, [total, active, ..]) = one(first, status, "");
        (state, total.zip(active))
    };
    for (first, status, expected) in [
        (
            "md1 : active raid0 a[0] b[1]",
            "  5 blocks 64k chunks",
            (State::Active, Some((2, 2))),
        ),
        (
            "md1 : broken linear a[0]",
            "  5 blocks 0k rounding",
            (State::Other, Some((1, 1))),
        ),
        (
            "md1 : active (read-only) raid0 a[0]",
            "  5",
            (State::Active, Some((1, 1))),
        ),
        (
            "md1 : inactive a[2](S) b[1](S)",
            "  5 blocks super external:imsm",
            (State::Inactive, Some((0, 0))),
        ),
        (
            "md1 : active raid5 a[0]",
            "  5 blocks level 5, [x/1] [3/2] [UU_]",
            (State::Active, Some((3, 2))),
        ),
        (
            "md1 : active raid5 a[0]",
            "  5 blocks [3/2] [UU_] [9/9] [x]",
            (State::Active, Some((3, 2))),
        ),
        (
            "md1 : active faulty a[0]",
            "  5 blocks super 1.2 WriteTransient=3(7)",
            (State::Active, None),
        ),
    ] {
        assert_eq!(disks(first, status), expected, "{first:?}");
    }
}

#[test]
fn arrays_without_disks_have_their_status_after_the_name() {
    let text = "Personalities : [raid6]
md125 : inactive sdc1[29](S) sdb1[27](S)
      41900000 blocks super 1.2
       
md126 : active raid5 super 1.2 level 5, 64k chunk, algorithm 2 [4/0] [____]
      
md127 : inactive super external:imsm
       
md1 : active raid0 super 1.2 64k chunks
      
unused devices: <none>
";
    let array = |name: &str, state, numbers| (name.to_owned(), state, numbers);
    let none = None;
    let of = |total, active, spare, blocks| [total, active, Some(0), Some(spare), blocks, blocks];
    assert_eq!(
        parse(text),
        [
            array(
                "md125",
                State::Inactive,
                of(Some(0), Some(0), 2, Some(41_900_000))
            ),
            array("md126", State::Active, of(Some(4), Some(0), 0, none)),
            array("md127", State::Inactive, of(Some(0), Some(0), 0, none)),
            array("md1", State::Active, of(Some(0), Some(0), 0, none)),
        ]
    );
}

#[test]
fn files_without_arrays() {
    for text in [
        "",
        "\n",
        "Personalities : \nunused devices: <none>\n",
        "Personalities : [raid1] [raid6]\nunused devices: <none>\n",
        "Personalities : [raid1]\nPersonalities : [raid1]\n",
    ] {
        assert_eq!(parse(text), [], "{text:?}");
    }
}

#[test]
fn missing_or_malformed_lines_omit_only_their_own_values() {
    let whole = one(RAID1, STATUS, SYNC);
    let lost = |first: &str, second: &str, third: &str| {
        let (state, numbers) = one(first, second, third);
        let lost = (0..6).filter(|&index| numbers[index] != whole.1[index]);
        (state, lost.collect::<Vec<usize>>())
    };
    let recovering = State::Recovering;
    for (second, third, expected) in [
        ("", SYNC, (recovering, vec![0, 1, 4])),
        ("", "", (State::Active, vec![0, 1, 4, 5])),
        ("  many blocks [2/1] [U_]", SYNC, (recovering, vec![4])),
        ("  195310144 blocks", SYNC, (recovering, vec![0, 1])),
        (
            "  195310144 blocks [2/1] [UX]",
            SYNC,
            (recovering, vec![0, 1]),
        ),
        (
            "  195310144 blocks [/1] [U]",
            SYNC,
            (recovering, vec![0, 1]),
        ),
        (STATUS, "  recovery", (recovering, vec![5])),
        (STATUS, "  recovery = 1% (x/2) (1)", (recovering, vec![5])),
        (STATUS, "  recovery (16775552/2)", (recovering, vec![])),
        (STATUS, "  tomorrow: 5", (State::Active, vec![5])),
    ] {
        assert_eq!(lost(RAID1, second, third), expected, "{second:?} {third:?}");
    }
}

#[test]
fn lines_of_an_unnamed_array_do_not_count_for_others() {
    let text = format!("{RAID1}\n{STATUS}\n\nmd7 ?? active\n  7 blocks [9/9] [U]\n{SYNC}\n\n");
    let (state, numbers) = one(RAID1, STATUS, "");
    assert_eq!(parse(&text), [("md6".to_owned(), state, numbers)]);
    for first in ["md6", "md6 :", "md6: active", "<unknown>"] {
        assert_eq!(parse(&format!("{first}\n{STATUS}\n")), [], "{first:?}");
    }
}

#[test]
fn a_huge_file() {
    let array = format!("{RAID1}\n{STATUS}\n{SYNC}\n\n");
    assert_eq!(parse(&array.repeat(5_000)).len(), 5_000);
    assert_eq!(parse(&"[".repeat(1 << 20)), []);
    let brackets = format!("  5 blocks {}", "[2/1] [X] ".repeat(10_000));
    assert_eq!(one(RAID1, &brackets, "").1[0], None);
    let parentheses = format!("  check {}", "(1/".repeat(100_000));
    assert_eq!(one(RAID1, STATUS, &parentheses).1[5], None);
}
