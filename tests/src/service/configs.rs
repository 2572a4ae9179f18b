//! Configurations of the services.

use std::path::Path;

pub(super) fn supervisord(directory: &Path, port: u16) -> String {
    let directory = directory.display();
    format!(
        "[supervisord]\n\
         logfile = {directory}/supervisord.log\n\
         pidfile = {directory}/supervisord.pid\n\
         childlogdir = {directory}\n\
         [inet_http_server]\n\
         port = 127.0.0.1:{port}\n\
         username = me\n\
         password = a@b:c\n\
         [unix_http_server]\n\
         file = {directory}/supervisor.sock\n\
         [rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
    )
}

pub(super) fn chronyd(directory: &Path, port: u16) -> String {
    let directory = directory.display();
    format!(
        "port {port}\n\
         bindaddress 127.0.0.1\n\
         allow 127.0.0.1\n\
         local stratum 8\n\
         cmdport 0\n\
         bindcmdaddress /\n\
         pidfile {directory}/chronyd.pid\n"
    )
}

/// The name of the cluster is one that gmond does not escape.
pub(super) fn gmond(port: u16, modules: &Path) -> String {
    let modules = modules.display();
    let module = |name: &str, file: &str| {
        format!("module {{ name = \"{name}\" path = \"{modules}/{file}.so\" }}")
    };
    let metric = |name: &str| format!("metric {{ name = \"{name}\" title = \"T\" }}");
    format!(
        "globals {{ daemonize = no setuid = no mute = no deaf = no send_metadata_interval = 0 }}\n\
         cluster {{ name = \"R&D\" }}\n\
         udp_send_channel {{ host = 127.0.0.1 port = {port} ttl = 1 }}\n\
         udp_recv_channel {{ port = {port} bind = 127.0.0.1 }}\n\
         tcp_accept_channel {{ port = {port} bind = 127.0.0.1 }}\n\
         modules {{ module {{ name = \"core_metrics\" }} {load} {cpu} {sys} }}\n\
         collection_group {{ collect_once = yes time_threshold = 20 {cpu_num} {os_name} {boottime} }}\n\
         collection_group {{ collect_every = 1 time_threshold = 1 {load_one} }}\n",
        load = module("load_module", "modload"),
        cpu = module("cpu_module", "modcpu"),
        sys = module("sys_module", "modsys"),
        cpu_num = metric("cpu_num"),
        os_name = metric("os_name"),
        boottime = metric("boottime"),
        load_one = metric("load_one"),
    )
}
