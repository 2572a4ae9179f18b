//! The generated host side of the contract in `wit/`. [`crate::host`] implements its imports, and
//! [`crate::instance`] calls its exports.
#![allow(missing_docs, unreachable_pub, reason = "generated from wit/")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "collector",
    imports: { default: trappable },
});
