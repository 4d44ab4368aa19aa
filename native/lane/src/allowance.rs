/// Counts events of one kind, of one session or connection, of which the owner is told so many between two times that it empties the queue.
#[derive(Default)]
pub struct Allowance {
    batch: u64,
    told: usize,
}

impl Allowance {
    /// Whether one more may be told in this batch.
    pub fn take(&mut self, batch: u64, most: usize) -> bool {
        if self.batch != batch {
            (self.batch, self.told) = (batch, 0);
        }
        self.told += 1;
        self.told <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_a_batch() {
        let mut allowance = Allowance::default();
        let told = |allowance: &mut Allowance, batch| (0..10).filter(|_| allowance.take(batch, 3)).count();
        assert_eq!([0, 0, 1, 7].map(|batch| told(&mut allowance, batch)), [3, 0, 3, 3]);
    }
}
