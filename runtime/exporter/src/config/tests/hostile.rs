//! Parsing any file terminates, without a panic and with a bounded message.

use super::{FULL, parse};
use crate::config::read::MAX_BYTES;

fn survives(text: &str) {
    if let Err(error) = parse(text) {
        let message = error.to_string();
        assert!(message.len() < 51 * 800, "{} bytes", message.len());
        assert!(
            !message.contains(|c: char| c.is_control() && c != '\n'),
            "{message:?}"
        );
    }
}

/// A small random number generator, the same on every run; quality does not matter here.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[test]
fn every_beginning_and_end_of_a_good_file() {
    for at in 0..=FULL.len() {
        survives(&FULL[..at]);
        survives(&FULL[at..]);
    }
}

#[test]
fn every_byte_of_a_good_file_replaced() {
    for at in 0..FULL.len() {
        for odd in ["", "\n", "\t", ":", "[", "'", "é"] {
            survives(&format!("{}{odd}{}", &FULL[..at], &FULL[at + 1..]));
        }
    }
}

#[test]
fn pieces_of_yaml_in_any_order() {
    const PIECES: [&str; 48] = [
        "collectors",
        "smart",
        "grants",
        "reads",
        "options",
        "limits",
        "a",
        "0",
        "null",
        ": ",
        ":",
        ":\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n\t",
        " ",
        "- ",
        "-",
        "? ",
        "?",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "'",
        "\"",
        "\\",
        "\\x4",
        "\\U00110000",
        "|",
        "|2-\n",
        ">+\n",
        "&a ",
        "*a",
        "! ",
        "!<x>",
        "!!str ",
        "%TAG ! x\n",
        "%YAML 1.2\n",
        "---",
        "---\n",
        "...\n",
        " #",
        "\u{feff}",
        "\u{2028}",
    ];
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for _ in 0..5_000 {
        let length = 1 + dice.below(40);
        let text: String = (0..length)
            .map(|_| PIECES[dice.below(PIECES.len())])
            .collect();
        survives(&text);
    }
}

#[test]
fn garbage() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..dice.below(200))
            .map(|_| dice.below(256).to_le_bytes()[0])
            .collect();
        survives(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn one_token_repeated_up_to_the_file_size_limit() {
    for piece in [
        "[", "{", "- ", "? ", "? a\n", "a: ", "a: b\n", "a:\n", "\"", "'", "\"\\", "x", "é", "\n",
        "\r", " ", "\t", "#", "&a ", "*a ", "!a ", "!<", "%", "|", "- |\n", "--- ", "---\n",
        "...\n", "[a: ", "{a,", "[[],", "{\"a\":", ": ", "\u{feff}", "\u{2028}",
    ] {
        survives(&piece.repeat(MAX_BYTES / piece.len()));
        survives(&format!("collectors:\n  a: {}", piece.repeat(5_000)));
    }
    let deep: String = (0..1_000)
        .map(|at| format!("{}a:\n", " ".repeat(at)))
        .collect();
    survives(&deep);
    let keys: String = (0..49_000).map(|at| format!("  k{at}: 0\n")).collect();
    survives(&format!("collectors:\n{keys}"));
}

#[test]
fn alias_bomb_gives_a_short_list_of_problems() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..100 {
        let aliases = vec![format!("*a{}", at - 1); 10].join(", ");
        text += &format!("a{at}: &a{at} [{aliases}]\n");
    }
    let message = parse(&text).unwrap_err().to_string();
    assert!(message.contains("1: anchors are not supported"));
    assert_eq!(message.lines().count(), 51);
}
