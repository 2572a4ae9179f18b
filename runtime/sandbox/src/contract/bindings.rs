//! The generated host side of the contract in `wit/`. Only [`crate::host`] and [`crate::instance`]
//! use it.
#![allow(missing_docs, unreachable_pub, reason = "generated from wit/")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "collector",
    imports: { default: trappable },
});
