//! Limits that stand in TypeScript as well: for the tests of each crate that has some.

/// The value of a constant in a file of limits: a number, a product or a power of two.
fn value_in(source: &str, name: &str) -> u64 {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().unwrap();
    let is_it = |line: &&str| {
        line.strip_prefix("export const ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with([' ', ':']))
    };
    let line = source.lines().find(is_it).expect(name);
    let expression = line.split_once('=').unwrap().1.trim_end_matches(';');
    match expression.split_once("<<") {
        Some((one, bits)) => number(one) << number(bits),
        None => expression.split('*').map(number).product(),
    }
}

/// Compares constants with those of a file, which is named from the root of the repository.
pub(crate) fn check(path: &str, limits: &[(&str, u64)]) {
    let source = std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (name, value) in limits {
        assert_eq!(value_in(&source, name), *value, "{name}");
    }
}
