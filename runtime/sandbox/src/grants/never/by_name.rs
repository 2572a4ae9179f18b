//! Files granted by full name only: files known to have side effects on reading, to contain secrets
//! or raw content, or to block the host. A third-party module gets one only if the operator's
//! `grants.reads` contains its exact path, without a wildcard.
//!
//! This is a safety net, not a proof; see the parent module. The tables have the same form as
//! there.

use super::{Rule, named, tree};

pub(super) const PROC: &[Rule] = &[
    // The kernel's command line and additions of a boot loader, which may contain passwords and
    // keys.
    tree(&["cmdline"]),
    tree(&["bootconfig"]),
    tree(&["atags"]),
    named(&["device-tree"], TREE_OF_DEVICES),
    // Counts of characters on a serial line, which reveal when a user types.
    tree(&["tty", "driver"]),
    // The key of the network cards' hash. An attacker who knows it can send all packets to one
    // queue.
    tree(&["sys", "net", "core", "netdev_rss_key"]),
    // Counting the pages of a zone takes its lock, for tens of milliseconds on a large host.
    tree(&["pagetypeinfo"]),
];

/// Data that a boot loader passes to the kernel.
const TREE_OF_DEVICES: &[&str] = &["chosen", "secure-chosen", "reserved-memory", "*seed*"];

/// Files and directories of devices.
const DEVICE: &[&str] = &[
    // Reading has an effect: it creates a block device or a fresh key, flashes firmware, talks to a
    // controller, or takes an event from its consumer.
    "zram-control",
    "psp_vbflash*",
    "protkey",
    "ccadata",
    "ccacipher",
    "ep11",
    "mbox",
    "mu_read",
    "3ware_aen_read",
    "smi_data*",
    "smi_request",
    "state_certificate",
    "meter_certificate",
    "pcie_bw",
    // Crash dumps, logs of firmware and traces of controllers.
    "error",
    "crash_notes*",
    "crashlog*",
    "fw_crash*",
    "fw_dump*",
    "*_log",
    "afu_err_buff",
    "host_trace_buffer*",
    "dump_system_regs",
    "coredump",
    "core_dump",
    "intel_pmt",
    // Raw content of devices, their registers, memories and firmware.
    "bmof",
    "ctlreg",
    "data",
    "data_vault",
    "dcdbas",
    "dell_rbu",
    "edid",
    "efuse*",
    "fuses",
    "global_mmio_area",
    "loading",
    "*nvram",
    "optrom*",
    "otp*",
    "registers",
    "regs",
    "sfp",
    "slave-eeprom",
    // Memory mappings of devices.
    "maps",
    "portio",
    // Secrets, and files of security chips and locked disks.
    "boot_acl",
    "config_info",
    "firmware-attributes",
    "*passw*",
    "*secret*",
    "pvsecrets",
    "security",
    "tls_*",
    "token_*",
    "tpm",
    "tpmrm",
    "vbc",
    "vboot_context",
    "wep_key*",
    "*psk*",
];

pub(super) const SYS: &[Rule] = &[
    named(&["devices"], DEVICE),
    named(&["bus"], DEVICE),
    named(&["class"], DEVICE),
    named(&["block"], DEVICE),
    named(&["dev"], DEVICE),
    tree(&["class", "firmware"]),
    // Firmware: its storage, logs and data.
    tree(&["firmware", "vpd"]),
    tree(&["firmware", "ipl"]),
    tree(&["firmware", "reipl"]),
    tree(&["firmware", "dump"]),
    tree(&["firmware", "gsmi"]),
    tree(&["firmware", "log"]),
    tree(&["firmware", "*_log"]),
    tree(&["firmware", "initrd"]),
    tree(&["firmware", "edd"]),
    tree(&["firmware", "sev"]),
    tree(&["firmware", "uv"]),
    tree(&["firmware", "sgi_uv"]),
    tree(&["firmware", "google"]),
    tree(&["firmware", "coreboot"]),
    named(&["firmware", "devicetree"], TREE_OF_DEVICES),
    // Policies and keys of security modules and disks.
    tree(&["fs", "selinux", "policy"]),
    tree(&["fs", "smackfs"]),
    tree(&["fs", "ecryptfs"]),
    // Data that a hypervisor passes to its guest.
    tree(&["hypervisor"]),
    // Memory addresses of the crash kernel and of devices.
    tree(&["kernel", "crash_*"]),
    tree(&["kernel", "kexec_*"]),
    tree(&["kernel", "fadump*"]),
    named(&["kernel", "iommu_groups"], &["reserved_regions"]),
    // Parameters that are secrets.
    named(
        &["module", "*", "parameters"],
        &["*key*", "*passw*", "*psk*", "*secret*", "*token*"],
    ),
];

