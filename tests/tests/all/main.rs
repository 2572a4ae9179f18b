//! The whole program, from its command line to its pages, with guests that mean it no good.
//!
//! One module per question. The guests are in `tests/guests/`, named by what they are for; the
//! components that no compiler would write are in [`components`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod baseline;
mod components;

mod alerts;
mod approval;
mod approve;
mod attributes;
mod broken_files;
mod btrfs;
mod buses;
mod busy;
mod checkout;
mod clients;
mod command_lines;
mod commands;
mod commands_modules;
mod compile;
mod completion;
mod concurrency;
mod config;
mod config_errors;
mod connections_tools;
mod connects;
mod constant_labels;
mod contracts;
mod cpu_frequency;
mod deploy;
mod describe;
mod details;
mod diff;
mod dist;
mod documents;
mod drop_in;
mod escape;
mod ethtool;
mod examples;
mod first_author;
mod formats;
mod golden;
mod grants;
mod guarded;
mod guests;
mod health;
mod host_calls;
mod inspect;
mod interfaces;
mod kept_open;
mod kernel;
mod kubernetes;
mod lastlogin;
mod legacy;
mod limits;
mod listeners;
mod logind;
mod memory;
mod metric_namespace;
mod migrate;
mod modules;
mod mounts;
mod names;
mod namespaces;
mod new;
mod node_exporter_flags;
mod old_kernels;
mod old_names;
mod output;
mod own_series;
mod ownership;
mod perf;
mod prometheus;
mod reads;
mod run;
mod runit;
mod scrapes;
mod service;
mod services;
mod shares;
mod skipped;
mod start;
mod start_flags;
mod start_room;
mod stubs;
mod swap;
mod systemd;
mod textfiles;
mod texts;
mod traps;
mod under_load;
mod units;
mod web_config;
