//! Tables of native/README.md, of what is kept for somebody else at most: for the tests of each crate that keeps some of it.

/// Holds the beginnings of rows, the thing that is kept and its bound, to the page.
pub(crate) fn check(rows: &[(&str, String)]) {
    let page = include_str!("../README.md");
    for (thing, bound) in rows {
        let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {thing} | "))).expect(thing);
        assert!(row.starts_with(bound), "{thing}: {bound}, and the page has {row}");
    }
}

/// A number with a comma before each three digits: 1,024.
pub(crate) fn number(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", self::number(number / 1_000), number % 1_000),
    }
}

/// Bytes: 64 KB, 2 MB.
pub(crate) fn size(bytes: usize) -> String {
    match bytes.trailing_zeros() {
        20.. => format!("{} MB", bytes >> 20),
        10.. => format!("{} KB", bytes >> 10),
        _ => panic!("{bytes} bytes are not told by a round number"),
    }
}
