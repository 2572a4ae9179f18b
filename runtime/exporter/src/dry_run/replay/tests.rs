//! What recorded peers answer, and which recordings are rejected.

use std::sync::atomic::AtomicU32;

use super::*;

/// A recording with these files of conversations, removed at the end of the test.
struct Recorded(PathBuf);

impl Recorded {
    fn new(files: &[(&str, &[u8])]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-replay-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join(DIRECTORY)).unwrap();
        for (name, content) in files {
            fs::write(path.join(DIRECTORY).join(name), content).unwrap();
        }
        Self(path)
    }

    fn error(&self) -> String {
        let error = anyhow::Error::from(Replay::read(&self.0).unwrap_err());
        format!("{error:#}")
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

const ADDRESS: &str = "unix:/run/x";

/// A peer with these conversations.
fn peer(bodies: &[&str]) -> Replay {
    let mut replay = Replay::default();
    for body in bodies {
        let text = format!("address {ADDRESS}\n{body}");
        replay.add(conversation::parse(&text).unwrap());
    }
    replay
}

/// Connects, sends each request and receives up to five bytes after each.
fn ask(replay: &Replay, requests: &[&str]) -> Vec<Result<String, ConnectionError>> {
    let mut connected = match replay.connect(ADDRESS) {
        Ok(connected) => connected,
        Err(error) => return vec![Err(error)],
    };
    let mut answers = Vec::new();
    for request in requests {
        if !request.is_empty()
            && let Err(error) = connected.send(request.as_bytes())
        {
            answers.push(Err(error));
            continue;
        }
        let mut buffer = [0; 5];
        let received = connected.receive(&mut buffer);
        let text = |number| String::from_utf8_lossy(&buffer[..number]).into_owned();
        answers.push(received.map(text));
    }
    answers
}

fn said(text: &str) -> Result<String, ConnectionError> {
    Ok(text.to_owned())
}

#[test]
fn each_request_has_the_answer_that_followed_it() {
    let body = "> \"a\"\n< \"123456\"\n> \"b\"\n> \"c\"\n< \"7\"\nclosed";
    let answers = ask(&peer(&[body]), &["other", "", "b", ""]);
    assert_eq!(answers, [said("12345"), said("6"), said("7"), said("")]);
    // An answer does not come before its request.
    let answers = ask(&peer(&[body]), &["", "a"]);
    assert_eq!(answers, [Err(ConnectionError::TimedOut), said("12345")]);
}

#[test]
fn conversation_ends_as_recorded() {
    use ConnectionError::{Os, Refused, Reset, TimedOut};
    for (body, requests, wanted) in [
        ("open", &[""][..], vec![Err(TimedOut)]),
        ("closed", &["", ""], vec![said(""), said("")]),
        ("failed reset", &[""], vec![Err(Reset)]),
        ("failed reset", &["a"], vec![Err(Reset)]),
        ("> \"a\"\nfailed errno-5", &["a"], vec![Err(Os(5))]),
        ("unconnected refused", &["a"], vec![Err(Refused)]),
        ("> \"a\"\n< \"\"\n< \"x\"\nopen", &["a"], vec![said("x")]),
    ] {
        assert_eq!(ask(&peer(&[body]), requests), wanted, "{body}");
    }
}

#[test]
fn each_connection_has_its_conversation_and_the_last_one_repeats() {
    let replay = peer(&["< \"1\"\nopen", "< \"2\"\nopen"]);
    for wanted in ["1", "2", "2", "2"] {
        assert_eq!(ask(&replay, &[""]), [said(wanted)]);
    }
    let other = replay.connect("unix:/run/y").map(drop);
    assert_eq!(other, Err(ConnectionError::Refused));
}

#[test]
fn files_are_read_in_the_order_of_their_names() {
    let text = |answer| format!("address {ADDRESS}\n< \"{answer}\"\nopen\n");
    let recorded = Recorded::new(&[
        ("2.txt", text(2).as_bytes()),
        ("1.txt", text(1).as_bytes()),
        ("1.txt~", b"left by an editor"),
    ]);
    let replay = Replay::read(&recorded.0).unwrap();
    assert_eq!(ask(&replay, &[""]), [said("1")]);
    assert_eq!(ask(&replay, &[""]), [said("2")]);
}

#[test]
fn recording_without_conversations_has_no_peer() {
    let replay = Replay::read(Path::new("/nonexistent")).unwrap();
    assert!(replay.0.is_empty());
}

#[test]
fn garbled_files_are_rejected_by_name() {
    for (content, told) in [
        (
            &b""[..],
            "1.txt is not a recorded conversation: line 1: expected",
        ),
        (b"\xff\xfe", "cannot read"),
        (b"address x", "line 1: not an address"),
        (b"address unix:/x\n\0", "line 2: "),
    ] {
        let error = Recorded::new(&[("1.txt", content)]).error();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn only_regular_files_are_read() {
    let recorded = Recorded::new(&[]);
    let directory = recorded.0.join(DIRECTORY);
    std::os::unix::fs::symlink("/etc/passwd", directory.join("1.txt")).unwrap();
    assert!(recorded.error().contains("cannot read"));
    fs::remove_file(directory.join("1.txt")).unwrap();
    let pipe = directory.join("2.txt");
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, fifo, Mode::RUSR, 0).unwrap();
    assert!(recorded.error().contains("not a regular file"));
    fs::remove_dir_all(&directory).unwrap();
    std::os::unix::fs::symlink("/etc", &directory).unwrap();
    assert!(recorded.error().contains("cannot read"));
    fs::remove_file(&directory).unwrap();
}

#[test]
fn size_of_a_recording_is_bounded() {
    let text = format!("address {ADDRESS}\nopen\n");
    let recorded = Recorded::new(&[("1.txt", text.as_bytes()), ("2.txt", text.as_bytes())]);
    let max = 2 * text.len() as u64;
    assert!(Replay::within(&recorded.0, max).is_ok());
    for max in [max - 1, 1] {
        let error = Replay::within(&recorded.0, max).unwrap_err();
        assert!(matches!(error, ReplayError::TooMuch(_)), "{error}");
    }
    let one = recorded.0.join(DIRECTORY).join("1.txt");
    assert_eq!(read(&one, 4).unwrap().len(), 5, "no more is read");
}
