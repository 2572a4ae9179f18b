//! Simulated drivers, well-behaved and not.

use super::*;

/// A driver: writes its answer over a command.
struct Driver<F>(F);

impl<F: FnMut(u32, &[u8]) -> Result<Vec<u8>, Errno>> Kernel for Driver<F> {
    fn send(&mut self, argument: &mut Guarded) -> Result<(), Errno> {
        let command = u32::from_ne_bytes(read(argument.bytes(), 0));
        let answer = (self.0)(command, argument.bytes())?;
        let room = argument.bytes().len();
        argument.write(&answer);
        // As the kernel does at the guard.
        if answer.len() > room {
            Err(Errno::FAULT)
        } else {
            Ok(())
        }
    }
}

/// Runs a request with memory of its own.
fn ask<K: Kernel, T>(kernel: &mut K, request: impl FnOnce(&mut Asked<'_, K>) -> T) -> T {
    let memory = &mut Guarded::new(1).unwrap();
    request(&mut Asked { kernel, memory })
}

fn link_settings(kernel: &mut impl Kernel) -> Result<LinkSettings, Error> {
    ask(kernel, |it| it.link_settings())
}

fn driver_info(kernel: &mut impl Kernel) -> Result<DriverInfo, Error> {
    ask(kernel, |it| it.driver_info())
}

fn statistics(
    kernel: &mut impl Kernel,
    spend: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<Statistic>, Error> {
    ask(kernel, |it| it.statistics(spend))
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    (numbers.iter())
        .flat_map(|number| number.to_ne_bytes())
        .collect()
}

/// The kernel's part of the answers about a number of statistics, which may change with each
/// command.
fn counting(mut count: impl FnMut(u32) -> u32) -> impl Kernel {
    Driver(move |command, _: &[u8]| {
        let count = count(command);
        Ok(match command {
            ETHTOOL_GSSET_INFO => {
                let [low, high] = halves(1 << ETH_SS_STATS);
                numbers(&[command, 0, low, high, count])
            }
            ETHTOOL_GSTRINGS => {
                let mut answer = numbers(&[command, ETH_SS_STATS, count]);
                for index in 0..count {
                    let mut name = format!("n{index}").into_bytes();
                    name.resize(TEXT, 0);
                    answer.extend(name);
                }
                answer
            }
            _ => {
                assert_eq!(command, ETHTOOL_GSTATS);
                let mut answer = numbers(&[command, count]);
                (0..u64::from(count)).for_each(|index| answer.extend(index.to_ne_bytes()));
                answer
            }
        })
    })
}

fn all(kernel: &mut impl Kernel) -> Result<Vec<(String, u64)>, Error> {
    let found = statistics(kernel, &mut |_| true)?;
    Ok((found.into_iter()).map(|it| (it.name, it.value)).collect())
}

fn expected(count: u64) -> Vec<(String, u64)> {
    (0..count)
        .map(|index| (format!("n{index}"), index))
        .collect()
}

#[test]
fn link_settings_are_read_by_their_places() {
    let mut answer: Vec<u8> = (0..44).collect();
    answer.truncate(LINK_SETTINGS_BYTES);
    let found = link_settings(&mut Driver(|command, _: &[u8]| {
        assert_eq!(command, ETHTOOL_GSET);
        Ok(answer.clone())
    }))
    .unwrap();
    let number = |at: u8| u32::from_ne_bytes([at, at + 1, at + 2, at + 3]);
    assert_eq!((found.supported, found.advertising), (number(4), number(8)));
    assert_eq!(found.partner_advertising, number(32));
    assert_eq!(
        (found.duplex, found.port, found.autonegotiation),
        (14, 15, 18)
    );
    let low = u32::from(u16::from_ne_bytes([12, 13]));
    let high = u32::from(u16::from_ne_bytes([28, 29]));
    assert_eq!(found.speed, high << 16 | low);
}

#[test]
fn texts_of_a_driver_end_at_their_first_nul_or_their_size() {
    let mut answer = vec![0; DRIVER_INFO_BYTES];
    for (index, content) in [
        &b"e1000e\0rubbish"[..],
        &[b'v'; 32],
        b"0.5\xff4",
        b"bus",
        b"",
    ]
    .into_iter()
    .enumerate()
    {
        let at = 4 + index * TEXT;
        answer[at..at + content.len()].copy_from_slice(content);
    }
    let found = driver_info(&mut Driver(|_, _: &[u8]| Ok(answer.clone()))).unwrap();
    assert_eq!(found.driver, "e1000e");
    assert_eq!(found.version, "v".repeat(32));
    assert_eq!(found.firmware_version, "0.5\u{fffd}4");
    assert_eq!(found.bus_info, "bus");
    assert_eq!(found.expansion_rom_version, "");
}

#[test]
fn errors_of_the_kernel_are_passed_on() {
    for errno in [Errno::OPNOTSUPP, Errno::NODEV, Errno::PERM, Errno::FAULT] {
        let mut kernel = Driver(|_, _: &[u8]| Err(errno));
        assert_eq!(link_settings(&mut kernel).err(), Some(errno.into()));
        assert_eq!(driver_info(&mut kernel).err(), Some(errno.into()));
        assert_eq!(all(&mut kernel), Err(errno.into()));
    }
}

#[test]
fn statistics_pair_names_and_values() {
    for count in [0, 1, 130, 5_000, MAX_STATISTICS as u32] {
        let found = all(&mut counting(|_| count)).unwrap();
        assert!(found == expected(count.into()), "{count}");
    }
}

#[test]
fn driver_without_statistics_does_not_support_the_request() {
    let mut kernel = Driver(|command, _: &[u8]| Ok(numbers(&[command, 0, 0, 0, 7])));
    assert_eq!(all(&mut kernel), Err(Errno::OPNOTSUPP.into()));
}

#[test]
fn number_of_statistics_is_bounded_before_there_is_memory() {
    for count in [MAX_STATISTICS as u32 + 1, i32::MAX as u32, u32::MAX] {
        let mut kernel = counting(|command| match command {
            ETHTOOL_GSSET_INFO => count,
            _ => panic!("memory for {count} statistics"),
        });
        let found = statistics(&mut kernel, &mut |_| panic!("counted"));
        assert_eq!(found.err(), Some(Error::TooMany));
    }
}

#[test]
fn bytes_are_counted_before_there_is_memory() {
    let mut counted = 0;
    let mut kernel = counting(|command| match command {
        ETHTOOL_GSSET_INFO => 1_000,
        _ => panic!("not paid for"),
    });
    let found = statistics(&mut kernel, &mut |bytes| {
        counted += bytes;
        false
    });
    assert_eq!(found.err(), Some(Error::Changed));
    assert_eq!(counted, 40 * 1_000);
}

/// Queues are added while the driver is asked: the kernel writes more than there is room for, or
/// different numbers of names and values.
#[test]
fn changed_number_of_statistics_is_asked_again() {
    for (changes, later) in [
        (ETHTOOL_GSTRINGS, 9),
        (ETHTOOL_GSTRINGS, 30_000),
        (ETHTOOL_GSTATS, 9),
        (ETHTOOL_GSTATS, 30_000),
        (ETHTOOL_GSTRINGS, 1),
        (ETHTOOL_GSTATS, 1),
        (ETHTOOL_GSTATS, 0),
    ] {
        let mut count = 3;
        let found = all(&mut counting(|command| {
            if command == changes {
                count = later;
            }
            count
        }));
        assert!(
            found.unwrap() == expected(later.into()),
            "{changes} {later}"
        );
    }
}

#[test]
fn ever_changing_number_of_statistics_is_an_error() {
    let mut count = 0;
    let found = all(&mut counting(|_| {
        count += 1;
        count
    }));
    assert_eq!(found, Err(Error::Changed));
    assert_eq!(count, 6, "two commands, three times");
}

#[test]
fn every_command_is_read_only() {
    let mut sent = Vec::new();
    let mut kernel = Driver(|command, _: &[u8]| {
        sent.push(command);
        let [low, high] = halves(1 << ETH_SS_STATS);
        Ok(match command {
            ETHTOOL_GSSET_INFO => numbers(&[command, 0, low, high, 1]),
            ETHTOOL_GSTRINGS => numbers(&[command, ETH_SS_STATS, 1]),
            _ => numbers(&[command, 1]),
        })
    });
    link_settings(&mut kernel).unwrap();
    driver_info(&mut kernel).unwrap();
    assert_eq!(all(&mut kernel), Ok(vec![(String::new(), 0)]));
    // Those that the kernel permits to every user, and that get something.
    assert_eq!(sent, [0x1, 0x3, 0x37, 0x1b, 0x1d]);
}