/// Home directories of distributions with a read-only `/usr` and of others.
pub(super) const HOMES: &[Rule] = &[
    tree(&["var", "home"]),
    tree(&["var", "roothome"]),
    tree(&["usr", "home"]),
    tree(&["export", "home"]),
];

/// Passwords, private keys, tokens and mail, wherever the root of a host is mounted: these segments
/// in a row, anywhere in the path.
pub(super) const SECRETS: &[&[&str]] = &[
    // Accounts, and copies of their files.
    &["shadow*"],
    &["gshadow*"],
    &["master.passwd*"],
    &["spwd.db"],
    &["etc", "passwd-"],
    &["etc", "group-"],
    &["var", "backups"],
    &["*.bak"],
    &["sudoers*"],
    &["etc", "sssd"],
    &["var", "lib", "sss"],
    &["etc", "machine-id"],
    // Keys, by file name.
    &["private"],
    &["priv"],
    &["*.key"],
    &["*key.pem"],
    &["privkey*"],
    &["*.p12"],
    &["*.pfx"],
    &["*.jks"],
    &["*.kdbx"],
    &["*.keytab"],
    &["*.keyring"],
    &["*.ppk"],
    &["id_rsa*"],
    &["id_dsa*"],
    &["id_ecdsa*"],
    &["id_ed25519*"],
    &["ssh_host_*"],
    &["*_key"],
    &["*secret*"],
    &["passdb.tdb"],
    &["chap-secrets"],
    &["pap-secrets"],
    &["cryptsetup-keys.d"],
    &["luks*"],
    // Keys, by the program that owns them.
    &["dropbear"],
    &["letsencrypt"],
    &["wireguard"],
    &["openvpn"],
    &["ipsec.d"],
    &["system-connections"],
    &["netplan"],
    &["iwd"],
    &["wpa_supplicant*"],
    &["var", "lib", "bluetooth"],
    &["run", "credentials"],
    &["credstore*"],
    &["etc", "kubernetes"],
    &["etc", "rancher"],
    &["var", "lib", "kubelet"],
    &["var", "lib", "rancher"],
    &["var", "lib", "etcd"],
    &["var", "lib", "docker", "containers"],
    &["var", "lib", "containers"],
    &["var", "lib", "cloud"],
    // Tokens in directories of users and services.
    &[".aws"],
    &[".azure"],
    &[".boto"],
    &[".config", "gcloud"],
    &[".config", "gh"],
    &[".config", "rclone"],
    &[".docker"],
    &[".git-credentials"],
    &[".*_history"],
    &[".kube"],
    &[".my.cnf"],
    &[".mylogin.cnf"],
    &[".netrc"],
    &[".npmrc"],
    &[".password-store"],
    &[".pgpass"],
    &[".pypirc"],
    &[".s3cfg"],
    &[".terraform.d"],
    &[".vault-token"],
    // Mail, jobs, crash dumps and swapped memory.
    &["var", "mail"],
    &["var", "spool", "mail"],
    &["var", "spool", "cron"],
    &["var", "crash"],
    &["systemd", "coredump"],
    &["swapfile"],
    &["swap.img"],
];
