//! The generated side of the contract. Private to this crate.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    reason = "generated from wit/"
)]

wit_bindgen::generate!({
    path: "../wit",
    world: "collector",
    ownership: Borrowing { duplicate_if_necessary: true },
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "firepit_sdk::__private::bindings",
});
