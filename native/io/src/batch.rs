/// Cuts the bytes of one receive call with UDP_GRO (udp(7)) into their datagrams.
///
/// Each datagram has `segment_size` bytes, except that the last may be shorter. A size of 0 means that the kernel joined nothing. No bytes are one
/// empty datagram.
pub fn datagrams_of(received: &mut [u8], segment_size: usize) -> impl Iterator<Item = &mut [u8]> {
    let whole = received.len().max(1);
    let is_empty = received.is_empty();
    let (empty, received) = received.split_at_mut(0);
    let cut = received.chunks_mut(if segment_size == 0 { whole } else { segment_size });
    is_empty.then_some(empty).into_iter().chain(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_evenly_and_its_last_datagram_may_be_shorter() {
        let lengths = |total: usize, size: usize| -> Vec<usize> {
            datagrams_of(&mut vec![0; total], size).map(|datagram| datagram.len()).collect()
        };
        assert_eq!(lengths(2_500, 1_000), [1_000, 1_000, 500]);
        assert_eq!(lengths(2_000, 1_000), [1_000, 1_000]);
        assert_eq!(lengths(700, 1_000), [700]);
        assert_eq!(lengths(700, 0), [700]);
        assert_eq!(lengths(0, 0), [0]);
    }
}
