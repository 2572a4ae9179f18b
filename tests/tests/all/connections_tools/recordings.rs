//! Recorded conversations, and their replay.

use std::fs;

use firepit_tests::{Act, Directory, Peer};

use super::{assert_ended, peer, run};

/// A recording in a directory that is removed at the end.
struct Recording(Directory);

impl Recording {
    fn new() -> Self {
        Self(Directory::new())
    }

    fn record(&self) -> String {
        format!("--record={}", self.0.path().display())
    }

    fn replay(&self) -> String {
        format!("--replay={}", self.0.path().display())
    }

    fn conversation(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join("connections").join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join("connections").join(name), text).unwrap();
    }
}

#[test]
fn conversation_is_recorded_as_text_and_replayed_without_its_peer() {
    let peer = peer();
    let address = peer.address();
    let option = format!("--option=address={address}");
    let tried = format!("--option=try=tcp:{address}");
    let words = [&*option, &tried, "--grant=tcp:{address}"];
    let recording = Recording::new();
    let ended = run(&[&words[..], &[&recording.record()]].concat());
    assert_ended(&ended, 0);
    let text = recording.conversation("00001.txt");
    let told =
        format!("address tcp:{address}\n> \"hello\\n\"\n< \"welcome \\\"you\\\"\\n\"\nopen\n");
    assert_eq!(text, told);
    let readme = fs::read_to_string(recording.0.path().join("README")).unwrap();
    assert!(
        readme.contains("connections/ has the conversations"),
        "{readme}"
    );

    let met = peer.met();
    let replay = recording.replay();
    let words = [&words[..], &[&replay]].concat();
    let again = run(&words);
    assert_ended(&again, 0);
    assert_eq!(again.stdout, ended.stdout);
    assert_eq!(peer.met(), met, "the peer is not asked again");

    // A person changes it.
    recording.write("00001.txt", &text.replace("welcome", "goodbye"));
    let again = run(&words);
    assert_eq!(again.stdout, ended.stdout.replace("welcome", "goodbye"));
    recording.write(
        "00001.txt",
        &format!("address tcp:{address}\nunconnected unreachable\n"),
    );
    let again = run(&words);
    assert!(
        again.stdout.contains("cannot be reached"),
        "{}",
        again.stdout
    );
    recording.write("00001.txt", "nonsense");
    let again = run(&words);
    assert_ended(&again, 1);
    let told = "00001.txt is not a recorded conversation: line 1: expected \"address\"";
    assert!(again.stderr.contains(told), "{}", again.stderr);

    // An address without a conversation is refused.
    fs::remove_dir_all(recording.0.path().join("connections")).unwrap();
    let again = run(&words);
    assert!(
        again.stdout.contains("connection refused"),
        "{}",
        again.stdout
    );
    assert_eq!(peer.met(), met);
}

#[test]
fn replay_gives_each_connection_its_own_conversation() {
    let peer = peer();
    let address = peer.address();
    let option = format!("--option=address={address}");
    let tried = format!("--option=try=tcp:{address}");
    let words = [&*option, &tried, "--grant=tcp:{address}"];
    let recording = Recording::new();
    assert_ended(
        &run(&[&words[..], &["--repeat=2", &recording.record()]].concat()),
        0,
    );
    let second = recording.conversation("00002.txt");
    recording.write("00002.txt", &second.replace("welcome", "second"));
    for (repeat, told) in [
        ("--repeat=1", "welcome"),
        ("--repeat=2", "second"),
        ("--repeat=5", "second"),
    ] {
        let ended = run(&[&words[..], &[repeat, &recording.replay()]].concat());
        assert!(ended.stdout.contains(told), "{repeat}: {}", ended.stdout);
    }
}

/// Says what it heard.
fn same(heard: &[u8]) -> Option<Vec<u8>> {
    (!heard.is_empty()).then(|| heard.to_vec())
}

#[test]
fn random_requests_and_datagrams_replay() {
    let echo = || [Act::answer(same)];
    let (tcp, udp) = (Peer::tcp(echo()), Peer::udp(echo()));
    let words = [
        "--option=random=true".to_owned(),
        format!("--option=address={}", tcp.address()),
        "--option=server=127.0.0.1".to_owned(),
        format!("--option=port={}", udp.port()),
        format!("--option=try=tcp:{}", tcp.address()),
        format!("--option=try=udp:{}", udp.address()),
        "--grant=tcp:{address}".to_owned(),
        "--grant=udp:{server}:{port}".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let recording = Recording::new();
    let ended = run(&[&words[..], &["--repeat=3", &recording.record()]].concat());
    assert_ended(&ended, 0);
    drop((tcp, udp));
    let again = run(&[&words[..], &["--repeat=3", &recording.replay()]].concat());
    assert_ended(&again, 0);
    assert_eq!(again.stdout, ended.stdout);
    assert!(!again.stdout.contains("something else"), "{}", again.stdout);
    let text = recording.conversation("00002.txt");
    assert!(text.starts_with("address udp:127.0.0.1:"), "{text}");
    assert!(text.ends_with("\nclosed\n"), "{text}");

    // Without a recording the numbers differ from run to run.
    let echo = Peer::tcp([Act::answer(same)]);
    let words = [
        "--option=random=true".to_owned(),
        format!("--option=address={}", echo.address()),
        format!("--option=try=tcp:{}", echo.address()),
        "--grant=tcp:{address}".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_ne!(run(&words).stdout, run(&words).stdout);
}

/// What a recording is worth after its replay: the same.
#[test]
fn replayed_conversation_can_be_recorded() {
    let peer = peer();
    let address = peer.address();
    let option = format!("--option=address={address}");
    let tried = format!("--option=try=tcp:{address}");
    let words = [&*option, &tried, "--grant=tcp:{address}"];
    let (one, two) = (Recording::new(), Recording::new());
    assert_ended(&run(&[&words[..], &[&one.record()]].concat()), 0);
    assert_ended(
        &run(&[&words[..], &[&one.replay(), &two.record()]].concat()),
        0,
    );
    assert_eq!(one.conversation("00001.txt"), two.conversation("00001.txt"));
}
