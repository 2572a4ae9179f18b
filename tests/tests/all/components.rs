//! Collectors in WebAssembly text: what they do, no compiler does.

/// A collector of this name; `fields` are put into its core module, and `collect` is what it runs.
/// `beside` stands in the component, next to it.
pub(crate) fn collector(name: &str, fields: &str, collect: &str, beside: &str) -> Vec<u8> {
    component(name, ["", ""], [fields, collect], ["", beside])
}

/// A collector that calls what it imports. `import` stands in the component and makes the function
/// `$called`, without parameters.
pub(crate) fn caller(name: &str, import: &str) -> Vec<u8> {
    let before = format!("{import} (core func $lowered (canon lower (func $called)))");
    let linked = [
        r#"(import "host" "called" (func $called))"#,
        r#"(with "host" (instance (export "called" (func $lowered))))"#,
    ];
    component(name, linked, ["", "(call $called)"], [&before, ""])
}

/// The imports of the core module and what is given for them; what else it has and what it collects;
/// what stands before it in the component, and behind.
pub(crate) fn component(
    name: &str,
    [imports, given]: [&str; 2],
    [fields, collect]: [&str; 2],
    [before, beside]: [&str; 2],
) -> Vec<u8> {
    wat::parse_str(written(
        name,
        [imports, given],
        [fields, "", collect],
        [before, beside],
    ))
    .unwrap()
}

/// The text of a collector that runs something in `configure`.
pub(crate) fn text(name: &str, configure: &str) -> String {
    written(name, ["", ""], ["", configure, ""], ["", ""])
}

fn written(
    name: &str,
    [imports, given]: [&str; 2],
    [fields, configure, collect]: [&str; 3],
    [before, beside]: [&str; 2],
) -> String {
    let length = name.len();
    format!(
        r#"(component
  {before}
  (core module $guest
    {imports}
    (memory (export "memory") 1)
    {fields}
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512))
    (func (export "describe") (result i32) (i32.const 64))
    (func (export "configure") (param i32 i32) (result i32) {configure} (i32.const 16))
    (func (export "collect") (result i32) {collect} (i32.const 16))
    ;; The descriptor: name, about and version, enabled, reads, options. All else is zero, so both
    ;; results at 16 are `ok`.
    (data (i32.const 64) (i32 256 {length} 256 {length} 256 {length} 0 0 0 0 0))
    (data (i32.const 256) "{name}"))
  (core instance $i (instantiate $guest {given}))
  {beside}
  (type $kind' (enum "flag" "text" "number" "repeated-text"))
  (export $kind "option-kind" (type $kind'))
  (type $option' (record (field "name" string) (field "help" string) (field "kind" $kind)
    (field "default" (list string)) (field "hidden" bool)))
  (export $option "option-descriptor" (type $option'))
  (type $descriptor' (record (field "name" string) (field "about" string) (field "version" string)
    (field "enabled-by-default" bool) (field "reads" (list string))
    (field "options" (list $option))))
  (export $descriptor "descriptor" (type $descriptor'))
  (type $setting' (record (field "name" string) (field "values" (list string))
    (field "explicit" bool)))
  (export $setting "setting" (type $setting'))
  (type $error' (variant (case "no-data") (case "failed" string)))
  (export $error "collect-error" (type $error'))
  (func (export "describe") (result $descriptor)
    (canon lift (core func $i "describe") (memory (core memory $i "memory"))))
  (func (export "configure") (param "settings" (list $setting)) (result (result (error string)))
    (canon lift (core func $i "configure") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "collect") (result (result (error $error)))
    (canon lift (core func $i "collect") (memory (core memory $i "memory")))))"#
    )
}
